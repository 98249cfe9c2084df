//! What is needed: from what the entries do, over every name that it reads.

use crate::{
    bindings::{self, Binding},
    program::{Piece, Program, Target},
};
use overskill_module::{DependencyKind, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// What is needed.
pub(crate) struct Live {
    /// Modules that are evaluated.
    pub modules: Vec<bool>,
    /// Their statements.
    pub statements: Vec<Vec<bool>>,
    /// Modules whose namespace object is read.
    pub namespaces: BTreeSet<usize>,
    /// CommonJS modules that are evaluated in their place in the order.
    pub evaluated: BTreeSet<usize>,
    /// What a dynamic import gives, and which modules ask for it.
    pub dynamic: BTreeMap<usize, BTreeSet<usize>>,
    /// The modules that each needs to be there before it.
    pub needs: Vec<BTreeSet<usize>>,
}

/// Finds it. In one file, what is imported dynamically is simply there.
pub(crate) fn shake(program: &Program<'_>, one_file: bool, exports: bool) -> Live {
    let size = program.modules.len();
    let mut shake = Shake {
        program,
        one_file,
        live: Live {
            modules: vec![false; size],
            statements: program
                .modules
                .iter()
                .map(|module| vec![false; module.body.statements.len()])
                .collect(),
            namespaces: BTreeSet::new(),
            evaluated: BTreeSet::new(),
            dynamic: BTreeMap::new(),
            needs: vec![BTreeSet::new(); size],
        },
        declaring: (0..size).map(|_| None).collect(),
        named: BTreeSet::new(),
        waiting: Vec::new(),
    };
    for entry in &program.entries {
        shake.evaluate(*entry);
        // A CommonJS entry is evaluated as if it were imported.
        if program.is_commonjs(*entry) {
            shake.live.evaluated.insert(*entry);
        } else if exports {
            let binding = bindings::export(program, *entry, "default");
            shake.bind(*entry, &binding);
        }
    }
    shake.run();
    shake.live
}

enum Step {
    Module(usize),
    Statement(usize, usize),
}

/// By slot: the statements that declare it, and those that only change what it holds.
type Declaring = BTreeMap<u32, Vec<usize>>;

struct Shake<'a> {
    program: &'a Program<'a>,
    one_file: bool,
    live: Live,
    declaring: Vec<Option<Declaring>>,
    named: BTreeSet<(usize, u32)>,
    waiting: Vec<Step>,
}

