//! Which dependencies of a module have to be followed for what is wanted of it. A module that has no side effects and is
//! only asked for what it passes on is not evaluated: it becomes a view of those names.

use super::{
    request::Wanted,
    walk::{Edge, Node, Walk},
};
use overskill_module::{CompiledModule, DependencyKind, ModuleFormat};
use overskill_ports::{Blobs, Compiler, Http};
use std::{collections::BTreeSet, rc::Rc};

/// A dependency's index, and what is wanted of it; `None` to only look at it.
pub(super) type Step = (usize, Option<Wanted>);

/// Whether a module gives a name.
enum Gives {
    Yes,
    No,
    /// Only running it tells.
    Untold,
    /// Once these are followed, or more is compiled.
    Later(BTreeSet<String>),
}

impl<B: Blobs, H: Http, C: Compiler, K> Walk<'_, B, H, C, K> {
    /// What to follow next from the module `id`.
    pub(super) fn plan(&mut self, id: &str) -> Vec<Step> {
        let Some(node) = self.nodes.get_mut(id) else {
            return Vec::new();
        };
        let Some(module) = node.module.clone() else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        if node.reached && !node.whole {
            node.look_up(&module, &mut steps);
        }
        if node.reached && !node.whole && !node.seeking.is_empty() {
            let names = std::mem::take(&mut node.seeking);
            self.seek(id, &module, names, &mut steps);
        }
        let Some(node) = self.nodes.get_mut(id) else {
            return steps;
        };
        if node.listed && !node.whole {
            let unknown = stars(&module);
            let unknown = unknown.filter(|index| !node.edges.contains_key(index));
            steps.extend(unknown.map(|index| (index, None)));
        }
        if node.whole && !node.followed {
            node.followed = true;
            return all(&module);
        }
        steps
    }

    /// Looks for names behind `export *`.
    fn seek(
        &mut self,
        id: &str,
        module: &Rc<CompiledModule>,
        names: BTreeSet<String>,
        steps: &mut Vec<Step>,
    ) {
        for name in names {
            let mut order: Vec<usize> = stars(module).collect();
            let likely =
                |index: &usize| named_like(&module.facts.dependencies[*index].specifier, &name);
            order.sort_by_key(|index| !likely(index));
            let first_likely = order.first().is_some_and(likely);
            let mut found = None;
            let (mut later, mut untold) = (false, false);
            for (at, index) in order.iter().enumerate() {
                let edge = self.nodes.get(id).and_then(|node| node.edges.get(index));
                let gives = match edge {
                    None if at == 0 && first_likely => {
                        steps.push((*index, None));
                        later = true;
                        break;
                    }
                    None => {
                        let node = self.nodes.get(id);
                        let known =
                            |index: &usize| node.is_some_and(|node| node.edges.contains_key(index));
                        let unknown = order[at..].iter().filter(|index| !known(index));
                        steps.extend(unknown.map(|index| (*index, None)));
                        later = true;
                        break;
                    }
                    Some(Edge::Module(target)) => {
                        let target = target.clone();
                        self.gives(&target, &name, &mut BTreeSet::new())
                    }
                    Some(_) => Gives::No,
                };
                match gives {
                    Gives::No => {}
                    Gives::Yes => {
                        found = Some(*index);
                        break;
                    }
                    Gives::Untold => untold = true,
                    Gives::Later(ids) => {
                        for id in ids {
                            if let Some(node) = self.nodes.get_mut(&id)
                                && !node.listed
                            {
                                node.listed = true;
                                self.agenda.insert(id);
                            }
                        }
                        later = true;
                        break;
                    }
                }
            }
            let Some(node) = self.nodes.get_mut(id) else {
                return;
            };
            if let Some(index) = found {
                steps.push((index, Some(Wanted::name(&name))));
                node.views.insert(name.clone(), (index, name));
            } else if untold && !later {
                node.whole = true;
                return;
            } else if later {
                node.seeking.insert(name);
                self.waiting.insert(id.to_owned());
            }
        }
    }

    fn gives(&self, id: &str, name: &str, seen: &mut BTreeSet<String>) -> Gives {
        let Some(node) = self.nodes.get(id) else {
            return Gives::No;
        };
        let Some(module) = &node.module else {
            return match node.done {
                true => Gives::No,
                false => Gives::Later(BTreeSet::new()),
            };
        };
        if module.facts.format == ModuleFormat::CommonJs {
            return Gives::Untold;
        }
        if module
            .facts
            .exports
            .iter()
            .any(|export| export.name == name)
        {
            return Gives::Yes;
        }
        if !seen.insert(id.to_owned()) {
            return Gives::No;
        }
        let mut outcome = Gives::No;
        for index in stars(module) {
            let gives = match node.edges.get(&index) {
                None => Gives::Later([id.to_owned()].into()),
                Some(Edge::Module(target)) => self.gives(target, name, seen),
                Some(_) => Gives::No,
            };
            outcome = match (outcome, gives) {
                (_, Gives::Yes) => return Gives::Yes,
                (Gives::Later(mut ids), Gives::Later(more)) => {
                    ids.extend(more);
                    Gives::Later(ids)
                }
                (Gives::Later(ids), _) | (_, Gives::Later(ids)) => Gives::Later(ids),
                (Gives::Untold, _) | (_, Gives::Untold) => Gives::Untold,
                (Gives::No | Gives::Yes, Gives::No) => Gives::No,
            };
        }
        outcome
    }
}

