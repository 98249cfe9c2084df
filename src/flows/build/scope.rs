//! The `package.json`s of a tree: which files import CommonJS as Node does, and which packages are folders of the tree.

use super::Source;
use overskill_link::{Local, LocalPackages};
use overskill_model::ModulePath;
use overskill_packages::{
    Asked, Manifest, Package, Target, declared_dependencies, split_specifier,
};
use std::collections::BTreeMap;

/// How many folders may be packages.
const PACKAGES: usize = 64;

/// A folder with a `package.json`.
struct Folder {
    /// Whether it says `"type": "module"`.
    module: bool,
    package: Package,
}

/// The folders that have a `package.json`, and the packages among them that can be imported by name.
pub(super) struct PackageScopes {
    folders: BTreeMap<String, Folder>,
    names: BTreeMap<String, String>,
    /// What they ask for, the root's own first.
    pub dependencies: BTreeMap<String, String>,
}

impl PackageScopes {
    pub fn read(source: &Source<'_>) -> Self {
        let manifests = source.files.keys().filter(|path| {
            path.name() == "package.json" && !path.as_str().contains("node_modules/")
        });
        let mut scopes = Self {
            folders: BTreeMap::new(),
            names: BTreeMap::new(),
            dependencies: BTreeMap::new(),
        };
        let mut texts = Vec::new();
        for path in manifests.take(PACKAGES) {
            let text = source.text(path).unwrap_or_default();
            let folder = path.folder().to_owned();
            let module = Manifest::parse(&text).module_type == Some(true);
            let package = package(source, &folder);
            scopes
                .folders
                .insert(folder.clone(), Folder { module, package });
            texts.push((folder, text));
        }
        // The root's first: it says which of the others are packages at all.
        texts.sort_by_key(|(folder, _)| !folder.is_empty());
        let mut workspaces = source.text_at("pnpm-workspace.yaml").is_some();
        for (folder, text) in &texts {
            let declared = declared_dependencies(text).unwrap_or_default();
            let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            if folder.is_empty() {
                workspaces |= json.get("workspaces").is_some();
                workspaces |= declared.values().any(|range| is_local(range));
                scopes.dependencies = declared;
                continue;
            }
            if !workspaces {
                break;
            }
            if let Some(name) = json.get("name").and_then(serde_json::Value::as_str) {
                scopes.names.insert(name.to_owned(), folder.clone());
                for (name, range) in declared {
                    scopes.dependencies.entry(name).or_insert(range);
                }
            }
        }
        let names = &scopes.names;
        scopes
            .dependencies
            .retain(|name, _| !names.contains_key(name));
        scopes
    }

    pub fn node_importer(&self, path: &ModulePath) -> bool {
        self.nearest(path).is_some_and(|(_, folder)| folder.module)
    }

    /// Where a file of a package that is a folder of the tree would be, for a specifier that names one.
    pub fn inside(&self, specifier: &str) -> Option<String> {
        let (name, subpath) = split_specifier(specifier)?;
        let folder = self.names.get(name)?;
        Some(format!(
            "/{folder}/{}",
            subpath.trim_start_matches(['.', '/'])
        ))
    }

    /// The package that a file belongs to.
    fn nearest(&self, path: &ModulePath) -> Option<(&str, &Folder)> {
        let mut at = path.folder();
        loop {
            if let Some((name, folder)) = self.folders.get_key_value(at) {
                return Some((name, folder));
            }
            if at.is_empty() {
                return None;
            }
            at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
}

/// A version that says that the package is a folder.
fn is_local(range: &str) -> bool {
    ["workspace:", "file:", "link:"]
        .iter()
        .any(|scheme| range.starts_with(scheme))
}

/// A folder as a package: what is in it, and the `package.json`s.
fn package(source: &Source<'_>, folder: &str) -> Package {
    let inside = |path: &ModulePath| match folder {
        "" => Some(path.to_string()),
        folder => Some(
            path.as_str()
                .strip_prefix(folder)?
                .strip_prefix('/')?
                .to_owned(),
        ),
    };
    let files = source.files.keys().filter_map(|path| {
        let bytes = (path.name() == "package.json")
            .then(|| source.bytes(path))
            .flatten();
        Some((inside(path)?, bytes))
    });
    Package::new(files.collect())
}

fn path_in(folder: &str, file: &str) -> Option<ModulePath> {
    let path = match folder {
        "" => file.to_owned(),
        folder => format!("{folder}/{file}"),
    };
    ModulePath::parse(&path, &Default::default()).ok()
}

impl LocalPackages for PackageScopes {
    fn named(&self, from: &ModulePath, specifier: &str) -> Option<Local> {
        if specifier.starts_with('#') {
            let (name, folder) = self.nearest(from)?;
            let inner = from.as_str().strip_prefix(name)?.trim_start_matches('/');
            return match folder
                .package
                .resolve(inner, specifier, Asked::Import)
                .ok()?
            {
                Target::File(file) => path_in(name, &file).map(Local::File),
                Target::Bare(bare) => Some(Local::Package(bare)),
                Target::Empty => None,
            };
        }
        let (name, subpath) = split_specifier(specifier)?;
        let folder = self.names.get(name)?;
        let package = &self.folders.get(folder)?.package;
        match package.resolve_entry(&subpath, Asked::Import).ok()? {
            Target::File(file) => path_in(folder, &file).map(Local::File),
            Target::Bare(bare) => Some(Local::Package(bare)),
            Target::Empty => None,
        }
    }

    fn entry(&self, folder: &ModulePath) -> Option<ModulePath> {
        let package = &self.folders.get(folder.as_str())?.package;
        match package.resolve_entry(".", Asked::Import).ok()? {
            Target::File(file) => path_in(folder.as_str(), &file),
            Target::Bare(_) | Target::Empty => None,
        }
    }
}