impl Shake<'_> {
    fn run(&mut self) {
        while let Some(step) = self.waiting.pop() {
            match step {
                Step::Module(module) => self.module(module),
                Step::Statement(module, statement) => self.statement(module, statement),
            }
        }
    }

    fn evaluate(&mut self, module: usize) {
        if !std::mem::replace(&mut self.live.modules[module], true) {
            self.waiting.push(Step::Module(module));
        }
    }

    fn module(&mut self, module: usize) {
        let program = self.program;
        let at = program.modules[module];
        // One that is asked for at any time, or CommonJS, is needed as a whole.
        let whole = program.lazy[module] || program.is_commonjs(module);
        for (number, statement) in at.body.statements.iter().enumerate() {
            if statement.effects || whole {
                self.keep(module, number);
            }
        }
        let imports: Vec<usize> = program.imports(module).collect();
        for imported in imports {
            let idle = program.modules[imported].pure && !whole;
            if !idle {
                self.import(module, imported);
            }
        }
        if program.lazy[module] {
            self.namespace(module, module);
        }
    }

    /// `module` has `imported` evaluated before it.
    fn import(&mut self, module: usize, imported: usize) {
        self.evaluate(imported);
        self.live.needs[module].insert(imported);
        if self.program.is_commonjs(imported) {
            self.live.evaluated.insert(imported);
        }
    }

    fn keep(&mut self, module: usize, statement: usize) {
        if !std::mem::replace(&mut self.live.statements[module][statement], true) {
            self.waiting.push(Step::Statement(module, statement));
        }
    }

    fn statement(&mut self, module: usize, statement: usize) {
        let slots: BTreeSet<u32> = self
            .program
            .pieces(module, statement)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Mark(slot, _) => Some(slot),
                Piece::Text(_) | Piece::From(..) => None,
            })
            .collect();
        for slot in slots {
            self.slot(module, slot);
        }
    }

    fn slot(&mut self, module: usize, slot: u32) {
        let program = self.program;
        match program.slot(module, slot) {
            Some(Slot::Local) => self.name(module, slot),
            Some(Slot::Import(dependency, name)) => {
                let binding = bindings::import(program, module, *dependency, name.as_deref());
                self.bind(module, &binding);
            }
            Some(Slot::Path(dependency, name, path)) => {
                let (binding, _) = bindings::path(program, module, *dependency, name, path);
                self.bind(module, &binding);
            }
            Some(Slot::Dynamic(dependency)) => {
                if let Some(target) = program.targets[module].get(*dependency).copied().flatten() {
                    self.dynamic(module, target);
                }
            }
            Some(Slot::Require(dependency)) => {
                if let Some(target) = program.targets[module].get(*dependency).copied().flatten() {
                    self.evaluate(target);
                    self.live.needs[module].insert(target);
                }
            }
            Some(Slot::Glob(set) | Slot::Pick(set, _)) => self.set(module, *set),
            Some(Slot::Computed) => {
                for target in program.computed(module) {
                    self.dynamic(module, target);
                }
            }
            _ => {}
        }
    }

    /// A name of a module's top level is read.
    fn name(&mut self, module: usize, slot: u32) {
        if !self.named.insert((module, slot)) {
            return;
        }
        self.evaluate(module);
        let program = self.program;
        let declaring = self.declaring[module].get_or_insert_with(|| {
            let mut declaring = Declaring::new();
            let statements = &program.modules[module].body.statements;
            for (number, statement) in statements.iter().enumerate() {
                for slot in statement.declares.iter().chain(&statement.owner) {
                    declaring.entry(*slot).or_default().push(number);
                }
            }
            declaring
        });
        for statement in declaring.get(&slot).cloned().unwrap_or_default() {
            self.keep(module, statement);
        }
    }

    /// `module` reads `binding`.
    fn bind(&mut self, module: usize, binding: &Binding) {
        match binding {
            Binding::Name(target, slot) => {
                self.live.needs[module].insert(*target);
                self.name(*target, *slot);
            }
            Binding::Namespace(target) => self.namespace(module, *target),
            Binding::Member(target, _) => self.namespace(module, *target),
            Binding::CommonJs(target, ..) => self.import(module, *target),
            Binding::External(..) | Binding::Missing => {}
        }
    }

    /// `module` reads the namespace object of `target`: everything that it exports.
    fn namespace(&mut self, module: usize, target: usize) {
        if module != target {
            self.live.needs[module].insert(target);
        }
        self.evaluate(target);
        if !self.live.namespaces.insert(target) {
            return;
        }
        self.everything(target);
    }

    fn everything(&mut self, target: usize) {
        let (names, open) = bindings::exports(self.program, target);
        for name in names {
            match bindings::export(self.program, target, &name) {
                Binding::Member(owner, _) if owner == target => {
                    let exports = &self.program.modules[target].body.exports;
                    let own = exports.iter().find(|(known, _)| *known == name);
                    if let Some((_, slot)) = own {
                        self.slot(target, *slot);
                    }
                }
                binding => self.bind(target, &binding),
            }
        }
        for (at, star) in open {
            let binding = bindings::import(self.program, at, star, None);
            self.bind(target, &binding);
        }
    }

    /// `module` imports `target` when it runs.
    fn dynamic(&mut self, module: usize, target: usize) {
        if self.one_file {
            match self.program.is_commonjs(target) {
                true => {
                    self.evaluate(target);
                    self.live.needs[module].insert(target);
                }
                false => self.namespace(module, target),
            }
            return;
        }
        let new = !self.live.dynamic.contains_key(&target);
        self.live.dynamic.entry(target).or_default().insert(module);
        if new {
            self.evaluate(target);
            if !self.program.is_commonjs(target) {
                self.everything(target);
            }
        }
    }

    fn set(&mut self, module: usize, set: usize) {
        let program = self.program;
        let Some(Some(table)) = program.modules[module].globs.get(set) else {
            return;
        };
        if table.keys {
            return;
        }
        for (_, id) in &table.files {
            let Some(target) = id.as_deref().and_then(|id| program.number(id)) else {
                continue;
            };
            match (table.eager, &table.import) {
                (false, _) => self.dynamic(module, target),
                (true, _) if program.is_commonjs(target) => self.import(module, target),
                (true, None) => self.namespace(module, target),
                (true, Some(name)) => {
                    let binding = bindings::export(program, target, name);
                    self.bind(module, &binding);
                    self.import(module, target);
                }
            }
        }
    }
}

/// The worker that a dependency starts.
pub(crate) fn worker<'a>(
    program: &Program<'a>,
    module: usize,
    dependency: usize,
) -> Option<&'a Target> {
    let (kind, target) = program.modules[module].dependencies.get(dependency)?;
    matches!(
        kind,
        DependencyKind::ModuleWorker | DependencyKind::ClassicWorker
    )
    .then_some(target)
}
