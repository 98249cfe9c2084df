//! In which order modules are evaluated: what a module imports comes before it, in the order in which it says so.

use crate::program::Program;
use overskill_module::DependencyKind;

/// All modules that the entries reach: first those that they import, then those behind dynamic imports.
pub(crate) fn evaluation(program: &Program<'_>) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; program.modules.len()];
    let mut roots: Vec<usize> = program.entries.clone();
    let mut next = 0;
    while next < roots.len() {
        let from = order.len();
        descend(program, roots[next], &mut seen, &mut order);
        for module in order[from..].iter().copied() {
            roots.extend(later(program, module));
        }
        next += 1;
    }
    order
}

fn descend(program: &Program<'_>, root: usize, seen: &mut [bool], order: &mut Vec<usize>) {
    if std::mem::replace(&mut seen[root], true) {
        return;
    }
    let before = |module: usize| -> Vec<usize> {
        let mut before: Vec<usize> = program
            .imports(module)
            .chain(program.requires(module))
            .collect();
        before.reverse();
        before
    };
    let mut path = vec![(root, before(root))];
    while let Some((module, waiting)) = path.last_mut() {
        match waiting.pop() {
            Some(next) if !std::mem::replace(&mut seen[next], true) => {
                path.push((next, before(next)));
            }
            Some(_) => {}
            None => {
                order.push(*module);
                path.pop();
            }
        }
    }
}

/// What a module may import when it runs.
pub(crate) fn later(program: &Program<'_>, module: usize) -> Vec<usize> {
    let at = program.modules[module];
    let dependencies = at.dependencies.iter().zip(&program.targets[module]);
    let imports = dependencies.filter(|((kind, _), _)| *kind == DependencyKind::Dynamic);
    let imports = imports.filter_map(|(_, target)| *target);
    let sets = at.globs.iter().flatten();
    let sets = sets.filter(|table| !table.eager && !table.keys);
    let files = sets.flat_map(|table| &table.files);
    let files = files.filter_map(|(_, id)| program.number(id.as_deref()?));
    imports
        .chain(files)
        .chain(program.computed(module))
        .collect()
}
