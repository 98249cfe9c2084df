//! A deployment under way: its log, who listens to it, and the record that tells them.

use super::jobs::Job;
use crate::deployments::Record;
use overskill_flows::{
    build::Built,
    deploy::{Ended, Ledger, Summary, Wanted},
    news::{Teller, news},
};
use overskill_ports::Fault;
use overskill_protocol::{
    BuildPhase, BuildProgress, DeploymentChange, DeploymentLine, DeploymentNews, DeploymentState,
};
use std::cell::{Cell, RefCell};

/// Longest log, in lines.
const LINES: usize = 200;

/// A deployment under way, and who listens to it.
#[derive(Default)]
pub(in super::super) struct Running {
    log: RefCell<Vec<DeploymentLine>>,
    told: RefCell<Vec<DeploymentNews>>,
    phase: Cell<Option<BuildPhase>>,
    ended: RefCell<Option<Result<Ended, Fault>>>,
    /// The state that was told last.
    state: Cell<Option<DeploymentState>>,
    /// Whether it is built elsewhere.
    away: Cell<bool>,
    /// How the last look at it ended, while nobody looks.
    rested: RefCell<Option<Result<Ended, Fault>>>,
    listeners: RefCell<Vec<Teller<DeploymentNews, ()>>>,
    /// Who waits for its end only.
    waiting: RefCell<Vec<Teller<(), ()>>>,
}

impl Running {
    /// One that is taken up again, with what was told of it before where that is known.
    pub(super) fn of(job: &Job) -> Self {
        let running = Self::default();
        if let Some(away) = &job.away {
            away.log.iter().for_each(|line| running.add(line.clone()));
            running.away.set(true);
            running.state.set(Some(DeploymentState::Building));
        }
        running
    }

    /// Whether nobody looks at it now, since it is built elsewhere.
    pub fn rests(&self) -> bool {
        self.rested.borrow().is_some()
    }

    /// It is looked at.
    pub(super) fn wake(&self) {
        self.rested.take();
    }

    /// It is built elsewhere from now on.
    pub(super) fn goes_away(&self) {
        self.away.set(true);
    }

    fn tell(&self, news: DeploymentNews) {
        for listener in self.listeners.borrow().iter() {
            listener.tell(news.clone());
        }
        self.told.borrow_mut().push(news);
    }

    pub(super) fn line(&self, text: String) {
        let at = worker::Date::now().as_millis();
        self.add(DeploymentLine { at, text });
    }

    /// Adds a line to the log.
    pub(super) fn add(&self, line: DeploymentLine) {
        if self.log.borrow().len() < LINES {
            self.log.borrow_mut().push(line.clone());
            self.tell(DeploymentNews::Log(line));
        }
    }

    fn moved(&self, state: DeploymentState, cause: &str, actor: &str) {
        self.state.set(Some(state));
        let at = worker::Date::now().as_millis();
        self.line(format!("{}: {cause}", state.name()));
        self.tell(DeploymentNews::State(DeploymentChange {
            state,
            at,
            cause: cause.to_owned(),
            actor: actor.to_owned(),
        }));
    }

    /// What happened so far.
    pub fn log(&self) -> Vec<DeploymentLine> {
        self.log.borrow().clone()
    }

    /// How far its build is: one line for each part of it.
    pub fn progress(&self, progress: BuildProgress) {
        if self.phase.replace(Some(progress.phase)) == Some(progress.phase) {
            return;
        }
        let phase = serde_json::to_string(&progress.phase).unwrap_or_default();
        let (phase, total) = (phase.trim_matches('"').to_owned(), progress.total);
        self.line(match total {
            0 | 1 => phase,
            total => format!("{phase}, {total} to do"),
        });
    }

    /// What it was built to.
    pub fn built(&self, built: &Built) {
        for told in &built.diagnostics {
            let path = told.path.as_ref().map_or("", |path| path.as_str());
            self.line(format!("{path} {}: {}", told.code, told.message));
        }
        let timings = &built.timings;
        self.line(format!(
            "resolve {:.0} ms, compile {:.0} ms, link {:.0} ms",
            timings.resolve, timings.compile, timings.link
        ));
    }

