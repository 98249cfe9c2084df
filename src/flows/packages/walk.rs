//! From the app's specifiers over everything that is imported: rounds of following what is wanted, then compiling what
//! that reached. Barrels are followed by name, so that what nobody asks of them is neither compiled nor served.

use super::{
    about,
    assets::Query,
    locate::Located,
    request::{PackageRequest, Wanted},
    supplies::Supplies,
    versions::Versions,
};
use overskill_diagnostics::Diagnostic;
use overskill_link::ResolveRules;
use overskill_module::{CompiledModule, ModuleFacts, ModuleFormat};
use overskill_packages::{Asked, Lock, PackageDiagnostic, split_specifier};
use overskill_ports::{Blobs, Compiler, Fault, Http};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// The module that stands for what a browser does without.
pub(super) const EMPTY: &str = "npm:empty";

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
    /// A URL as it is.
    Url(String),
    /// The URL of a file of a package, and what follows it.
    Asset(Place, String),
    Nowhere,
}

/// A module that is reached.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// `None` until it is compiled, and where that failed.
    pub module: Option<Rc<CompiledModule>>,
    /// Whether it was tried to compile.
    pub done: bool,
    /// Whether it imports CommonJS as Node does.
    pub node_importer: bool,
    /// Whether evaluating it does nothing that others could notice.
    pub pure: bool,
    /// Whether it is part of the chunk. Others were only looked at.
    pub reached: bool,
    /// Whether it is evaluated; otherwise it only passes on what `views` has.
    pub whole: bool,
    /// Whether all of its dependencies were followed.
    pub followed: bool,
    /// What is taken from it.
    pub wanted: Wanted,
    /// What it passes on: name to the index of the dependency and the name there, `*` for all.
    pub views: BTreeMap<String, (usize, String)>,
    /// Where its dependencies lead, by index, as far as they were followed.
    pub edges: BTreeMap<usize, Edge>,
    /// Names that one of its `export *` may have.
    pub seeking: BTreeSet<String>,
    /// Whether others look for names behind its `export *`.
    pub listed: bool,
    /// For an asset: the file whose URL is its default export.
    pub asset: Option<Place>,
}

/// The state of a walk.
pub(super) struct Walk<'a, B, H, C, K> {
    pub(super) lock: Lock,
    /// The app's aliases.
    pub(super) aliases: ResolveRules,
    /// Names that mean the app's own copy.
    dedupe: &'a BTreeSet<String>,
    /// Whether the runtime is a Worker's, which has modules of its own.
    pub(super) server: bool,
    pub(super) versions: Versions<'a, B, H, C, K>,
    pub(super) nodes: BTreeMap<String, Node>,
    frontier: BTreeSet<Place>,
    /// Modules of which more is wanted than was followed.
    pub(super) agenda: BTreeSet<String>,
    /// Modules that look for names in what isn't compiled yet.
    pub(super) waiting: BTreeSet<String>,
    /// How many dependencies were followed.
    followed: usize,
    /// Names of packages that modules import and nobody asked for.
    unasked: BTreeSet<String>,
}

/// What a walk found.
pub(super) struct Found {
    pub nodes: BTreeMap<String, Node>,
    /// The ids of the app's specifiers.
    pub entries: BTreeMap<String, String>,
    /// The URLs of assets.
    pub urls: BTreeMap<Place, String>,
    pub lock: Lock,
}

