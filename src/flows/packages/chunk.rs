//! The one chunk of an app's packages.

use super::walk::{Edge, Node, Place};
use overskill_link::{Chunk, ChunkModule, style_factory, write_chunk};
use overskill_module::{CompiledModule, DependencyKind, ModuleFormat};
use std::{borrow::Cow, collections::BTreeMap};

type Ties<T> = Vec<(String, T)>;

struct Draft<'a> {
    id: &'a str,
    format: ModuleFormat,
    node_importer: bool,
    top_level_await: bool,
    view: bool,
    imports: Ties<Option<String>>,
    others: Ties<Option<String>>,
    urls: Ties<String>,
    workers: Vec<(String, &'static str, String)>,
    code: Cow<'a, str>,
}

/// Writes the modules that are reached in the order of their ids: the same modules give the same bytes.
pub(super) fn write(nodes: &BTreeMap<String, Node>, urls: &BTreeMap<Place, String>) -> Chunk {
    let reached = nodes.iter().filter(|(_, node)| node.reached);
    let drafts: Vec<Draft<'_>> = reached
        .filter_map(|(id, node)| {
            let module = node.module.as_deref()?;
            Some(match node.whole {
                true => whole(id, node, module, urls),
                false => view(id, node, module),
            })
        })
        .collect();
    let modules: Vec<ChunkModule<'_>> = drafts
        .iter()
        .map(|draft| ChunkModule {
            id: draft.id,
            format: draft.format,
            node_importer: draft.node_importer,
            top_level_await: draft.top_level_await,
            refresh: false,
            view: draft.view,
            style: false,
            imports: &draft.imports,
            others: &draft.others,
            urls: &draft.urls,
            workers: &draft.workers,
            globs: &[],
            code: &draft.code,
            map: "",
            digest: None,
        })
        .collect();
    write_chunk(&modules)
}

fn draft<'a>(id: &'a str, node: &Node, module: &'a CompiledModule) -> Draft<'a> {
    Draft {
        id,
        format: module.facts.format,
        node_importer: node.node_importer,
        top_level_await: module.facts.top_level_await,
        view: false,
        imports: Vec::new(),
        others: Vec::new(),
        urls: Vec::new(),
        workers: Vec::new(),
        code: Cow::Borrowed(module.code.as_str()),
    }
}

pub(super) fn url_of(place: &Place, urls: &BTreeMap<Place, String>) -> String {
    urls.get(place).cloned().unwrap_or_default()
}

pub(super) fn url(edge: &Edge, urls: &BTreeMap<Place, String>) -> Option<String> {
    match edge {
        Edge::Url(url) => Some(url.clone()),
        Edge::Asset(place, rest) => Some(format!("{}{rest}", url_of(place, urls))),
        Edge::Module(_) | Edge::Nowhere => None,
    }
}

/// A style sheet's CSS with the addresses of what it refers to.
pub(super) fn addressed(
    node: &Node,
    module: &CompiledModule,
    urls: &BTreeMap<Place, String>,
) -> Option<String> {
    let mut css = module.css.clone()?;
    for (at, edge) in &node.edges {
        if let Some(url) = url(edge, urls) {
            css = css.replace(&format!("__overskill_url_{at}__"), &url);
        }
    }
    Some(css)
}

/// A module that is evaluated.
fn whole<'a>(
    id: &'a str,
    node: &Node,
    module: &'a CompiledModule,
    urls: &BTreeMap<Place, String>,
) -> Draft<'a> {
    let mut draft = draft(id, node, module);
    if let Some(place) = &node.asset {
        draft.urls.push((String::new(), url_of(place, urls)));
    }
    if let Some(css) = addressed(node, module, urls) {
        draft.code = style_factory(&css).into();
    }
    for (at, edge) in &node.edges {
        let Some(dependency) = module.facts.dependencies.get(*at) else {
            continue;
        };
        let specifier = dependency.specifier.clone();
        if let Some(url) = url(edge, urls) {
            match dependency.kind {
                DependencyKind::ModuleWorker => draft.workers.push((specifier, "module", url)),
                DependencyKind::ClassicWorker => draft.workers.push((specifier, "classic", url)),
                _ if module.css.is_none() => draft.urls.push((specifier, url)),
                _ => {}
            }
            continue;
        }
        let target = match edge {
            Edge::Module(id) => Some(id.clone()),
            _ => None,
        };
        let ties = match dependency.kind {
            DependencyKind::Static | DependencyKind::StyleImport => &mut draft.imports,
            _ => &mut draft.others,
        };
        if !ties.iter().any(|(known, _)| *known == specifier) {
            ties.push((specifier, target));
        }
    }
    draft
}

/// A module of which others only get what it passes on.
fn view<'a>(id: &'a str, node: &Node, module: &'a CompiledModule) -> Draft<'a> {
    let mut draft = draft(id, node, module);
    draft.view = true;
    let mut getters = String::new();
    let mut holders = String::new();
    let mut held = BTreeMap::new();
    for (name, (index, imported)) in &node.views {
        let count = held.len();
        let holder = *held.entry(*index).or_insert(count);
        let value = match imported.as_str() {
            "*" => format!("i{holder}"),
            imported => format!("i{holder}[{}]", quoted(imported)),
        };
        getters.push_str(&format!("[{}]:()=>{value},", quoted(name)));
    }
    for (index, holder) in &held {
        let Some(dependency) = module.facts.dependencies.get(*index) else {
            continue;
        };
        let specifier = dependency.specifier.clone();
        holders.push_str(&format!("const i{holder}=os.i({});", quoted(&specifier)));
        let target = match node.edges.get(index) {
            Some(Edge::Module(id)) => Some(id.clone()),
            _ => None,
        };
        draft.imports.push((specifier, target));
    }
    draft.code = format!("function*(os){{os.x({{{getters}}});{holders}yield}}").into();
    draft
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always serialises")
}
