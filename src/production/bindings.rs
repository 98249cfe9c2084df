//! What an imported name is in the end.

use crate::program::{Program, Target};
use overskill_module::Slot;
use std::collections::BTreeSet;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Binding {
    /// A top-level name of a module.
    Name(usize, u32),
    /// The namespace object of an ECMAScript module.
    Namespace(usize),
    /// An export of a module that is evaluated when asked for, read from its namespace object.
    Member(usize, String),
    /// A property of what a CommonJS module exports; `None` for the namespace that stands for it. With `true` its
    /// importer is Node's.
    CommonJs(usize, Option<String>, bool),
    /// An export of a module elsewhere; `None` for its namespace.
    External(String, Option<String>),
    /// Nothing.
    Missing,
}

/// What stands behind an import.
pub(crate) fn import(
    program: &Program<'_>,
    module: usize,
    dependency: usize,
    name: Option<&str>,
) -> Binding {
    follow(program, module, dependency, name, &mut BTreeSet::new())
}

/// What stands behind properties of an import, and how many of them that takes.
pub(crate) fn path(
    program: &Program<'_>,
    module: usize,
    dependency: usize,
    name: &str,
    path: &[String],
) -> (Binding, usize) {
    let mut binding = import(program, module, dependency, Some(name));
    let mut taken = 0;
    for next in path {
        binding = match binding {
            Binding::Namespace(target) => export(program, target, next),
            Binding::CommonJs(target, None, node) => {
                Binding::CommonJs(target, Some(next.clone()), node)
            }
            other => return (other, taken),
        };
        taken += 1;
    }
    (binding, taken)
}

/// What stands behind an export.
pub(crate) fn export(program: &Program<'_>, module: usize, name: &str) -> Binding {
    lookup(program, module, name, &mut BTreeSet::new())
}

fn follow(
    program: &Program<'_>,
    module: usize,
    dependency: usize,
    name: Option<&str>,
    seen: &mut BTreeSet<(usize, String)>,
) -> Binding {
    let at = program.modules[module];
    let Some(target) = program.targets[module].get(dependency).copied().flatten() else {
        return match at.dependencies.get(dependency) {
            Some((_, Target::Url(url))) => Binding::External(url.clone(), name.map(str::to_owned)),
            _ => Binding::Missing,
        };
    };
    match name {
        _ if program.is_commonjs(target) => {
            Binding::CommonJs(target, name.map(str::to_owned), at.node_importer)
        }
        None => Binding::Namespace(target),
        Some(name) => lookup(program, target, name, seen),
    }
}

fn lookup(
    program: &Program<'_>,
    module: usize,
    name: &str,
    seen: &mut BTreeSet<(usize, String)>,
) -> Binding {
    if program.is_commonjs(module) {
        return Binding::CommonJs(module, Some(name.to_owned()), false);
    }
    if !seen.insert((module, name.to_owned())) {
        return Binding::Missing;
    }
    let body = &program.modules[module].body;
    if let Some((_, slot)) = body.exports.iter().find(|(known, _)| known == name) {
        if program.lazy[module] {
            return Binding::Member(module, name.to_owned());
        }
        return match program.slot(module, *slot) {
            Some(Slot::Import(dependency, inner)) => {
                follow(program, module, *dependency, inner.as_deref(), seen)
            }
            Some(_) => Binding::Name(module, *slot),
            None => Binding::Missing,
        };
    }
    if name == "default" {
        return Binding::Missing;
    }
    let mut unsure = Binding::Missing;
    for star in &body.stars {
        match follow(program, module, *star, Some(name), seen) {
            Binding::Missing => {}
            found @ (Binding::CommonJs(..) | Binding::External(..)) => {
                // Whether it is there shows when it runs; one that is surely there wins.
                if unsure == Binding::Missing {
                    unsure = found;
                }
            }
            _ if program.lazy[module] => return Binding::Member(module, name.to_owned()),
            found => return found,
        }
    }
    unsure
}

/// The names that a module surely exports, in order, and the dependencies whose names only show when they run.
pub(crate) fn exports(
    program: &Program<'_>,
    module: usize,
) -> (BTreeSet<String>, Vec<(usize, usize)>) {
    let mut names = BTreeSet::new();
    let mut open = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![module];
    while let Some(at) = waiting.pop() {
        if !seen.insert(at) {
            continue;
        }
        let body = &program.modules[at].body;
        let own = body.exports.iter().map(|(name, _)| name);
        names.extend(
            own.filter(|name| at == module || *name != "default")
                .cloned(),
        );
        for star in &body.stars {
            match program.targets[at].get(*star).copied().flatten() {
                Some(target) if !program.is_commonjs(target) => waiting.push(target),
                _ => open.push((at, *star)),
            }
        }
    }
    (names, open)
}
