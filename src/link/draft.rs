//! One module as it will stand in a chunk: its factory, and its specifiers tied to ids.

use crate::{
    app::PackageTarget,
    assets::sheet_url,
    chunk::{ChunkModule, GlobTable},
    graph::{App, Edge, Graph, Node, WorkerEntry},
    kinds::Role,
    styles::{flattened, style_factory},
    workers::WorkerUrls,
};
use overskill_model::ContentHash;
use overskill_module::{
    CompiledModule, DependencyKind, Digest, GlobUse, ModuleFormat, is_css_module,
};
use std::{borrow::Cow, collections::BTreeMap};

/// A worker that a module makes: the specifier, whether it is a module worker, and what it starts or where it is.
type WorkerTie = (String, bool, Result<WorkerEntry, String>);

pub(crate) struct Draft<'a> {
    id: &'a str,
    format: ModuleFormat,
    node_importer: bool,
    top_level_await: bool,
    refresh: bool,
    style: bool,
    imports: Vec<(String, Option<String>)>,
    others: Vec<(String, Option<String>)>,
    urls: Vec<(String, String)>,
    workers: Vec<WorkerTie>,
    globs: Vec<Option<GlobTable>>,
    code: Cow<'a, str>,
    map: &'a str,
    digest: Option<&'a Digest>,
}

impl Draft<'_> {
    /// As a chunk has it, with the addresses of its workers.
    pub fn as_module<'a>(
        &'a self,
        workers: &'a [(String, &'static str, String)],
    ) -> ChunkModule<'a> {
        ChunkModule {
            id: self.id,
            format: self.format,
            node_importer: self.node_importer,
            top_level_await: self.top_level_await,
            refresh: self.refresh,
            view: false,
            style: self.style,
            imports: &self.imports,
            others: &self.others,
            urls: &self.urls,
            workers,
            globs: &self.globs,
            code: &self.code,
            map: self.map,
            digest: self.digest,
        }
    }

    /// The header's `w`.
    pub fn worker_urls(&self, urls: &WorkerUrls) -> Vec<(String, &'static str, String)> {
        let kind = |module: bool| if module { "module" } else { "classic" };
        let workers = self.workers.iter();
        workers
            .map(|(specifier, module, target)| {
                let url = match target {
                    Ok(entry) => urls.get(entry).cloned().unwrap_or_default(),
                    Err(url) => url.clone(),
                };
                (specifier.clone(), kind(*module), url)
            })
            .collect()
    }
}

/// The text of a style sheet as it was before it was compiled, where that is what it means: it names nothing, and its
/// classes are no one's.
fn as_written(app: &App<'_>, node: &Node, module: &CompiledModule) -> Option<String> {
    if !module.facts.dependencies.is_empty() || is_css_module(&node.path) {
        return None;
    }
    if module.made.is_some() {
        return module.made.clone();
    }
    let text = (app.source)(&node.path)?;
    Some(text.trim_start_matches('\u{feff}').to_owned())
}

/// Writes the draft of a node. `sheets` takes the style sheets that get an address.
pub(crate) fn draft<'a>(
    app: &App<'a>,
    graph: &Graph,
    id: &'a str,
    node: &Node,
    packages: &BTreeMap<String, PackageTarget>,
    sheets: &mut BTreeMap<String, String>,
) -> Draft<'a> {
    let mut draft = Draft {
        id,
        format: ModuleFormat::Esm,
        node_importer: match node.path.extension().as_str() {
            "mjs" | "mts" => true,
            "cjs" | "cts" => false,
            _ => (app.node_importer)(&node.path),
        },
        top_level_await: false,
        refresh: false,
        style: false,
        imports: Vec::new(),
        others: Vec::new(),
        urls: Vec::new(),
        workers: Vec::new(),
        globs: Vec::new(),
        code: "".into(),
        map: "",
        digest: None,
    };
    match (node.role, app.modules.get(&node.path)) {
        (Role::Asset, _) => draft.code = value_factory(&node.address).into(),
        (Role::Raw, _) => {
            let text = (app.source)(&node.path).unwrap_or_else(|| "".into());
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            draft.code = value_factory(text).into();
        }
        (Role::Worker { shared, url }, _) => {
            for edge in &node.edges {
                if let Edge::Worker(entry) = edge {
                    draft.workers.push((String::new(), true, Ok(entry.clone())));
                }
            }
            draft.code = worker_factory(shared, url).into();
        }
        (Role::WasmInit, _) => {
            draft.code = wasm_factory().into();
            draft.urls.push((String::new(), node.address.clone()));
        }
        (Role::Unknown | Role::Binary, _) | (_, None) => draft.code = value_factory("").into(),
        (Role::InlineStyle, Some(module)) => {
            let text = as_written(app, node, module);
            let text = text.unwrap_or_else(|| flattened(app, graph, packages, id));
            draft.code = value_factory(&text).into();
        }
        (Role::StyleUrl, Some(_)) => {
            let css = flattened(app, graph, packages, id);
            let url = sheet_url(&node.path, &ContentHash::of(css.as_bytes()));
            draft.code = value_factory(&url).into();
            sheets.insert(url, css);
        }
        (Role::Compiled, Some(module)) => {
            tie(&mut draft, node, module, packages);
            let css = module.css.as_ref();
            let css = css.map(|_| flattened(app, graph, packages, id));
            draft.format = module.facts.format;
            draft.top_level_await = module.facts.top_level_await;
            draft.refresh = module.facts.refresh;
            draft.style = css.is_some() && module.code.is_empty();
            match css {
                Some(css) if module.code.is_empty() => draft.code = style_factory(&css).into(),
                Some(css) => {
                    let (code, css) = (&module.code, string(&css));
                    draft.code = format!("function*(os){{yield*({code})(os);os.css({css})}}").into()
                }
                None => {
                    let module: &'a CompiledModule = module;
                    draft.code = module.code.as_str().into();
                    draft.map = &module.map;
                    draft.digest = Some(module.digest());
                }
            }
        }
    }
    draft
}

