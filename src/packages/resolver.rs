//! Which version of every package an app's imports need. Pure: packuments are asked for, supplied, and the whole is
//! worked out anew, so the outcome doesn't depend on the order in which they came.

use crate::{
    Lock, LockedPackage, Overrides, Packument, Spec,
    overrides::{Context, Instead},
    refusals::{absent, conflict, missing_peer, unsupported},
    select::{Candidates, Demand, Kind, Pick},
};
use overskill_diagnostics::Diagnostic;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Two of these in one page do not work together, whatever ranges say.
const SINGLE: [&str; 3] = ["react", "react-dom", "scheduler"];
/// Passes in which demands of versions that are no longer chosen are forgotten; afterwards they only add up, so that
/// choices which chase each other come to rest.
const FORGETFUL: usize = 12;
const PASSES: usize = 60;

/// What of the overrides' conditions is above each package, by its key.
type Contexts = BTreeMap<String, Context>;
type Memo = BTreeMap<(Group, BTreeSet<Demand>), BTreeMap<Demand, Option<Pick>>>;

/// Versions are shared within a group: the dependencies on a package under the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    local: String,
    name: String,
}

/// Works out a tree of packages.
pub struct Resolver {
    declared: BTreeMap<String, String>,
    imported: BTreeSet<String>,
    pins: Lock,
    overrides: Overrides,
    /// `None` for a name that the registry doesn't have.
    packuments: BTreeMap<String, Option<Packument>>,
    memo: Memo,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What was found, keyed `name@version`.
    pub lock: Lock,
    /// What wasn't, or doesn't fit; with the name that the app imports, where it is about one.
    pub diagnostics: Vec<(Option<String>, Diagnostic)>,
}

/// The state of one walk over the tree.
#[derive(Default)]
struct Pass {
    lock: Lock,
    demands: BTreeMap<Group, BTreeSet<Demand>>,
    wanted: BTreeSet<String>,
    diagnostics: BTreeMap<(Option<String>, String), Diagnostic>,
    waiting: VecDeque<(String, Option<String>)>,
}

/// Who depends: nobody for the app; otherwise the key in the lock and, for a pinned one, in the lockfile.
#[derive(Clone, Copy)]
pub(crate) struct From<'a>(pub Option<(&'a str, Option<&'a str>)>);

impl Resolver {
    /// Starts from what the app declares (name to range), the packages it imports, and what is pinned.
    pub fn new(
        mut declared: BTreeMap<String, String>,
        imported: BTreeSet<String>,
        pins: Option<Lock>,
    ) -> Self {
        // Their versions go in pairs, so one that was forgotten follows the other.
        for (forgotten, other) in [("react", "react-dom"), ("react-dom", "react")] {
            if let Some(range) = declared.get(other).cloned() {
                declared.entry(forgotten.to_owned()).or_insert(range);
            }
        }
        Self {
            declared,
            imported,
            pins: pins.unwrap_or_default(),
            overrides: Overrides::default(),
            packuments: BTreeMap::new(),
            memo: Memo::new(),
        }
    }

    /// Obeys what the app says of its packages' own dependencies.
    #[must_use]
    pub fn with_overrides(mut self, overrides: Overrides) -> Self {
        for (name, range) in &mut self.declared {
            if let Instead::Range(other) = overrides.instead(None, None, name, range) {
                *range = other.to_owned();
            }
        }
        self.overrides = overrides;
        self
    }

    /// The packuments that are needed to go on; none once it is finished.
    pub fn wanted(&mut self) -> Vec<String> {
        self.settle().wanted.into_iter().collect()
    }

    /// Supplies a packument.
    pub fn supply(&mut self, name: &str, packument: Packument) {
        self.packuments.insert(name.to_owned(), Some(packument));
    }

    /// The registry has no such package.
    pub fn missing(&mut self, name: &str) {
        self.packuments.insert(name.to_owned(), None);
    }

    /// The tree, as far as there is one.
    pub fn finish(mut self) -> Resolved {
        let pass = self.settle();
        let diagnostics = pass.diagnostics.into_iter();
        Resolved {
            lock: pass.lock,
            diagnostics: diagnostics.map(|((about, _), at)| (about, at)).collect(),
        }
    }

