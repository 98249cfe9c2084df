//! The chunks' text. First in pieces with symbols in them, then, when it is known how often each is used, with names.

use crate::{
    Start,
    bindings::{self, Binding},
    chunks::Plans,
    files::{ChunkDraft, Drafts, File},
    helpers::{self, Helper},
    program::Program,
    shake::Live,
};
use overskill_module::{Slot, StatementKind};
use std::collections::{BTreeMap, BTreeSet};

mod expressions;
mod names;

/// A top-level name of a chunk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Symbol {
    /// A name of a module.
    Name(usize, u32),
    /// The namespace object of an ECMAScript module.
    Namespace(usize),
    /// The function that evaluates a CommonJS module, or one that is evaluated when asked for, and gives its exports.
    Require(usize),
    /// What a CommonJS module exports.
    Exports(usize),
    /// Its default export, for importers that are not Node's.
    Default(usize),
    /// The namespace object that stands for it; for Node's importers with `true`.
    Foreign(usize, bool),
    /// What a dynamic import of it gives.
    Given(usize),
    /// An export of a module elsewhere.
    External(String, Option<String>),
    Helper(Helper),
}

/// A part of a chunk.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(String),
    Symbol(Symbol),
    /// Here a CommonJS module is evaluated.
    Evaluated(usize),
    /// The name under which the chunk behind a dynamic import gives what that is of.
    Given(usize, usize),
    /// Something of a file, which has no name yet.
    File(File),
    /// What follows comes from that line and column of a module.
    From(String, u32, u32),
}

/// Writes the chunks of a start.
pub(crate) fn write(
    program: &Program<'_>,
    live: &Live,
    plans: &Plans,
    start: &Start,
    drafts: &mut Drafts,
) {
    let first = drafts.next();
    let direct = direct(program, live, plans);
    let spaces = spaces(program, live, plans, &direct, start.worker.is_some());
    let bodies: Vec<Vec<Part>> = (0..plans.chunks.len())
        .map(|chunk| {
            let mut writer = Writer {
                program,
                live,
                plans,
                chunk,
                first,
                one_file: start.worker.is_some(),
                exports: start.exports,
                parts: Vec::new(),
                direct: &direct,
                spaces: &spaces,
            };
            writer.chunk();
            writer.parts
        })
        .collect();
    let named = names::name(program, live, plans, bodies, &direct);
    for (chunk, (plan, named)) in plans.chunks.iter().zip(named).enumerate() {
        let css = plan.modules.iter();
        let css = css.filter_map(|module| program.modules[*module].css.clone());
        drafts.push(ChunkDraft {
            name: plan.name.clone(),
            parts: named.parts,
            imports: named.imports.iter().map(|at| first + at).collect(),
            css: css.collect(),
            sources: {
                let modules = plan.modules.iter();
                let modules =
                    modules.map(|module| (program.ids[*module], program.modules[*module]));
                let sources =
                    modules.filter_map(|(id, at)| Some((id.to_owned(), at.source.clone()?)));
                sources.collect()
            },
            start: (chunk == 0).then(|| start.worker.clone()),
        });
    }
}

/// The modules that have a namespace object.
fn spaces(
    program: &Program<'_>,
    live: &Live,
    plans: &Plans,
    direct: &BTreeMap<usize, usize>,
    one_file: bool,
) -> BTreeSet<usize> {
    let mut spaces = live.namespaces.clone();
    for (module, importers) in &live.dynamic {
        let chunk = plans.of.get(module);
        let beside = importers
            .iter()
            .any(|importer| plans.of.get(importer) == chunk);
        if !program.is_commonjs(*module) && (one_file || beside || !direct.contains_key(module)) {
            spaces.insert(*module);
        }
    }
    spaces
}

/// The modules behind dynamic imports whose namespace is the chunk itself: nothing else is asked of it.
fn direct(program: &Program<'_>, live: &Live, plans: &Plans) -> BTreeMap<usize, usize> {
    let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for module in live.dynamic.keys() {
        if let Some(chunk) = plans.of.get(module) {
            of.entry(*chunk).or_default().push(*module);
        }
    }
    let outside: BTreeSet<usize> = live
        .needs
        .iter()
        .enumerate()
        .filter(|(module, _)| live.modules[*module])
        .flat_map(|(module, needs)| {
            let own = plans.of.get(&module).copied();
            let chunks = needs
                .iter()
                .filter_map(|needed| plans.of.get(needed).copied());
            chunks.filter(move |chunk| Some(*chunk) != own)
        })
        .collect();
    of.into_iter()
        .filter_map(|(chunk, modules)| match modules[..] {
            [module] if chunk != 0 && !outside.contains(&chunk) && is_plain(program, module) => {
                Some((module, chunk))
            }
            _ => None,
        })
        .collect()
}

