//! Names: the top level's become marks, all others short ones that start with a small letter. The linker's start with
//! anything else, so the two never meet.

use super::{Context, slots::Names, split::Part};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use swc_core::atoms::Atom;
use swc_core::common::{DUMMY_SP, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::base::{
    fixer::fixer,
    hygiene::Config,
    rename::{Renamer, contains_eval, rename, renamer},
};
use swc_core::ecma::visit::{
    Visit, VisitMut, VisitMutWith, VisitWith, noop_visit_mut_type, noop_visit_type,
};

const FIRST: &[u8] = b"etnriasolcupdhmfgvbyxwkqjz";
const REST: &[u8] = b"etnriasolcupdhmfgvbyxwkqjz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_$";

/// Short words that can't be names.
const RESERVED: &[&str] = &[
    "do", "if", "in", "as", "of", "is", "for", "let", "new", "try", "var", "get", "set", "int",
    "case", "else", "enum", "null", "this", "true", "void", "with", "eval",
];

/// Renames, and gives the names of globals that the linker must leave alone.
pub(super) fn mangle(
    context: &Context<'_>,
    mut parts: Vec<Part>,
    names: &Names,
    mark: char,
) -> (Vec<Part>, Vec<String>) {
    let items = parts.iter_mut().map(|part| {
        let stmt = std::mem::replace(&mut part.stmt, EmptyStmt { span: DUMMY_SP }.into());
        ModuleItem::Stmt(stmt)
    });
    let mut program = Program::Module(Module {
        body: items.collect(),
        ..Module::default()
    });
    let eval = contains_eval(&program, true);
    let mut globals = Globals {
        unresolved: SyntaxContext::empty().apply_mark(context.marks.unresolved),
        all: eval,
        mark,
        found: BTreeSet::new(),
    };
    program.visit_with(&mut globals);
    let marks: FxHashMap<Id, Atom> = names
        .iter()
        .map(|(id, slot)| (id.clone(), Atom::from(format!("{mark}{slot}{mark}"))))
        .collect();
    program.mutate(rename(&marks));
    let config = Config {
        top_level_mark: context.marks.top_level,
        ..Config::default()
    };
    program.mutate(renamer(config, Short { mark }));
    program.mutate(fixer(None));
    program.visit_mut_with(&mut Unmarked);
    if let Program::Module(module) = program {
        let stmts = module.body.into_iter().filter_map(ModuleItem::stmt);
        for (part, stmt) in parts.iter_mut().zip(stmts) {
            part.stmt = stmt;
        }
    }
    (parts, globals.found.into_iter().collect())
}

struct Short {
    mark: char,
}

impl Renamer for Short {
    type Target = Atom;

    const MANGLE: bool = true;
    const RESET_N: bool = false;

    fn new_name_for(&self, _: &Id, n: &mut usize) -> Atom {
        loop {
            let name = short(*n);
            *n += 1;
            if !RESERVED.contains(&name.as_str()) {
                return name.into();
            }
        }
    }

    fn preserve_name(&self, orig: &Id) -> bool {
        orig.0.starts_with(self.mark)
    }
}

fn short(mut n: usize) -> String {
    let mut name = String::new();
    name.push(char::from(FIRST[n % FIRST.len()]));
    n /= FIRST.len();
    while n > 0 {
        n -= 1;
        name.push(char::from(REST[n % REST.len()]));
        n /= REST.len();
    }
    name
}

/// The linker knows what is pure; the text needn't say it.
struct Unmarked;

impl VisitMut for Unmarked {
    noop_visit_mut_type!();

    fn visit_mut_span(&mut self, span: &mut Span) {
        if span.is_pure() {
            *span = DUMMY_SP;
        }
    }
}

struct Globals {
    unresolved: SyntaxContext,
    /// With `eval` about, no name is changed.
    all: bool,
    mark: char,
    found: BTreeSet<String>,
}

impl Visit for Globals {
    noop_visit_type!();

    fn visit_ident(&mut self, ident: &Ident) {
        let known = ident.ctxt == self.unresolved || self.all;
        if known && !ident.sym.starts_with(self.mark) && !self.found.contains(&*ident.sym) {
            self.found.insert(ident.sym.to_string());
        }
    }
}