impl<'a, B: Blobs, H: Http, C: Compiler, K> Walk<'a, B, H, C, K> {
    pub fn new(
        request: &'a PackageRequest,
        lock: Lock,
        new: &'a BTreeSet<String>,
        supplies: &'a Supplies<'a, B, H, C, K>,
    ) -> Self {
        Self {
            lock,
            aliases: request.rules.aliases(),
            dedupe: &request.rules.dedupe,
            server: request.server,
            versions: Versions::new(
                &request.registries,
                (request.production, request.server),
                new,
                supplies,
            ),
            nodes: BTreeMap::new(),
            frontier: BTreeSet::new(),
            agenda: BTreeSet::new(),
            waiting: BTreeSet::new(),
            followed: 0,
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

    /// Walks from `specifiers`; gives the ids of those that were found.
    pub async fn run(
        &mut self,
        specifiers: &BTreeMap<String, Wanted>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut entries = BTreeMap::new();
        let all = specifiers.keys();
        let all = all.map(|specifier| (None, specifier.clone())).collect();
        self.load(all, diagnostics).await?;
        for (specifier, wanted) in specifiers {
            let (bare, query) = Query::split(specifier);
            let located = self.locate(None, bare, Asked::Import, diagnostics).await?;
            let edge = match (located, query) {
                (Located::Module(place), Some(query)) => self.reach_part(place, query),
                (located, _) => self.entry(bare, located, diagnostics),
            };
            if let Edge::Module(id) = edge {
                self.want(&id, wanted);
                entries.insert(specifier.clone(), id);
            }
        }
        let outcome = self.rounds(diagnostics).await;
        // What was compiled before a fault needn't be compiled again.
        self.versions.keep().await?;
        outcome.map(|()| entries)
    }

    /// What was found, with the URLs of the assets that it names.
    pub async fn finish(
        mut self,
        entries: BTreeMap<String, String>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<Found, Fault> {
        let edges = self.nodes.values().flat_map(|node| node.edges.values());
        let of_edges = edges.filter_map(|edge| match edge {
            Edge::Asset(place, _) => Some(place),
            _ => None,
        });
        let of_nodes = self.nodes.values().filter_map(|node| node.asset.as_ref());
        let places: BTreeSet<Place> = of_edges.chain(of_nodes).cloned().collect();
        let urls = self.versions.addresses(&places, &self.lock).await?;
        self.versions.keep().await?;
        for place in places.iter().filter(|place| !urls.contains_key(place)) {
            let message = format!("`{}` is too large to be served.", place.id());
            let warning = Diagnostic::warning("package-asset-too-large", message);
            tell(diagnostics, warning);
        }
        self.tell_of_parts(&urls, &entries, diagnostics);
        Ok(Found {
            nodes: self.nodes,
            entries,
            urls,
            lock: self.lock,
        })
    }

    async fn rounds(&mut self, diagnostics: &mut Vec<PackageDiagnostic>) -> Result<(), Fault> {
        loop {
            while !self.agenda.is_empty() {
                let before = self.followed;
                while !self.agenda.is_empty() {
                    self.follow(diagnostics).await?;
                }
                // What was looked at may have been there already.
                if self.followed > before {
                    self.agenda.append(&mut self.waiting);
                }
            }
            if self.frontier.is_empty() {
                return Ok(());
            }
            let frontier = std::mem::take(&mut self.frontier);
            let compiled = self
                .versions
                .compile(frontier, &self.lock, diagnostics)
                .await?;
            for (place, module) in compiled {
                self.take(&place, module, diagnostics);
            }
            self.agenda.append(&mut self.waiting);
        }
    }

    /// Follows what the modules of the agenda want, all of them at once.
    async fn follow(&mut self, diagnostics: &mut Vec<PackageDiagnostic>) -> Result<(), Fault> {
        let mut steps = Vec::new();
        for id in std::mem::take(&mut self.agenda) {
            let planned = self.plan(&id);
            steps.extend(planned.into_iter().map(|step| (id.clone(), step)));
        }
        let mut specifiers = Vec::new();
        for (id, (index, _)) in &steps {
            let node = self.nodes.get(id);
            let module = node.and_then(|node| node.module.as_ref());
            let dependency = module.and_then(|module| module.facts.dependencies.get(*index));
            let package = place(id).map(|place| place.package);
            specifiers.extend(dependency.map(|at| (package, at.specifier.clone())));
        }
        self.load(specifiers, diagnostics).await?;
        for (id, (index, wanted)) in steps {
            let known = self.nodes.get(&id).and_then(|node| node.edges.get(&index));
            let edge = match known.cloned() {
                Some(edge) => edge,
                None => {
                    let edge = self.edge_of(&id, index, diagnostics).await?;
                    if let Some(node) = self.nodes.get_mut(&id) {
                        node.edges.insert(index, edge.clone());
                        self.followed += 1;
                    }
                    edge
                }
            };
            if let (Edge::Module(target), Some(wanted)) = (edge, wanted) {
                self.want(&target, &wanted);
            }
        }
        Ok(())
    }

    /// Asks more of a module.
    pub(super) fn want(&mut self, id: &str, wanted: &Wanted) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        let more = node.wanted.add(wanted) | !node.reached;
        node.reached = true;
        if more {
            self.agenda.insert(id.to_owned());
        }
    }

    /// The node of a file, to be compiled when it is new.
    pub(super) fn reach(&mut self, place: Place) -> Edge {
        let id = place.id();
        if !self.nodes.contains_key(&id) {
            let package = self.versions.package(&place.package).flatten();
            let node = Node {
                pure: package.is_some_and(|package| package.is_pure(&place.file)),
                node_importer: package.is_some_and(|package| package.node_importer(&place.file)),
                ..Node::default()
            };
            self.nodes.insert(id.clone(), node);
            self.frontier.insert(place);
        }
        Edge::Module(id)
    }

    /// The node of nothing.
    pub(super) fn empty(&mut self) -> Edge {
        let module = || CompiledModule {
            code: "function(module,exports,require){}".to_owned(),
            facts: ModuleFacts {
                format: ModuleFormat::CommonJs,
                ..ModuleFacts::default()
            },
            ..CompiledModule::default()
        };
        self.nodes.entry(EMPTY.to_owned()).or_insert_with(|| Node {
            module: Some(Rc::new(module())),
            done: true,
            ..Node::default()
        });
        Edge::Module(EMPTY.to_owned())
    }

    /// Takes a compiled module in.
    fn take(
        &mut self,
        place: &Place,
        module: Option<Rc<CompiledModule>>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) {
        let id = place.id();
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        node.done = true;
        let Some(module) = module else { return };
        // A package's warnings are its authors' business.
        let errors = module.diagnostics.iter().filter(|at| at.is_error());
        let before = diagnostics.len();
        diagnostics.extend(errors.cloned().map(|error| about(None, error)));
        if diagnostics.len() == before {
            node.module = Some(module);
            self.agenda.insert(id);
        }
    }

    /// Opens the packages that specifiers, each with the package it stands in, lead to.
    pub(super) async fn load(
        &mut self,
        specifiers: Vec<(Option<String>, String)>,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<(), Fault> {
        let wanted: BTreeSet<String> = specifiers
            .iter()
            .filter(|(_, specifier)| !specifier.starts_with("node:"))
            .filter_map(|(from, specifier)| {
                let (name, _) = split_specifier(specifier)?;
                self.find(from.as_deref(), name)
            })
            .map(str::to_owned)
            .collect();
        self.versions.open(wanted, &self.lock, diagnostics).await
    }

    /// The key of what `name` is to the package under the key `from`, or to the app.
    pub(super) fn find(&self, from: Option<&str>, name: &str) -> Option<&str> {
        let own = || self.lock.roots.get(name).map(String::as_str);
        let shared = self.dedupe.contains(name).then(own).flatten();
        shared.or_else(|| self.lock.find(from, name))
    }

    /// Whether `name` is to be the app's own copy, and none is chosen.
    pub(super) fn is_to_be_shared(&self, name: &str) -> bool {
        self.dedupe.contains(name) && !self.lock.roots.contains_key(name)
    }

    /// What a package forgot to ask for and isn't found, or what is to be the app's own copy and isn't chosen yet.
    pub(super) fn forgotten(&mut self, specifier: &str) {
        if let Some((name, _)) = split_specifier(specifier) {
            self.unasked.insert(name.to_owned());
        }
    }
}

/// The place of an id; `None` for what is no file.
pub(super) fn place(id: &str) -> Option<Place> {
    let path = id.strip_prefix("npm:")?;
    // A package's key has a slash of its own when it has a scope.
    let scope = if path.starts_with('@') { 1 } else { 0 };
    let (at, _) = path.match_indices('/').nth(scope)?;
    Some(Place {
        package: path[..at].to_owned(),
        file: path[at + 1..].to_owned(),
    })
}

/// A diagnostic that is about no specifier of the app's.
pub(super) fn tell(diagnostics: &mut Vec<PackageDiagnostic>, diagnostic: Diagnostic) {
    diagnostics.push(about(None, diagnostic));
}
