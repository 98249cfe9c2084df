//! What the preview has under an address.

use super::tree::{Answer, Stop, Tree};
use overskill_model::ContentHash;
use overskill_protocol::{BuildProgress, Outcome, Unserved};

impl Tree {
    /// Finds `path` in the newest build, and scripts and assets in older ones too. A build whose page was sent has to stay.
    pub fn serve(
        &mut self,
        path: &str,
        navigation: bool,
        known: &[ContentHash],
        progress: Option<BuildProgress>,
    ) -> Result<Answer, Stop> {
        let Some((_, newest)) = self.previews.first() else {
            let why = match (self.version, self.report.version) {
                (0, _) => Unserved::Empty,
                (_, 0) => Unserved::Building { progress },
                _ => Unserved::Failed {
                    diagnostics: self.report.diagnostics.clone(),
                },
            };
            return Ok((Outcome::Unserved(why), Vec::new()));
        };
        let base = newest.base.as_str();
        if base != "/" && matches!(path, "/" | "/index.html") {
            let address = base.to_owned();
            return Ok((
                Outcome::Unserved(Unserved::Elsewhere { address }),
                Vec::new(),
            ));
        }
        let mut names = vec![path.to_owned()];
        if path.ends_with('/') {
            names.push(format!("{path}index.html"));
        }
        let inside = path.strip_prefix(base);
        let page = matches!(inside, Some("" | "index.html"));
        let newest_file = names.iter().find_map(|name| newest.files.get(name));
        let older = || {
            let mut previews = self.previews.iter().skip(1);
            let found = previews.find_map(|(_, preview)| preview.files.get(path));
            found.filter(|file| file.immutable)
        };
        let found = match newest_file.or_else(older) {
            Some(file) if !page => Some((file.hash, file.immutable, false)),
            _ if page || (navigation && inside.is_some() && !path.starts_with("/__overskill/")) => {
                Some((newest.page, false, true))
            }
            _ => None,
        };
        let Some((hash, immutable, page)) = found else {
            return Ok((Outcome::Unserved(Unserved::Missing), Vec::new()));
        };
        if page {
            self.save()?;
        }
        let outcome = Outcome::Served {
            hash,
            immutable,
            page,
        };
        if known.contains(&hash) {
            return Ok((outcome, Vec::new()));
        }
        Ok((outcome, vec![self.content(&hash)?]))
    }
}
