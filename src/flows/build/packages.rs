//! The npm packages of a version: what is asked for, and what that was answered.

use super::{
    Packages, Source, Workshop, publish,
    scope::PackageScopes,
    trace::{Trace, Traced},
};
use crate::packages::{PackageRequest, Registries, Wanted};
use overskill_diagnostics::Diagnostic;
use overskill_link::{App, Graph, PackageTarget};
use overskill_packages::{
    Lock, PackageDiagnostic, PackageEntry, PackageSet, declared_dependencies,
};
use std::{collections::BTreeMap, rc::Rc};

/// A set as linking needs it.
pub(super) struct Set {
    pub targets: Rc<BTreeMap<String, PackageTarget>>,
    /// Where its chunk is served.
    pub address: String,
    pub lock: Rc<Lock>,
    pub diagnostics: Vec<PackageDiagnostic>,
}

/// What an app's packages came to, with what its author is told besides.
pub(super) enum Packaged {
    NotNeeded(Vec<Diagnostic>),
    Found(Rc<Set>, Vec<Diagnostic>),
    Unavailable(Vec<Diagnostic>),
}

/// The last set of an app, with what it answers.
pub(super) struct LastSet {
    registry: String,
    specifiers: BTreeMap<String, Wanted>,
    dependencies: BTreeMap<String, String>,
    /// With what is told of the files that the question was read from.
    answer: Traced<(Rc<Set>, Vec<Diagnostic>)>,
}

impl Packaged {
    pub fn found(self) -> (Option<Rc<Set>>, Vec<Diagnostic>) {
        match self {
            Self::Found(set, told) => (Some(set), told),
            Self::NotNeeded(told) | Self::Unavailable(told) => (None, told),
        }
    }
}

impl Set {
    fn new(set: PackageSet) -> Self {
        let target = |entry: PackageEntry| PackageTarget {
            id: entry.id,
            exports: entry.exports,
            css: entry.css,
        };
        Self {
            address: publish::packages_address(&set),
            targets: Rc::new(
                set.entries
                    .into_iter()
                    .map(|(specifier, entry)| (specifier, target(entry)))
                    .collect(),
            ),
            lock: Rc::new(set.lock),
            diagnostics: set.diagnostics,
        }
    }
}

/// The set of what a graph asks for, or what keeps it from being had.
pub(super) async fn set<C, P: Packages, K, T>(
    source: &Source<'_>,
    scopes: &PackageScopes,
    app: &App<'_>,
    graph: &Graph,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Packaged {
    let mut taken = graph.taken(app);
    let specifiers = graph.packages().map(|specifier| {
        let wanted = match taken.remove(specifier) {
            Some(Some(names)) => Wanted::Names(names),
            Some(None) | None => Wanted::Whole,
        };
        (specifier.to_owned(), wanted)
    });
    let specifiers: BTreeMap<String, Wanted> = specifiers.collect();
    let registry = workshop.registry.unwrap_or_default();
    let last = &workshop.memory.packages;
    if let Some(last) = &*last.borrow()
        && last.registry == registry
        && last.specifiers == specifiers
        && last.dependencies == scopes.dependencies
        && let Some((set, told)) = last.answer.get(source.files)
    {
        return Packaged::Found(set.clone(), told.clone());
    }
    let trace = Trace::default();
    let traced = source.traced(&trace);
    let mut told = Vec::new();
    if let Some(text) = traced.text_at("package.json")
        && let Err(problem) = declared_dependencies(&text)
    {
        told.push(*problem);
    }
    if specifiers.is_empty() {
        return Packaged::NotNeeded(told);
    }
    if workshop.registry.is_none() {
        told.push(
            Diagnostic::error(
                "registry-not-set",
                "The app imports npm packages, and this installation has no npm registry.",
            )
            .hint("Its operator has to set NPM_REGISTRY."),
        );
        return Packaged::Unavailable(told);
    }
    let (request, notes) = PackageRequest::read(
        Registries::public(registry),
        scopes.dependencies.clone(),
        specifiers.clone(),
        workshop.previous.as_deref().cloned(),
        &|name| traced.text_at(name),
    );
    told.extend(notes);
    match workshop.packages.build(request).await {
        Ok(set) => {
            // One with an error isn't kept: the registry may have the answer next time.
            let ok = set.is_ok();
            let set = Rc::new(Set::new(set));
            let answer = Traced::new(source.files, trace, (set.clone(), told.clone()));
            *last.borrow_mut() = answer.filter(|_| ok).map(|answer| LastSet {
                registry: registry.to_owned(),
                specifiers,
                dependencies: scopes.dependencies.clone(),
                answer,
            });
            Packaged::Found(set, told)
        }
        Err(fault) => {
            let message = format!("The app's npm packages could not be had: {fault}.");
            told.push(
                Diagnostic::error("packages-unavailable", message)
                    .hint("Nothing in the app is wrong; it is built again by itself."),
            );
            Packaged::Unavailable(told)
        }
    }
}
