//! The modules that an app's entries reach, and what each specifier in them leads to.

use crate::{
    resolve::{LocalPackages, Resolution, Resolver},
    rules::ResolveRules,
};
use overskill_diagnostics::{Diagnostic, LineIndex};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{CompiledModule, Dependency, DependencyKind};
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
    /// Where names lead.
    pub rules: &'a ResolveRules,
    /// Packages that are folders of the tree.
    pub local: &'a dyn LocalPackages,
    /// Where the app is served, with a slash at both ends.
    pub base: &'a str,
    /// What the page starts, in order.
    pub entries: &'a [ModulePath],
    /// Whether a file imports CommonJS as Node does: its nearest `package.json` says `"type": "module"`.
    pub node_importer: &'a dyn Fn(&ModulePath) -> bool,
    /// The style sheets that the page links: walked like entries, and no part of the chunk by that.
    pub styles: &'a [ModulePath],
}

/// How a file takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// As the compiler made it.
    Compiled,
    /// Its URL is its default export.
    Asset,
    /// Its text is its default export.
    Raw,
    /// Its CSS is its default export, and it isn't put into the page.
    InlineStyle,
}

/// Where a dependency leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edge {
    /// A module of the app, by id.
    Module(String),
    /// A package's module, by specifier.
    Package(String),
    /// A URL, for `new URL` and CSS.
    Url(String),
    /// Nowhere, which the module can cope with.
    Nowhere,
}

/// A module that is reached.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub path: ModulePath,
    pub role: Role,
    /// One for each of the compiled module's dependencies.
    pub edges: Vec<Edge>,
}

/// What the entries reach.
#[derive(Debug, Default)]
pub struct Graph {
    pub(crate) nodes: BTreeMap<String, Node>,
    /// The nodes that scripts reach: the chunk's modules.
    pub(crate) booted: BTreeSet<String>,
    pub(crate) entries: Vec<String>,
    pub(crate) assets: BTreeSet<ModulePath>,
    packages: BTreeMap<String, (ModulePath, Dependency)>,
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

    /// Places a diagnostic about a package at the first import of `specifier`.
    pub fn at_import(&self, app: &App<'_>, specifier: &str, diagnostic: Diagnostic) -> Diagnostic {
        match self.packages.get(specifier) {
            Some((path, dependency)) => located(app, path, dependency, diagnostic),
            None => diagnostic,
        }
    }
}

/// Puts `diagnostic` where `path` names `dependency`.
pub(crate) fn located(
    app: &App<'_>,
    path: &ModulePath,
    dependency: &Dependency,
    diagnostic: Diagnostic,
) -> Diagnostic {
    match (app.source)(path) {
        Some(source) => diagnostic.at(path, &LineIndex::new(&source), dependency.span),
        None => diagnostic.in_file(path),
    }
}

/// The URL an imported or referenced file is served under.
pub fn asset_url(path: &ModulePath, hash: &ContentHash) -> String {
    format!(
        "/__overskill/assets/{}/{}",
        hash.short(),
        encode(path.name())
    )
}

