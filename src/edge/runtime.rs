//! The scripts that pages load first, as `src/client` builds them.

use overskill_model::ContentHash;
use std::sync::OnceLock;

/// A script that this Worker carries, under an address that names it.
pub(crate) struct Carried {
    /// Its text.
    pub code: &'static str,
    name: &'static str,
    known: OnceLock<(ContentHash, String)>,
}

/// Runs modules: for workers, and for pages that nobody keeps up to date.
pub(crate) static PLAIN: Carried =
    Carried::new("runtime", include_str!("../client/dist/runtime.js"));
/// The same for pages that are kept up to date, with what does that.
pub(crate) static LIVE: Carried = Carried::new("live", include_str!("../client/dist/live.js"));

impl Carried {
    const fn new(name: &'static str, code: &'static str) -> Self {
        let known = OnceLock::new();
        Self { code, name, known }
    }

    fn known(&self) -> &(ContentHash, String) {
        self.known.get_or_init(|| {
            let hash = ContentHash::of(self.code.as_bytes());
            (
                hash,
                format!("/__overskill/{}-{}.js", self.name, hash.short()),
            )
        })
    }

    /// The hash of its text.
    pub fn hash(&self) -> ContentHash {
        self.known().0
    }

    /// The address that names this very script.
    pub fn address(&self) -> &str {
        &self.known().1
    }

    /// The script that `name`, under `/__overskill/`, is a version of.
    pub fn of(name: &str) -> Option<&'static Self> {
        let name = name.strip_suffix(".js")?;
        let all = [&PLAIN, &LIVE];
        all.into_iter().find(|it| {
            let rest = name.strip_prefix(it.name);
            rest.is_some_and(|rest| rest.starts_with('-'))
        })
    }
}
