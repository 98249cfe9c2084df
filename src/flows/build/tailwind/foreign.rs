//! Sheets of packages that are Tailwind's too: with `@theme` or `@utility` in them they must be part of the sheet that
//! imports them. Others stay imports, which the linker follows.

use super::inputs::{Inputs, imported};
use crate::build::{ModuleCache, Packages, Source, Workshop, foreign::ForeignSheets};
use overskill_model::ModulePath;
use overskill_ports::{Clock, Compiler};
use std::collections::{BTreeMap, BTreeSet};

/// What only Tailwind understands in a sheet.
const MARKS: [&str; 8] = [
    "@utility",
    "@theme",
    "@custom-variant",
    "@variant",
    "@apply",
    "@plugin",
    "--alpha(",
    "--spacing(",
];
/// Packages whose sheets are built in.
const BUILT_IN: [&str; 2] = ["tailwindcss", "tw-animate-css"];
/// How many sheets of one package are followed.
const SHEETS: usize = 64;

/// Puts the sheets of packages that Tailwind has to see among the inputs of a sheet. What a
/// package doesn't have is left to the linker, which tells why.
pub(super) async fn add<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    inputs: &mut Inputs,
    source: &Source<'_>,
    foreign: &ForeignSheets<'_>,
    workshop: &Workshop<'_, C, P, K, T>,
) {
    let specifiers: BTreeSet<String> = inputs
        .sheets
        .values()
        .flat_map(|text| imported(text))
        .collect();
    let names = specifiers
        .iter()
        .filter_map(|specifier| foreign.declared(specifier));
    let names = names.filter(|name| !BUILT_IN.contains(name));
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    if names.is_empty() {
        return;
    }
    source.not_kept();
    // The build fails by it, and is made again.
    if foreign.fetch(&names, workshop).await.is_err() {
        return;
    }
    for specifier in specifiers {
        let Some(place) = foreign.style(&specifier) else {
            continue;
        };
        let texts = closure(foreign, place.clone());
        let marked = texts
            .values()
            .any(|text| MARKS.iter().any(|mark| text.contains(mark)));
        let Some(path) = path(&place).filter(|_| marked && !inputs.names.contains_key(&specifier))
        else {
            continue;
        };
        inputs.names.insert(specifier, path);
        for (place, text) in texts {
            if let Some(path) = self::path(&place) {
                inputs.sheets.insert(path, text);
            }
        }
    }
}

fn path(place: &str) -> Option<ModulePath> {
    ModulePath::parse(&format!("node_modules/{place}"), &Default::default()).ok()
}

/// A package's sheet with those that it imports of the same package.
fn closure(foreign: &ForeignSheets<'_>, place: String) -> BTreeMap<String, String> {
    let sheets = foreign.sheets();
    let mut found = BTreeMap::new();
    let mut waiting = vec![place];
    while let Some(place) = waiting.pop() {
        let Some(text) = sheets.files.get(&place) else {
            continue;
        };
        if found.len() >= SHEETS || found.contains_key(&place) {
            continue;
        }
        for specifier in imported(text).into_iter().filter(|it| it.starts_with('.')) {
            let next = path(&place).and_then(|from| from.join(&specifier));
            let next =
                next.and_then(|next| Some(next.as_str().strip_prefix("node_modules/")?.to_owned()));
            waiting.extend(
                next.into_iter()
                    .flat_map(|next| [format!("{next}.css"), next]),
            );
        }
        found.insert(place, text.clone());
    }
    found
}
