//! The candidates of a plan: what the content that it names may have as classes.

use crate::build::{ModuleCache, Source};
use overskill_candidates::{v3, v4};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::TailwindPlan;
use std::{collections::BTreeSet, rc::Rc};

/// The union over all content, in order.
pub(super) fn of<K: ModuleCache>(
    source: &Source<'_>,
    version: u8,
    plan: &TailwindPlan,
    cache: &K,
) -> Vec<String> {
    let mut all = BTreeSet::new();
    for (path, info) in source.files.iter().filter(|(path, _)| is_content(path)) {
        let extension = path.extension();
        let key = key(version, plan, &extension, &info.hash);
        let found = cache.candidates(&key).unwrap_or_else(|| {
            let text = source.text(path).unwrap_or_default();
            let found: Rc<[String]> = extract(version, plan, &text, &extension).into();
            cache.keep_candidates(&key, &found);
            found
        });
        all.extend(found.iter().cloned());
    }
    for raw in &plan.raw {
        all.extend(extract(version, plan, &raw.text, &raw.extension));
    }
    all.into_iter().collect()
}

fn is_content(path: &ModulePath) -> bool {
    matches!(
        path.extension().as_str(),
        "html" | "js" | "jsx" | "ts" | "tsx" | "mdx" | "md"
    )
}

fn extract(version: u8, plan: &TailwindPlan, text: &str, extension: &str) -> Vec<String> {
    match version {
        3 => {
            let syntax = v3::Syntax {
                separator: &plan.separator,
                prefix: &plan.prefix,
            };
            v3::extract(text, extension, syntax).into_iter().collect()
        }
        _ => v4::extract(text, extension).into_iter().collect(),
    }
}

/// What the candidates of a file are a pure function of.
fn key(version: u8, plan: &TailwindPlan, extension: &str, content: &ContentHash) -> ContentHash {
    ContentHasher::new()
        .field([version])
        .field(&plan.separator)
        .field(&plan.prefix)
        .field(extension)
        .field(content.bytes())
        .finish()
}
