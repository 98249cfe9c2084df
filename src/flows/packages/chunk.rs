//! The one chunk of an app's packages.

use super::walk::{Built, Edge};
use overskill_link::{Chunk, ChunkModule, style_factory, write_chunk};
use overskill_module::DependencyKind;
use std::{borrow::Cow, collections::BTreeMap};

type Ties<T> = Vec<(String, T)>;

struct Draft<'a> {
    id: &'a str,
    built: &'a Built,
    imports: Ties<Option<String>>,
    others: Ties<Option<String>>,
    urls: Ties<String>,
    code: Cow<'a, str>,
}

/// Writes the modules in the order of their ids: the same modules give the same bytes.
pub(super) fn write(built: &BTreeMap<String, Built>) -> Chunk {
    let drafts: Vec<Draft<'_>> = built.iter().map(|(id, built)| draft(id, built)).collect();
    let modules: Vec<ChunkModule<'_>> = drafts
        .iter()
        .map(|draft| ChunkModule {
            id: draft.id,
            format: draft.built.module.facts.format,
            node_importer: draft.built.node_importer,
            top_level_await: draft.built.module.facts.top_level_await,
            imports: &draft.imports,
            others: &draft.others,
            urls: &draft.urls,
            workers: &[],
            globs: &[],
            code: &draft.code,
            map: "",
        })
        .collect();
    write_chunk("", &modules, None)
}

fn draft<'a>(id: &'a str, built: &'a Built) -> Draft<'a> {
    let module = &built.module;
    let mut draft = Draft {
        id,
        built,
        imports: Vec::new(),
        others: Vec::new(),
        urls: Vec::new(),
        code: Cow::Borrowed(module.code.as_str()),
    };
    if let Some(css) = &module.css {
        let mut css = css.clone();
        for (at, edge) in built.edges.iter().enumerate() {
            if let Edge::Url(url) = edge {
                css = css.replace(&format!("__overskill_url_{at}__"), url);
            }
        }
        draft.code = style_factory(&css).into();
    }
    for (dependency, edge) in module.facts.dependencies.iter().zip(&built.edges) {
        let specifier = dependency.specifier.clone();
        let target = match edge {
            Edge::Module(id) => Some(id.clone()),
            Edge::Nowhere => None,
            Edge::Url(url) => {
                if module.css.is_none() {
                    draft.urls.push((specifier, url.clone()));
                }
                continue;
            }
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
