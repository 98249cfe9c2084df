//! The modules as the linker sees them: by number, with what their dependencies lead to.

use crate::order;
use overskill_module::{DependencyKind, ModuleFormat, ProductionModule, Slot};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// Where a dependency leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A module, by id.
    Module(String),
    /// A URL: of an asset, or of a module elsewhere.
    Url(String),
    /// A worker, by the id of what it starts.
    Worker(String),
    /// Nowhere.
    Nowhere,
}

/// A set of files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GlobTable {
    /// Whether its modules are static imports.
    pub eager: bool,
    /// Whether only the keys are wanted.
    pub keys: bool,
    /// The one export that is wanted.
    pub import: Option<String>,
    /// Keys and ids.
    pub files: Vec<(String, Option<String>)>,
}

/// What a module may import by paths that it computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computed {
    /// Where the module is: a path from the root, with a slash at its start.
    pub importer: String,
    /// Paths of that form, and ids.
    pub files: Vec<(String, String)>,
}

/// A module and what stands around it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Module<'a> {
    /// Its code.
    pub body: Cow<'a, ProductionModule>,
    /// How it is evaluated.
    pub format: ModuleFormat,
    /// Whether it imports CommonJS as Node does.
    pub node_importer: bool,
    /// Whether it awaits at its top level.
    pub awaits: bool,
    /// Whether it may be left out when nobody uses what it exports.
    pub pure: bool,
    /// The kinds of its dependencies, and where they lead.
    pub dependencies: Vec<(DependencyKind, Target)>,
    /// Its sets of files; `None` for one that is not known.
    pub globs: Vec<Option<GlobTable>>,
    /// What it may import by paths that it computes; `None` where that is left to whoever runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Computed>,
    /// What it puts into the page.
    pub css: Option<String>,
    /// Its source, where its code says what comes from where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A part of a statement's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// A slot, and whether it is called.
    Mark(u32, bool),
    /// Here starts what comes from that line and column.
    From(u32, u32),
}

/// Modules by number.
pub(crate) struct Program<'a> {
    pub modules: Vec<&'a Module<'a>>,
    pub ids: Vec<&'a str>,
    numbers: BTreeMap<&'a str, usize>,
    /// For each module, where its dependencies lead among the modules.
    pub targets: Vec<Vec<Option<usize>>>,
    pub entries: Vec<usize>,
    /// Evaluation order.
    pub order: Vec<usize>,
    /// ECMAScript modules that CommonJS requires, and what they import: evaluated when asked for.
    pub lazy: Vec<bool>,
}

impl<'a> Program<'a> {
    pub fn new(modules: &'a BTreeMap<String, Module<'a>>, entries: &[String]) -> Self {
        let ids: Vec<&str> = modules.keys().map(String::as_str).collect();
        let numbers: BTreeMap<&str, usize> = ids.iter().copied().zip(0..).collect();
        let list: Vec<&Module<'_>> = modules.values().collect();
        let targets = list
            .iter()
            .map(|module| {
                let targets = module.dependencies.iter().map(|(_, target)| match target {
                    Target::Module(id) => numbers.get(id.as_str()).copied(),
                    _ => None,
                });
                targets.collect()
            })
            .collect();
        let entries: Vec<usize> = entries
            .iter()
            .filter_map(|id| numbers.get(id.as_str()).copied())
            .collect();
        let mut program = Self {
            lazy: vec![false; list.len()],
            modules: list,
            ids,
            numbers,
            targets,
            entries,
            order: Vec::new(),
        };
        program.lazy = program.required();
        program.order = order::evaluation(&program);
        program
    }

    pub fn is_commonjs(&self, module: usize) -> bool {
        self.modules[module].format == ModuleFormat::CommonJs
    }

