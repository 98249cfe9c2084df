//! A sheet with its candidates. Most of what is scanned is no class: what is known not to matter is neither asked about nor
//! part of what a sheet is kept under, so that a text that changes costs no sheet.

use super::{Sheet, candidates::Scanned, placed};
use crate::build::{ModuleCache, Packages, Source, Workshop};
use overskill_model::{ContentHash, ContentHasher};
use overskill_module::{CompiledModule, TailwindAnswer, TailwindQuestion};
use overskill_ports::{Clock, Compiler, Fault};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

/// How many sheets' candidates are remembered, and how many of each.
const SHEETS: usize = 8;
const CANDIDATES: usize = 20_000;

/// Whether candidates matter, by sheet.
#[derive(Default)]
pub(crate) struct Judged(RefCell<BTreeMap<ContentHash, HashMap<Box<str>, bool>>>);

impl Judged {
    /// Takes what is known to be useless out of `all`; gives what matters, and what isn't known, each in order.
    fn split<'a>(
        &self,
        sheet: &ContentHash,
        all: impl Iterator<Item = &'a str>,
    ) -> (Vec<&'a str>, Vec<&'a str>) {
        let judged = self.0.borrow();
        let known = judged.get(sheet);
        let (mut used, mut unknown) = (Vec::new(), Vec::new());
        for candidate in all {
            match known.and_then(|known| known.get(candidate)) {
                Some(true) => used.push(candidate),
                Some(false) => {}
                None => unknown.push(candidate),
            }
        }
        for list in [&mut used, &mut unknown] {
            list.sort_unstable();
            list.dedup();
        }
        (used, unknown)
    }

    fn learn(&self, sheet: &ContentHash, asked: &[&str], used: &[&str]) {
        let mut judged = self.0.borrow_mut();
        if judged.len() >= SHEETS && !judged.contains_key(sheet) {
            judged.clear();
        }
        let known = judged.entry(*sheet).or_default();
        if known.len() + asked.len() > CANDIDATES {
            known.clear();
        }
        known.extend(asked.iter().map(|each| ((*each).into(), false)));
        known.extend(used.iter().map(|each| ((*each).into(), true)));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.take();
    }
}

/// A sheet with everything of Tailwind's expanded.
pub(in crate::build) struct Expanded {
    /// Its CSS, which is no style sheet's yet; none where something is wrong.
    pub module: Rc<CompiledModule>,
    /// What the CSS is a pure function of.
    pub key: ContentHash,
}

/// The sheet with all that was scanned for it.
pub(super) async fn sheet<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    sheet: &Sheet,
    scanned: &Scanned,
    source: &Source<'_>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Result<Expanded, Fault> {
    let cache = workshop.cache;
    let whole = key(
        sheet,
        "content",
        scanned.keys().iter().map(ContentHash::bytes),
    );
    if let Some(known) = cache.get(&whole) {
        match ContentHash::parse(&known.code) {
            Err(_) => return Ok(Expanded::new(known, whole)),
            Ok(least) => {
                if let Some(known) = cache.get(&least) {
                    return Ok(Expanded::new(known, least));
                }
            }
        }
    }
    let judged = &workshop.memory.judged;
    let (mut used, unknown) = judged.split(&sheet.key, scanned.all());
    let least = key(sheet, "used", &used);
    let known = cache.get(&least);
    if let Some(known) = known.as_ref().filter(|_| unknown.is_empty()) {
        cache.put(&whole, &Rc::new(pointer(&least)));
        return Ok(Expanded::new(known.clone(), least));
    }
    let wanted: Vec<&str> = merged(&used, &unknown);
    let texts = |all: &[&str]| all.iter().map(|each| (*each).to_owned()).collect();
    let question = TailwindQuestion {
        candidates: Some(texts(&wanted)),
        judge: (!used.is_empty()).then(|| texts(&unknown)),
        only_if_used: known.is_some(),
        ..sheet.question.clone()
    };
    let TailwindAnswer {
        css,
        used: found,
        diagnostics,
        ..
    } = workshop.compiler.tailwind(&question).await?;
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let module = match (css, known) {
        (None, Some(known)) if found.is_empty() && diagnostics.is_empty() => known,
        (css, _) => Rc::new(CompiledModule {
            css,
            diagnostics: placed(source, diagnostics),
            ..CompiledModule::default()
        }),
    };
    if module.css.is_none() {
        cache.put(&whole, &module);
        return Ok(Expanded::new(module, whole));
    }
    judged.learn(&sheet.key, &unknown, &found);
    used = merged(&used, &found);
    let least = key(sheet, "used", &used);
    cache.put(&least, &module);
    cache.put(&whole, &Rc::new(pointer(&least)));
    Ok(Expanded::new(module, least))
}

impl Expanded {
    fn new(module: Rc<CompiledModule>, key: ContentHash) -> Self {
        Self { module, key }
    }
}

/// What a sheet with these parts is a pure function of.
fn key(sheet: &Sheet, which: &str, parts: impl IntoIterator<Item: AsRef<[u8]>>) -> ContentHash {
    let mut key = ContentHasher::new().field(sheet.key.bytes()).field(which);
    for part in parts {
        key = key.field(part);
    }
    key.finish()
}

/// Stands for the sheet that is kept under `key`.
fn pointer(key: &ContentHash) -> CompiledModule {
    CompiledModule {
        code: key.to_string(),
        ..CompiledModule::default()
    }
}

/// Both, in order.
fn merged<'a>(one: &[&'a str], other: &[&'a str]) -> Vec<&'a str> {
    let mut all = [one, other].concat();
    all.sort_unstable();
    all
}