/// Whether everything that a module exports is a name.
fn is_plain(program: &Program<'_>, module: usize) -> bool {
    if program.is_commonjs(module) || program.lazy[module] {
        return false;
    }
    let (names, open) = bindings::exports(program, module);
    open.is_empty()
        && names.iter().all(|name| {
            matches!(bindings::export(program, module, name), Binding::Name(..))
                && name
                    .chars()
                    .all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '$')
        })
}

struct Writer<'a> {
    program: &'a Program<'a>,
    live: &'a Live,
    plans: &'a Plans,
    chunk: usize,
    /// The number of the start's first chunk among all files.
    first: usize,
    one_file: bool,
    exports: bool,
    parts: Vec<Part>,
    direct: &'a BTreeMap<usize, usize>,
    spaces: &'a BTreeSet<usize>,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    fn symbol(&mut self, symbol: Symbol) {
        self.parts.push(Part::Symbol(symbol));
    }

    fn helper(&mut self, helper: Helper) {
        self.symbol(Symbol::Helper(helper));
    }

    fn chunk(&mut self) {
        let (program, plans) = (self.program, self.plans);
        let modules = &plans.chunks[self.chunk].modules;
        for module in modules.iter().filter(|module| self.spaces.contains(module)) {
            self.namespace(*module);
        }
        for module in modules {
            match program.is_commonjs(*module) {
                true => self.wrapper(*module),
                false if program.lazy[*module] => self.lazy(*module),
                false => {}
            }
        }
        for module in modules {
            self.module(*module);
        }
        if self.chunk == 0 {
            for entry in program.entries.iter().filter(|entry| program.lazy[**entry]) {
                self.symbol(Symbol::Require(*entry));
                self.text("();");
            }
        }
        let live = self.live;
        for module in modules
            .iter()
            .filter(|module| live.dynamic.contains_key(module))
        {
            let (commonjs, lazy) = (program.is_commonjs(*module), program.lazy[*module]);
            let elsewhere = live.dynamic[module].iter();
            let elsewhere = elsewhere.map(|importer| plans.of.get(importer));
            let elsewhere = elsewhere
                .into_iter()
                .any(|chunk| chunk != Some(&self.chunk));
            if elsewhere && (commonjs || lazy) {
                self.text("var ");
                self.symbol(Symbol::Given(*module));
                self.text("=");
                self.given(*module);
                self.text(";");
            }
        }
        if self.exports && self.chunk == 0 {
            for entry in &program.entries {
                self.exported(*entry);
            }
        }
    }

    /// `export{A as default}`. Other names could be those that chunks know each other's by.
    fn exported(&mut self, entry: usize) {
        let program = self.program;
        let name = "default".to_owned();
        let binding = match program.is_commonjs(entry) {
            true => Binding::CommonJs(entry, Some(name), program.modules[entry].node_importer),
            false => bindings::export(program, entry, &name),
        };
        match &binding {
            Binding::Missing => {}
            Binding::Name(..) | Binding::Namespace(_) | Binding::External(..) => {
                self.text("export{");
                self.read(entry, &binding, false);
                self.text(" as default};");
            }
            Binding::Member(..) | Binding::CommonJs(..) => {
                self.text("export default ");
                self.read(entry, &binding, false);
                self.text(";");
            }
        }
    }

    /// `{a:()=>A,…}`.
    fn getters(&mut self, module: usize) {
        self.text("{");
        let (names, _) = bindings::exports(self.program, module);
        let mut first = true;
        for name in names {
            let lazy = self.program.lazy[module];
            let binding = match bindings::export(self.program, module, &name) {
                Binding::Member(owner, _) if lazy && owner == module => {
                    let exports = &self.program.modules[module].body.exports;
                    match exports.iter().find(|(known, _)| *known == name) {
                        Some((_, slot)) => self.binding_of(module, *slot),
                        None => self.through_stars(module, &name),
                    }
                }
                binding => binding,
            };
            if binding == Binding::Missing {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.text(",");
            }
            let key = match &*name {
                "__proto__" => "[\"__proto__\"]".to_owned(),
                name if is_identifier(name) => name.to_owned(),
                name => quoted(name),
            };
            self.text(&key);
            self.text(":()=>");
            self.read(module, &binding, false);
        }
        self.text("}");
    }

    fn binding_of(&self, module: usize, slot: u32) -> Binding {
        match self.program.slot(module, slot) {
            Some(Slot::Import(dependency, name)) => {
                bindings::import(self.program, module, *dependency, name.as_deref())
            }
            Some(_) => Binding::Name(module, slot),
            None => Binding::Missing,
        }
    }

    fn through_stars(&self, module: usize, name: &str) -> Binding {
        let stars = self.program.modules[module].body.stars.iter();
        let mut found = stars.map(|star| bindings::import(self.program, module, *star, Some(name)));
        found
            .find(|found| *found != Binding::Missing)
            .unwrap_or(Binding::Missing)
    }

    fn namespace(&mut self, module: usize) {
        self.text("var ");
        self.symbol(Symbol::Namespace(module));
        if self.program.lazy[module] {
            self.text("={__proto__:null};");
            return;
        }
        self.text("=");
        self.helper(Helper::Namespace);
        self.text("(");
        self.getters(module);
        self.text(");");
    }

    fn wrapper(&mut self, module: usize) {
        self.text("var ");
        self.symbol(Symbol::Require(module));
        self.text("=");
        self.helper(Helper::CommonJs);
        self.text("(");
        for statement in 0..self.program.modules[module].body.statements.len() {
            self.code(module, statement);
        }
        self.text(");");
    }

    fn lazy(&mut self, module: usize) {
        self.text("var ");
        self.symbol(Symbol::Require(module));
        self.text("=");
        self.helper(Helper::Lazy);
        self.text("(");
        self.symbol(Symbol::Namespace(module));
        self.text(",()=>{");
        self.helper(Helper::Namespace);
        self.text("(");
        self.getters(module);
        self.text(",");
        self.symbol(Symbol::Namespace(module));
        self.text(");");
        let imports: Vec<usize> = self.program.imports(module).collect();
        for imported in imports
            .iter()
            .filter(|imported| self.live.modules[**imported])
        {
            self.symbol(Symbol::Require(*imported));
            self.text("();");
        }
        self.stars(module);
        self.statements(module);
        self.text("});");
    }

    /// What the namespace object has of modules whose exports only show when they run.
    fn stars(&mut self, module: usize) {
        if !self.spaces.contains(&module) {
            return;
        }
        let (_, open) = bindings::exports(self.program, module);
        for (at, star) in open {
            let binding = bindings::import(self.program, at, star, None);
            if binding == Binding::Missing {
                continue;
            }
            self.helper(Helper::Star);
            self.text("(");
            self.symbol(Symbol::Namespace(module));
            self.text(",");
            match &binding {
                Binding::CommonJs(target, ..) if self.program.lazy[module] => {
                    self.symbol(Symbol::Require(*target));
                    self.text("()");
                }
                Binding::CommonJs(target, ..) => self.symbol(Symbol::Exports(*target)),
                other => self.read(module, other, false),
            }
            self.text(");");
        }
    }

    fn module(&mut self, module: usize) {
        if self.program.is_commonjs(module) {
            if !self.live.evaluated.contains(&module) {
                return;
            }
            self.parts.push(Part::Evaluated(module));
            return;
        }
        if self.program.lazy[module] {
            let wanted = self.live.needs.iter().enumerate().any(|(importer, needs)| {
                needs.contains(&module)
                    && self.live.modules[importer]
                    && !self.program.lazy[importer]
                    && !self.program.is_commonjs(importer)
            });
            if wanted {
                self.symbol(Symbol::Require(module));
                self.text("();");
            }
            return;
        }
        self.statements(module);
        self.stars(module);
    }

    fn statements(&mut self, module: usize) {
        let statements = &self.program.modules[module].body.statements;
        let mut open: Option<StatementKind> = None;
        for (number, statement) in statements.iter().enumerate() {
            if !self.live.statements[module][number] {
                continue;
            }
            let declarator = match statement.kind {
                StatementKind::Let => Some("let "),
                StatementKind::Var => Some("var "),
                StatementKind::Plain | StatementKind::Function => None,
            };
            match (declarator, open) {
                (Some(_), Some(kind)) if kind == statement.kind => self.text(","),
                (Some(keyword), before) => {
                    if before.is_some() {
                        self.text(";");
                    }
                    self.text(keyword);
                }
                (None, Some(_)) => self.text(";"),
                (None, None) => {}
            }
            open = declarator.map(|_| statement.kind);
            self.code(module, number);
        }
        if open.is_some() {
            self.text(";");
        }
    }
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serialises")
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && characters.all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '$')
}

/// A helper's declaration under its name.
pub(crate) fn declaration(helper: Helper, name: &str) -> String {
    let (parameters, body) = helpers::source(helper);
    format!("function {name}{parameters}{body}")
}
