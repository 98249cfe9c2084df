//! Packages of which a page can have one copy only.

use super::{
    about,
    walk::{Node, place},
};
use overskill_diagnostics::Diagnostic;
use overskill_packages::{Lock, PackageDiagnostic, split_specifier};
use std::collections::{BTreeMap, BTreeSet};

/// Each keeps something, a context or a registry, that its other copies don't see.
const ONE_COPY: [&str; 14] = [
    "@emotion/react",
    "@mui/material",
    "@tanstack/react-query",
    "@tanstack/react-router",
    "i18next",
    "react",
    "react-dom",
    "react-hook-form",
    "react-i18next",
    "react-redux",
    "react-router",
    "react-router-dom",
    "styled-components",
    "three",
];

/// A warning for each of them that the page has in several versions, about the first of `specifiers` that is of it or of a
/// package that asks for it.
pub(super) fn told<'a>(
    nodes: &BTreeMap<String, Node>,
    lock: &Lock,
    specifiers: impl Iterator<Item = &'a String> + Clone,
) -> Vec<PackageDiagnostic> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, _) in nodes.iter().filter(|(_, node)| node.reached) {
        let package = place(id).and_then(|place| lock.packages.get(&place.package));
        if let Some(package) = package {
            let known = versions.entry(&package.name).or_default();
            known.insert(&package.version);
        }
    }
    let several = versions
        .into_iter()
        .filter(|(name, versions)| versions.len() > 1 && ONE_COPY.contains(name));
    several
        .map(|(name, versions)| {
            let versions: Vec<&str> = versions.into_iter().collect();
            let askers = lock.packages.iter().filter(|(_, package)| {
                let mut keys = package.dependencies.values();
                keys.any(|key| lock.packages.get(key).is_some_and(|at| at.name == name))
            });
            let askers: Vec<_> = askers.collect();
            let of = |package: &str| {
                let mut all = specifiers.clone();
                all.find(|at| split_specifier(at).is_some_and(|(name, _)| name == package))
            };
            let mut names = askers.iter().map(|(_, package)| package.name.as_str());
            let specifier = of(name).or_else(|| names.find_map(of));
            let askers: Vec<&str> = askers.iter().map(|(key, _)| key.as_str()).take(6).collect();
            let warning = Diagnostic::warning(
                "package-duplicate",
                format!(
                    "The page has `{name}` in {} copies: {}. They don't see each other\u{2019}s state.",
                    versions.len(),
                    versions.join(", ")
                ),
            );
            about(
                specifier.map(String::as_str),
                warning.hint(format!(
                    "Choose versions that agree on one, or add it to `overrides`. It is asked for by {}.",
                    askers.join(", ")
                )),
            )
        })
        .collect()
}
