//! What an app needs of npm, read from its tree.

use super::{VERSION, json, rules::PackageRules};
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_model::{ContentHash, ContentHasher};
use overskill_module::COMPILER_VERSION;
use overskill_packages::{Lock, Overrides, choose_lockfile, fill_in_catalogs};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is taken from a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// These exports; with none, only what evaluating it does.
    Names(BTreeSet<String>),
    /// All of it: its namespace, or what only running it tells.
    Whole,
}

impl Default for Wanted {
    fn default() -> Self {
        Self::Names(BTreeSet::new())
    }
}

impl Wanted {
    /// One export.
    pub fn name(name: &str) -> Self {
        Self::Names([name.to_owned()].into())
    }

    /// Takes more; says whether that is more than before.
    pub fn add(&mut self, more: &Self) -> bool {
        match (&mut *self, more) {
            (Self::Whole, _) => false,
            (_, Self::Whole) => {
                *self = Self::Whole;
                true
            }
            (Self::Names(names), Self::Names(more)) => {
                let before = names.len();
                names.extend(more.iter().cloned());
                names.len() > before
            }
        }
    }
}

/// A lockfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockfileText {
    /// Its file's name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What an app needs of npm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackageRequest {
    /// Where packages are.
    pub registries: Registries,
    /// What `package.json` asks for: name to range.
    pub dependencies: BTreeMap<String, String>,
    /// What it says of its packages' own dependencies.
    pub overrides: Overrides,
    /// The lockfile that counts.
    pub lockfile: Option<LockfileText>,
    /// What an earlier build chose, to be kept where no lockfile says otherwise and ranges still allow it.
    pub previous: Option<Lock>,
    /// Whether they are for a production build: conditions and compiled modules are others, and what is built is the
    /// modules for that linker.
    #[serde(default)]
    pub production: bool,
    /// Whether they are for code that runs in a Worker: conditions are others, and what the runtime has itself is taken
    /// from there.
    #[serde(default)]
    pub server: bool,
    /// The bare specifiers that the app imports, such as `react/jsx-dev-runtime`, and what it takes from each.
    pub specifiers: BTreeMap<String, Wanted>,
    /// What the app's configuration says about names in packages.
    #[serde(default)]
    pub rules: PackageRules,
}

/// Where packages are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registries {
    /// Those that no scope has otherwise.
    pub default: Registry,
    /// By scope, with its `@`.
    pub scopes: BTreeMap<String, Registry>,
}

/// A registry.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registry {
    /// Its address.
    pub url: String,
    /// What it is shown in `Authorization: Bearer`; never logged.
    pub token: Option<String>,
    /// The shelf of the store that its packages are kept on: empty for the one that is everyone's, otherwise a name that
    /// only those share who may see the same.
    pub shelf: String,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("url", &self.url)
            .field("shelf", &self.shelf)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Where something of its packages stands in the store.
    pub(super) fn place(&self, name: &str) -> String {
        match self.shelf.as_str() {
            "" => format!("packages/{name}"),
            shelf => format!("packages/private/{shelf}/{name}"),
        }
    }
}

impl Registries {
    /// One public registry for everything.
    pub fn public(url: &str) -> Self {
        Self {
            default: Registry {
                url: url.to_owned(),
                ..Registry::default()
            },
            scopes: BTreeMap::new(),
        }
    }

