//! One version of a tree → the preview that is served, or why there is none.

mod compile;
mod page;
mod publish;
mod scope;
mod tailwind;

pub use compile::{ModuleCache, module_key};
pub use publish::{Preview, PreviewFile};

use crate::{
    packages::{PackageRequest, PackageRules, Registries, Wanted},
    settings::{ConfigFile, Purpose, Settings},
    tree::Files,
};
use overskill_diagnostics::Diagnostic;
use overskill_link::{App, Graph, PackageTarget, Page, link, walk};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::CompiledModule;
use overskill_packages::{Lock, PackageSet, declared_dependencies};
use overskill_ports::{Clock, Compiler, Fault};
use overskill_protocol::{BuildPhase, BuildProgress, Timings};
use page::Entry;
use publish::Parts;
use scope::PackageScopes;
use std::{collections::BTreeMap, rc::Rc};
use tailwind::Tailwind;

/// Builds the packages that an app imports.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Packages {
    /// What `request` asks for; problems of the app's making are in the set's diagnostics.
    async fn build(&self, request: PackageRequest) -> Result<PackageSet, Fault>;
}

/// A version of an app's files. Nothing in it changes while it is built.
pub struct Source<'a> {
    /// Every file.
    pub files: &'a Files,
    /// The bytes of a content that one of the files has.
    pub read: &'a dyn Fn(&ContentHash) -> Option<Vec<u8>>,
}

/// What building needs besides the files.
pub struct Workshop<'a, C, P, K, T> {
    /// The compiler Worker.
    pub compiler: &'a C,
    /// The package builder.
    pub packages: &'a P,
    /// Modules compiled earlier.
    pub cache: &'a K,
    /// For the timings.
    pub clock: &'a T,
    /// The address of the runtime that pages load.
    pub runtime: &'a str,
    /// Where packages are; or what an author is told whose app needs some.
    pub registries: Result<Registries, Box<Diagnostic>>,
    /// What an earlier build chose.
    pub previous: Option<Lock>,
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
    pub lock: Option<Lock>,
    /// Whether the packages could not be had, so that the same files may build when tried again.
    pub retry: bool,
    /// Where the time went; `store`, `publish` and `total` are the caller's.
    pub timings: Timings,
}

impl Source<'_> {
    /// The content of a file.
    pub fn bytes(&self, path: &ModulePath) -> Option<Vec<u8>> {
        (self.read)(&self.files.get(path)?.hash)
    }

    /// The content of a file that is text.
    pub fn text(&self, path: &ModulePath) -> Option<String> {
        String::from_utf8(self.bytes(path)?).ok()
    }

    /// What the app asks for of npm, name to range.
    pub fn dependencies(&self) -> BTreeMap<String, String> {
        PackageScopes::read(self).dependencies
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
    let read = |name: &str| source.text_at(name);
    let config = ConfigFile::find(&read, workshop.variables, Purpose::Preview);
    let value = match &config {
        Some(file) => Some(compile::configuration(file, workshop).await),
        None => None,
    };
    let read_config = config.as_ref().zip(value.as_ref());
    let read_config = read_config.map(|(file, (value, _))| (file, value));
    let settings = Settings::read(
        source.files,
        &read,
        read_config,
        workshop.variables,
        Purpose::Preview,
    );
    let entry = match Entry::read(source, &settings) {
        Ok(entry) => entry,
        Err(error) => return Built::failed(vec![*error], timings),
    };
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
    let kinds = settings.kinds();
    let scopes = PackageScopes::read(source);
    let node_importer = |path: &ModulePath| scopes.node_importer(path);
    let mut modules: BTreeMap<ModulePath, Rc<CompiledModule>> = BTreeMap::new();
    let tailwind = Tailwind::read(source, &settings, &scopes.dependencies, workshop).await;
    let mut wanted = compile::likely(source.files, &entry);
    wanted.retain(|path| !tailwind.is_part(path));
    let (app, graph) = loop {
        let started = workshop.clock.now();
        let compiled = compile::compile(source, &entry, &settings, &tailwind, wanted, workshop);
        let compiled = compiled.await;
        modules.extend(compiled);
        timings.compile += workshop.clock.now() - started;
        let started = workshop.clock.now();
        let app = App {
            files: &files,
            modules: &modules,
            source: &text,
            bytes: &bytes,
            kinds: &kinds,
            rules: &settings.rules,
            local: &scopes,
            base: &settings.base,
            entries: &entry.scripts,
            node_importer: &node_importer,
            styles: &entry.styles,
        };
        let graph = walk(&app);
        timings.resolve += workshop.clock.now() - started;
        wanted = compile::missing(&graph, &modules);
        if wanted.is_empty() {
            break (app, graph);
        }
    };

    let started = workshop.clock.now();
    let mut diagnostics = entry.diagnostics.clone();
    diagnostics.extend(settings.diagnostics.iter().cloned());
    diagnostics.extend(tailwind.diagnostics.iter().cloned());
    diagnostics.extend(value.into_iter().flat_map(|(_, problems)| problems));
    let rules = PackageRules::of(&settings.rules, &settings.dedupe);
    let set = package_set(
        source,
        &scopes,
        rules,
        &app,
        &graph,
        workshop,
        &mut diagnostics,
    )
    .await;
    let retry = matches!(set, Packaged::Unavailable);
    let set = set.found();
    let targets = set.as_ref().map(targets).unwrap_or_default();
    for problem in set.iter().flat_map(|set| &set.diagnostics) {
        let diagnostic = problem.diagnostic.clone();
        diagnostics.push(match &problem.specifier {
            Some(specifier) => graph.at_import(&app, specifier, diagnostic),
            None => diagnostic,
        });
    }
    timings.resolve += workshop.clock.now() - started;

    let started = workshop.clock.now();
    let packages = set.as_ref().map(publish::packages_address);
    let page = Page {
        packages: targets,
        values: settings.values.clone(),
        scripts: [Some(workshop.runtime.to_owned()), packages]
            .into_iter()
            .flatten()
            .collect(),
    };
    (workshop.hear)(BuildProgress {
        phase: BuildPhase::Link,
        done: 0,
        total: 1,
    });
    let linked = link(&app, &graph, &page);
    diagnostics.extend(linked.diagnostics.iter().cloned());
    for diagnostic in &mut diagnostics {
        entry.name(diagnostic);
    }
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup();
    let broken = diagnostics.iter().any(Diagnostic::is_error);
    let preview = (!broken).then(|| {
        let parts = Parts {
            source,
            entry: &entry,
            settings: &settings,
            app: &app,
            graph: &graph,
            packages: &page.packages,
            scripts: &page.scripts,
            runtime: workshop.runtime,
        };
        publish::preview(&parts, linked)
    });
    timings.link += workshop.clock.now() - started;
    Built {
        preview,
        diagnostics,
        lock: set.map(|set| set.lock),
        retry,
        timings,
    }
}

