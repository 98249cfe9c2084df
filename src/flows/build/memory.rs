//! What builds of an app leave in memory for the next one. All of it goes with what it was made from, so that a build comes
//! to the same with it and without it.

use super::{
    Purpose, ground::LastGround, packages::LastSet, production::Modules, server::LastServed,
    tailwind::Judged,
};
use std::{cell::RefCell, rc::Rc};

/// The memory of one app.
#[derive(Default)]
pub struct Memory {
    /// By the sheets themselves, which are the same for every purpose.
    pub(super) judged: Judged,
    preview: Last,
    production: Last,
}

/// What the last build for one purpose left.
#[derive(Default)]
pub(super) struct Last {
    pub ground: RefCell<LastGround>,
    pub packages: RefCell<Option<LastSet>>,
    pub server_packages: RefCell<Option<LastSet>>,
    pub server: RefCell<Option<LastServed>>,
    pub server_modules: RefCell<Option<(String, Rc<Modules>)>>,
}

impl Memory {
    /// What the last build for `purpose` left.
    pub(super) fn last(&self, purpose: Purpose) -> &Last {
        match purpose {
            Purpose::Preview => &self.preview,
            Purpose::Production => &self.production,
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.judged.clear();
        for last in [&self.preview, &self.production] {
            last.ground.take();
            last.packages.take();
            last.server_packages.take();
            last.server.take();
            last.server_modules.take();
        }
    }
}
