//! Which version of every package an app's imports need. Pure: packuments are asked for, supplied, and the whole is
//! worked out anew, so the outcome doesn't depend on the order in which they came.

use crate::{
    Lock, LockedPackage, Packument, Spec, Want,
    select::{Candidates, Demand, Kind, Pick},
};
use node_semver::Version;
use overskill_diagnostics::Diagnostic;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Two of these in one page do not work together, whatever ranges say.
const SINGLE: [&str; 3] = ["react", "react-dom", "scheduler"];
/// Passes in which demands of versions that are no longer chosen are forgotten; afterwards they only add up, so that
/// choices which chase each other come to rest.
const FORGETFUL: usize = 12;
const PASSES: usize = 60;

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
struct From<'a>(Option<(&'a str, Option<&'a str>)>);

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
            packuments: BTreeMap::new(),
            memo: Memo::new(),
        }
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
        for round in 0.. {
            let pass = self.walk(&demands);
            if !pass.wanted.is_empty() || pass.demands == demands || round == PASSES {
                return pass;
            }
            if round < FORGETFUL {
                demands = pass.demands;
            } else {
                let known = demands.clone();
                for (group, added) in pass.demands {
                    let all: &mut BTreeSet<Demand> = demands.entry(group).or_default();
                    all.extend(added);
                }
                if known == demands {
                    return self.walk(&demands);
                }
            }
        }
        Pass::default()
    }

    fn walk(&mut self, known: &BTreeMap<Group, BTreeSet<Demand>>) -> Pass {
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
            let Some(requires) = pass.lock.packages.get(&key).map(|at| at.requires.clone()) else {
                continue;
            };
            let from = From(Some((&key, pin.as_deref())));
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
            for ((name, range), kind, optional) in edges {
                let target = self.follow(&mut pass, known, from, name, range, kind, optional);
                if let Some(target) = target
                    && let Some(package) = pass.lock.packages.get_mut(&key)
                {
                    package.dependencies.insert(name.clone(), target);
                }
            }
        }
        pass
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
        if let Some((pin, package)) = self.pinned(from, local, &spec) {
            let (pin, package) = (pin.to_owned(), package.clone());
            return Some(pass.add(package, Some(pin)));
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
                    pass.tell(from, local, absent(&spec.name, range, packument, from));
                }
                None
            }
        }
    }

    /// What the lockfile says, as far as it still agrees with `package.json`.
    fn pinned(&self, from: From<'_>, local: &str, spec: &Spec) -> Option<(&str, &LockedPackage)> {
        let root = || {
            let pin = self.pins.roots.get(local)?;
            let package = self.pins.packages.get(pin)?;
            let declared = self.declared.get(local);
            let own = declared.and_then(|range| Spec::parse(local, range).ok());
            own.is_none_or(|own| agrees(&own, package))
                .then_some((pin.as_str(), package))
        };
        let nested = |key: &str| {
            let pin = self.pins.packages.get(key)?.dependencies.get(local)?;
            let package = self.pins.packages.get(pin)?;
            // The app's `package.json` may have moved on since the lockfile was written.
            match self.pins.roots.get(local) == Some(pin) {
                true => root(),
                false => Some((pin.as_str(), package)),
            }
        };
        let single = SINGLE.contains(&spec.name.as_str());
        match from.0 {
            None => root(),
            Some(_) if single && self.pins.roots.contains_key(local) => root(),
            Some((_, Some(pin))) => nested(pin),
            Some((_, None)) => None,
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
        let about = from.0.is_none().then(|| local.to_owned());
        self.diagnostics
            .insert((about, diagnostic.message.clone()), diagnostic);
    }
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

fn agrees(spec: &Spec, package: &LockedPackage) -> bool {
    let fits = match &spec.want {
        Want::Any | Want::Tag(_) => true,
        range => Version::parse(&package.version).is_ok_and(|version| range.allows(&version)),
    };
    fits && spec.name == package.name
}

fn who(from: From<'_>) -> String {
    match from.0 {
        None => "`package.json`".to_owned(),
        Some((key, _)) => format!("`{key}`"),
    }
}

fn unsupported(local: &str, range: &str, from: From<'_>) -> Diagnostic {
    Diagnostic::error(
        "package-unsupported-range",
        format!(
            "{} asks for `{local}` as `{range}`, which no registry can serve.",
            who(from)
        ),
    )
    .hint("Use a version range, such as `^1.2.3`, of a package that is published to npm.")
}

fn conflict(from: From<'_>, package: &LockedPackage, range: &str) -> Diagnostic {
    let LockedPackage { name, version, .. } = package;
    Diagnostic::warning(
        "package-peer-conflict",
        format!(
            "{} works with `{name}` {range}, and gets {version}.",
            who(from)
        ),
    )
    .hint(format!(
        "If it misbehaves, choose a version of it, or of `{name}`, that fit each other."
    ))
}

fn absent(name: &str, range: &str, packument: Option<&Packument>, from: From<'_>) -> Diagnostic {
    let asks = |what: &str| match from.0 {
        None => String::new(),
        Some(_) => format!(" {} asks for {what}.", who(from)),
    };
    match packument {
        None => Diagnostic::error(
            "package-not-found",
            format!("The npm registry has no package `{name}`.{}", asks("it")),
        )
        .hint(
            "Check the name's spelling. If it is a file of the app, import it by a relative path.",
        ),
        Some(packument) => {
            let latest = packument.tags.get("latest").cloned();
            let latest = latest.or_else(|| Some(packument.releases.last()?.locked.version.clone()));
            let error = Diagnostic::error(
                "package-version-not-found",
                format!(
                    "No version of `{name}` is in the range `{range}`.{}",
                    asks("one")
                ),
            );
            match latest {
                Some(latest) => error.hint(format!("The latest version is {latest}.")),
                None => error,
            }
        }
    }
}
