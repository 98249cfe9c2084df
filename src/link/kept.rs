//! What linking an app leaves for the next time: with it or without it, linking comes to the same.
//!
//! An edit mostly changes what modules do, not what they ask for. Where that is so, the graph is the one of before, and so is
//! what the chunk says of all modules but those that changed.

use crate::{
    app::PackageTarget,
    chunk::Piece,
    graph::{App, Graph, walk},
    kinds::Role,
};
use overskill_model::{ContentHash, ModulePath};
use overskill_module::CompiledModule;
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

type Packages = Rc<BTreeMap<String, PackageTarget>>;

/// What the last linking left. It is of one set of paths, and of one configuration.
#[derive(Default)]
pub struct Kept(RefCell<Option<Last>>);

struct Last {
    files: BTreeMap<ModulePath, ContentHash>,
    modules: BTreeMap<ModulePath, Rc<CompiledModule>>,
    graph: Rc<Graph>,
    packages: Packages,
    /// Whether there was nothing to say of it.
    clean: bool,
    pieces: HashMap<String, (Rc<CompiledModule>, Rc<Piece>)>,
}

/// What of the last linking still holds.
#[derive(Default)]
pub(crate) struct Holds {
    pub clean: bool,
    pieces: HashMap<String, (Rc<CompiledModule>, Rc<Piece>)>,
}

impl Kept {
    /// The graph of `app`: the one of before, where nothing that it depends on has changed.
    pub fn walk(&self, app: &App<'_>) -> Rc<Graph> {
        let kept = self.0.borrow();
        match kept.as_ref().filter(|last| last.holds(app)) {
            Some(last) => last.graph.clone(),
            None => Rc::new(walk(app)),
        }
    }

    /// Whether `graph` is the one of before.
    pub fn is_of(&self, graph: &Rc<Graph>) -> bool {
        let kept = self.0.borrow();
        kept.as_ref()
            .is_some_and(|last| Rc::ptr_eq(&last.graph, graph))
    }

    /// Takes out what holds for a graph and its packages.
    pub(crate) fn take(&self, graph: &Rc<Graph>, packages: &Packages) -> Holds {
        let last = self.0.take();
        let same = last
            .filter(|last| Rc::ptr_eq(&last.graph, graph) && Rc::ptr_eq(&last.packages, packages));
        same.map_or_else(Holds::default, |last| Holds {
            clean: last.clean,
            pieces: last.pieces,
        })
    }

    /// Keeps what was linked.
    pub(crate) fn keep(
        &self,
        app: &App<'_>,
        graph: &Rc<Graph>,
        packages: &Packages,
        clean: bool,
        pieces: HashMap<String, (Rc<CompiledModule>, Rc<Piece>)>,
    ) {
        *self.0.borrow_mut() = Some(Last {
            files: app.files.clone(),
            modules: app.modules.clone(),
            graph: graph.clone(),
            packages: packages.clone(),
            clean,
            pieces,
        });
    }
}

impl Holds {
    /// What the chunk says of a module, where that is what it said before.
    pub fn piece(&self, id: &str, module: &Rc<CompiledModule>) -> Option<Rc<Piece>> {
        let (of, piece) = self.pieces.get(id)?;
        Rc::ptr_eq(of, module).then(|| piece.clone())
    }
}

impl Last {
    /// Whether the graph is that of `app`, too.
    fn holds(&self, app: &App<'_>) -> bool {
        if !self.graph.diagnostics.is_empty()
            || self.files.len() != app.files.len()
            || self.modules.len() != app.modules.len()
        {
            return false;
        }
        // Of what is no module, or something else besides, the graph has the address, which names the content.
        let mut modules = self.modules.iter().zip(app.modules);
        let mut files = self.files.iter().zip(app.files);
        let as_file = |path: &ModulePath| {
            let mut nodes = self.graph.nodes.values();
            self.graph.assets.contains(path)
                || nodes.any(|node| node.role != Role::Compiled && node.path == *path)
        };
        modules.all(|((path, module), (now, changed))| {
            path == now
                && (Rc::ptr_eq(module, changed)
                    || module.facts == changed.facts
                        && module.diagnostics.is_empty()
                        && changed.diagnostics.is_empty())
        }) && files.all(|((path, hash), (now, changed))| {
            path == now && (hash == changed || self.modules.contains_key(path) && !as_file(path))
        })
    }
}
