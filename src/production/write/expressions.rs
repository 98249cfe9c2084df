//! What stands in the place of a mark: a name, a member of what CommonJS exports, an `import()`, a URL.

use super::{Part, Symbol, Writer, is_identifier, quoted};
use crate::{
    bindings::{self, Binding},
    files::File,
    helpers::Helper,
    program::{Computed, Piece, Target},
    shake::worker,
};
use overskill_module::Slot;

impl Writer<'_> {
    pub(super) fn code(&mut self, module: usize, statement: usize) {
        for piece in self.program.pieces(module, statement) {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Mark(slot, called) => self.slot(module, slot, called),
                Piece::From(line, column) => {
                    let id = self.program.ids[module].to_owned();
                    self.parts.push(Part::From(id, line, column));
                }
            }
        }
    }

    fn slot(&mut self, module: usize, slot: u32, called: bool) {
        let program = self.program;
        let at = program.modules[module];
        match program.slot(module, slot) {
            None => self.text("void 0"),
            Some(Slot::Local) => self.symbol(Symbol::Name(module, slot)),
            Some(Slot::Import(dependency, name)) => {
                let binding = bindings::import(program, module, *dependency, name.as_deref());
                self.read(module, &binding, called);
            }
            Some(Slot::Path(dependency, name, path)) => {
                let (binding, taken) = bindings::path(program, module, *dependency, name, path);
                self.read(module, &binding, called);
                for property in &path[taken..] {
                    match is_identifier(property) {
                        true => self.text(&format!(".{property}")),
                        false => self.text(&format!("[{}]", quoted(property))),
                    }
                }
            }
            Some(Slot::Dynamic(dependency)) => {
                match program.targets[module].get(*dependency).copied().flatten() {
                    Some(target) => self.dynamic(target),
                    None => match at.dependencies.get(*dependency) {
                        Some((_, Target::Url(url))) => {
                            let url = quoted(url);
                            self.text(&format!("import({url})"));
                        }
                        _ => self.text("Promise.reject(Error(\"Cannot find module\"))"),
                    },
                }
            }
            Some(Slot::Require(dependency)) => {
                match program.targets[module].get(*dependency).copied().flatten() {
                    Some(target) => {
                        self.symbol(Symbol::Require(target));
                        self.text("()");
                    }
                    // A module of the runtime that servers run on.
                    None if let Some((_, Target::Url(url))) = at.dependencies.get(*dependency)
                        && url.starts_with("node:") =>
                    {
                        let url = quoted(url);
                        self.text(&format!("process.getBuiltinModule({url})"));
                    }
                    None => {
                        self.helper(Helper::NoRequire);
                        self.text("(\"\")");
                    }
                }
            }
            Some(Slot::Url(dependency)) => match at.dependencies.get(*dependency) {
                Some((_, Target::Url(url))) => self.text(&quoted(url)),
                _ => self.text("\"\""),
            },
            Some(Slot::Worker(dependency)) => match worker(program, module, *dependency) {
                Some(Target::Worker(id)) => {
                    self.parts.push(Part::File(File::Worker(id.clone())));
                }
                Some(Target::Url(url)) => self.text(&quoted(url)),
                _ => self.text("\"\""),
            },
            Some(Slot::Glob(set)) => self.set(module, *set),
            Some(Slot::Pick(set, count)) => {
                self.text("(e=>");
                self.helper(Helper::Pick);
                self.text("(");
                self.set(module, *set);
                self.text(&format!(",e,{count}))"));
            }
            Some(Slot::Computed) => self.computed(module),
            // A classic worker has none of its own.
            Some(Slot::MetaUrl) if self.one_file => self.text("self.location.href"),
            Some(Slot::MetaUrl) => self.text("import.meta.url"),
            Some(Slot::NoRequire) => self.helper(Helper::NoRequire),
            Some(Slot::Wasm) => self.helper(Helper::Wasm),
        }
    }

    pub(super) fn read(&mut self, module: usize, binding: &Binding, called: bool) {
        let lazy = self.program.lazy[module] || self.program.is_commonjs(module);
        match binding {
            Binding::Name(target, slot) => self.symbol(Symbol::Name(*target, *slot)),
            Binding::Namespace(target) => self.symbol(Symbol::Namespace(*target)),
            Binding::Member(target, name) => {
                self.member(Symbol::Namespace(*target), false, name, called)
            }
            // What is evaluated when asked for can't count on what is evaluated in order.
            Binding::CommonJs(target, None, node) if lazy => {
                self.helper(Helper::Foreign);
                self.text("(");
                self.symbol(Symbol::Require(*target));
                self.text(if *node { "(),1)" } else { "())" });
            }
            Binding::CommonJs(target, Some(name), node) if name == "default" && lazy => {
                match node {
                    true => {
                        self.symbol(Symbol::Require(*target));
                        self.text("()");
                    }
                    false => {
                        self.helper(Helper::Default);
                        self.text("(");
                        self.symbol(Symbol::Require(*target));
                        self.text("())");
                    }
                }
            }
            Binding::CommonJs(target, Some(name), _) if lazy => {
                self.member(Symbol::Require(*target), true, name, called);
            }
            Binding::CommonJs(target, None, node) => self.symbol(Symbol::Foreign(*target, *node)),
            Binding::CommonJs(target, Some(name), node) if name == "default" => match node {
                true => self.symbol(Symbol::Exports(*target)),
                false => self.symbol(Symbol::Default(*target)),
            },
            Binding::CommonJs(target, Some(name), _) => {
                self.member(Symbol::Exports(*target), false, name, called);
            }
            Binding::External(url, name) => {
                self.symbol(Symbol::External(url.clone(), name.clone()));
            }
            Binding::Missing => self.text("(void 0)"),
        }
    }

    fn member(&mut self, holder: Symbol, evaluated: bool, name: &str, called: bool) {
        if called {
            self.text("(0,");
        }
        self.symbol(holder);
        if evaluated {
            self.text("()");
        }
        match is_identifier(name) {
            true => self.text(&format!(".{name}")),
            false => self.text(&format!("[{}]", quoted(name))),
        }
        if called {
            self.text(")");
        }
    }

    /// `import("…")` of a module.
    fn dynamic(&mut self, target: usize) {
        let chunk = self.plans.of.get(&target).copied().unwrap_or(0);
        let here = self.one_file || chunk == self.chunk;
        if here {
            self.text("Promise.resolve().then(()=>");
            self.given(target);
            self.text(")");
            return;
        }
        self.helper(Helper::Preload);
        self.text("(()=>import(");
        self.parts.push(Part::File(File::Chunk(self.first + chunk)));
        self.text(")");
        if !self.direct.contains_key(&target) {
            self.text(".then(e=>e.");
            self.parts.push(Part::Given(chunk, target));
            self.text(")");
        }
        self.text(",");
        self.parts.push(Part::File(File::Needs(self.first + chunk)));
        self.text(")");
    }

    /// What a dynamic import of a module gives.
    pub(super) fn given(&mut self, target: usize) {
        match self.program.is_commonjs(target) {
            true => {
                self.helper(Helper::Foreign);
                self.text("(");
                self.symbol(Symbol::Require(target));
                self.text("())");
            }
            false if self.program.lazy[target] => {
                self.text("(");
                self.symbol(Symbol::Require(target));
                self.text("(),");
                self.symbol(Symbol::Namespace(target));
                self.text(")");
            }
            false => self.symbol(Symbol::Namespace(target)),
        }
    }

    /// The function that imports by a path which is only known when it runs.
    fn computed(&mut self, module: usize) {
        let program = self.program;
        let Some(Computed { importer, files }) = &program.modules[module].computed else {
            return self.text("import");
        };
        self.text("(async e=>");
        self.helper(Helper::Find);
        self.text("({__proto__:null");
        for (path, id) in files {
            if let Some(target) = program.number(id) {
                self.text(&format!(",{}:()=>", quoted(path)));
                self.dynamic(target);
            }
        }
        self.text(&format!("}},{},e,e=>import(e)))", quoted(importer)));
    }

    fn set(&mut self, module: usize, set: usize) {
        let program = self.program;
        let Some(Some(table)) = program.modules[module].globs.get(set) else {
            return self.text("({})");
        };
        self.text("({__proto__:null");
        for (key, id) in &table.files {
            let target = id.as_deref().and_then(|id| program.number(id));
            let Some(target) = target else { continue };
            self.text(",");
            self.text(&format!("[{}]:", quoted(key)));
            if table.keys {
                self.text("0");
                continue;
            }
            match (table.eager, &table.import) {
                (true, None) => match program.is_commonjs(target) {
                    true => self.symbol(Symbol::Foreign(target, false)),
                    false => self.symbol(Symbol::Namespace(target)),
                },
                (true, Some(name)) => {
                    let binding = bindings::export(program, target, name);
                    self.read(module, &binding, false);
                }
                (false, name) => {
                    self.text("()=>");
                    self.dynamic(target);
                    if let Some(name) = name {
                        self.text(&format!(".then(e=>e[{}])", quoted(name)));
                    }
                }
            }
        }
        self.text("})");
    }
}
