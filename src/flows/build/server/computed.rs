//! What server code may import by paths that it computes, `import(path)`: modules of the importer's folder and below, as
//! they are found where files are read when code runs. Only those that build: what is wrong with another is a warning,
//! for nobody knows whether it will be asked for.

use overskill_diagnostics::{Diagnostic, Severity};
use overskill_link::Graph;
use overskill_model::{ContentHash, ModulePath};
use overskill_module::{CompiledModule, FileKind, Slot};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// How many a module may find so: the nearest.
const MOST: usize = 200;
/// What the compiler says of such an import, which doesn't hold for servers.
const UNCLEAR: &str = "dynamic-import-unclear";

#[derive(Clone, Default)]
pub(super) struct Computed {
    files: BTreeMap<ModulePath, Vec<ModulePath>>,
    /// What is reached without it.
    certain: BTreeSet<ModulePath>,
    left_out: BTreeSet<ModulePath>,
    told: Vec<Diagnostic>,
}

impl Computed {
    /// By importer, what it may find.
    pub fn files(&self) -> &BTreeMap<ModulePath, Vec<ModulePath>> {
        &self.files
    }

    /// Every file that it depends on.
    pub fn looked_at(&self) -> impl Iterator<Item = &ModulePath> {
        self.files.values().flatten().chain(&self.left_out)
    }

    /// With what `graph` newly reached; `None` where nothing of that imports so.
    pub fn grown(
        &self,
        graph: &Graph,
        modules: &BTreeMap<ModulePath, Rc<CompiledModule>>,
        files: &BTreeMap<ModulePath, ContentHash>,
    ) -> Option<Self> {
        let imports_so = |path: &&ModulePath| {
            let body = modules.get(*path).and_then(|it| it.production.as_ref());
            body.is_some_and(|body| body.slots.contains(&Slot::Computed))
        };
        let reached = graph.compiled().into_iter();
        let new = reached.filter(|path| !self.files.contains_key(*path));
        let new: Vec<&ModulePath> = new.filter(imports_so).collect();
        if new.is_empty() {
            return None;
        }
        let mut grown = self.clone();
        if self.files.is_empty() {
            grown.certain = graph.files().into_iter().cloned().collect();
        }
        for importer in new {
            let mut found = around(importer, files);
            if found.len() > MOST {
                found.truncate(MOST);
                let told = format!(
                    "`{importer}` imports by a path that it computes. That finds {MOST} modules, the nearest of its folder and below."
                );
                let told = Diagnostic::warning("server-imports-too-many", told);
                grown.told.push(told.in_file(importer));
            }
            found.retain(|path| !self.left_out.contains(path));
            grown.files.insert(importer.clone(), found);
        }
        Some(grown)
    }

    /// Without what has errors, where only a computed path would lead there.
    pub fn without(&self, graph: &Graph, told: &[Diagnostic]) -> Option<Self> {
        let reached = graph.files();
        let mut without = self.clone();
        let mut wrong = BTreeSet::new();
        for error in told.iter().filter(|it| it.is_error()) {
            let path = error.path.as_ref();
            let path = path.filter(|it| reached.contains(it) && !self.certain.contains(*it));
            if let Some(path) = path.filter(|_| !self.files.is_empty()) {
                wrong.insert(path.clone());
                without.told.push(Diagnostic {
                    severity: Severity::Warning,
                    ..error.clone()
                });
            }
        }
        if wrong.is_empty() {
            return None;
        }
        without.left_out.extend(graph.reaching(&wrong));
        for found in without.files.values_mut() {
            found.retain(|path| !without.left_out.contains(path));
        }
        Some(without)
    }

    /// What there is to say, with what else is.
    pub fn tell(self, told: &mut Vec<Diagnostic>) {
        told.retain(|it| it.code != UNCLEAR);
        told.extend(self.told);
    }
}

/// The modules of an importer's folder and below, the nearest first. Below the root is the whole app, so that what is
/// there finds what is beside it.
fn around(importer: &ModulePath, files: &BTreeMap<ModulePath, ContentHash>) -> Vec<ModulePath> {
    let folder = importer.folder();
    let below = |path: &ModulePath| match folder {
        "" => path.folder().is_empty().then_some(0),
        folder => {
            let rest = path.as_str().strip_prefix(folder)?.strip_prefix('/')?;
            Some(rest.matches('/').count())
        }
    };
    let module = |path: &ModulePath| {
        let name = path.name();
        let aside = [".d.", ".test.", ".spec.", ".stories.", ".config."];
        matches!(FileKind::of(path), FileKind::Script | FileKind::Json)
            && !aside.iter().any(|part| name.contains(part))
            && !path.as_str().contains("node_modules/")
            && !path.as_str().contains("__tests__/")
    };
    let found = files
        .keys()
        .filter(|path| *path != importer && module(path));
    let mut found: Vec<(usize, &ModulePath)> = found
        .filter_map(|path| Some((below(path)?, path)))
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path.clone()).collect()
}
