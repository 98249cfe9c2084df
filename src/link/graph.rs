//! The modules that an app's entries reach, and what each specifier in them leads to.

use crate::{
    assets::Suffix,
    globs::{Budget, Expanded},
    kinds::{Kinds, Role, role},
    known::Resolutions,
    resolve::{LocalPackages, Resolver},
    rules::ResolveRules,
};
use overskill_diagnostics::{Diagnostic, LineIndex, Span};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{CompiledModule, Dependency};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// What is linked.
pub struct App<'a> {
    /// Every file of the tree, with its content's hash.
    pub files: &'a BTreeMap<ModulePath, ContentHash>,
    /// What the compiler made of them; inline scripts of the page stand here under paths of their own.
    pub modules: &'a BTreeMap<ModulePath, Rc<CompiledModule>>,
    /// The text of a file, for frames and `?raw`.
    pub source: &'a dyn Fn(&ModulePath) -> Option<Rc<str>>,
    /// The bytes of a file, for those that become part of an address.
    pub bytes: &'a dyn Fn(&ModulePath) -> Option<Vec<u8>>,
    /// Where names lead.
    pub rules: &'a ResolveRules,
    /// What earlier walks found, where the paths and the rules were the same.
    pub resolutions: Option<&'a Resolutions>,
    /// Packages that are folders of the tree.
    pub local: &'a dyn LocalPackages,
    /// Where the app is served, with a slash at both ends.
    pub base: &'a str,
    /// What the app's config says about kinds of files.
    pub kinds: &'a Kinds,
    /// Whether it is built for production: assets have the addresses that Vite's build gives them.
    pub production: bool,
    /// What the page starts, in order.
    pub entries: &'a [ModulePath],
    /// Whether a file imports CommonJS as Node does: its nearest `package.json` says `"type": "module"`.
    pub node_importer: &'a dyn Fn(&ModulePath) -> bool,
    /// The style sheets that the page links: walked like entries, and no part of the chunk by that.
    pub styles: &'a [ModulePath],
    /// What modules may import by paths that they compute. Those that are not among the keys find nothing so.
    pub computed: &'a BTreeMap<ModulePath, Vec<ModulePath>>,
}

/// Where a dependency leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edge {
    /// A module of the app, by id.
    Module(String),
    /// A style sheet that another one imports, by id.
    Sheet(String),
    /// A package's module, by specifier.
    Package(String),
    /// A URL, for `new URL` and CSS.
    Url(String),
    /// The URL of a package's file, by specifier, and what stands behind it.
    PackageUrl(String, String),
    /// A worker.
    Worker(WorkerEntry),
    /// Nowhere, which the module can cope with.
    Nowhere,
}

/// What a worker starts with, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WorkerEntry {
    pub id: String,
    /// Whether it is a module worker; a classic one has no `import` of its own.
    pub module: bool,
}

/// A module that is reached.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub path: ModulePath,
    pub role: Role,
    /// One for each of the compiled module's dependencies.
    pub edges: Vec<Edge>,
    /// One for each of its sets of files, each with what its files lead to; `None` for one that can't be known.
    pub globs: Vec<Option<Vec<(Expanded, Edge)>>>,
    /// What it may import by a path that it computes; `None` where that is not known.
    pub computed: Option<Vec<(ModulePath, Edge)>>,
    /// An asset's URL.
    pub address: String,
}

/// What the entries reach.
#[derive(Debug, Default)]
pub struct Graph {
    pub(crate) nodes: BTreeMap<String, Node>,
    /// The nodes that the page's scripts reach: the chunk's modules.
    pub(crate) booted: BTreeSet<String>,
    pub(crate) entries: Vec<String>,
    pub(crate) workers: BTreeSet<WorkerEntry>,
    pub(crate) assets: BTreeSet<ModulePath>,
    /// A server's binaries, by the name that its modules import.
    pub(crate) binaries: BTreeMap<String, ModulePath>,
    pub(crate) packages: BTreeMap<String, (ModulePath, Dependency)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Graph {
    /// The specifiers of packages that are asked for.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.packages.keys().map(String::as_str)
    }

    /// The files that are reached, in order of path; the same one only once.
    pub fn files(&self) -> BTreeSet<&ModulePath> {
        self.nodes
            .values()
            .map(|node| &node.path)
            .chain(&self.assets)
            .collect()
    }

    /// The files that are reached as modules or style sheets: those that must be compiled.
    pub fn compiled(&self) -> BTreeSet<&ModulePath> {
        let nodes = self.nodes.values().filter(|node| node.role.is_compiled());
        nodes.map(|node| &node.path).collect()
    }

