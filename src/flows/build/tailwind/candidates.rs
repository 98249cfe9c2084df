//! The candidates of a plan: what the content that it names may have as classes.

use super::Sheet;
use crate::build::{ModuleCache, Source};
use overskill_candidates::{
    content::{V3Globs, V4Source, V4Sources},
    v3, v4,
};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::TailwindPlan;
use std::rc::Rc;

/// What was found in the content of a sheet.
#[derive(Default)]
pub(super) struct Scanned {
    found: Vec<Rc<[String]>>,
    keys: Vec<ContentHash>,
}

impl Scanned {
    /// Scans what of a sheet's content isn't known.
    pub fn of<K: ModuleCache>(source: &Source<'_>, sheet: &Sheet, cache: &K) -> Self {
        let mut all = Self::default();
        let Some(plan) = &sheet.plan else { return all };
        let version = sheet.question.version;
        for path in &sheet.content {
            let Some(info) = source.files.get(path) else {
                continue;
            };
            let extension = path.extension();
            let key = key(version, plan, &extension, &info.hash);
            let found = cache.candidates(&key).unwrap_or_else(|| {
                let text = source.text(path).unwrap_or_default();
                let found: Rc<[String]> = extract(version, plan, &text, &extension).into();
                cache.keep_candidates(&key, &found);
                found
            });
            all.found.push(found);
            all.keys.push(key);
        }
        for raw in &plan.raw {
            let found = extract(version, plan, &raw.text, &raw.extension);
            all.found.push(found.into());
        }
        all
    }

    /// Everything, some of it several times.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.found
            .iter()
            .flat_map(|each| each.iter())
            .map(String::as_str)
    }

    /// What, together with the plan, everything is a pure function of.
    pub fn keys(&self) -> &[ContentHash] {
        &self.keys
    }
}

/// The files that a plan means, in order.
pub(super) fn content(source: &Source<'_>, version: u8, plan: &TailwindPlan) -> Vec<ModulePath> {
    if !plan.scan {
        return Vec::new();
    }
    let content = Content::of(source, version, plan);
    let paths = source.files.keys();
    let meant = paths.filter(|path| content.matches(path.as_str()));
    meant.cloned().collect()
}

/// Which files are read.
enum Content {
    Globs(V3Globs),
    Sources(V4Sources),
}

impl Content {
    fn of(source: &Source<'_>, version: u8, plan: &TailwindPlan) -> Self {
        if version == 3 {
            let patterns = plan.patterns.iter().map(String::as_str);
            return Self::Globs(V3Globs::parse(patterns, &plan.base));
        }
        let ignoring = source
            .files
            .keys()
            .filter(|path| path.name() == ".gitignore");
        let ignoring: Vec<(&str, String)> = ignoring
            .map(|path| (path.folder(), source.text(path).unwrap_or_default()))
            .collect();
        let ignoring = ignoring
            .iter()
            .map(|(folder, text)| (*folder, text.as_str()));
        let sources = plan.sources.iter().map(|at| V4Source {
            base: &at.base,
            pattern: &at.pattern,
            negated: at.negated,
        });
        Self::Sources(V4Sources::new(sources, ignoring))
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Globs(globs) => globs.matches(path),
            Self::Sources(sources) => sources.matches(path),
        }
    }
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
