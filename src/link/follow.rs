//! What one dependency leads to.

use crate::{
    assets::{Suffix, address},
    graph::{Edge, Node, Walk, WorkerEntry, located},
    kinds::{Role, role},
    resolve::Resolution,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{Dependency, DependencyKind, FileKind};

impl Walk<'_> {
    pub(crate) fn follow(&mut self, path: &ModulePath, dependency: &Dependency) -> Edge {
        let url = !matches!(
            dependency.kind,
            DependencyKind::Static | DependencyKind::Dynamic | DependencyKind::Require
        );
        let find = || match url {
            false => self.resolver.resolve(path, &dependency.specifier),
            true => self.resolver.resolve_url(path, &dependency.specifier),
        };
        let resolution = match self.app.resolutions {
            Some(known) => known.get(path, &dependency.specifier, url, find),
            None => find(),
        };
        match dependency.kind {
            DependencyKind::Url => self.follow_url(path, dependency, resolution),
            DependencyKind::ModuleWorker | DependencyKind::ClassicWorker => {
                self.follow_worker(path, dependency, resolution)
            }
            DependencyKind::StyleImport => match self.follow_import(path, dependency, resolution) {
                Edge::Module(id) => Edge::Sheet(id),
                other => other,
            },
            _ => self.follow_import(path, dependency, resolution),
        }
    }

    fn follow_import(
        &mut self,
        path: &ModulePath,
        dependency: &Dependency,
        resolution: Resolution,
    ) -> Edge {
        match resolution {
            Resolution::File(file, query) => {
                // A module has no parts: Vite drops what stands behind `#`.
                let suffix = Suffix {
                    query: query.as_deref(),
                    fragment: "",
                };
                let problem = self.unknown(path, &file, query.as_deref());
                let edge = self.module(file, suffix);
                if let Some(problem) = problem {
                    self.tell(path, dependency, problem);
                }
                edge
            }
            Resolution::Public(public) => {
                let (_, query) = dependency.specifier.split_once('?').unwrap_or_default();
                let query = query.split('#').next().filter(|query| !query.is_empty());
                let suffix = Suffix {
                    query,
                    fragment: "",
                };
                match self.public(path, &public) {
                    Some((file, address)) => self.asset(file, suffix, Some(&address)),
                    None => Edge::Nowhere,
                }
            }
            Resolution::External(address) => Edge::Url(address),
            Resolution::Package(specifier) => {
                self.graph
                    .packages
                    .entry(specifier.clone())
                    .or_insert_with(|| (path.clone(), dependency.clone()));
                Edge::Package(specifier)
            }
            Resolution::Missing if dependency.optional => Edge::Nowhere,
            Resolution::Missing => {
                let message = format!(
                    "Cannot find `{}`, imported by `{path}`.",
                    dependency.specifier
                );
                let error = Diagnostic::error("unresolved-import", message)
                    .hint(self.hint(path, &dependency.specifier));
                self.tell(path, dependency, error);
                Edge::Nowhere
            }
        }
    }

    /// A file as a module, whatever that is for its kind.
    pub(crate) fn module(&mut self, file: ModulePath, suffix: Suffix<'_>) -> Edge {
        let role = role(self.app.kinds, &file, suffix.query);
        if matches!(role, Role::Asset | Role::WasmInit) {
            return self.asset(file, suffix, None);
        }
        if role == Role::Binary {
            let Some(hash) = self.app.files.get(&file) else {
                return Edge::Nowhere;
            };
            let name = format!("{}.{}", hash.short(), file.extension());
            self.graph.binaries.insert(name.clone(), file);
            return Edge::Url(format!("./{name}"));
        }
        let mut id = format!("/{file}");
        if let Some(query) = suffix.query.filter(|query| !query.is_empty()) {
            id = format!("{id}?{query}");
        }
        self.waiting.push((id.clone(), file, role));
        Edge::Module(id)
    }

    fn asset(&mut self, file: ModulePath, suffix: Suffix<'_>, public: Option<&str>) -> Edge {
        let mut id = public.map_or_else(|| format!("/{file}"), str::to_owned);
        if let Some(query) = suffix.query {
            id = format!("{id}?{query}");
        }
        id.push_str(suffix.fragment);
        if !self.graph.nodes.contains_key(&id) {
            let role = match role(self.app.kinds, &file, suffix.query) {
                role @ (Role::Raw | Role::WasmInit) => role,
                _ => Role::Asset,
            };
            let address = match role {
                Role::Asset => self.address(&file, suffix, public),
                Role::WasmInit => self.address(&file, Suffix::default(), public),
                _ => String::new(),
            };
            let node = Node {
                path: file,
                role,
                edges: Vec::new(),
                globs: Vec::new(),
                computed: None,
                address,
            };
            self.graph.nodes.insert(id.clone(), node);
        }
        Edge::Module(id)
    }

    /// A file that is served as it is, and its address.
    fn public(&self, from: &ModulePath, name: &str) -> Option<(ModulePath, String)> {
        let name = name.trim_start_matches('/');
        let file = from.join(&self.app.rules.public_file(name)?)?;
        Some((file, format!("{}{name}", self.app.base)))
    }

    fn address(&mut self, file: &ModulePath, suffix: Suffix<'_>, public: Option<&str>) -> String {
        let address = address(self.app, file, suffix, public);
        if address.served {
            self.graph.assets.insert(file.clone());
        }
        address.url
    }

    fn follow_url(
        &mut self,
        path: &ModulePath,
        dependency: &Dependency,
        resolution: Resolution,
    ) -> Edge {
        let specifier = &dependency.specifier;
        let (file, public) = match resolution {
            Resolution::File(file, _) if self.app.files.contains_key(&file) => (file, None),
            // One of the page's inline scripts.
            Resolution::File(..) => return Edge::Nowhere,
            Resolution::Public(public) => match self.public(path, &public) {
                Some((file, address)) => (file, Some(address)),
                None => return Edge::Nowhere,
            },
            Resolution::External(address) => return Edge::Url(address),
            Resolution::Package(bare) if self.is_package(&bare) => {
                let end = specifier.find(['?', '#']).unwrap_or(specifier.len());
                let suffix = specifier[end..].to_owned();
                return self.package_url(path, dependency, bare, suffix);
            }
            Resolution::Missing | Resolution::Package(_) => {
                // A path of the origin may be the server's.
                if !specifier.starts_with('/') {
                    let message = format!("No file at `{specifier}`.");
                    let warning = Diagnostic::warning("unresolved-asset", message);
                    self.tell(path, dependency, warning);
                }
                return Edge::Url(specifier.clone());
            }
        };
        let suffix = Suffix {
            query: specifier
                .split_once('?')
                .and_then(|(_, query)| query.split('#').next()),
            fragment: fragment(specifier),
        };
        Edge::Url(self.address(&file, suffix, public.as_deref()))
    }

    /// Whether a specifier is about a package that the app asks for, and not a file that is missing.
    fn is_package(&self, specifier: &str) -> bool {
        let packages = &self.app.rules.packages;
        let about = |name: &String| {
            let rest = specifier.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        packages.iter().any(about)
    }

    /// The URL of a package's file, whatever it would be as a module.
    fn package_url(
        &mut self,
        path: &ModulePath,
        dependency: &Dependency,
        mut specifier: String,
        suffix: String,
    ) -> Edge {
        let there = path.join(&format!("/{specifier}"));
        if there.is_none_or(|file| FileKind::of(&file) != FileKind::Asset) {
            specifier.push_str("?url");
        }
        let asked = (path.clone(), dependency.clone());
        let packages = &mut self.graph.packages;
        packages.entry(specifier.clone()).or_insert(asked);
        Edge::PackageUrl(specifier, suffix)
    }

    fn follow_worker(
        &mut self,
        path: &ModulePath,
        dependency: &Dependency,
        resolution: Resolution,
    ) -> Edge {
        match resolution {
            Resolution::File(file, _) => {
                let entry = WorkerEntry {
                    id: format!("/{file}"),
                    module: dependency.kind == DependencyKind::ModuleWorker,
                };
                let problem = self.unknown(path, &file, None);
                let edge = self.worker(entry, file);
                if let Some(problem) = problem {
                    self.tell(path, dependency, problem);
                }
                edge
            }
            Resolution::Public(public) => match self.public(path, &public) {
                Some((_, address)) => Edge::Url(address),
                None => Edge::Nowhere,
            },
            Resolution::External(address) => Edge::Url(address),
            Resolution::Package(bare) if self.is_package(&bare) => {
                self.package_url(path, dependency, bare, String::new())
            }
            Resolution::Package(_) | Resolution::Missing => {
                let specifier = &dependency.specifier;
                let warning = Diagnostic::warning(
                    "unresolved-worker",
                    format!("No file at `{specifier}`; the worker can't start."),
                )
                .hint(self.hint(path, specifier));
                self.tell(path, dependency, warning);
                Edge::Url(specifier.clone())
            }
        }
    }

    fn unknown(
        &self,
        from: &ModulePath,
        file: &ModulePath,
        query: Option<&str>,
    ) -> Option<Diagnostic> {
        (role(self.app.kinds, file, query) == Role::Unknown).then(|| {
            let message = format!("`{file}`, imported by `{from}`, is of no kind that can be imported.");
            Diagnostic::error("unknown-file-type", message).hint(
                "For its URL put `?url` behind the name, for its text `?raw`; or add it to `assetsInclude`.",
            )
        })
    }

    pub(crate) fn tell(&mut self, path: &ModulePath, dependency: &Dependency, told: Diagnostic) {
        let told = located(self.app, path, dependency.span, told);
        self.graph.diagnostics.push(told);
    }

    fn hint(&self, from: &ModulePath, specifier: &str) -> String {
        let wanted = specifier.rsplit('/').next().unwrap_or(specifier);
        let stem = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        let near = self
            .app
            .files
            .keys()
            .find(|path| *path != from && stem(path.name()) == stem(wanted));
        match near {
            Some(path) => format!(
                "There is a file `{path}`; paths are case-sensitive and relative to the importing file."
            ),
            None => "Add the file, or correct the path.".to_owned(),
        }
    }
}

/// The `#…` of a URL: which part of a sprite is meant.
fn fragment(url: &str) -> &str {
    match url.rfind('#') {
        Some(at) if at > 0 => &url[at..],
        _ => "",
    }
}
