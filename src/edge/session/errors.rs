//! The run-time errors that open pages report.

use super::{
    Session, sql,
    tree::{Answer, Stop, Tree, json},
};
use overskill_hmr::take;
use overskill_protocol::{Outcome, PageErrorKind, Refusal, ReportErrors, RuntimeErrors};

/// How many reports of all pages are taken in a minute.
const REPORTS: u32 = 120;

impl Session {
    /// Takes a report in.
    pub(super) fn report_errors(&self, mut report: ReportErrors) -> Result<Answer, Stop> {
        // Pages know nothing of those.
        report
            .errors
            .retain(|error| error.kind != PageErrorKind::Server);
        let now = worker::Date::now().as_millis();
        let (minute, count) = self.reports.get();
        let count = if minute == now / 60_000 { count + 1 } else { 1 };
        if count > REPORTS {
            let detail = "Pages of this app report more errors than are taken.";
            return Err(Refusal::new(429, "too-many-reports", detail).into());
        }
        self.reports.set((now / 60_000, count));
        self.with(|tree| {
            tree.alive()?;
            let mut kept = tree.errors()?;
            let seq = report.seq.min(tree.version);
            let map = |script: &str| tree.map_of(script);
            let errors = take(&mut kept, seq, report.errors, now, &map);
            sql::set(&tree.sql, "errors", &json(&kept))?;
            Ok((Outcome::Errors(RuntimeErrors { errors }), Vec::new()))
        })
    }
}

impl Tree {
    /// What pages reported.
    pub(super) fn errors(&self) -> Result<RuntimeErrors, Stop> {
        let stored = sql::state(&self.sql, "errors")?;
        let read = stored.and_then(|text| serde_json::from_str(&text).ok());
        Ok(read.unwrap_or_default())
    }

    /// The source map of a script that pages run.
    fn map_of(&self, script: &str) -> Option<String> {
        let address = format!("{script}.map");
        let mut previews = self.previews.iter();
        let of_build = previews.find_map(|(_, preview)| preview.files.get(&address));
        let hash = of_build.map(|file| file.hash);
        let hash = hash.or_else(|| self.updates.find(&address))?;
        String::from_utf8(self.content(&hash).ok()?).ok()
    }
}
