//! An app's server code: which it is, linked to modules for a Worker.

mod computed;
mod functions;
mod paths;
mod router;
mod settings;
mod toml;
mod wrangler;

use super::{
    ModuleCache, Packages, Source, Workshop, compile,
    ground::Ground,
    packages::{self, Packaged},
    production::{Modules, package_modules},
    sass::Sass,
    scope::PackageScopes,
    trace::{Trace, Traced},
};
use crate::packages::{PackageRules, Registries};
use computed::Computed;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_link::{
    App, Graph, Local, LocalPackages, built_url, production as production_modules, walk,
};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::CompiledModule;
use overskill_packages::{Lock, is_builtin, split_specifier};
use overskill_ports::{Clock, Compiler, Fault};
use overskill_production::{Module, Options, link};
use overskill_protocol::{Server, ServerModule, ServerModuleKind};
pub use paths::{takes, takes_rest};
use settings::{Entrance, Settings};
use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

/// The folder that its modules are in.
const FOLDER: &str = "server";
/// The module that the runtime starts with.
const MAIN: &str = "main.js";
/// What is evaluated before everything else: nothing says that the platform's cache is one app's alone, so that there is
/// one that keeps nothing, as on a host without a zone.
const BEFORE: &str = "before.js";
const CACHES: &str = include_str!("server/caches.js");
/// How large all of its modules may be, in bytes.
const BYTES: usize = 16 << 20;

/// What became of an app's server code.
#[derive(Default)]
pub(super) struct Served {
    /// What can be run; `None` where there is none, or where it has errors.
    pub server: Option<Server>,
    /// The contents of it.
    pub made: BTreeMap<ContentHash, Vec<u8>>,
    /// Files that it names by their URLs.
    pub assets: Vec<(String, ContentHash)>,
    pub diagnostics: Vec<Diagnostic>,
    /// What was chosen of npm.
    pub lock: Option<Rc<Lock>>,
    /// Whether its packages could not be had.
    pub retry: bool,
}

/// What the last build of it left, with what that was made from besides the tree.
pub(super) struct LastServed {
    ground: Rc<Ground>,
    registries: Option<Registries>,
    served: Option<Traced<Rc<Served>>>,
}

#[cfg(test)]
impl LastServed {
    /// What was kept.
    pub fn served(&self) -> Rc<Served> {
        self.served.as_ref().expect("it was kept").value().clone()
    }
}

/// Whether a tree has files that are server code.
pub(super) fn is_in(source: &Source<'_>) -> bool {
    let (settings, _) = Settings::read(source);
    settings.entrance.files().next().is_some()
}

/// Builds the server code of a tree, or finds that the last still holds.
pub(super) async fn build<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    ground: &Rc<Ground>,
    sass: &Sass<'_>,
    lock: Option<&Rc<Lock>>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Rc<Served> {
    let last = &workshop.memory.last(workshop.purpose).server;
    let registries = workshop.registries.as_ref().ok();
    if let Some(last) = &*last.borrow()
        && Rc::ptr_eq(&last.ground, ground)
        && last.registries.as_ref() == registries
        && let Some(served) = last.served.as_ref().and_then(|it| it.get(source.files))
    {
        return served.clone();
    }
    let trace = Trace::default();
    let traced = source.traced(&trace);
    let served = Rc::new(fresh(&traced, &trace, ground, sass, lock, workshop).await);
    // What failed may go well next time: the compiler may have crashed, the registry may have the answer by then.
    if served.server.is_none() && !served.diagnostics.is_empty() {
        trace.spoil();
    }
    *last.borrow_mut() = Some(LastServed {
        ground: ground.clone(),
        registries: registries.cloned(),
        served: Traced::new(source.files, trace, served.clone()),
    });
    served
}