fn encode(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                text.push(byte.into())
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Walks from the entries over everything that is imported.
pub fn walk(app: &App<'_>) -> Graph {
    let resolver = Resolver {
        files: app.files,
        rules: app.rules,
        local: app.local,
    };
    let mut graph = Graph::default();
    let mut waiting: Vec<(String, ModulePath, Role)> = Vec::new();
    for entry in app.entries {
        let id = format!("/{entry}");
        if !graph.entries.contains(&id) {
            graph.entries.push(id.clone());
            waiting.push((id, entry.clone(), role(app, entry, None)));
        }
    }
    waiting.reverse();
    reach(app, &resolver, &mut graph, waiting);
    graph.booted = graph.nodes.keys().cloned().collect();
    let sheets = app.styles.iter().rev();
    let sheets = sheets.map(|path| (format!("/{path}"), path.clone(), role(app, path, None)));
    reach(app, &resolver, &mut graph, sheets.collect());
    graph
}

/// Adds what `waiting` reaches, its last first.
fn reach<V>(
    app: &App<'_>,
    resolver: &Resolver<'_, V>,
    graph: &mut Graph,
    mut waiting: Vec<(String, ModulePath, Role)>,
) {
    while let Some((id, path, role)) = waiting.pop() {
        if graph.nodes.contains_key(&id) {
            continue;
        }
        let mut edges = Vec::new();
        if matches!(role, Role::Asset) {
            graph.assets.insert(path.clone());
        }
        if matches!(role, Role::Compiled | Role::InlineStyle)
            && let Some(module) = app.modules.get(&path)
        {
            graph.diagnostics.extend(module.diagnostics.iter().cloned());
            for dependency in &module.facts.dependencies {
                let (edge, next) = follow(app, resolver, graph, &path, dependency);
                edges.push(edge);
                waiting.extend(next);
            }
        }
        graph.nodes.insert(id, Node { path, role, edges });
    }
}

type Next = Option<(String, ModulePath, Role)>;

fn follow<V>(
    app: &App<'_>,
    resolver: &Resolver<'_, V>,
    graph: &mut Graph,
    path: &ModulePath,
    dependency: &Dependency,
) -> (Edge, Next) {
    let url = dependency.kind == DependencyKind::Url;
    let resolution = match dependency.kind {
        DependencyKind::Url | DependencyKind::StyleImport => {
            resolver.resolve_url(path, &dependency.specifier)
        }
        _ => resolver.resolve(path, &dependency.specifier),
    };
    match resolution {
        Resolution::File(file, _) if url => match app.files.get(&file) {
            Some(hash) => {
                let address = asset_url(&file, hash) + fragment(&dependency.specifier);
                graph.assets.insert(file);
                (Edge::Url(address), None)
            }
            None => (Edge::Nowhere, None),
        },
        Resolution::File(file, query) => {
            let role = role(app, &file, query.as_deref());
            let id = match role {
                Role::Compiled | Role::Asset => format!("/{file}"),
                Role::Raw => format!("/{file}?raw"),
                Role::InlineStyle => format!("/{file}?inline"),
            };
            // `?url` of a module that is also imported as such must not share its id.
            let id = if role == Role::Asset && app.modules.contains_key(&file) {
                format!("{id}?url")
            } else {
                id
            };
            (Edge::Module(id.clone()), Some((id, file, role)))
        }
        Resolution::Public(address) if url => {
            let address = format!("{}{}", app.base, address.trim_start_matches('/'));
            (Edge::Url(address + fragment(&dependency.specifier)), None)
        }
        Resolution::Public(address) => {
            let file = app.rules.public_file(address.trim_start_matches('/'));
            let file = file.and_then(|file| path.join(&file));
            let id = file.as_ref().map(|file| format!("/{file}?url"));
            let edge = id.clone().map_or(Edge::Nowhere, Edge::Module);
            let next = id.zip(file).map(|(id, file)| (id, file, Role::Asset));
            (edge, next)
        }
        Resolution::External(address) => (Edge::Url(address), None),
        Resolution::Package(specifier) if !url => {
            graph
                .packages
                .entry(specifier.clone())
                .or_insert_with(|| (path.clone(), dependency.clone()));
            (Edge::Package(specifier), None)
        }
        Resolution::Missing if dependency.optional => (Edge::Nowhere, None),
        Resolution::Missing | Resolution::Package(_) if url => {
            let warning = Diagnostic::warning(
                "unresolved-asset",
                format!("No file at `{}`.", dependency.specifier),
            );
            graph
                .diagnostics
                .push(located(app, path, dependency, warning));
            (Edge::Url(dependency.specifier.clone()), None)
        }
        Resolution::Missing | Resolution::Package(_) => {
            let error = Diagnostic::error(
                "unresolved-import",
                format!(
                    "Cannot find `{}`, imported by `{path}`.",
                    dependency.specifier
                ),
            )
            .hint(hint(app, path, &dependency.specifier));
            graph
                .diagnostics
                .push(located(app, path, dependency, error));
            (Edge::Nowhere, None)
        }
    }
}

/// The `#…` of a URL: which part of a sprite is meant.
fn fragment(url: &str) -> &str {
    url.find('#').map_or("", |at| &url[at..])
}

fn role(app: &App<'_>, path: &ModulePath, query: Option<&str>) -> Role {
    let asks = |name: &str| query.is_some_and(|query| query.split('&').any(|part| part == name));
    match path.extension().as_str() {
        _ if asks("raw") => Role::Raw,
        _ if asks("url") => Role::Asset,
        "css" if asks("inline") => Role::InlineStyle,
        _ if app.modules.contains_key(path) => Role::Compiled,
        _ => Role::Asset,
    }
}

fn hint(app: &App<'_>, from: &ModulePath, specifier: &str) -> String {
    let wanted = specifier.rsplit('/').next().unwrap_or(specifier);
    let stem = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let near = app
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
