//! Apps made of facts by hand: what is linked depends on nothing else.

mod assets;
mod chunk;
mod names;
mod sheets;

use crate::{
    App, Graph, Kinds, Linked, NoLocalPackages, PackageTarget, Page, ResolveRules, asset_url, link,
    stylesheet, walk,
};
use overskill_diagnostics::{Diagnostic, Span};
use overskill_model::{ContentHash, Limits, ModulePath};
use overskill_module::{
    CompiledModule, Dependency, DependencyKind, Export, ImportedName, ModuleFacts, ModuleFormat,
};
use std::{collections::BTreeMap, rc::Rc};

fn path(text: &str) -> ModulePath {
    ModulePath::parse(text, &Limits::default()).unwrap()
}

/// A dependency that takes `names`.
fn takes(kind: DependencyKind, specifier: &str, names: &[&str]) -> Dependency {
    let span = Span { start: 0, end: 1 };
    Dependency {
        specifier: specifier.to_owned(),
        kind,
        span,
        names: names
            .iter()
            .map(|name| ImportedName {
                name: (*name).to_owned(),
                span,
            })
            .collect(),
        whole: false,
        optional: false,
    }
}

fn imports(specifier: &str, names: &[&str]) -> Dependency {
    takes(DependencyKind::Static, specifier, names)
}

fn module(dependencies: Vec<Dependency>, exports: &[&str]) -> CompiledModule {
    CompiledModule {
        code: "function*(os){yield}".to_owned(),
        facts: ModuleFacts {
            dependencies,
            exports: exports
                .iter()
                .map(|name| Export {
                    name: (*name).to_owned(),
                    from: None,
                })
                .collect(),
            ..ModuleFacts::default()
        },
        ..CompiledModule::default()
    }
}

fn sheet(css: &str, dependencies: Vec<Dependency>) -> CompiledModule {
    CompiledModule {
        css: Some(css.to_owned()),
        code: String::new(),
        ..module(dependencies, &[])
    }
}

/// A tree to link, `src/main.ts` its entry.
#[derive(Default)]
struct Tree {
    files: BTreeMap<ModulePath, ContentHash>,
    modules: BTreeMap<ModulePath, Rc<CompiledModule>>,
    rules: ResolveRules,
    kinds: Kinds,
    entries: Vec<ModulePath>,
    styles: Vec<ModulePath>,
    packages: BTreeMap<String, PackageTarget>,
}

impl Tree {
    fn new(main: CompiledModule) -> Self {
        let tree = Self {
            entries: vec![path("src/main.ts")],
            ..Self::default()
        };
        tree.with("src/main.ts", main)
    }

    fn with(mut self, name: &str, module: CompiledModule) -> Self {
        self.modules.insert(path(name), Rc::new(module));
        self.file(name)
    }

    fn file(mut self, name: &str) -> Self {
        self.files
            .insert(path(name), ContentHash::of(name.as_bytes()));
        self
    }

    fn page_style(mut self, name: &str) -> Self {
        self.styles.push(path(name));
        self
    }

    fn package(mut self, specifier: &str, exports: Option<&[&str]>) -> Self {
        let target = PackageTarget {
            id: format!("npm:{specifier}@1.0.0/index.js"),
            exports: exports.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            css: None,
            url: None,
        };
        self.packages.insert(specifier.to_owned(), target);
        self
    }

    fn read<T>(&self, action: impl FnOnce(&App<'_>, &Rc<Graph>) -> T) -> T {
        let source = |path: &ModulePath| Some(Rc::from(format!("text of {path}")));
        let app = App {
            files: &self.files,
            modules: &self.modules,
            source: &source,
            bytes: &|path| Some(format!("bytes of {path}").into_bytes()),
            rules: &self.rules,
            resolutions: None,
            local: &NoLocalPackages,
            base: "/",
            kinds: &self.kinds,
            entries: &self.entries,
            production: false,
            node_importer: &|_| false,
            styles: &self.styles,
            computed: &BTreeMap::new(),
        };
        let graph = Rc::new(walk(&app));
        action(&app, &graph)
    }

    fn linked(&self) -> Linked {
        let page = Page {
            packages: self.packages.clone().into(),
            scripts: vec!["/runtime.js".to_owned()],
            ..Page::default()
        };
        self.read(|app, graph| link(app, graph, &page, None))
    }

    /// The messages and hints, in order.
    fn told(&self) -> Vec<String> {
        let told = |it: &Diagnostic| {
            format!(
                "{} {} {}",
                it.code,
                it.message,
                it.hint.as_deref().unwrap_or("-")
            )
        };
        self.linked().diagnostics.iter().map(told).collect()
    }

    fn url(&self, name: &str) -> String {
        asset_url(&path(name), &self.files[&path(name)])
    }

    /// The page's sheet, flattened.
    fn style(&self, name: &str) -> Option<String> {
        self.read(|app, graph| stylesheet(app, graph, &self.packages, &path(name)))
    }
}

/// The lines of a chunk that start a module, without what they mean.
fn headers(linked: &Linked) -> Vec<String> {
    without_meanings(&linked.chunk.code)
        .lines()
        .filter(|line| line.starts_with("[\""))
        .map(str::to_owned)
        .collect()
}

/// A chunk without its headers' `h`, whose value is a hash.
fn without_meanings(code: &str) -> String {
    let mut parts = code.split(",\"h\":\"");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('"').unwrap().1);
    }
    text
}
