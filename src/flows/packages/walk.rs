//! From the app's specifiers over everything that is imported: rounds of resolving, then compiling.

use super::{
    about,
    assets::{Kind, data_url, kind},
    modules::{Modules, Source},
    refused::{refused, unsupported},
    tarballs,
};
use futures_util::future::join_all;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_module::{CompiledModule, Dependency, DependencyKind, ModuleFacts, ModuleFormat};
use overskill_packages::{
    Asked, Lock, Package, PackageDiagnostic, Target, Unresolved, is_builtin, split_specifier,
};
use overskill_ports::{Blobs, Compiler, Fault, Http};
use std::collections::{BTreeMap, BTreeSet};

/// The module that stands for what a browser does without.
pub(super) const EMPTY: &str = "npm:empty";
/// How many tarballs are fetched and unpacked at a time.
const AT_ONCE: usize = 6;
/// How often a `browser` field may send a specifier on.
const REDIRECTS: usize = 8;

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The package's key in the lock, `name@version`.
    pub package: String,
    /// Its path there.
    pub file: String,
}

impl Place {
    /// The module's id in the chunk.
    pub fn id(&self) -> String {
        format!("npm:{}/{}", self.package, self.file)
    }
}

/// Where a dependency leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edge {
    Module(String),
    Url(String),
    Nowhere,
}

/// A module that is reached.
#[derive(Debug)]
pub(super) struct Built {
    pub module: CompiledModule,
    pub node_importer: bool,
    /// One for each of the module's dependencies.
    pub edges: Vec<Edge>,
}

/// What a specifier turned out to be.
enum Located {
    Module(Place),
    Url(String),
    Empty,
    Builtin,
    /// The package is there and won't give it.
    Refused(String, Unresolved),
    /// No package of that name.
    Missing,
    /// The package can't be read, which has been said.
    Broken,
}

/// The state of a walk.
pub(super) struct Walk<'a, B, H, C> {
    registry: &'a str,
    lock: Lock,
    blobs: &'a B,
    http: &'a H,
    compiler: &'a C,
    packages: BTreeMap<String, Option<Package>>,
    built: BTreeMap<String, Built>,
    frontier: BTreeSet<Place>,
    /// Names of packages that modules import and nobody asked for.
    unasked: BTreeSet<String>,
}

impl<'a, B: Blobs, H: Http, C: Compiler> Walk<'a, B, H, C> {
    pub fn new(registry: &'a str, lock: Lock, blobs: &'a B, http: &'a H, compiler: &'a C) -> Self {
        Self {
            registry,
            lock,
            blobs,
            http,
            compiler,
            packages: BTreeMap::new(),
            built: BTreeMap::new(),
            frontier: BTreeSet::new(),
            unasked: BTreeSet::new(),
        }
    }

    /// Which of the app's own dependencies the packages import without asking for them.
    pub fn unasked(&self, dependencies: &BTreeMap<String, String>) -> Vec<String> {
        let names = self.unasked.iter();
        names
            .filter(|name| dependencies.contains_key(*name))
            .cloned()
            .collect()
    }

    /// The modules by id, and which version of what.
    pub fn into_parts(self) -> (BTreeMap<String, Built>, Lock) {
        (self.built, self.lock)
    }

    /// Reaches everything; gives the id that each specifier leads to.
    pub async fn run(
        &mut self,
        specifiers: &BTreeSet<String>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let all = specifiers.iter().map(|at| (None, at.as_str()));
        self.load(all.collect(), diagnostics).await?;
        let mut entries = BTreeMap::new();
        for specifier in specifiers {
            // A style sheet's `@import` and a script's `import` of the same name differ in the former's `style` only.
            let asked = match specifier.ends_with(".css") {
                true => Asked::Style,
                false => Asked::Import,
            };
            let located = self.locate(None, specifier, asked, diagnostics).await?;
            match self.entry(specifier, located, diagnostics) {
                Edge::Module(id) => {
                    entries.insert(specifier.clone(), id);
                }
                Edge::Url(_) | Edge::Nowhere => {}
            }
        }
        let mut modules = Modules::new(self.blobs, self.compiler);
        let outcome = self.rounds(&mut modules, diagnostics).await;
        // What was compiled before a fault needn't be compiled again.
        modules.keep().await?;
        outcome.map(|()| entries)
    }