impl Built {
    fn failed(diagnostics: Vec<Diagnostic>, timings: Timings) -> Self {
        Self {
            preview: None,
            diagnostics,
            lock: None,
            retry: false,
            timings,
        }
    }
}

enum Packaged {
    NotNeeded,
    Found(PackageSet),
    Unavailable,
}

impl Packaged {
    fn found(self) -> Option<PackageSet> {
        match self {
            Self::Found(set) => Some(set),
            Self::NotNeeded | Self::Unavailable => None,
        }
    }
}

async fn package_set<C, P: Packages, K, T>(
    source: &Source<'_>,
    scopes: &PackageScopes,
    rules: PackageRules,
    app: &App<'_>,
    graph: &Graph,
    workshop: &Workshop<'_, C, P, K, T>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Packaged {
    let mut taken = graph.taken(app);
    let specifiers = graph.packages().map(|specifier| {
        let wanted = match taken.remove(specifier) {
            Some(Some(names)) => Wanted::Names(names),
            Some(None) | None => Wanted::Whole,
        };
        (specifier.to_owned(), wanted)
    });
    let specifiers = specifiers.collect();
    if let Some(text) = source.text_at("package.json")
        && let Err(problem) = declared_dependencies(&text)
    {
        diagnostics.push(*problem);
    }
    if graph.packages().next().is_none() {
        return Packaged::NotNeeded;
    }
    let registries = match &workshop.registries {
        Ok(registries) => registries.clone(),
        Err(problem) => {
            diagnostics.push(Diagnostic::clone(problem));
            return Packaged::Unavailable;
        }
    };
    let (request, notes) = PackageRequest::read(
        registries,
        scopes.dependencies.clone(),
        specifiers,
        workshop.previous.clone(),
        rules,
        &|name| source.text_at(name),
    );
    diagnostics.extend(notes);
    match workshop.packages.build(request).await {
        Ok(set) => Packaged::Found(set),
        Err(fault) => {
            let message = format!("The app's npm packages could not be had: {fault}.");
            diagnostics.push(
                Diagnostic::error("packages-unavailable", message)
                    .hint("Nothing in the app is wrong; it is built again by itself."),
            );
            Packaged::Unavailable
        }
    }
}

fn targets(set: &PackageSet) -> BTreeMap<String, PackageTarget> {
    let target = |entry: &overskill_packages::PackageEntry| PackageTarget {
        id: entry.id.clone(),
        exports: entry.exports.clone(),
        css: entry.css.clone(),
    };
    set.entries
        .iter()
        .map(|(specifier, entry)| (specifier.clone(), target(entry)))
        .collect()
}

#[cfg(test)]
mod tests;