    /// Walks until two walks agree on what is asked for.
    fn settle(&mut self) -> Pass {
        let mut demands = BTreeMap::new();
        let mut contexts = Contexts::new();
        for round in 0.. {
            let pass = self.walk(&demands, &contexts);
            let above = self.contexts(&pass.lock);
            let settled = pass.demands == demands && above == contexts;
            if !pass.wanted.is_empty() || settled || round == PASSES {
                return pass;
            }
            if round < FORGETFUL {
                demands = pass.demands;
                contexts = above;
                continue;
            }
            let known = (demands.clone(), contexts.clone());
            for (group, added) in pass.demands {
                let all: &mut BTreeSet<Demand> = demands.entry(group).or_default();
                all.extend(added);
            }
            for (key, added) in above {
                raise(contexts.entry(key).or_default(), added);
            }
            if known.0 == demands && known.1 == contexts {
                return self.walk(&demands, &contexts);
            }
        }
        Pass::default()
    }

    /// The contexts of a tree. A package that several depend on is in the contexts of all.
    fn contexts(&self, lock: &Lock) -> Contexts {
        let mut contexts = Contexts::new();
        if !self.overrides.nested() {
            return contexts;
        }
        let none = Context::new();
        let mut waiting: Vec<(&String, Context)> =
            lock.roots.values().map(|key| (key, none.clone())).collect();
        while let Some((key, above)) = waiting.pop() {
            let Some(package) = lock.packages.get(key) else {
                continue;
            };
            let below = self
                .overrides
                .below(&above, (&package.name, &package.version));
            let first = !contexts.contains_key(key);
            let known = contexts.entry(key.clone()).or_default();
            if raise(known, below) || first {
                let known = known.clone();
                let targets = package.dependencies.values();
                waiting.extend(targets.map(|target| (target, known.clone())));
            }
        }
        contexts
    }

    fn walk(&mut self, known: &BTreeMap<Group, BTreeSet<Demand>>, contexts: &Contexts) -> Pass {
        let mut pass = Pass::default();
        for name in self.imported.clone() {
            let declared = self.declared.get(&name).cloned();
            let (kind, range) = match declared {
                Some(range) => (Kind::Root, range),
                None => (Kind::Peer, "*".to_owned()),
            };
            let key = self.follow(&mut pass, known, From(None), &name, &range, kind, false);
            if let Some(key) = key {
                pass.lock.roots.insert(name, key);
            }
        }
        while let Some((key, pin)) = pass.waiting.pop_front() {
            let Some(package) = pass.lock.packages.get(&key).cloned() else {
                continue;
            };
            let from = From(Some((&key, pin.as_deref())));
            let (requires, whose) = (&package.requires, (&*package.name, &*package.version));
            let dependencies = requires
                .dependencies
                .iter()
                .map(|at| (at, Kind::Dependency, false));
            let optional = requires
                .optional
                .iter()
                .map(|at| (at, Kind::Dependency, true));
            let peers = requires.peers.iter().filter_map(|at| {
                let optional = requires.optional_peers.contains(at.0);
                let there = self.declared.contains_key(at.0)
                    || known.keys().any(|group| group.local == *at.0);
                (!optional || there).then_some((at, Kind::Peer, optional))
            });
            let edges: Vec<_> = dependencies
                .chain(optional)
                .chain(peers)
                // Types hold no code.
                .filter(|((name, _), ..)| !name.starts_with("@types/"))
                .collect();
            let overrides = self.overrides.clone();
            let context = contexts.get(&key);
            for ((name, range), kind, optional) in edges {
                let range = match overrides.instead(Some(whose), context, name, range) {
                    Instead::AsWritten => range,
                    Instead::Range(range) => range,
                    Instead::Removed => continue,
                };
                let target = self.follow(&mut pass, known, from, name, range, kind, optional);
                let Some(target) = target else { continue };
                let direct = pass.lock.roots.values().any(|root| *root == key);
                if kind == Kind::Peer && direct && !self.asks_for(known, name) {
                    let about = missing_peer(from, name, range, &target);
                    pass.tell(from, name, about);
                }
                if let Some(package) = pass.lock.packages.get_mut(&key) {
                    package.dependencies.insert(name.clone(), target);
                }
            }
        }
        pass
    }

