//! The app's chunk: every module that is reached, with its specifiers tied to ids.

use crate::{
    chunk::{Boot, BootValues, Chunk, ChunkModule, write_chunk},
    exports::check_names,
    graph::{App, Edge, Graph, Node, Role, asset_url},
    styles::{addressed, flattened, style_factory},
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{CompiledModule, DependencyKind, ModuleFormat};
use std::collections::{BTreeMap, BTreeSet};

/// What a package's specifier leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageTarget {
    /// The module's id in the packages' chunk.
    pub id: String,
    /// What it exports, where that is known.
    pub exports: Option<Vec<String>>,
}

/// A linked app.
#[derive(Debug)]
pub struct Linked {
    /// The script.
    pub chunk: Chunk,
    /// Files served under [`asset_url`].
    pub assets: BTreeSet<ModulePath>,
    /// Everything there is to say about the files that are reached.
    pub diagnostics: Vec<Diagnostic>,
}

/// Links what `graph` reached. `packages` has every specifier of [`Graph::packages`] that was found.
pub fn link(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
    values: BootValues,
) -> Linked {
    let mut diagnostics = graph.diagnostics.clone();
    check_names(app, graph, packages, &mut diagnostics);
    let drafts: Vec<Draft> = graph
        .nodes
        .iter()
        .filter(|(id, _)| graph.booted.contains(*id))
        .map(|(id, node)| draft(app, graph, id, node, packages))
        .collect();
    let modules: Vec<ChunkModule<'_>> = drafts.iter().map(Draft::as_module).collect();
    let boot = Boot {
        entries: graph.entries.clone(),
        values,
    };
    let chunk = write_chunk(&modules, Some(&boot));
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup();
    Linked {
        chunk,
        assets: graph.assets.clone(),
        diagnostics,
    }
}

struct Draft<'a> {
    id: &'a str,
    format: ModuleFormat,
    node_importer: bool,
    top_level_await: bool,
    imports: Vec<(String, Option<String>)>,
    others: Vec<(String, Option<String>)>,
    urls: Vec<(String, String)>,
    code: std::borrow::Cow<'a, str>,
    map: &'a str,
}

impl Draft<'_> {
    fn as_module(&self) -> ChunkModule<'_> {
        ChunkModule {
            id: self.id,
            format: self.format,
            node_importer: self.node_importer,
            top_level_await: self.top_level_await,
            imports: &self.imports,
            others: &self.others,
            urls: &self.urls,
            code: &self.code,
            map: self.map,
        }
    }
}

fn draft<'a>(
    app: &App<'a>,
    graph: &Graph,
    id: &'a str,
    node: &Node,
    packages: &BTreeMap<String, PackageTarget>,
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
        imports: Vec::new(),
        others: Vec::new(),
        urls: Vec::new(),
        code: "".into(),
        map: "",
    };
    match (node.role, app.modules.get(&node.path)) {
        (Role::Asset, _) => {
            let public = app.rules.public_name(&node.path);
            let address = match (public, app.files.get(&node.path)) {
                (Some(name), _) => format!("{}{name}", app.base),
                (None, Some(hash)) => asset_url(&node.path, hash),
                (None, None) => String::new(),
            };
            draft.code = value_factory(&address).into();
        }
        (Role::Raw, _) => {
            let text = (app.source)(&node.path).unwrap_or_else(|| "".into());
            draft.code = value_factory(&text).into();
        }
        (_, None) => draft.code = value_factory("").into(),
        (role, Some(module)) => {
            if role == Role::InlineStyle {
                draft.code = value_factory(&flattened(app, graph, id)).into();
                return draft;
            }
            tie(&mut draft, node, module, packages);
            let css = module.css.as_ref().map(|css| addressed(css, node));
            draft.format = module.facts.format;
            draft.top_level_await = module.facts.top_level_await;
            match css {
                Some(css) if module.code.is_empty() => draft.code = style_factory(&css).into(),
                Some(css) => {
                    draft.code = format!(
                        "function*(os){{yield*({})(os);os.css({})}}",
                        module.code,
                        string(&css)
                    )
                    .into()
                }
                None => {
                    let module: &'a CompiledModule = module;
                    draft.code = module.code.as_str().into();
                    draft.map = &module.map;
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
    for (dependency, edge) in module.facts.dependencies.iter().zip(&node.edges) {
        let specifier = dependency.specifier.clone();
        let target = match edge {
            Edge::Module(id) => Some(id.clone()),
            Edge::Package(specifier) => packages.get(specifier).map(|target| target.id.clone()),
            Edge::Nowhere => None,
            Edge::Url(url) => {
                if module.css.is_none() {
                    draft.urls.push((specifier, url.clone()));
                }
                continue;
            }
        };
        match dependency.kind {
            DependencyKind::Static | DependencyKind::StyleImport => {
                draft.imports.push((specifier, target))
            }
            DependencyKind::Dynamic | DependencyKind::Require => {
                if !draft.others.iter().any(|(known, _)| *known == specifier) {
                    draft.others.push((specifier, target));
                }
            }
            DependencyKind::Url => {}
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

pub(crate) fn string(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serialises")
}