    /// What the files of a set are.
    pub fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// What a module imports statically, in order: its imports, and the files of its eager sets.
    pub fn imports(&self, module: usize) -> impl Iterator<Item = usize> {
        let at = self.modules[module];
        let dependencies = at.dependencies.iter().zip(&self.targets[module]);
        let imports = dependencies.filter_map(|((kind, _), target)| {
            let counts = matches!(kind, DependencyKind::Static);
            target.filter(|_| counts)
        });
        let eager = at.globs.iter().flatten();
        let eager = eager.filter(|table| table.eager && !table.keys);
        let files = eager.flat_map(|table| &table.files);
        let files = files.filter_map(|(_, id)| self.number(id.as_deref()?));
        imports.chain(files)
    }

    /// What a module requires.
    pub fn requires(&self, module: usize) -> impl Iterator<Item = usize> {
        let kinds = self.modules[module].dependencies.iter();
        let all = kinds.zip(&self.targets[module]);
        all.filter_map(|((kind, _), target)| target.filter(|_| *kind == DependencyKind::Require))
    }

    /// What a module may import by paths that it computes.
    pub fn computed(&self, module: usize) -> impl Iterator<Item = usize> {
        let computed = self.modules[module].computed.iter();
        let ids = computed.flat_map(|it| &it.files).map(|(_, id)| id);
        ids.filter_map(|id| self.number(id))
    }

    fn required(&self) -> Vec<bool> {
        let mut lazy = vec![false; self.modules.len()];
        let mut waiting: Vec<usize> = (0..self.modules.len())
            .flat_map(|module| self.requires(module))
            .collect();
        while let Some(module) = waiting.pop() {
            if !self.is_commonjs(module) && !std::mem::replace(&mut lazy[module], true) {
                waiting.extend(self.imports(module));
            }
        }
        lazy
    }

    /// A slot of a module.
    pub fn slot(&self, module: usize, slot: u32) -> Option<&'a Slot> {
        self.modules[module].body.slots.get(slot as usize)
    }

    /// The code of a statement, taken apart at its marks.
    pub fn pieces(&self, module: usize, statement: usize) -> Vec<Piece<'a>> {
        let module: &'a Module<'a> = self.modules[module];
        let body: &'a ProductionModule = &module.body;
        let statement = &body.statements[statement];
        let found = pieces(&statement.code, body.mark, body.slots.len());
        match statement.places.is_empty() {
            true => found.into_iter().map(|(_, piece)| piece).collect(),
            false => placed(found, &statement.places),
        }
    }
}

/// The pieces with what says where they come from.
fn placed<'a>(found: Vec<(usize, Piece<'a>)>, places: &[(u32, u32, u32)]) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let mut places = places.iter().peekable();
    for (start, piece) in found {
        while let Some((_, line, column)) = places.next_if(|place| place.0 as usize <= start) {
            out.push(Piece::From(*line, *column));
        }
        let Piece::Text(text) = piece else {
            out.push(piece);
            continue;
        };
        let mut written = 0;
        let end = start + text.len();
        while let Some((at, line, column)) = places.next_if(|place| (place.0 as usize) < end) {
            let at = text.floor_char_boundary(*at as usize - start);
            out.push(Piece::Text(&text[written..at]));
            out.push(Piece::From(*line, *column));
            written = at;
        }
        out.push(Piece::Text(&text[written..]));
    }
    out
}

/// The parts of a code, each with the byte that it starts at.
fn pieces(code: &str, mark: char, slots: usize) -> Vec<(usize, Piece<'_>)> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = code[from..].find(mark).map(|at| at + from) {
        let inside = &code[at + mark.len_utf8()..];
        let found = inside.find(mark).and_then(|end| {
            let number = &inside[..end];
            let called = number.strip_suffix('c');
            let slot: u32 = called.unwrap_or(number).parse().ok()?;
            ((slot as usize) < slots).then_some((slot, called.is_some(), end))
        });
        match found {
            Some((slot, called, end)) => {
                if at > start {
                    pieces.push((start, Piece::Text(&code[start..at])));
                }
                pieces.push((at, Piece::Mark(slot, called)));
                start = at + end + 2 * mark.len_utf8();
                from = start;
            }
            None => from = at + mark.len_utf8(),
        }
    }
    if start < code.len() {
        pieces.push((start, Piece::Text(&code[start..])));
    }
    pieces
}
