//! Modules compiled earlier: in memory those in use, in SQLite those of the app's recent versions.

use super::{parts::Parts, sql};
use overskill_flows::{build::ModuleCache, packages::Rate};
use overskill_model::ContentHash;
use overskill_module::CompiledModule;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use worker::{SqlStorage, Storage};

/// Past this many, those that the last build didn't use go.
const MODULES: usize = 6_000;

/// The cache of one object.
#[derive(Default)]
pub(super) struct Modules {
    memory: RefCell<BTreeMap<ContentHash, Rc<CompiledModule>>>,
    /// What SQLite doesn't have yet: it is written when nobody waits for it.
    unsaved: RefCell<BTreeMap<ContentHash, Rc<CompiledModule>>>,
    /// What files have that may be classes.
    candidates: RefCell<BTreeMap<ContentHash, Rc<[String]>>>,
    /// What SQLite has, once that was asked: most questions are about what it doesn't have.
    saved: RefCell<Option<BTreeSet<String>>>,
}

impl Modules {
    fn read(&self, sql: &SqlStorage, key: &ContentHash) -> Option<CompiledModule> {
        let key = key.to_string();
        let mut saved = self.saved.borrow_mut();
        let saved = match &mut *saved {
            Some(saved) => saved,
            none => none.insert(Parts::Modules.keys(sql).ok()?.into_iter().collect()),
        };
        if !saved.contains(&key) {
            return None;
        }
        serde_json::from_slice(&Parts::Modules.read(sql, &key).ok()??).ok()
    }

    /// Writes what SQLite doesn't have yet.
    pub fn save(&self, storage: &Storage) -> worker::Result<()> {
        let unsaved = self.unsaved.take();
        self.saved.take();
        sql::transaction(storage, move |sql| {
            for (key, module) in &unsaved {
                let bytes = serde_json::to_vec(&**module)?;
                Parts::Modules.store(sql, &key.to_string(), &bytes)?;
            }
            Ok(())
        })
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.memory.take();
        self.unsaved.take();
        self.candidates.take();
        self.saved.take();
    }
}

/// The cache with the object's SQLite behind it.
pub(super) struct Stored<'a> {
    pub modules: &'a Modules,
    pub sql: &'a SqlStorage,
    /// What this build asked for or added; the rest of the memory is dropped after it.
    pub used: RefCell<BTreeMap<ContentHash, Rc<CompiledModule>>>,
    /// The same of candidates.
    pub scanned: RefCell<BTreeMap<ContentHash, Rc<[String]>>>,
    /// How often modules, and candidates, were there.
    pub rates: Cell<(Rate, Rate)>,
}

impl ModuleCache for Stored<'_> {
    fn get(&self, key: &ContentHash) -> Option<Rc<CompiledModule>> {
        let known = self.modules.memory.borrow().get(key).cloned();
        let known = known.or_else(|| self.modules.unsaved.borrow().get(key).cloned());
        let found = known.or_else(|| self.modules.read(self.sql, key).map(Rc::new));
        self.count(|(modules, _)| modules, found.is_some());
        let found = found?;
        self.used.borrow_mut().insert(*key, found.clone());
        Some(found)
    }

    fn put(&self, key: &ContentHash, module: &Rc<CompiledModule>) {
        let unsaved = &self.modules.unsaved;
        unsaved.borrow_mut().insert(*key, module.clone());
        self.used.borrow_mut().insert(*key, module.clone());
    }

    fn candidates(&self, key: &ContentHash) -> Option<Rc<[String]>> {
        let found = self.modules.candidates.borrow().get(key).cloned();
        self.count(|(_, candidates)| candidates, found.is_some());
        let found = found?;
        self.keep_candidates(key, &found);
        Some(found)
    }

    fn keep_candidates(&self, key: &ContentHash, candidates: &Rc<[String]>) {
        let scanned = &self.scanned;
        scanned.borrow_mut().insert(*key, candidates.clone());
    }
}

impl Stored<'_> {
    fn count(&self, of: fn(&mut (Rate, Rate)) -> &mut Rate, hit: bool) {
        let mut rates = self.rates.get();
        of(&mut rates).count(hit, 1);
        self.rates.set(rates);
    }

    /// Keeps in memory what this build used, and no more.
    pub fn settle(self) {
        *self.modules.memory.borrow_mut() = self.used.into_inner();
        *self.modules.candidates.borrow_mut() = self.scanned.into_inner();
    }
}

/// Removes what is too much.
pub(super) fn sweep(sql: &SqlStorage, modules: &Modules) -> worker::Result<()> {
    let keys = Parts::Modules.keys(sql)?;
    if keys.len() <= MODULES {
        return Ok(());
    }
    let used = modules.memory.borrow();
    modules.saved.take();
    for key in keys {
        let in_use = ContentHash::parse(&key).is_ok_and(|key| used.contains_key(&key));
        if !in_use {
            Parts::Modules.remove(sql, &key)?;
        }
    }
    Ok(())
}