    async fn rounds(
        &mut self,
        modules: &mut Modules<'_, B, C>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<(), Fault> {
        while !self.frontier.is_empty() {
            let mut sources = Vec::new();
            for place in std::mem::take(&mut self.frontier) {
                let package = self.packages.get(&place.package).and_then(Option::as_ref);
                let locked = self.lock.packages.get(&place.package);
                let bytes = package.and_then(|package| package.bytes(&place.file));
                match (bytes, locked) {
                    (Some(bytes), Some(locked)) => sources.push(Source {
                        name: locked.name.clone(),
                        integrity: locked.integrity.clone(),
                        text: String::from_utf8_lossy(bytes).into_owned(),
                        place,
                    }),
                    _ => {
                        let message = format!("`{}` is too large to be a module.", place.id());
                        diagnostics.push(about(
                            None,
                            Diagnostic::error("package-file-too-large", message),
                        ));
                    }
                }
            }
            let compiled = modules.compile(sources).await?;
            let bare = compiled.iter().flat_map(|(place, module)| {
                let dependencies = module.facts.dependencies.iter();
                dependencies.map(|at| (Some(place.package.as_str()), at.specifier.as_str()))
            });
            self.load(bare.collect(), diagnostics).await?;
            for (place, module) in compiled {
                self.take(place, module, diagnostics).await?;
            }
        }
        Ok(())
    }

