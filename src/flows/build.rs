//! One version of a tree → the preview that is served, or why there is none.

mod aliases;
mod compile;
mod elsewhere;
mod foreign;
mod generated;
mod ground;
mod memory;
mod packages;
mod page;
mod production;
mod publish;
mod routes;
mod sass;
mod scope;
mod server;
mod tailwind;
mod trace;
mod update;
mod values;

pub use crate::settings::Purpose;
pub use compile::{ModuleCache, module_key};
pub use elsewhere::Rest;
pub use memory::Memory;
pub use publish::{Found, Preview, PreviewFile, STAMP};
pub use server::{takes, takes_rest};
pub use update::{Change, Patched};

use crate::{
    packages::{PackageRequest, PackageRules, PackageSheets, Registries, SheetRequest},
    tree::Files,
};

use foreign::ForeignSheets;
use generated::Generated;
use ground::Ground;
use overskill_diagnostics::Diagnostic;
use overskill_link::{App, Linked, Page, Production, link, production as production_modules, walk};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::CompiledModule;
use overskill_packages::{Lock, PackageSet};
use overskill_ports::{Clock, Compiler, Fault};
use overskill_protocol::{BuildPhase, BuildProgress, Timings};
use packages::Packaged;
use publish::Parts;
use sass::Sass;
use std::{collections::BTreeMap, rc::Rc};
use trace::Trace;

/// Builds the packages that an app imports.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Packages {
    /// What `request` asks for; problems of the app's making are in the set's diagnostics.
    async fn build(&self, request: PackageRequest) -> Result<PackageSet, Fault>;
    /// The chunk of a set, by its key: for production, its modules as JSON.
    async fn chunk(&self, key: &str) -> Result<Vec<u8>, Fault>;
    /// The style sheets that `request` asks for, as their authors wrote them.
    async fn sheets(&self, request: SheetRequest) -> Result<PackageSheets, Fault>;
}

/// A version of an app's files. Nothing in it changes while it is built.
pub struct Source<'a> {
    /// Every file.
    pub files: &'a Files,
    read: &'a dyn Fn(&ContentHash) -> Option<Vec<u8>>,
    trace: Option<&'a Trace>,
}

/// What building needs besides the files.
pub struct Workshop<'a, C, P, K, T> {
    /// The compiler Worker.
    pub compiler: &'a C,
    /// The package builder.
    pub packages: &'a P,
    /// Modules compiled earlier.
    pub cache: &'a K,
    /// What earlier builds of the app left. With it or without it a build comes to the same.
    pub memory: &'a Memory,
    /// For the timings.
    pub clock: &'a T,
    /// The address of the runtime that workers load, and pages that nobody keeps up to date.
    pub runtime: &'a str,
    /// The address of the runtime that pages load which are kept up to date, where they are.
    pub live: Option<&'a str>,
    /// Where packages are; or what an author is told whose app needs some.
    pub registries: Result<Registries, Box<Diagnostic>>,
    /// What an earlier build chose.
    pub previous: Option<Rc<Lock>>,
    /// What for.
    pub purpose: Purpose,
    /// What the app's owner set, as in the environment of a build.
    pub variables: &'a BTreeMap<String, String>,
    /// Hears how far it is.
    pub hear: &'a dyn Fn(BuildProgress),
}

/// The outcome of a build.
#[derive(Debug)]
pub struct Built {
    /// What is served; `None` when there are errors.
    pub preview: Option<Preview>,
    /// What the author is told, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Which versions of packages were chosen; `None` when no package is imported.
    pub lock: Option<Rc<Lock>>,
    /// Whether the packages could not be had, so that the same files may build when tried again.
    pub retry: bool,
    /// Where the time went; `store`, `publish` and `total` are the caller's.
    pub timings: Timings,
    /// What stands whether the page builds or not.
    pub rest: Rest,
}

impl<'a> Source<'a> {
    /// The version that has `files`; `read` gives the bytes of a content that one of them has.
    pub fn new(files: &'a Files, read: &'a dyn Fn(&ContentHash) -> Option<Vec<u8>>) -> Self {
        let trace = None;
        Self { files, read, trace }
    }

    /// The same, with what is read of it noted.
    fn traced(&self, trace: &'a Trace) -> Self {
        Self {
            trace: Some(trace),
            ..*self
        }
    }

