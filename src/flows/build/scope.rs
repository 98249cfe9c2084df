//! Which files import CommonJS as Node does: those whose nearest `package.json` says `"type": "module"`.

use super::Source;
use overskill_model::ModulePath;
use overskill_packages::Manifest;
use std::collections::BTreeMap;

/// The folders that have a `package.json`, and whether it says so.
pub(super) struct PackageScopes(BTreeMap<String, bool>);

impl PackageScopes {
    pub fn read(source: &Source<'_>) -> Self {
        let manifests = source
            .files
            .keys()
            .filter(|path| path.name() == "package.json");
        let scopes = manifests.map(|path| {
            let manifest = Manifest::parse(&source.text(path).unwrap_or_default());
            (path.folder().to_owned(), manifest.module_type == Some(true))
        });
        Self(scopes.collect())
    }

    pub fn node_importer(&self, path: &ModulePath) -> bool {
        let mut folder = path.folder();
        loop {
            if let Some(module) = self.0.get(folder) {
                return *module;
            }
            if folder.is_empty() {
                return false;
            }
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
}