async fn fresh<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    trace: &Trace,
    page: &Ground,
    sass: &Sass<'_>,
    lock: Option<&Rc<Lock>>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Served {
    let mut served = Served::default();
    let (settings, told) = Settings::read(source);
    served.diagnostics = told;
    let mut ground = page.for_server();
    let mut modules: BTreeMap<ModulePath, Rc<CompiledModule>> = BTreeMap::new();
    let likely = settings.entrance.files().cloned().collect();
    modules.extend(compile::compile(source, &ground, sass, likely, workshop).await);
    let note = |path: &ModulePath| {
        if let Some(info) = source.files.get(path) {
            trace.note(path, &info.hash);
        }
    };
    settings.entrance.files().for_each(note);
    // Lockfiles, and what else is said of packages.
    let top = source.files.keys().filter(|path| path.folder().is_empty());
    top.for_each(note);
    let (main, routes) = match &settings.entrance {
        Entrance::None => return served,
        Entrance::Main { path, declared } => {
            // One with errors is told of as what it will be.
            let fine = |it: &Rc<CompiledModule>| !it.is_ok() || gives_default(it);
            if !modules.get(path).is_some_and(fine) {
                let severity = match declared {
                    true => Severity::Error,
                    false => Severity::Info,
                };
                served.diagnostics.push(no_handler(path, severity));
                return served;
            }
            (path.clone(), settings.routes.clone())
        }
        Entrance::Functions(files) => {
            let found = functions::routes(files, &modules);
            let Some(text) = router::text(&found) else {
                return served;
            };
            let path = router::path();
            ground.entry.inline.insert(path.clone(), text.into());
            (path, settings.routes_of(&found))
        }
    };
    ground.entry.scripts = vec![main];

    let files: BTreeMap<ModulePath, ContentHash> = source
        .files
        .iter()
        .map(|(path, info)| (path.clone(), info.hash))
        .collect();
    let text = |path: &ModulePath| -> Option<Rc<str>> {
        match ground.entry.inline.get(path) {
            Some(text) => Some(text.clone()),
            None => Some(String::from_utf8_lossy(&source.bytes(path)?).into()),
        }
    };
    let bytes = |path: &ModulePath| source.bytes(path);
    let node_importer = |path: &ModulePath| ground.scopes.node_importer(path);
    let local = Runtime(&ground.scopes);
    let rules = PackageRules::of(&ground.settings.rules, &ground.settings.dedupe);
    let mut wanted = ground.entry.scripts.iter().cloned().collect();
    let mut computed = Computed::default();
    let (graph, set, mut linked, mut told) = loop {
        let compiled = compile::compile(source, &ground, sass, wanted, workshop).await;
        modules.extend(compiled);
        let app = App {
            files: &files,
            modules: &modules,
            source: &text,
            bytes: &bytes,
            kinds: &ground.kinds,
            rules: &ground.settings.rules,
            resolutions: None,
            local: &local,
            base: &ground.settings.base,
            production: true,
            entries: &ground.entry.scripts,
            node_importer: &node_importer,
            styles: &[],
            computed: computed.files(),
        };
        let graph: Rc<Graph> = Rc::new(walk(&app));
        wanted = compile::missing(&graph, &modules);
        if !wanted.is_empty() {
            continue;
        }
        if let Some(grown) = computed.grown(&graph, &modules, &files) {
            computed = grown;
            continue;
        }
        let of = packages::For::Server(lock);
        let scopes = &ground.scopes;
        let packaged = packages::set(source, scopes, rules.clone(), &app, &graph, of, workshop);
        let packaged = packaged.await;
        served.retry = matches!(packaged, Packaged::Unavailable(_));
        let (set, mut told) = packaged.found();
        for problem in set.iter().flat_map(|set| &set.diagnostics) {
            let diagnostic = problem.diagnostic.clone();
            told.push(match &problem.specifier {
                Some(specifier) => graph.at_import(&app, specifier, diagnostic),
                None => diagnostic,
            });
        }
        let none = BTreeMap::new();
        let targets = set.as_ref().map_or(&none, |set| &set.targets);
        let mut linked = production_modules(&app, &graph, targets);
        told.append(&mut linked.diagnostics);
        match computed.without(&graph, &told) {
            Some(without) => computed = without,
            None => break (graph, set, linked, told),
        }
    };
    graph.files().into_iter().for_each(note);
    computed.looked_at().for_each(note);
    computed.tell(&mut told);
    served.diagnostics.extend(told);
    if served.diagnostics.iter().any(Diagnostic::is_error) {
        return served;
    }
    let foreign = match known_modules(set.as_deref(), workshop).await {
        Ok(foreign) => foreign,
        Err(fault) => {
            served.retry = true;
            served.diagnostics.push(packages::unavailable(&fault));
            return served;
        }
    };
    let mut all: BTreeMap<String, Module<'_>> = linked.modules;
    for (id, module) in &*foreign {
        let module = Module {
            body: Cow::Borrowed(&*module.body),
            dependencies: module.dependencies.clone(),
            globs: module.globs.clone(),
            computed: module.computed.clone(),
            css: None,
            source: None,
            ..*module
        };
        all.insert(id.clone(), module);
    }
    served.lock = set.map(|set| set.lock.clone());
    let options = Options {
        base: "",
        folder: FOLDER,
        chunk_bytes: BYTES,
    };
    if let Some(start) = linked.starts.first_mut() {
        start.exports = true;
    }
    let output = link(&all, &linked.starts, &options);
    let first = output.pages.first().map(|page| page.script.as_str());
    let first = first.and_then(|path| path.rsplit('/').next());
    let mut server = Server {
        hash: ContentHash::of(b""),
        main: format!("{FOLDER}/{MAIN}"),
        modules: BTreeMap::new(),
        maps: BTreeMap::new(),
        routes,
        rest: settings.rest,
        assets: settings.assets,
        outbound: settings.outbound,
        compatibility_date: settings.compatibility_date,
        compatibility_flags: settings.compatibility_flags,
        limits: settings.limits,
        vars: settings.vars,
        variables: None,
    };
    // Chunks export to each other, and the runtime takes every export of the main module for something to be called.
    let main = format!(
        "import\"./{BEFORE}\";export{{default}}from\"./{}\";\n",
        first.unwrap_or_default()
    );
    let main = ServerModule {
        kind: ServerModuleKind::Script,
        hash: served.make(main.into_bytes()),
    };
    server.modules.insert(server.main.clone(), main);
    let before = ServerModule {
        kind: ServerModuleKind::Script,
        hash: served.make(CACHES.as_bytes().to_vec()),
    };
    server.modules.insert(format!("{FOLDER}/{BEFORE}"), before);
    for (path, text) in output.files {
        let (script, map) = (path.ends_with(".js"), path.strip_suffix(".map"));
        if !script && map.is_none() {
            continue;
        }
        let hash = served.make(text.into_bytes());
        match map {
            Some(of) => {
                server.maps.insert(of.to_owned(), hash);
            }
            None => {
                let kind = ServerModuleKind::Script;
                server.modules.insert(path, ServerModule { kind, hash });
            }
        }
    }
    for (name, path) in linked.binaries {
        let hash = served.make(source.bytes(&path).unwrap_or_default());
        let kind = match name.ends_with(".bin") {
            true => ServerModuleKind::Data,
            false => ServerModuleKind::Wasm,
        };
        let name = format!("{FOLDER}/{name}");
        server.modules.insert(name, ServerModule { kind, hash });
    }
    for path in &linked.assets {
        if let Some(hash) = files.get(path) {
            let url = built_url(&ground.settings.base, path, hash);
            served.assets.push((url, *hash));
        }
    }
    let size: usize = server
        .modules
        .values()
        .filter_map(|module| served.made.get(&module.hash))
        .map(Vec::len)
        .sum();
    if size > BYTES {
        let message = format!("The app's server code has {size} bytes; {BYTES} can be run.");
        let error = Diagnostic::error("server-too-large", message);
        served.diagnostics.push(error);
        return served;
    }
    server.hash = hash(&server);
    served.server = Some(server);
    served
}