fn tie(
    draft: &mut Draft<'_>,
    node: &Node,
    module: &CompiledModule,
    packages: &BTreeMap<String, PackageTarget>,
) {
    let target = |edge: &Edge| match edge {
        Edge::Module(id) => Some(id.clone()),
        Edge::Package(specifier) => packages.get(specifier).map(|target| target.id.clone()),
        Edge::Sheet(_) | Edge::Url(_) | Edge::PackageUrl(..) | Edge::Worker(_) | Edge::Nowhere => {
            None
        }
    };
    for (glob, files) in module.facts.globs.iter().zip(&node.globs) {
        let table = files.as_ref().map(|files| GlobTable {
            eager: glob.eager,
            keys: glob.wanted == GlobUse::Keys,
            import: glob.import.clone(),
            files: files
                .iter()
                .map(|(file, edge)| (file.key.clone(), target(edge)))
                .collect(),
        });
        draft.globs.push(table);
        if glob.eager && glob.wanted == GlobUse::Record {
            let files = files.iter().flatten();
            draft
                .imports
                .extend(files.map(|(file, edge)| (file.specifier.clone(), target(edge))));
        }
    }
    let url_of = |package: &str, suffix: &str| {
        let url = packages.get(package).and_then(|target| target.url.as_ref());
        url.map(|url| format!("{url}{suffix}"))
    };
    for (dependency, edge) in module.facts.dependencies.iter().zip(&node.edges) {
        let specifier = dependency.specifier.clone();
        match (dependency.kind, edge) {
            (DependencyKind::ModuleWorker | DependencyKind::ClassicWorker, edge) => {
                let target = match edge {
                    Edge::Worker(entry) => Ok(entry.clone()),
                    Edge::Url(url) => Err(url.clone()),
                    Edge::PackageUrl(package, suffix) => match url_of(package, suffix) {
                        Some(url) => Err(url),
                        None => continue,
                    },
                    _ => continue,
                };
                let module = dependency.kind == DependencyKind::ModuleWorker;
                draft.workers.push((specifier, module, target));
            }
            (DependencyKind::Url, Edge::Url(url)) if module.css.is_none() => {
                draft.urls.push((specifier, url.clone()));
            }
            (DependencyKind::Url, Edge::PackageUrl(package, suffix)) if module.css.is_none() => {
                let url = url_of(package, suffix);
                draft.urls.extend(url.map(|url| (specifier, url)));
            }
            (DependencyKind::Url, _) | (_, Edge::Url(_)) => {}
            // In the sheet's own text, unless only the packages' chunk has it.
            (DependencyKind::StyleImport, edge) => {
                if let Edge::Package(package) = edge
                    && packages.get(package).is_some_and(|it| it.css.is_none())
                {
                    draft.imports.push((specifier, target(edge)));
                }
            }
            (DependencyKind::Static, edge) => {
                draft.imports.push((specifier, target(edge)));
            }
            (DependencyKind::Dynamic | DependencyKind::Require, edge) => {
                if !draft.others.iter().any(|(known, _)| *known == specifier) {
                    draft.others.push((specifier, target(edge)));
                }
            }
        }
    }
}

/// A module whose default export is a text.
fn value_factory(text: &str) -> String {
    format!(
        "function*(os){{const value={};os.x({{default:()=>value}});yield}}",
        string(text)
    )
}

fn worker_factory(shared: bool, url: bool) -> String {
    if url {
        return "function*(os){os.x({default:()=>value});yield;const value=os.w(\"\",\"module\")}"
            .to_owned();
    }
    let constructor = if shared { "SharedWorker" } else { "Worker" };
    format!(
        "function*(os){{os.x({{default:()=>WorkerWrapper}});yield;function WorkerWrapper(options){{return new {constructor}(os.w(\"\",\"module\"),{{type:\"module\",name:options?.name}})}}}}"
    )
}

fn wasm_factory() -> &'static str {
    "function*(os){os.x({default:()=>init});const init={default:(imports)=>os.wasm(os.u(\"\"),imports)}.default;yield}"
}

pub(crate) fn string(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serialises")
}
