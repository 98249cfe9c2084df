//! What specifiers were found to lead to: the same for as long as the tree has the same paths and the rules are the same.

use crate::resolve::Resolution;
use overskill_model::ModulePath;
use std::{cell::RefCell, collections::HashMap};

/// How many are kept; past that it begins anew.
const KEPT: usize = 100_000;

/// Resolutions of earlier walks over trees that have the same paths, under the same rules.
#[derive(Debug, Default)]
pub struct Resolutions(RefCell<Known>);

#[derive(Debug, Default)]
struct Known {
    count: usize,
    /// By the importer; a URL's apart, as a name without `./` is a file there.
    files: HashMap<ModulePath, HashMap<(bool, String), Resolution>>,
}

impl Resolutions {
    /// What `specifier` leads to as written in `from`, found by `find` where that isn't known.
    pub(crate) fn get(
        &self,
        from: &ModulePath,
        specifier: &str,
        url: bool,
        find: impl FnOnce() -> Resolution,
    ) -> Resolution {
        let mut known = self.0.borrow_mut();
        let key = (url, specifier.to_owned());
        if let Some(found) = known.files.get(from).and_then(|file| file.get(&key)) {
            return found.clone();
        }
        let found = find();
        if known.count >= KEPT {
            *known = Known::default();
        }
        known.count += 1;
        let file = known.files.entry(from.clone()).or_default();
        file.insert(key, found.clone());
        found
    }
}