    /// Hears what was told so far, and what comes.
    pub fn listen(&self, teller: Teller<DeploymentNews, ()>) {
        for news in self.told.borrow().iter() {
            teller.tell(news.clone());
        }
        match self.ended.borrow().is_some() {
            true => teller.end(()),
            false => self.listeners.borrow_mut().push(teller),
        }
    }

    /// Ends it, unless it is built elsewhere and is to be looked at again; gives whether it has ended.
    pub(super) fn pause(&self, ended: Result<Ended, Fault>) -> bool {
        let again = matches!(ended, Ok(Ended::Away)) || ended.is_err() && self.away.get();
        if !again {
            self.end(ended);
            return true;
        }
        *self.rested.borrow_mut() = Some(ended);
        // Who waits for its end is not to wait for others.
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(|teller| teller.end(()));
        false
    }

    pub fn end(&self, ended: Result<Ended, Fault>) {
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(|teller| teller.end(()));
        *self.ended.borrow_mut() = Some(ended);
        for listener in self.listeners.take() {
            listener.end(());
        }
    }

    /// Once it is recorded, or has ended.
    pub async fn opened(&self) {
        let (teller, mut listener) = news();
        self.listen(teller);
        futures_util::StreamExt::next(&mut listener).await;
    }

    /// How it ends, or goes away to be built elsewhere; `None` where it was cut short.
    pub async fn ended(&self) -> Option<Result<Ended, Fault>> {
        let known = || {
            let rested = self.rested.borrow().clone();
            self.ended.borrow().clone().or(rested)
        };
        if known().is_none() {
            let (teller, mut listener) = news::<(), ()>();
            self.waiting.borrow_mut().push(teller);
            futures_util::StreamExt::next(&mut listener).await;
        }
        known()
    }
}

/// The record, with whoever listens told of it.
pub(super) struct Told<'a> {
    pub record: &'a Record<'a>,
    pub running: &'a Running,
    pub actor: &'a str,
}

impl Told<'_> {
    fn moved(&self, moved: bool, state: DeploymentState, cause: &str) -> bool {
        let (state, cause) = match moved {
            true => (state, cause),
            false => (
                DeploymentState::Superseded,
                "a newer one came, or it is gone",
            ),
        };
        self.running.moved(state, cause, self.actor);
        moved
    }
}

impl Ledger for Told<'_> {
    async fn open(&self, wanted: &Wanted) -> Result<bool, Fault> {
        let opened = Ledger::open(self.record, wanted).await?;
        if opened && self.running.state.get().is_none() {
            let queued = DeploymentState::Queued;
            self.running.moved(queued, "it was asked for", self.actor);
        }
        Ok(opened)
    }

    async fn advance(&self, id: &str, to: DeploymentState, cause: &str) -> Result<bool, Fault> {
        let moved = Ledger::advance(self.record, id, to, cause).await?;
        Ok(self.moved(moved, to, cause))
    }

    async fn stands(&self, id: &str) -> Result<bool, Fault> {
        let stands = Ledger::stands(self.record, id).await?;
        if !stands {
            self.moved(false, DeploymentState::Superseded, "");
        }
        Ok(stands)
    }

    async fn fail(&self, id: &str, cause: &str, summary: &Summary) -> Result<bool, Fault> {
        let moved = Ledger::fail(self.record, id, cause, summary).await?;
        Ok(self.moved(moved, DeploymentState::Failed, cause))
    }

    async fn go_live(&self, id: &str, summary: &Summary) -> Result<bool, Fault> {
        let moved = Ledger::go_live(self.record, id, summary).await?;
        Ok(self.moved(moved, DeploymentState::Live, "it is stored"))
    }

    async fn beyond(&self, keep: u32, since: u64) -> Result<(Vec<String>, Vec<String>), Fault> {
        Ledger::beyond(self.record, keep, since).await
    }

    async fn retire(&self, id: &str) -> Result<bool, Fault> {
        Ledger::retire(self.record, id).await
    }
}
