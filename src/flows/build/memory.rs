//! What builds of an app leave in memory for the next one. All of it goes with what it was made from, so that a build comes
//! to the same with it and without it.

use super::{ground::LastGround, packages::LastSet, tailwind::Judged};
use std::cell::RefCell;

/// The memory of one app.
#[derive(Default)]
pub struct Memory {
    pub(super) ground: RefCell<LastGround>,
    pub(super) judged: Judged,
    pub(super) packages: RefCell<Option<LastSet>>,
}

impl Memory {
    /// Forgets everything.
    pub fn clear(&self) {
        self.ground.take();
        self.judged.clear();
        self.packages.take();
    }
}
