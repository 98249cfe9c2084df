//! An unpacked package, and which of its files a specifier names.

use crate::{
    Asked, Manifest, conditions,
    conditions::{Conditions, Found},
    glob, is_builtin,
    probe::{Listing, within},
    split_specifier,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The files of one version of a package. Files without bytes are there but weren't kept.
#[derive(Debug)]
pub struct Package {
    files: BTreeMap<String, Option<Vec<u8>>>,
    manifests: BTreeMap<String, Manifest>,
    modules: BTreeSet<String>,
    production: bool,
    server: bool,
}

/// All that is needed of a package to tell which of its files specifiers name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    files: Vec<String>,
    /// The texts of the `package.json`s, by folder.
    manifests: BTreeMap<String, String>,
    modules: BTreeSet<String>,
}

/// What a specifier names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of the same package.
    File(String),
    /// Something of another package, or of Node.
    Bare(String),
    /// `false` in `browser`: a module with nothing in it.
    Empty,
}

/// Why a specifier names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// `exports` doesn't have it; these it has.
    NotExported(Vec<String>),
    /// There is no such file.
    NoFile,
}

impl Package {
    /// Takes the files of a tarball.
    pub fn new(files: BTreeMap<String, Option<Vec<u8>>>) -> Self {
        let manifests = files
            .iter()
            .filter_map(|(path, bytes)| {
                let folder = match path.strip_suffix("package.json")? {
                    "" => "",
                    folder => folder.strip_suffix('/')?,
                };
                let text = String::from_utf8_lossy(bytes.as_ref()?);
                Some((folder.to_owned(), Manifest::parse(&text)))
            })
            .collect();
        let mut package = Self {
            files,
            manifests,
            modules: BTreeSet::new(),
            production: false,
            server: false,
        };
        let listing = package.listing();
        let modules = package.manifests.iter().filter(|(folder, manifest)| {
            let entry = manifest
                .browser
                .as_ref()
                .filter(|_| manifest.module.is_some());
            entry.is_some_and(|entry| listing.is_module(folder, entry))
        });
        let modules = modules.map(|(folder, _)| folder.clone()).collect();
        package.modules = modules;
        package
    }

    /// The package without the contents of its files.
    pub fn outline(&self) -> Outline {
        let manifests = self.manifests.keys().filter_map(|folder| {
            let path = match folder.as_str() {
                "" => "package.json".to_owned(),
                folder => format!("{folder}/package.json"),
            };
            let text = String::from_utf8_lossy(self.bytes(&path)?).into_owned();
            Some((folder.clone(), text))
        });
        Outline {
            files: self.files.keys().cloned().collect(),
            manifests: manifests.collect(),
            modules: self.modules.clone(),
        }
    }

    /// A package of which no file has been read.
    pub fn of_outline(outline: Outline) -> Self {
        let manifests = outline.manifests.iter();
        Self {
            files: outline.files.into_iter().map(|file| (file, None)).collect(),
            manifests: manifests
                .map(|(folder, text)| (folder.clone(), Manifest::parse(text)))
                .collect(),
            modules: outline.modules,
            production: false,
            server: false,
        }
    }

    /// Whether evaluating a file does nothing that others could notice, by the package's own word.
    pub fn is_pure(&self, path: &str) -> bool {
        let mut folder = path;
        loop {
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            let manifest = self.manifests.get(folder);
            if let Some(patterns) = manifest.and_then(|manifest| manifest.effects.as_ref()) {
                let path = path
                    .strip_prefix(folder)
                    .unwrap_or(path)
                    .trim_start_matches('/');
                return !patterns.iter().any(|pattern| glob::matches(pattern, path));
            }
            if folder.is_empty() {
                return false;
            }
        }
    }

    /// Whether it has a file at that path.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether installing it would run a script; here none is ever run.
    pub fn has_install_script(&self) -> bool {
        self.root().is_some_and(|manifest| manifest.install_script)
    }

