//! The npm packages of a version: what is asked for, and what that was answered.

use super::{
    Packages, Purpose, Source, Workshop, publish,
    scope::PackageScopes,
    trace::{Trace, Traced},
};
use crate::packages::{PackageRequest, PackageRules, Registries, Wanted};
use overskill_diagnostics::Diagnostic;
use overskill_link::{App, Graph, PackageTarget};
use overskill_packages::{
    Lock, PackageDiagnostic, PackageEntry, PackageSet, declared_dependencies,
};
use overskill_ports::Fault;
use std::{collections::BTreeMap, rc::Rc};

/// A set as linking needs it.
#[derive(Clone)]
pub(super) struct Set {
    pub targets: Rc<BTreeMap<String, PackageTarget>>,
    /// Where its chunk is served.
    pub address: String,
    /// The key of its chunk.
    pub chunk: String,
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
    graph: Rc<Graph>,
    registries: Registries,
    specifiers: BTreeMap<String, Wanted>,
    rules: PackageRules,
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
            url: entry.url,
        };
        Self {
            address: publish::packages_address(&set),
            chunk: set.chunk_key,
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

/// Whose packages.
#[derive(Clone, Copy)]
pub(super) enum For<'a> {
    /// The page's.
    Page,
    /// Its server code's, with what was chosen for the page.
    Server(Option<&'a Rc<Lock>>),
}

/// The set of what a graph asks for, or what keeps it from being had.
pub(super) async fn set<C, P: Packages, K, T>(
    source: &Source<'_>,
    scopes: &PackageScopes,
    rules: PackageRules,
    app: &App<'_>,
    graph: &Rc<Graph>,
    of: For<'_>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Packaged {
    let registries = workshop.registries.as_ref();
    let last = workshop.memory.last(workshop.purpose);
    let (last, previous) = match of {
        For::Page => (&last.packages, workshop.previous.as_ref()),
        For::Server(lock) => (&last.server_packages, lock.or(workshop.previous.as_ref())),
    };
    // The same graph asks for the same.
    if let Some(last) = &*last.borrow()
        && Rc::ptr_eq(&last.graph, graph)
        && registries.is_ok_and(|registries| last.registries == *registries)
        && last.rules == rules
        && last.dependencies == scopes.dependencies
        && let Some((set, told)) = last.answer.get(source.files)
    {
        return Packaged::Found(set.clone(), told.clone());
    }
    let mut taken = graph.taken(app);
    let specifiers = graph.packages().map(|specifier| {
        let wanted = match taken.remove(specifier) {
            Some(Some(names)) => Wanted::Names(names),
            Some(None) | None => Wanted::Whole,
        };
        (specifier.to_owned(), wanted)
    });
    let specifiers: BTreeMap<String, Wanted> = specifiers.collect();
    if let Some(last) = &mut *last.borrow_mut()
        && registries.is_ok_and(|registries| last.registries == *registries)
        && last.specifiers == specifiers
        && last.rules == rules
        && last.dependencies == scopes.dependencies
        && let Some((set, told)) = last.answer.get(source.files)
    {
        last.graph = graph.clone();
        return Packaged::Found(set.clone(), told.clone());
    }
    // What doesn't build is not served: it needs no other set because what is broken asks for nothing.
    let broken = || {
        graph
            .compiled()
            .iter()
            .any(|path| app.modules.get(*path).is_some_and(|module| !module.is_ok()))
    };
    if let Some(last) = &*last.borrow()
        && registries.is_ok_and(|registries| last.registries == *registries)
        && last.rules == rules
        && last.dependencies == scopes.dependencies
        && specifiers
            .keys()
            .all(|specifier| last.specifiers.contains_key(specifier))
        && let Some((set, told)) = last.answer.get(source.files)
        && broken()
    {
        let asked = |problem: &PackageDiagnostic| match &problem.specifier {
            Some(specifier) => specifiers.contains_key(specifier),
            None => true,
        };
        let mut set = Set::clone(set);
        set.diagnostics.retain(asked);
        return Packaged::Found(Rc::new(set), told.clone());
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
    let registries = match registries {
        Ok(registries) => registries.clone(),
        Err(problem) => {
            told.push(Diagnostic::clone(problem));
            return Packaged::Unavailable(told);
        }
    };
    let (mut request, notes) = PackageRequest::read(
        registries.clone(),
        scopes.dependencies.clone(),
        specifiers.clone(),
        previous.map(|lock| Lock::clone(lock)),
        rules.clone(),
        &|name| traced.text_at(name),
    );
    told.extend(notes);
    request.server = matches!(of, For::Server(_));
    request.production = request.server || workshop.purpose == Purpose::Production;
    match workshop.packages.build(request).await {
        Ok(set) => {
            // One with an error isn't kept: the registry may have the answer next time.
            let ok = set.is_ok();
            let set = Rc::new(Set::new(set));
            let answer = Traced::new(source.files, trace, (set.clone(), told.clone()));
            *last.borrow_mut() = answer.filter(|_| ok).map(|answer| LastSet {
                graph: graph.clone(),
                registries,
                specifiers,
                rules,
                dependencies: scopes.dependencies.clone(),
                answer,
            });
            Packaged::Found(set, told)
        }
        Err(fault) => {
            told.push(unavailable(&fault));
            Packaged::Unavailable(told)
        }
    }
}

/// What an author is told whose packages could not be had.
pub(super) fn unavailable(fault: &Fault) -> Diagnostic {
    let message = format!("The app's npm packages could not be had: {fault}.");
    Diagnostic::error("packages-unavailable", message)
        .hint("Nothing in the app is wrong; it is built again by itself.")
}