impl Node {
    /// Turns wanted names into views, or finds that the module has to be evaluated.
    fn look_up(&mut self, module: &CompiledModule, steps: &mut Vec<Step>) {
        let facts = &module.facts;
        let passes_on = self.pure
            && facts.format == ModuleFormat::Esm
            && module.css.is_none()
            && !facts.top_level_await
            && self.asset.is_none();
        let Wanted::Names(names) = &self.wanted else {
            self.whole = true;
            return;
        };
        if !passes_on {
            self.whole = true;
            return;
        }
        for name in names {
            if self.views.contains_key(name) || self.seeking.contains(name) {
                continue;
            }
            let export = facts.exports.iter().find(|export| export.name == *name);
            match export.map(|export| &export.from) {
                Some(None) => {
                    self.whole = true;
                    return;
                }
                Some(Some((specifier, imported))) => {
                    let Some(index) = static_index(module, specifier) else {
                        self.whole = true;
                        return;
                    };
                    let wanted = match imported.as_str() {
                        "*" => Wanted::Whole,
                        imported => Wanted::name(imported),
                    };
                    steps.push((index, Some(wanted)));
                    self.views.insert(name.clone(), (index, imported.clone()));
                }
                None if name == "default" || facts.star_exports.is_empty() => {}
                None => {
                    self.seeking.insert(name.clone());
                }
            }
        }
    }
}

/// Everything that a module depends on.
fn all(module: &CompiledModule) -> Vec<Step> {
    let stars: BTreeSet<usize> = stars(module).collect();
    let dependencies = module.facts.dependencies.iter().enumerate();
    dependencies
        .map(|(index, dependency)| {
            let by_name = dependency.kind == DependencyKind::Static
                && !dependency.whole
                && !stars.contains(&index);
            let wanted = match by_name {
                true => Wanted::Names(dependency.names.iter().map(|at| at.name.clone()).collect()),
                false => Wanted::Whole,
            };
            (index, Some(wanted))
        })
        .collect()
}

/// The indices of the dependencies that an `export *` names, in source order.
fn stars(module: &CompiledModule) -> impl Iterator<Item = usize> {
    let facts = &module.facts;
    let found = facts.star_exports.iter();
    let found: Vec<usize> = found
        .filter_map(|star| static_index(module, star))
        .collect();
    found.into_iter()
}

pub(super) fn static_index(module: &CompiledModule, specifier: &str) -> Option<usize> {
    let mut dependencies = module.facts.dependencies.iter();
    dependencies.position(|at| at.kind == DependencyKind::Static && at.specifier == specifier)
}

/// Whether a file is most probably the one that gives a name: `./addDays.js`, `./add-days/index.mjs` for `addDays`.
fn named_like(specifier: &str, name: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let path = specifier
        .trim_end_matches("/index.js")
        .trim_end_matches("/index.mjs");
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    !stem.is_empty() && plain(stem) == plain(name)
}