    /// The content of a file.
    pub fn bytes(&self, path: &ModulePath) -> Option<Vec<u8>> {
        let hash = &self.files.get(path)?.hash;
        if let Some(trace) = self.trace {
            trace.note(path, hash);
        }
        (self.read)(hash)
    }

    /// What is made of this depends on something outside it, if only on its failing, so that it can't be kept.
    fn not_kept(&self) {
        if let Some(trace) = self.trace {
            trace.spoil();
        }
    }

    /// The content of a file that is text, with a mark for each byte that is not.
    pub fn text(&self, path: &ModulePath) -> Option<String> {
        let bytes = self.bytes(path)?;
        let text = String::from_utf8(bytes);
        Some(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// What the app asks for of npm, name to range.
    pub fn dependencies(&self) -> BTreeMap<String, String> {
        scope::PackageScopes::read(self).dependencies
    }

    fn text_at(&self, name: &str) -> Option<String> {
        let path = ModulePath::parse(name, &Default::default()).ok()?;
        self.text(&path)
    }
}

/// Builds a version.
pub async fn build<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Built {
    let mut timings = Timings::default();
    let started = workshop.clock.now();
    let ground = match Ground::lay(source, workshop).await {
        Ok(ground) => ground,
        Err(error) => return Built::failed(source, vec![*error], timings),
    };
    let Ground {
        settings,
        kinds,
        entry,
        scopes,
        tailwind,
        ..
    } = &*ground;
    let generated = Generated::of(source, settings);
    let read = |hash: &ContentHash| generated.bytes(hash).or_else(|| (source.read)(hash));
    let with_generated = generated.files.as_ref().map(|files| Source {
        files,
        read: &read,
        trace: source.trace,
    });
    let source = with_generated.as_ref().unwrap_or(source);
    timings.resolve += workshop.clock.now() - started;

    let files: BTreeMap<ModulePath, ContentHash> = source
        .files
        .iter()
        .map(|(path, info)| (path.clone(), info.hash))
        .collect();
    let text = |path: &ModulePath| -> Option<Rc<str>> {
        match entry.inline.get(path) {
            Some(text) => Some(text.clone()),
            None => Some(String::from_utf8_lossy(&source.bytes(path)?).into()),
        }
    };
    let bytes = |path: &ModulePath| source.bytes(path);
    let node_importer = |path: &ModulePath| scopes.node_importer(path);
    let mut modules: BTreeMap<ModulePath, Rc<CompiledModule>> = BTreeMap::new();
    let mut wanted = compile::likely(source.files, entry);
    let foreign = ForeignSheets::new(source, scopes);
    let sass = Sass::read(source, settings, scopes, &foreign);
    wanted.retain(|path| !tailwind.is_part(path) && !sass.is_part(path));
    // What is generated may be another tree each time.
    let kept =
        (workshop.purpose == Purpose::Preview && generated.files.is_none()).then_some(&ground.kept);
    let computed = BTreeMap::new();
    let (app, graph) = loop {
        let started = workshop.clock.now();
        let compiled = compile::compile(source, &ground, &sass, wanted, workshop);
        let compiled = compiled.await;
        modules.extend(compiled);
        timings.compile += workshop.clock.now() - started;
        let started = workshop.clock.now();
        let app = App {
            files: &files,
            modules: &modules,
            source: &text,
            bytes: &bytes,
            kinds,
            rules: &settings.rules,
            resolutions: generated.files.is_none().then_some(&ground.resolutions),
            local: &**scopes,
            base: &settings.base,
            production: workshop.purpose == Purpose::Production,
            entries: &entry.scripts,
            node_importer: &node_importer,
            styles: &entry.styles,
            computed: &computed,
        };
        let graph = match kept {
            Some(kept) => kept.walk(&app),
            None => Rc::new(walk(&app)),
        };
        timings.resolve += workshop.clock.now() - started;
        if kept.is_some_and(|kept| kept.is_of(&graph)) {
            break (app, graph);
        }
        wanted = compile::missing(&graph, &modules);
        if wanted.is_empty() {
            break (app, graph);
        }
    };

    let started = workshop.clock.now();
    let mut diagnostics = ground.diagnostics.clone();
    diagnostics.extend(sass.diagnostics.iter().cloned());
    diagnostics.extend(foreign.diagnostics());
    diagnostics.extend(generated.diagnostics.iter().cloned());
    diagnostics.extend(aliases::unused(source, settings, &modules));
    let rules = PackageRules::of(&settings.rules, &settings.dedupe);
    let packaged = packages::set(
        source,
        scopes,
        rules,
        &app,
        &graph,
        packages::For::Page,
        workshop,
    )
    .await;
    let retry = matches!(packaged, Packaged::Unavailable(_)) || foreign.is_unavailable();
    let (set, told) = packaged.found();
    diagnostics.extend(told);
    for problem in set.iter().flat_map(|set| &set.diagnostics) {
        let diagnostic = problem.diagnostic.clone();
        diagnostics.push(match &problem.specifier {
            Some(specifier) => graph.at_import(&app, specifier, diagnostic),
            None => diagnostic,
        });
    }
    timings.resolve += workshop.clock.now() - started;

    let started = workshop.clock.now();
    let lock = set.as_ref().map(|set| &set.lock);
    let served = server::build(source, &ground, &sass, lock, workshop).await;
    let retry = retry || served.retry;
    diagnostics.extend(served.diagnostics.iter().cloned());
    timings.compile += workshop.clock.now() - started;

    let started = workshop.clock.now();
    let page = Page {
        packages: set
            .as_ref()
            .map(|set| set.targets.clone())
            .unwrap_or_default(),
        values: settings.values.clone(),
        scripts: match workshop.purpose {
            Purpose::Production => Vec::new(),
            Purpose::Preview => {
                let packages = set.as_ref().map(|set| set.address.clone());
                let scripts = [Some(workshop.runtime.to_owned()), packages];
                scripts.into_iter().flatten().collect()
            }
        },
    };
    (workshop.hear)(BuildProgress {
        phase: BuildPhase::Link,
        done: 0,
        total: 1,
    });
    let linked = match workshop.purpose {
        Purpose::Preview => Linking::Preview(link(&app, &graph, &page, kept)),
        Purpose::Production => {
            Linking::Production(production_modules(&app, &graph, &page.packages))
        }
    };
    diagnostics.extend(match &linked {
        Linking::Preview(linked) => linked.diagnostics.iter().cloned(),
        Linking::Production(linked) => linked.diagnostics.iter().cloned(),
    });
    for diagnostic in &mut diagnostics {
        entry.name(diagnostic);
    }
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup();
    let broken = diagnostics.iter().any(Diagnostic::is_error);
    let runtime = workshop.live.unwrap_or(workshop.runtime);
    let mut scripts = page.scripts.clone();
    if let Some(first) = scripts.first_mut() {
        *first = runtime.to_owned();
    }
    let parts = Parts {
        source,
        entry,
        settings,
        app: &app,
        graph: &graph,
        packages: &page.packages,
        scripts,
        runtime,
        values: &page.values,
        live: workshop.live.is_some(),
    };
    let mut retry = retry;
    let mut preview = match linked {
        _ if broken => None,
        Linking::Preview(linked) => Some(publish::preview(&parts, linked)),
        Linking::Production(linked) => {
            let modules = production::package_modules(set.as_deref(), workshop.packages).await;
            match modules {
                Ok(modules) => Some(production::publish(&parts, linked, modules)),
                Err(fault) => {
                    retry = true;
                    diagnostics.push(packages::unavailable(&fault));
                    None
                }
            }
        }
    };
    if let Some(preview) = &mut preview {
        preview.serve(&served);
    }
    timings.link += workshop.clock.now() - started;
    Built {
        preview,
        diagnostics,
        // What isn't served chooses nothing.
        lock: match set {
            _ if broken => None,
            Some(set) => Some(joined(&set.lock, served.lock.as_ref())),
            None => served.lock.clone().or_else(|| foreign.lock().map(Rc::new)),
        },
        retry,
        timings,
        rest: Rest::of(&ground, &served),
    }
}

impl Built {
    fn failed(source: &Source<'_>, diagnostics: Vec<Diagnostic>, timings: Timings) -> Self {
        Self {
            preview: None,
            diagnostics,
            lock: None,
            retry: false,
            timings,
            rest: Rest::without_page(source),
        }
    }
}

/// What was chosen for the page, with what was chosen for its server code besides.
fn joined(page: &Rc<Lock>, server: Option<&Rc<Lock>>) -> Rc<Lock> {
    let Some(server) = server.filter(|server| *server != page) else {
        return page.clone();
    };
    let mut lock = Lock::clone(server);
    lock.roots.extend(page.roots.clone());
    lock.packages.extend(page.packages.clone());
    Rc::new(lock)
}

enum Linking {
    Preview(Linked),
    Production(Production),
}

#[cfg(test)]
mod tests;
