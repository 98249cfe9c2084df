//! What is open around a place, and what nests there without brackets.

use super::{Before, Open, Scan};

/// One bracket, element or template that is open.
pub(super) struct Level {
    pub(super) open: Open,
    /// Where it was opened; for an element, its name.
    pub(super) at: usize,
    /// What nests without brackets since the last end of a statement or comma.
    pub(super) run: usize,
    /// The runs before the commas of this statement.
    pub(super) held: usize,
    /// The runs of the statement before, which an `else` goes on with.
    pub(super) ended: usize,
    /// Whether the run has a `?`.
    pub(super) conditional: bool,
    /// Arrows in the run that the parser has to read twice: `a ? (b) : c => d`.
    pub(super) forks: usize,
}

impl Level {
    pub(super) fn new(open: Open, at: usize) -> Self {
        Self {
            open,
            at,
            run: 0,
            held: 0,
            ended: 0,
            conditional: false,
            forks: 0,
        }
    }
}

impl Scan<'_> {
    pub(super) fn top(&self) -> Open {
        self.levels.last().map_or(Open::Brace, |level| level.open)
    }

    pub(super) fn push(&mut self, open: Open) {
        self.levels.push(Level::new(open, self.at));
        self.total += 1;
        self.before = Before::Operator;
        self.newline = false;
    }

    pub(super) fn pop(&mut self) {
        if self.levels.len() > 1
            && let Some(level) = self.levels.pop()
        {
            self.total -= 1 + level.run;
            self.forks -= level.forks;
        }
    }

    /// Closes the nearest that fits, and what was left open inside; nothing when there is none.
    pub(super) fn close(&mut self, fits: impl Fn(Open) -> bool) -> Option<Open> {
        let at = self
            .levels
            .iter()
            .skip(1)
            .rposition(|level| fits(level.open))?
            + 1;
        let open = self.levels[at].open;
        while self.levels.len() > at {
            self.pop();
        }
        Some(open)
    }

    pub(super) fn nest(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.run += 1;
            self.total += 1;
        }
    }

    /// An end of a statement.
    pub(super) fn settle(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.total -= level.run;
            level.ended = level.held + level.run;
            level.held = 0;
            level.run = 0;
            self.forks -= level.forks;
            level.forks = 0;
            level.conditional = false;
        }
    }

    /// An end of an element of a list.
    pub(super) fn comma(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.total -= level.run;
            level.held += level.run;
            level.run = 0;
            self.forks -= level.forks;
            level.forks = 0;
            level.conditional = false;
        }
    }

    /// `else` after the end of a statement.
    pub(super) fn resume(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.total += level.ended;
            level.run += level.ended;
            level.ended = 0;
        }
    }

    pub(super) fn drop_angles(&mut self) {
        while matches!(self.top(), Open::Angle { .. }) {
            self.pop();
        }
    }
}
