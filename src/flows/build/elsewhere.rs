//! A version whose page somebody else has built: what that came to, with what only we build.

use super::{
    Built, Preview, PreviewFile, Source,
    ground::Ground,
    publish::fixed,
    server::{self, Served},
};
use crate::tree::Files;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_protocol::ActionsOutput;
use std::{collections::BTreeSet, fmt, rc::Rc};

/// Where files stand that are served as they are, where nothing could be read of the app's settings.
const PUBLIC: &str = "public/";
/// How long the part of a file's name is that says what it holds, as Vite, Rollup, esbuild and webpack write it.
const HASH: usize = 8;

/// What of a version stands whether its page builds or not.
#[derive(Default)]
pub struct Rest {
    ground: Option<Rc<Ground>>,
    served: Option<Rc<Served>>,
    /// Whether there is server code that nobody looked at.
    unread: bool,
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest")
    }
}

impl Rest {
    pub(super) fn of(ground: &Rc<Ground>, served: &Rc<Served>) -> Self {
        Self {
            ground: Some(ground.clone()),
            served: Some(served.clone()),
            unread: false,
        }
    }

    /// Where nothing could be read of the app's page.
    pub(super) fn without_page(source: &Source<'_>) -> Self {
        Self {
            unread: server::is_in(source),
            ..Self::default()
        }
    }
}

impl Built {
    /// Whether the version has server code that can't be built here: nobody else builds it.
    pub fn server_fails(&self) -> bool {
        let fails = |served: &Rc<Served>| served.diagnostics.iter().any(Diagnostic::is_error);
        self.rest.unread || self.rest.served.as_ref().is_some_and(fails)
    }

    /// Whether what its server code needs of npm can't be had just now.
    pub fn server_waits(&self) -> bool {
        self.rest.served.as_ref().is_some_and(|served| served.retry)
    }

    /// The same version with the page and the files that somebody else has built of `files`. What was wrong here is not
    /// in the way any more.
    pub fn elsewhere(mut self, output: &ActionsOutput, files: &Files) -> Self {
        for told in &mut self.diagnostics {
            told.severity = told.severity.max(Severity::Warning);
        }
        self.preview = self.rest.preview(output, files);
        if self.preview.is_none() {
            let message = "What GitHub's Actions built has no `index.html` at its top.";
            let error = Diagnostic::error("actions-without-page", message);
            self.diagnostics.push(error);
        }
        self.retry = false;
        self
    }
}

impl Rest {
    fn preview(&self, output: &ActionsOutput, files: &Files) -> Option<Preview> {
        let page = *output.files.get("index.html")?;
        let settings = self.ground.as_ref().map(|ground| &ground.settings);
        let base = settings.map_or("/", |settings| &settings.base);
        let public: BTreeSet<&str> = match settings {
            Some(settings) => {
                let names = files.keys().map(|path| settings.rules.public_name(path));
                names.flatten().collect()
            }
            None => {
                let names = files.keys().map(|path| path.as_str().strip_prefix(PUBLIC));
                names.flatten().collect()
            }
        };
        let mut preview = Preview::empty(base);
        preview.page = page;
        for (path, hash) in &output.files {
            let file = match names_content(path) && !public.contains(&**path) {
                true => fixed(*hash),
                false => PreviewFile {
                    hash: *hash,
                    immutable: false,
                },
            };
            preview.files.insert(format!("{base}{path}"), file);
        }
        preview.files.remove(&format!("{base}index.html"));
        if let Some(served) = &self.served {
            preview.serve(served);
        }
        Some(preview)
    }
}

/// Whether a bundler has put a hash of the content into a file's name: `assets/index-B1x_9aQz.js`, `main.1a2b3c4d.css`.
fn names_content(path: &str) -> bool {
    let Some((_, name)) = path.rsplit_once('/') else {
        return false;
    };
    let name = name.strip_suffix(".map").unwrap_or(name);
    let Some((stem, _)) = name.rsplit_once('.') else {
        return false;
    };
    let stem = stem.strip_suffix(".chunk").unwrap_or(stem);
    let split = stem.len().checked_sub(HASH + 1);
    let Some((before, hash)) = split.and_then(|at| stem.split_at_checked(at)) else {
        return false;
    };
    let mut hash = hash.bytes();
    let divided = matches!(hash.next(), Some(b'-' | b'.'));
    let hash: Vec<u8> = hash.collect();
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // A word has no digits, and is not in two cases.
    let digits = hash.iter().any(u8::is_ascii_digit);
    let cases =
        hash[1..].iter().any(u8::is_ascii_uppercase) && hash.iter().any(u8::is_ascii_lowercase);
    let capitals = hash.iter().all(u8::is_ascii_uppercase);
    !before.is_empty() && divided && hash.iter().all(fits) && (digits || cases || capitals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_hashes_are_told_from_others() {
        for (path, holds) in [
            ("assets/index-B1x_9aQz.js", true),
            ("assets/index-B1x_9aQz.js.map", true),
            ("assets/index-DiwrgTda.css", true),
            ("assets/main-ABCDEFGH.js", true),
            ("static/js/main.1a2b3c4d.js", true),
            ("static/js/787.1a2b3c4d.chunk.js", true),
            ("assets/a-b-c-Ab12-_x9.woff2", true),
            ("index-B1x_9aQz.js", false),
            ("images/hero-portrait.png", false),
            ("images/hero-Portrait.png", false),
            ("images/hero-landscape.png", false),
            ("assets/B1x_9aQz.js", false),
            ("assets/-B1x_9aQz.js", false),
            ("assets/index.js", false),
            ("a/größe-größer.js", false),
            ("a/x", false),
        ] {
            assert_eq!(names_content(path), holds, "{path}");
        }
    }
}