    /// The bytes of a file, if they were kept.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path)?.as_deref()
    }

    /// Whether a file imports CommonJS as Node does.
    pub fn node_importer(&self, path: &str) -> bool {
        match path.rsplit('.').next() {
            Some("mjs" | "mts") => true,
            Some("cjs" | "cts") => false,
            _ => {
                let mut folder = path;
                loop {
                    folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
                    if let Some(manifest) = self.manifests.get(folder) {
                        return manifest.module_type == Some(true);
                    }
                    if folder.is_empty() {
                        return false;
                    }
                }
            }
        }
    }

    /// What another package, or the app, gets for a subpath (`.` or `./…`).
    ///
    /// # Errors
    /// When it isn't exported or isn't there.
    pub fn resolve_entry(&self, subpath: &str, asked: Asked) -> Result<Target, Unresolved> {
        let exports = self.root().and_then(|manifest| manifest.exports.as_ref());
        let file = match exports {
            Some(exports) => match conditions::exported(exports, subpath, self.on(asked)) {
                Found::Target(target) if target.starts_with("./") => within("", &target)
                    .filter(|path| self.files.contains_key(path))
                    .ok_or(Unresolved::NoFile)?,
                _ if subpath == "./package.json" => "package.json".to_owned(),
                _ => return Err(Unresolved::NotExported(conditions::listed(exports))),
            },
            None => within("", subpath)
                .and_then(|path| self.listing().probe(&path, asked))
                .ok_or(Unresolved::NoFile)?,
        };
        Ok(self.in_browser(file, asked))
    }

    /// What `specifier` names in the file `from`.
    ///
    /// # Errors
    /// When it is one of the package's own and isn't there.
    pub fn resolve(&self, from: &str, specifier: &str, asked: Asked) -> Result<Target, Unresolved> {
        if specifier.starts_with('#') {
            let imports = self.root().and_then(|manifest| manifest.imports.as_ref());
            let found =
                imports.map(|imports| conditions::matched(imports, specifier, self.on(asked)));
            return match found {
                Some(Found::Target(target)) if target.starts_with("./") => {
                    let path = within("", &target).filter(|path| self.files.contains_key(path));
                    Ok(self.in_browser(path.ok_or(Unresolved::NoFile)?, asked))
                }
                Some(Found::Target(target)) => Ok(self.bare(&target, asked)),
                _ => Err(Unresolved::NoFile),
            };
        }
        let relative = matches!(specifier, "." | "..")
            || specifier.starts_with("./")
            || specifier.starts_with("../");
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let slash = if specifier.ends_with('/') { "/" } else { "" };
        let beside = || {
            let path = within(folder, specifier)?;
            self.listing().probe(&format!("{path}{slash}"), asked)
        };
        if relative {
            let file = beside().ok_or(Unresolved::NoFile)?;
            return Ok(self.in_browser(file, asked));
        }
        // In CSS a name without `./` is a file first.
        if asked == Asked::Style
            && let Some(file) = beside()
        {
            return Ok(Target::File(file));
        }
        let own = self.root().and_then(|manifest| manifest.name.as_deref());
        match split_specifier(specifier) {
            Some((name, subpath)) if Some(name) == own && !is_builtin(specifier) => {
                self.resolve_entry(&subpath, asked)
            }
            Some((name, subpath)) => match self.bundled(folder, name) {
                Some(inner) => self.bundled_entry(&inner, &subpath, asked),
                None => Ok(self.bare(specifier, asked)),
            },
            None => Ok(self.bare(specifier, asked)),
        }
    }

    /// The same, with the conditions that hold for production.
    pub fn for_production(mut self, production: bool) -> Self {
        self.production = production;
        self
    }

    /// The same, with the conditions that hold in a Worker.
    pub fn for_server(mut self, server: bool) -> Self {
        self.server = server;
        self
    }

    fn on(&self, asked: Asked) -> Conditions {
        Conditions {
            asked,
            production: self.production,
            server: self.server,
        }
    }

    /// The folder of a package that comes inside this one, for a file in `from`: `bundleDependencies`.
    fn bundled(&self, from: &str, name: &str) -> Option<String> {
        let mut folder = from;
        loop {
            let inner = match folder {
                "" => format!("node_modules/{name}"),
                folder => format!("{folder}/node_modules/{name}"),
            };
            if self.manifests.contains_key(&inner) {
                return Some(inner);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    fn bundled_entry(
        &self,
        inner: &str,
        subpath: &str,
        asked: Asked,
    ) -> Result<Target, Unresolved> {
        let manifest = self.manifests.get(inner);
        let exports = manifest.and_then(|manifest| manifest.exports.as_ref());
        let path = match exports {
            Some(exports) => match conditions::exported(exports, subpath, self.on(asked)) {
                Found::Target(target) if target.starts_with("./") => {
                    within(inner, &target).filter(|path| self.files.contains_key(path))
                }
                _ => return Err(Unresolved::NotExported(conditions::listed(exports))),
            },
            None => within(inner, subpath).and_then(|path| self.listing().probe(&path, asked)),
        };
        // What leads out of it leads nowhere.
        let inside = path.filter(|path| {
            let rest = path.strip_prefix(inner);
            rest.is_some_and(|rest| rest.starts_with('/'))
        });
        inside.map(Target::File).ok_or(Unresolved::NoFile)
    }

    fn root(&self) -> Option<&Manifest> {
        self.manifests.get("")
    }

    fn listing(&self) -> Listing<'_> {
        Listing {
            files: &self.files,
            manifests: &self.manifests,
            modules: &self.modules,
        }
    }

    /// What stands for another package's specifier in a browser.
    fn bare(&self, specifier: &str, asked: Asked) -> Target {
        let map = self.root().map(|manifest| &manifest.browser_map);
        let entry = map.and_then(|map| map.iter().find(|(from, _)| from == specifier));
        match entry {
            Some((_, None)) => Target::Empty,
            Some((_, Some(to))) if to.starts_with('.') => within("", to)
                .and_then(|path| self.listing().probe(&path, asked))
                .map_or_else(|| Target::Bare(specifier.to_owned()), Target::File),
            Some((_, Some(to))) => Target::Bare(to.clone()),
            None => Target::Bare(specifier.to_owned()),
        }
    }

    /// What stands for one of the package's own files in a browser.
    fn in_browser(&self, file: String, asked: Asked) -> Target {
        let map = self.root().map(|manifest| &manifest.browser_map);
        let names = |from: &str| {
            let path = within("", from).filter(|path| !path.is_empty());
            // Without a dot, and an extension, it is a package's name.
            path.is_some_and(|path| {
                let probed = || self.listing().probe(&path, asked);
                path == file || from.starts_with('.') && probed().as_ref() == Some(&file)
            })
        };
        let entry = map.and_then(|map| map.iter().find(|(from, _)| names(from)));
        match entry {
            None => Target::File(file),
            Some((_, None)) => Target::Empty,
            Some((_, Some(to))) if to.starts_with('.') => within("", to)
                .and_then(|path| self.listing().probe(&path, asked))
                .map_or(Target::File(file), Target::File),
            Some((_, Some(to))) if self.files.contains_key(to) => Target::File(to.clone()),
            Some((_, Some(to))) => Target::Bare(to.clone()),
        }
    }
}