    /// The registry of a package.
    pub fn of(&self, package: &str) -> &Registry {
        let scope = package.split_once('/').map(|(scope, _)| scope);
        scope
            .and_then(|scope| self.scopes.get(scope))
            .unwrap_or(&self.default)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Registry> {
        [&self.default].into_iter().chain(self.scopes.values())
    }
}

impl PackageRequest {
    /// Reads what the tree says, by file name: lockfiles, overrides, catalogs, `.npmrc`. What there is to tell of them
    /// comes beside it.
    pub fn read(
        registries: Registries,
        mut dependencies: BTreeMap<String, String>,
        specifiers: BTreeMap<String, Wanted>,
        previous: Option<Lock>,
        rules: PackageRules,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> (Self, Vec<Diagnostic>) {
        let manifest = read("package.json").unwrap_or_default();
        let workspace = read("pnpm-workspace.yaml");
        fill_in_catalogs(&mut dependencies, &manifest, workspace.as_deref());
        let overrides = Overrides::read(&manifest, workspace.as_deref(), &dependencies);
        let manager = serde_json::from_str::<serde_json::Value>(&manifest).unwrap_or_default();
        let manager = manager
            .get("packageManager")
            .and_then(serde_json::Value::as_str);
        let (chosen, mut notes) = choose_lockfile(&|name| read(name).is_some(), manager);
        let lockfile = chosen.and_then(|name| {
            Some(LockfileText {
                name: name.to_owned(),
                text: read(name)?,
            })
        });
        if let Some(text) = read(".npmrc") {
            notes.extend(npmrc(&text, &registries));
        }
        let request = Self {
            registries,
            dependencies,
            overrides,
            lockfile,
            previous,
            production: false,
            server: false,
            specifiers,
            rules,
        };
        (request, notes)
    }

    /// Where something made of all its packages stands in the store: with those of its registries that not everyone may
    /// see.
    pub(super) fn place(&self, name: &str) -> String {
        let shelves = self.registries.all().map(|registry| &registry.shelf);
        let shelves: BTreeSet<&String> = shelves.filter(|shelf| !shelf.is_empty()).collect();
        match shelves.is_empty() {
            true => format!("packages/{name}"),
            false => {
                let shelf = ContentHash::of(&json(&shelves)).short();
                format!("packages/private/{shelf}/{name}")
            }
        }
    }

    /// Equal for equal requests, and for no others.
    pub fn key(&self) -> ContentHash {
        let lockfile = self.lockfile.as_ref();
        let mut hasher = ContentHasher::new()
            .field(VERSION)
            .field(COMPILER_VERSION)
            .field(json(&self.registries.scopes.keys().collect::<Vec<_>>()))
            .field(json(&self.overrides))
            .field(lockfile.map_or("", |at| &at.name))
            .field(lockfile.map_or("", |at| &at.text));
        for registry in self.registries.all() {
            hasher = hasher.field(&registry.url).field(&registry.shelf);
        }
        hasher = hasher.field(self.dependencies.len().to_le_bytes());
        for (name, range) in &self.dependencies {
            hasher = hasher.field(name).field(range);
        }
        if let Some(lock) = &self.previous {
            hasher = hasher.field(json(lock));
        }
        if self.production {
            hasher = hasher.field("production");
        }
        if self.server {
            hasher = hasher.field("server");
        }
        if !self.rules.is_empty() {
            hasher = hasher.field("rules").field(json(&self.rules));
        }
        hasher.field(json(&self.specifiers)).finish()
    }
}

/// What an `.npmrc` of the tree asks for and does not get: registries that the app isn't set up with, and tokens, which
/// are no one's to upload.
fn npmrc(text: &str, registries: &Registries) -> Vec<Diagnostic> {
    let bare = |url: &str| url.trim_end_matches('/').to_owned();
    let known = |url: &str| registries.all().any(|at| bare(&at.url) == bare(url));
    let mut told = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim().trim_matches('"'));
        // The host may stand in front, with a colon.
        let name = key.rsplit(':').next().unwrap_or(key).to_ascii_lowercase();
        if ["_authtoken", "_auth", "_password"].contains(&name.as_str()) {
            let warning = Diagnostic::warning(
                "npmrc-token",
                "A token in `.npmrc` is not used, and whoever may read the app's files can read it.",
            );
            told.push(warning.hint(
                "Remove it, revoke it, and set the registry's token with `PATCH /v1/apps/{slug}`.",
            ));
        }
        let registry = key == "registry" || key.starts_with('@') && key.ends_with(":registry");
        if registry && !known(value) {
            let shown: String = value.chars().take(120).collect();
            let note = Diagnostic::new(
                Severity::Info,
                "npmrc-registry",
                format!(
                    "`.npmrc` names the registry {shown}, which this app is not set up with; it is not asked."
                ),
            );
            told.push(note.hint("Set it with `PATCH /v1/apps/{slug}`."));
        }
    }
    told.dedup();
    told
}