    /// The files from which one of `files` is reached by imports that are written out; those themselves among them.
    pub fn reaching(&self, files: &BTreeSet<ModulePath>) -> BTreeSet<ModulePath> {
        let mut found = files.clone();
        loop {
            let leads = |node: &&Node| {
                let globs = node.globs.iter().flatten().flatten().map(|(_, edge)| edge);
                let mut edges = node.edges.iter().chain(globs);
                edges.any(|edge| match edge {
                    Edge::Module(id) => self
                        .nodes
                        .get(id)
                        .is_some_and(|it| found.contains(&it.path)),
                    _ => false,
                })
            };
            let new = self.nodes.values().filter(|it| !found.contains(&it.path));
            let new: Vec<ModulePath> = new.filter(leads).map(|it| it.path.clone()).collect();
            if new.is_empty() {
                return found;
            }
            found.extend(new);
        }
    }

    /// Places a diagnostic about a package at the first import of `specifier`.
    pub fn at_import(&self, app: &App<'_>, specifier: &str, diagnostic: Diagnostic) -> Diagnostic {
        match self.packages.get(specifier) {
            Some((path, dependency)) => located(app, path, dependency.span, diagnostic),
            None => diagnostic,
        }
    }

    /// The modules that are reached from some of them without crossing into a worker.
    pub(crate) fn closure<'a>(
        &'a self,
        from: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&str> = from.into_iter().collect();
        while let Some(id) = waiting.pop() {
            let Some(node) = self.nodes.get(id) else {
                continue;
            };
            if !found.insert(id.to_owned()) || node.role != Role::Compiled {
                continue;
            }
            waiting.extend(node.all_edges().filter_map(|edge| match edge {
                Edge::Module(id) => Some(id.as_str()),
                _ => None,
            }));
        }
        found
    }
}

impl Node {
    pub(crate) fn all_edges(&self) -> impl Iterator<Item = &Edge> {
        let globs = self.globs.iter().flatten().flatten().map(|(_, edge)| edge);
        let computed = self.computed.iter().flatten().map(|(_, edge)| edge);
        self.edges.iter().chain(globs).chain(computed)
    }
}

/// Puts `diagnostic` where `path` says something.
pub(crate) fn located(
    app: &App<'_>,
    path: &ModulePath,
    span: Span,
    diagnostic: Diagnostic,
) -> Diagnostic {
    match (app.source)(path) {
        Some(source) => diagnostic.at(path, &LineIndex::new(&source), span),
        None => diagnostic.in_file(path),
    }
}

/// Walks from the entries over everything that is imported.
pub fn walk(app: &App<'_>) -> Graph {
    let mut walk = Walk {
        app,
        resolver: Resolver {
            files: app.files,
            rules: app.rules,
            local: app.local,
        },
        graph: Graph::default(),
        waiting: Vec::new(),
        budget: Budget::default(),
    };
    for entry in app.entries {
        let id = format!("/{entry}");
        if !walk.graph.entries.contains(&id) {
            walk.graph.entries.push(id.clone());
            let role = role(app.kinds, entry, None);
            walk.waiting.push((id, entry.clone(), role));
        }
    }
    walk.waiting.reverse();
    walk.run();
    for path in app.styles.iter().rev() {
        let role = role(app.kinds, path, None);
        walk.waiting.push((format!("/{path}"), path.clone(), role));
    }
    walk.run();
    let mut graph = walk.graph;
    graph.booted = graph.closure(graph.entries.iter().map(String::as_str));
    graph
}

/// The state of a walk.
pub(crate) struct Walk<'a> {
    pub app: &'a App<'a>,
    pub resolver: Resolver<'a, ContentHash>,
    pub graph: Graph,
    /// What is to be looked at, the last first.
    pub waiting: Vec<(String, ModulePath, Role)>,
    pub budget: Budget,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some((id, path, role)) = self.waiting.pop() {
            // Assets were added with their addresses.
            if self.graph.nodes.contains_key(&id) {
                continue;
            }
            let mut node = Node {
                path,
                role,
                edges: Vec::new(),
                globs: Vec::new(),
                computed: None,
                address: String::new(),
            };
            if let Role::Worker { .. } = role {
                let entry = WorkerEntry {
                    id: format!("/{}", node.path),
                    module: true,
                };
                node.edges.push(self.worker(entry, node.path.clone()));
            }
            if role.is_compiled()
                && let Some(module) = self.app.modules.get(&node.path)
            {
                let told = module.diagnostics.iter().cloned();
                self.graph.diagnostics.extend(told);
                for dependency in &module.facts.dependencies {
                    node.edges.push(self.follow(&node.path, dependency));
                }
                for glob in &module.facts.globs {
                    node.globs.push(self.expand(&node.path, glob));
                }
                let computed = self.app.computed.get(&node.path);
                node.computed = computed.map(|paths| {
                    let mut edge = |path: &ModulePath| self.module(path.clone(), Suffix::default());
                    paths
                        .iter()
                        .map(|path| (path.clone(), edge(path)))
                        .collect()
                });
            }
            self.graph.nodes.insert(id, node);
        }
    }

    pub(crate) fn worker(&mut self, entry: WorkerEntry, path: ModulePath) -> Edge {
        let role = role(self.app.kinds, &path, None);
        self.waiting.push((entry.id.clone(), path, role));
        self.graph.workers.insert(entry.clone());
        Edge::Worker(entry)
    }
}