    /// Whether anyone but those who share it asks for a package.
    fn asks_for(&self, known: &BTreeMap<Group, BTreeSet<Demand>>, name: &str) -> bool {
        let demanded = |(group, demands): (&Group, &BTreeSet<Demand>)| {
            group.local == name && demands.iter().any(|demand| demand.kind != Kind::Peer)
        };
        self.declared.contains_key(name)
            || self.imported.contains(name)
            || self.pins.roots.contains_key(name)
            || known.iter().any(demanded)
    }

    /// Follows one dependency to the key of what it gets.
    #[expect(
        clippy::too_many_arguments,
        reason = "an edge has that many properties"
    )]
    fn follow(
        &mut self,
        pass: &mut Pass,
        known: &BTreeMap<Group, BTreeSet<Demand>>,
        from: From<'_>,
        local: &str,
        range: &str,
        kind: Kind,
        optional: bool,
    ) -> Option<String> {
        let Ok(spec) = Spec::parse(local, range) else {
            if !optional {
                pass.tell(from, local, unsupported(local, range, from));
            }
            return None;
        };
        match self.pinned(from, local, &spec, kind) {
            Ok(None) => {}
            Ok(Some((pin, package))) => {
                if !spec.admits(&package) {
                    let about = conflict(from, &package, range);
                    pass.tell(from, local, about);
                }
                return Some(pass.add(package, Some(pin)));
            }
            Err(name) => {
                pass.wanted.insert(name);
                return None;
            }
        }
        let group = Group {
            local: local.to_owned(),
            name: spec.name.clone(),
        };
        let asked = Demand {
            kind,
            range: bare_range(range),
        };
        let demands = pass.demands.entry(group.clone()).or_default();
        demands.insert(asked.clone());
        if let Some(declared) = self.declared.get(local)
            && Spec::parse(local, declared).is_ok_and(|own| own.name == spec.name)
        {
            demands.insert(Demand {
                kind: Kind::Root,
                range: bare_range(declared),
            });
        }
        let mut all = known.get(&group).cloned().unwrap_or_default();
        all.extend(demands.iter().cloned());
        match self.pick(&group, all, &asked) {
            Err(name) => {
                pass.wanted.insert(name);
                None
            }
            Ok(Some(pick)) => {
                if !pick.fits {
                    let about = conflict(from, &pick.package, range);
                    pass.tell(from, local, about);
                }
                Some(pass.add(pick.package, pick.pin))
            }
            Ok(None) => {
                if !optional {
                    let packument = self.packuments.get(&spec.name).and_then(Option::as_ref);
                    let about = absent(&spec.name, range, packument, from, &self.declared);
                    pass.tell(from, local, about);
                }
                None
            }
        }
    }

    /// What the lockfile says, as far as it still agrees with `package.json`: the key there and the package. `Err` for
    /// the packument that is needed to tell.
    fn pinned(
        &self,
        from: From<'_>,
        local: &str,
        spec: &Spec,
        kind: Kind,
    ) -> Result<Option<(String, LockedPackage)>, String> {
        let root = || {
            let pin = self.pins.roots.get(local)?;
            let package = self.pins.packages.get(pin)?;
            let declared = self.declared.get(local);
            let own = declared.and_then(|range| Spec::parse(local, range).ok());
            own.is_none_or(|own| own.admits(package))
                .then_some((pin, package))
        };
        let nested = |key: &str| {
            let pin = self.pins.packages.get(key)?.dependencies.get(local)?;
            let package = self.pins.packages.get(pin)?;
            // The app's `package.json` may have moved on since the lockfile was written.
            match self.pins.roots.get(local) == Some(pin) {
                true => root(),
                false => Some((pin, package)),
            }
        };
        let single = SINGLE.contains(&spec.name.as_str());
        let found = match from.0 {
            None => root(),
            Some(_) if single && self.pins.roots.contains_key(local) => root(),
            Some((_, Some(pin))) => nested(pin),
            Some((_, None)) => None,
        };
        // Peers that don't fit were so when the lockfile was written, too.
        let found = found.filter(|(_, package)| {
            single && package.name == spec.name || kind == Kind::Peer || spec.admits(package)
        });
        let Some((pin, package)) = found else {
            return Ok(None);
        };
        let verifiable = self.verifiable(package)?;
        Ok(verifiable.map(|package| (pin.clone(), package.clone())))
    }

    /// A pinned package with its integrity: the lockfile's, or else the registry's. `None` where the registry has no such
    /// version; `Err` for the packument that is needed to tell.
    fn verifiable<'a>(
        &'a self,
        package: &'a LockedPackage,
    ) -> Result<Option<&'a LockedPackage>, String> {
        if !package.integrity.is_empty() {
            return Ok(Some(package));
        }
        match self.packuments.get(&package.name) {
            None => Err(package.name.clone()),
            Some(packument) => {
                let releases = packument.iter().flat_map(|packument| &packument.releases);
                let mut releases = releases.map(|release| &release.locked);
                Ok(releases.find(|locked| locked.version == package.version))
            }
        }
    }

    fn pick(
        &mut self,
        group: &Group,
        demands: BTreeSet<Demand>,
        asked: &Demand,
    ) -> Result<Option<Pick>, String> {
        let memo = (group.clone(), demands);
        if let Some(known) = self.memo.get(&memo) {
            return Ok(known.get(asked).cloned().flatten());
        }
        let pin = self.pins.roots.get(&group.local);
        let pinned = pin
            .and_then(|pin| Some((pin.as_str(), self.pins.packages.get(pin)?)))
            .filter(|(_, package)| package.name == group.name);
        let pinned = match pinned {
            None => None,
            Some((pin, package)) => self.verifiable(package)?.map(|package| (pin, package)),
        };
        let mut candidates = Candidates {
            pinned: pinned.into_iter().collect(),
            packument: None,
            single: SINGLE.contains(&group.local.as_str()),
        };
        // Without a packument only if what is pinned serves everyone.
        let from_pins = candidates.select(&memo.1);
        let served = |at: &Option<Pick>| at.as_ref().is_some_and(|pick| pick.fits);
        let picks = if from_pins.values().all(served) {
            from_pins
        } else {
            match self.packuments.get(&group.name) {
                None => return Err(group.name.clone()),
                Some(packument) => {
                    candidates.packument = packument.as_ref();
                    candidates.select(&memo.1)
                }
            }
        };
        let pick = picks.get(asked).cloned().flatten();
        self.memo.insert(memo, picks);
        Ok(pick)
    }
}