impl Served {
    fn make(&mut self, bytes: Vec<u8>) -> ContentHash {
        let hash = ContentHash::of(&bytes);
        self.made.insert(hash, bytes);
        hash
    }
}

/// The modules of a set of packages: reading them takes longer than linking.
async fn known_modules<C, P: Packages, K, T>(
    set: Option<&packages::Set>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Result<Rc<Modules>, Fault> {
    let last = &workshop.memory.last(workshop.purpose).server_modules;
    let key = set.map_or("", |set| &set.chunk);
    if let Some((known, modules)) = &*last.borrow()
        && known == key
    {
        return Ok(modules.clone());
    }
    let modules = Rc::new(package_modules(set, workshop.packages).await?);
    *last.borrow_mut() = Some((key.to_owned(), modules.clone()));
    Ok(modules)
}

fn hash(server: &Server) -> ContentHash {
    let mut hasher = ContentHasher::new().field("server").field(&server.main);
    for (name, module) in &server.modules {
        hasher = hasher.field(name).field(module.hash.bytes());
    }
    let policy = (
        &server.outbound,
        &server.limits,
        &server.assets,
        &server.compatibility_flags,
        &server.vars,
    );
    let policy = serde_json::to_vec(&policy).expect("texts and numbers always serialise");
    hasher
        .field(policy)
        .field(&server.compatibility_date)
        .finish()
}

/// Whether a module has a default export, as far as can be told without running it.
fn gives_default(module: &CompiledModule) -> bool {
    let facts = &module.facts;
    match facts.format {
        overskill_module::ModuleFormat::CommonJs => true,
        overskill_module::ModuleFormat::Esm => facts.exports.iter().any(|it| it.name == "default"),
    }
}

fn no_handler(path: &ModulePath, severity: Severity) -> Diagnostic {
    let message = format!("`{path}` exports no handler, so it is not run as server code.");
    Diagnostic::new(severity, "server-without-handler", message)
        .in_file(path)
        .hint("Write `export default { fetch(request, env, ctx) { … } }`.")
}

/// Packages as server code finds them: what the runtime has itself is taken from there.
struct Runtime<'a>(&'a PackageScopes);

impl LocalPackages for Runtime<'_> {
    fn named(&self, from: &ModulePath, specifier: &str) -> Option<Local> {
        if specifier.starts_with("cloudflare:") || specifier.starts_with("node:") {
            return Some(Local::External(specifier.to_owned()));
        }
        if let Some(local) = self.0.named(from, specifier) {
            return Some(local);
        }
        let asked = split_specifier(specifier)
            .is_some_and(|(name, _)| self.0.dependencies.contains_key(name));
        (is_builtin(specifier) && !asked).then(|| Local::External(format!("node:{specifier}")))
    }

    fn entry(&self, folder: &ModulePath) -> Option<ModulePath> {
        self.0.entry(folder)
    }
}