    /// Takes a compiled module in and follows its dependencies.
    async fn take(
        &mut self,
        place: Place,
        mut module: CompiledModule,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<(), Fault> {
        // A package's warnings are its authors' business.
        let errors = std::mem::take(&mut module.diagnostics).into_iter();
        let errors: Vec<_> = errors.filter(Diagnostic::is_error).collect();
        let failed = !errors.is_empty();
        diagnostics.extend(errors.into_iter().map(|error| about(None, error)));
        if failed {
            return Ok(());
        }
        let mut edges = Vec::new();
        for dependency in &module.facts.dependencies {
            let (specifier, hash) = match dependency.kind {
                DependencyKind::Url
                | DependencyKind::ModuleWorker
                | DependencyKind::ClassicWorker => split_url(&dependency.specifier),
                _ => (dependency.specifier.as_str(), ""),
            };
            let asked = match dependency.kind {
                DependencyKind::Static | DependencyKind::Dynamic => Asked::Import,
                DependencyKind::Require => Asked::Require,
                _ => Asked::Style,
            };
            let located = self
                .locate(Some(&place), specifier, asked, diagnostics)
                .await?;
            edges.push(match dependency.kind {
                DependencyKind::Url
                | DependencyKind::ModuleWorker
                | DependencyKind::ClassicWorker => {
                    self.address(&place, dependency, located, hash, diagnostics)
                }
                _ => self.edge(&place, dependency, located, diagnostics),
            });
        }
        let package = self.packages.get(&place.package).and_then(Option::as_ref);
        let node_importer = package.is_some_and(|package| package.node_importer(&place.file));
        let built = Built {
            module,
            node_importer,
            edges,
        };
        self.built.insert(place.id(), built);
        Ok(())
    }

    /// Loads the packages that specifiers, each with the package it stands in, lead to.
    async fn load(
        &mut self,
        specifiers: Vec<(Option<&str>, &str)>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<(), Fault> {
        let wanted: BTreeSet<String> = specifiers
            .into_iter()
            .filter(|(_, specifier)| !specifier.starts_with("node:"))
            .filter_map(|(from, specifier)| {
                let (name, _) = split_specifier(specifier)?;
                self.lock.find(from, name)
            })
            .filter(|key| !self.packages.contains_key(*key))
            .map(str::to_owned)
            .collect();
        let wanted: Vec<_> = wanted
            .iter()
            .filter_map(|key| self.lock.packages.get_key_value(key))
            .collect();
        for some in wanted.chunks(AT_ONCE) {
            let loading = some
                .iter()
                .map(|(_, locked)| tarballs::package(self.registry, locked, self.blobs, self.http));
            for ((key, _), loaded) in some.iter().zip(join_all(loading).await) {
                let package = loaded?
                    .map_err(|error| diagnostics.push(about(None, *error)))
                    .ok();
                self.packages.insert((*key).clone(), package);
            }
        }
        Ok(())
    }

    async fn locate(
        &mut self,
        from: Option<&Place>,
        specifier: &str,
        asked: Asked,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<Located, Fault> {
        let mut specifier = specifier.to_owned();
        let mut within = from.map(|place| place.package.clone());
        if ["http:", "https:", "data:", "blob:", "//"]
            .iter()
            .any(|scheme| specifier.starts_with(scheme))
        {
            return Ok(Located::Url(specifier));
        }
        if let Some(place) = from
            && let Some(Some(package)) = self.packages.get(&place.package)
        {
            match package.resolve(&place.file, &specifier, asked) {
                Ok(Target::Bare(bare)) => specifier = bare,
                Ok(Target::Empty) => return Ok(Located::Empty),
                Ok(Target::File(file)) => return Ok(located(&place.package, file)),
                Err(why) => return Ok(Located::Refused(place.package.clone(), why)),
            }
        }
        for _ in 0..REDIRECTS {
            let named = split_specifier(&specifier).filter(|_| !specifier.starts_with("node:"));
            let found = named.and_then(|(name, subpath)| {
                let key = self.lock.find(within.as_deref(), name)?;
                Some((key.to_owned(), subpath))
            });
            let Some((key, subpath)) = found else {
                if let Some((name, _)) = split_specifier(&specifier) {
                    self.unasked.insert(name.to_owned());
                }
                return Ok(match is_builtin(&specifier) {
                    true => Located::Builtin,
                    false => Located::Missing,
                });
            };
            let start = (within.as_deref(), specifier.as_str());
            self.load(vec![start], diagnostics).await?;
            let Some(Some(package)) = self.packages.get(&key) else {
                return Ok(Located::Broken);
            };
            match package.resolve_entry(&subpath, asked) {
                Ok(Target::File(file)) => return Ok(located(&key, file)),
                Ok(Target::Empty) => return Ok(Located::Empty),
                Ok(Target::Bare(bare)) => specifier = bare,
                Err(why) => return Ok(Located::Refused(key, why)),
            }
            within = Some(key);
        }
        Ok(Located::Missing)
    }

    /// What one of the app's specifiers leads to.
    fn entry(
        &mut self,
        specifier: &str,
        located: Located,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Edge {
        let error = match located {
            Located::Module(place) => match kind(&place.file) {
                Kind::Source | Kind::Style => return self.reach(place),
                Kind::Asset(_) | Kind::Other => unsupported(specifier),
            },
            Located::Empty => return self.empty(),
            Located::Builtin => Diagnostic::error(
                "node-builtin",
                format!("`{specifier}` is a module of Node; a browser has none."),
            )
            .hint("Use what browsers have, or a package made for them."),
            Located::Refused(package, why) => refused(specifier, &package, &why),
            // The resolver has said why there is no such package.
            Located::Missing if split_specifier(specifier).is_some() => return Edge::Nowhere,
            Located::Missing | Located::Url(_) => Diagnostic::error(
                "package-not-found",
                format!("`{specifier}` names no package."),
            ),
            Located::Broken => return Edge::Nowhere,
        };
        diagnostics.push(about(Some(specifier), error));
        Edge::Nowhere
    }

    /// What a dependency of a package's module leads to.
    fn edge(
        &mut self,
        place: &Place,
        dependency: &Dependency,
        located: Located,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Edge {
        let specifier = &dependency.specifier;
        let error = match located {
            Located::Module(target) => match kind(&target.file) {
                Kind::Source | Kind::Style => return self.reach(target),
                Kind::Asset(_) | Kind::Other => unsupported(specifier),
            },
            Located::Empty => return self.empty(),
            Located::Builtin if dependency.optional => return Edge::Nowhere,
            Located::Builtin => {
                let message = format!(
                    "`{}` asks for Node's `{specifier}` and gets an empty module.",
                    place.package
                );
                let note = Diagnostic::new(Severity::Info, "node-builtin", message);
                diagnostics.push(about(
                    None,
                    note.hint("If it misbehaves, look for a package made for browsers."),
                ));
                return self.empty();
            }
            Located::Broken | Located::Url(_) => return Edge::Nowhere,
            // Only running it tells whether it matters.
            Located::Missing | Located::Refused(..)
                if dependency.optional
                    || matches!(
                        dependency.kind,
                        DependencyKind::Dynamic | DependencyKind::Require
                    ) =>
            {
                return Edge::Nowhere;
            }
            Located::Refused(package, why) if package != place.package => {
                refused(specifier, &package, &why)
            }
            Located::Missing | Located::Refused(..) => Diagnostic::error(
                "unresolved-import",
                format!("Cannot find `{specifier}`, imported by `{}`.", place.id()),
            ),
        };
        let error = match (&error.hint, split_specifier(specifier)) {
            (None, Some((name, _))) => {
                error.hint(format!("Add `{name}` to `dependencies` in `package.json`."))
            }
            _ => error,
        };
        diagnostics.push(about(None, error));
        Edge::Nowhere
    }

    /// The URL that a module asks for.
    fn address(
        &mut self,
        place: &Place,
        dependency: &Dependency,
        located: Located,
        hash: &str,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Edge {
        match located {
            Located::Url(url) => Edge::Url(format!("{url}{hash}")),
            Located::Module(target) => {
                let package = self.packages.get(&target.package).and_then(Option::as_ref);
                let bytes = package.and_then(|package| package.bytes(&target.file));
                match (kind(&target.file), bytes) {
                    (Kind::Asset(media_type), Some(bytes)) => {
                        Edge::Url(format!("{}{hash}", data_url(media_type, bytes)))
                    }
                    _ => {
                        let message = format!(
                            "`{}` asks for the URL of `{}`, which can't be served yet.",
                            place.id(),
                            target.id()
                        );
                        let warning = Diagnostic::warning("package-asset-unsupported", message);
                        diagnostics.push(about(None, warning));
                        Edge::Url(String::new())
                    }
                }
            }
            _ => Edge::Url(dependency.specifier.clone()),
        }
    }

    fn reach(&mut self, place: Place) -> Edge {
        let id = place.id();
        if !self.built.contains_key(&id) {
            self.frontier.insert(place);
        }
        Edge::Module(id)
    }

    fn empty(&mut self) -> Edge {
        let built = || Built {
            module: CompiledModule {
                code: "function(module,exports,require){}".to_owned(),
                facts: ModuleFacts {
                    format: ModuleFormat::CommonJs,
                    ..ModuleFacts::default()
                },
                ..CompiledModule::default()
            },
            node_importer: false,
            edges: Vec::new(),
        };
        self.built.entry(EMPTY.to_owned()).or_insert_with(built);
        Edge::Module(EMPTY.to_owned())
    }
}

fn located(package: &str, file: String) -> Located {
    Located::Module(Place {
        package: package.to_owned(),
        file,
    })
}

/// A URL without its query, and its hash.
fn split_url(url: &str) -> (&str, &str) {
    let (rest, hash) = match url.find('#').filter(|at| *at > 0) {
        Some(at) => url.split_at(at),
        None => (url, ""),
    };
    (rest.split('?').next().unwrap_or(rest), hash)
}
