//! Which module goes into which chunk: those that the same dynamic imports need are together, unless what asks for them
//! has them already. A first chunk that grows past bounds is cut between packages and app, and then by size.

use crate::{Options, Start, bits::Bits, program::Program, shake::Live};
use std::collections::{BTreeMap, BTreeSet};

/// A chunk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// Its modules, in evaluation order.
    pub modules: Vec<usize>,
    /// Its file's name, without hash and extension.
    pub name: String,
}

/// All of them, the page's first.
pub(crate) struct Plans {
    pub chunks: Vec<Plan>,
    /// The chunk of each module.
    pub of: BTreeMap<usize, usize>,
}

/// Plans the chunks.
pub(crate) fn plan(
    program: &Program<'_>,
    live: &Live,
    start: &Start,
    options: &Options<'_>,
) -> Plans {
    let size = program.modules.len();
    let ordered: Vec<usize> = program
        .order
        .iter()
        .copied()
        .filter(|module| live.modules[*module])
        .collect();
    let mut roots: Vec<Vec<usize>> = vec![program.entries.clone()];
    let dynamic: Vec<usize> = ordered
        .iter()
        .copied()
        .filter(|module| live.dynamic.contains_key(module))
        .collect();
    roots.extend(dynamic.iter().map(|module| vec![*module]));
    let reach: Vec<Bits> = roots.iter().map(|root| closure(live, root, size)).collect();
    let loaded = already(program, live, &dynamic, &reach);
    let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for module in ordered {
        let wanted = (0..roots.len())
            .filter(|root| reach[*root].has(module) && !loaded[*root].has(module))
            .collect();
        groups.entry(wanted).or_default().push(module);
    }
    let mut chunks = Vec::new();
    // The page's own comes first even where nothing is left of it but imports.
    groups.entry(vec![0]).or_default();
    for (wanted, modules) in groups {
        let name = match (&wanted[..], roots.get(wanted.first().copied().unwrap_or(0))) {
            ([0], _) => start.name.clone(),
            ([_], Some(root)) => stem(program.ids[root[0]]),
            _ => modules
                .last()
                .map_or("shared".to_owned(), |last| stem(program.ids[*last])),
        };
        match wanted[..] {
            [0] => chunks.splice(0..0, cut(program, live, modules, name, options)),
            _ => {
                chunks.push(Plan { modules, name });
                continue;
            }
        };
    }
    let of = chunks.iter().enumerate();
    let of = of.flat_map(|(at, chunk)| chunk.modules.iter().map(move |module| (*module, at)));
    Plans {
        of: of.collect(),
        chunks,
    }
}

/// What is evaluated when the roots are imported.
fn closure(live: &Live, roots: &[usize], size: usize) -> Bits {
    let mut found = Bits::none(size);
    let mut waiting = roots.to_vec();
    while let Some(module) = waiting.pop() {
        if found.add(module) {
            waiting.extend(&live.needs[module]);
        }
    }
    found
}

/// For each root, what is surely there when it is asked for. What asks at its top level, and waits, is itself not there
/// yet: a chunk that needed its chunk would wait for it in turn.
fn already(program: &Program<'_>, live: &Live, dynamic: &[usize], reach: &[Bits]) -> Vec<Bits> {
    let size = program.modules.len();
    let mut loaded = vec![Bits::none(size)];
    loaded.extend(dynamic.iter().map(|_| Bits::all(size)));
    loop {
        let before = loaded.clone();
        for (at, module) in dynamic.iter().enumerate() {
            let mut common = Bits::all(size);
            for importer in &live.dynamic[module] {
                if program.modules[*importer].awaits {
                    common = Bits::none(size);
                }
                for root in 0..reach.len() {
                    if reach[root].has(*importer) {
                        let mut there = reach[root].clone();
                        there.join(&loaded[root]);
                        common.meet(&there);
                    }
                }
            }
            loaded[at + 1] = common;
        }
        if loaded == before {
            return loaded;
        }
    }
}

/// Cuts the page's chunk where it is too large: packages apart from the app, and each of them into parts.
fn cut(
    program: &Program<'_>,
    live: &Live,
    modules: Vec<usize>,
    name: String,
    options: &Options<'_>,
) -> Vec<Plan> {
    let weight = |module: &usize| -> usize {
        let statements = program.modules[*module].body.statements.iter();
        let kept = statements.zip(&live.statements[*module]);
        kept.filter(|(_, live)| **live)
            .map(|(at, _)| at.code.len())
            .sum()
    };
    let total: usize = modules.iter().map(weight).sum();
    if total <= 2 * options.chunk_bytes {
        return vec![Plan { modules, name }];
    }
    // Where nothing before needs anything behind, the order stays what it was.
    let place: BTreeMap<usize, usize> = modules.iter().copied().zip(0..).collect();
    let foreign = |module: usize| program.ids[module].starts_with("npm:");
    let own: BTreeSet<usize> = modules
        .iter()
        .copied()
        .filter(|module| !foreign(*module))
        .collect();
    let mixed = modules
        .iter()
        .filter(|module| foreign(**module))
        .any(|module| {
            live.needs[*module]
                .iter()
                .any(|needed| own.contains(needed))
        });
    if mixed {
        return vec![Plan { modules, name }];
    }
    let packages: Vec<usize> = modules
        .iter()
        .copied()
        .filter(|module| foreign(*module))
        .collect();
    let mut plans = vec![Plan {
        modules: own.iter().copied().collect(),
        name,
    }];
    plans[0].modules.sort_by_key(|module| place[module]);
    let mut part = Plan {
        modules: Vec::new(),
        name: "vendor".to_owned(),
    };
    let (mut size, mut furthest) = (0, 0);
    for (at, module) in packages.iter().enumerate() {
        size += weight(module);
        part.modules.push(*module);
        let needed = live.needs[*module]
            .iter()
            .filter_map(|needed| packages.iter().position(|package| package == needed));
        furthest = needed.fold(furthest, usize::max);
        if size >= options.chunk_bytes && furthest <= at && at + 1 < packages.len() {
            plans.push(std::mem::replace(
                &mut part,
                Plan {
                    modules: Vec::new(),
                    name: "vendor".to_owned(),
                },
            ));
            size = 0;
        }
    }
    if !part.modules.is_empty() {
        plans.push(part);
    }
    plans
}

/// A file's name without folders, extension and what a URL would escape.
fn stem(id: &str) -> String {
    let path = id.split('?').next().unwrap_or(id);
    let mut names = path.rsplit('/');
    let file = names.next().unwrap_or_default();
    let mut stem = file
        .split('.')
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    if stem == "index" {
        stem = names
            .next()
            .filter(|folder| !folder.is_empty())
            .unwrap_or(stem);
    }
    let clean: String = stem
        .chars()
        .map(|each| {
            if each.is_ascii_alphanumeric() || "_-".contains(each) {
                each
            } else {
                '_'
            }
        })
        .collect();
    match clean.is_empty() {
        true => "chunk".to_owned(),
        false => clean,
    }
}