impl Pass {
    fn add(&mut self, package: LockedPackage, pin: Option<String>) -> String {
        let key = format!("{}@{}", package.name, package.version);
        if !self.lock.packages.contains_key(&key) {
            let package = LockedPackage {
                dependencies: BTreeMap::new(),
                ..package
            };
            self.lock.packages.insert(key.clone(), package);
            self.waiting.push_back((key.clone(), pin));
        }
        key
    }

    fn tell(&mut self, from: From<'_>, local: &str, diagnostic: Diagnostic) {
        let about = match from.0 {
            None => Some(local.to_owned()),
            Some((key, _)) => self.lock.packages.get(key).map(|at| at.name.clone()),
        };
        self.diagnostics
            .insert((about, diagnostic.message.clone()), diagnostic);
    }
}

/// Takes over what is deeper; says whether anything was.
fn raise(known: &mut Context, added: Context) -> bool {
    let mut changed = false;
    for (rule, depth) in added {
        let known = known.entry(rule).or_default();
        changed |= depth > *known;
        *known = depth.max(*known);
    }
    changed
}

/// The range without an alias in front; the alias is in the group's name already.
fn bare_range(range: &str) -> String {
    let range = range.trim();
    match range.strip_prefix("npm:") {
        None => range.to_owned(),
        Some(alias) => match alias.rfind('@').filter(|at| *at > 0) {
            Some(at) => alias[at + 1..].trim().to_owned(),
            None => "*".to_owned(),
        },
    }
}
