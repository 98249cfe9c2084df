//! What is known of versions of packages, kept for every app: one blob each, with its outline, its compiled modules and
//! its assets' addresses, which grows with what is reached of it. A tarball is opened only for what no blob has.

use super::{
    VERSION, about,
    assets::{Kind, Query, address, imports_others, inside, kind},
    opened,
    request::Registries,
    sealed,
    supplies::{Phase, Progress, Supplies},
    tarballs::{new_package_files, package_files},
    walk::Place,
};
use futures_util::{StreamExt, future::join_all, stream};
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHasher, ModulePath};
use overskill_module::{
    COMPILER_VERSION, CompileBatch, CompileOptions, CompileSource, CompiledModule, Defines, Target,
};
use overskill_packages::{Lock, LockedPackage, Outline, Package, PackageDiagnostic};
use overskill_ports::{Blobs, Compiler, Fault, Http};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Behind a script's name among the assets: whether it imports others.
const IMPORTS: &str = "?imports";
/// How much source one call of the compiler gets.
const BATCH_BYTES: usize = 2 << 20;
/// How many tarballs are fetched and unpacked at a time; each is held whole.
const TARBALLS: usize = 8;
/// How many blobs are read at a time.
const BLOBS: usize = 32;
/// The largest source that is compiled, and the largest asset that is served.
const SOURCE_BYTES: u64 = 5 << 20;
const ASSET_BYTES: u64 = 24 << 20;

/// One version of a package.
struct Version {
    blob: String,
    outline: Outline,
    package: Package,
    /// With the texts of its sources, once they were needed.
    unpacked: Option<Package>,
    modules: BTreeMap<String, Rc<CompiledModule>>,
    assets: BTreeMap<String, String>,
    changed: bool,
}

#[derive(Deserialize)]
struct Stored {
    outline: Outline,
    modules: BTreeMap<String, CompiledModule>,
    assets: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ToStore<'a> {
    outline: &'a Outline,
    modules: BTreeMap<&'a str, &'a CompiledModule>,
    assets: &'a BTreeMap<String, String>,
}

/// The versions that a walk has opened.
pub(super) struct Versions<'a, B, H, C, K> {
    registries: &'a Registries,
    production: bool,
    server: bool,
    /// Names of which the store has no version.
    new: &'a BTreeSet<String>,
    supplies: &'a Supplies<'a, B, H, C, K>,
    /// `None` for one that can't be read, which has been said.
    open: BTreeMap<String, Option<Version>>,
    compiled: usize,
}

impl<'a, B: Blobs, H: Http, C: Compiler, K> Versions<'a, B, H, C, K> {
    pub fn new(
        registries: &'a Registries,
        (production, server): (bool, bool),
        new: &'a BTreeSet<String>,
        supplies: &'a Supplies<'a, B, H, C, K>,
    ) -> Self {
        Self {
            registries,
            production,
            server,
            new,
            supplies,
            open: BTreeMap::new(),
            compiled: 0,
        }
    }

    /// Whether an opened version could be read; `None` for one that nobody has opened.
    pub fn package(&self, key: &str) -> Option<Option<&Package>> {
        let version = self.open.get(key)?;
        Some(version.as_ref().map(|version| &version.package))
    }

    /// Opens the versions under `keys`.
    pub async fn open(
        &mut self,
        keys: BTreeSet<String>,
        lock: &Lock,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<(), Fault> {
        let wanted: Vec<(&str, &LockedPackage)> = keys
            .iter()
            .filter(|key| !self.open.contains_key(*key))
            .filter_map(|key| Some((key.as_str(), lock.packages.get(key)?)))
            .collect();
        let (supplies, registries, new) = (self.supplies, self.registries, self.new);
        let (production, server) = (self.production, self.server);
        let looking = wanted.iter().map(|(key, locked)| async move {
            let blob = blob_key(registries, (production, server), key, locked);
            if new.contains(&locked.name) {
                return Ok((blob, None));
            }
            let stored: Option<Stored> = opened(supplies.blobs.get(&blob).await?);
            Ok::<_, Fault>((blob, stored))
        });
        let found: Vec<_> = stream::iter(looking).buffered(BLOBS).collect().await;
        let mut unknown = Vec::new();
        for ((key, locked), answer) in wanted.into_iter().zip(found) {
            let (blob, stored) = answer?;
            supplies
                .tally
                .count(|rates| &mut rates.versions, stored.is_some(), 1);
            let Some(stored) = stored else {
                unknown.push((key, locked, blob));
                continue;
            };
            let modules = stored.modules.into_iter();
            let version = Version {
                blob,
                package: Package::of_outline(stored.outline.clone())
                    .for_production(production)
                    .for_server(server),
                outline: stored.outline,
                unpacked: None,
                modules: modules
                    .map(|(file, module)| (file, Rc::new(module)))
                    .collect(),
                assets: stored.assets,
                changed: false,
            };
            self.open.insert(key.to_owned(), Some(version));
        }
        let total = unknown.len();
        let fetching = unknown
            .iter()
            .map(|(_, locked, _)| new_package_files(registries, locked, &is_source, supplies));
        let mut fetching = stream::iter(fetching).buffered(TARBALLS).enumerate();
        let mut answers = Vec::new();
        while let Some((done, answer)) = fetching.next().await {
            let done = done + 1;
            (supplies.hear)(Progress {
                phase: Phase::Fetch,
                done,
                total,
            });
            answers.push(answer?);
        }
        drop(fetching);
        for ((key, _, blob), answer) in unknown.into_iter().zip(answers) {
            let version = match answer {
                Err(error) => {
                    diagnostics.push(about(None, *error));
                    None
                }
                Ok(files) => {
                    let unpacked = Package::new(files);
                    let outline = unpacked.outline();
                    Some(Version {
                        blob,
                        package: Package::of_outline(outline.clone())
                            .for_production(production)
                            .for_server(server),
                        outline,
                        unpacked: Some(unpacked),
                        modules: BTreeMap::new(),
                        assets: BTreeMap::new(),
                        changed: true,
                    })
                }
            };
            self.open.insert(key.to_owned(), version);
        }
        Ok(())
    }

    /// The modules of `places`, in order; `None` for a file that is too large, which is said.
    pub async fn compile(
        &mut self,
        places: BTreeSet<Place>,
        lock: &Lock,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<Vec<(Place, Option<Rc<CompiledModule>>)>, Fault> {
        let mut compiled = BTreeMap::new();
        let mut unknown = Vec::new();
        for place in places {
            let version = self.open.get(&place.package).and_then(Option::as_ref);
            match version.and_then(|version| version.modules.get(&place.file)) {
                Some(module) => {
                    compiled.insert(place, Some(module.clone()));
                }
                None => unknown.push(place),
            }
        }
        let tally = self.supplies.tally;
        tally.count(|rates| &mut rates.modules, true, compiled.len());
        tally.count(|rates| &mut rates.modules, false, unknown.len());
        let packages: BTreeSet<&str> = unknown.iter().map(|at| at.package.as_str()).collect();
        self.unpack(packages, lock).await?;
        let (total, mut batch, mut bytes) = (self.compiled + unknown.len(), Vec::new(), 0);
        for place in unknown {
            let version = self.open.get(&place.package).and_then(Option::as_ref);
            let unpacked = version.and_then(|version| version.unpacked.as_ref());
            let name = lock.packages.get(&place.package).map(|at| &at.name);
            let text = unpacked.and_then(|package| package.bytes(&place.file));
            let text = text.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let (Some(text), Some(name)) = (text, name.cloned()) else {
                let message = format!("`{}` is too large to be a module.", place.id());
                let error = Diagnostic::error("package-file-too-large", message);
                diagnostics.push(about(None, error));
                compiled.insert(place, None);
                continue;
            };
            if bytes + text.len() > BATCH_BYTES && !batch.is_empty() {
                let full = std::mem::take(&mut batch);
                self.call(full, total, &mut compiled).await?;
                bytes = 0;
            }
            bytes += text.len();
            let path = format!("node_modules/{name}/{}", place.file);
            match ModulePath::parse(&path, &Default::default()) {
                Ok(path) => {
                    let options = 0;
                    batch.push((
                        place,
                        CompileSource {
                            path,
                            text,
                            options,
                        },
                    ));
                }
                Err(invalid) => {
                    let message = format!("`{}` can't be used: {}.", place.id(), invalid.reason());
                    let error = Diagnostic::error("package-unreadable", message);
                    diagnostics.push(about(None, error));
                    compiled.insert(place, None);
                }
            }
        }
        if !batch.is_empty() {
            self.call(batch, total, &mut compiled).await?;
        }
        Ok(compiled.into_iter().collect())
    }

    async fn call(
        &mut self,
        sources: Vec<(Place, CompileSource)>,
        total: usize,
        compiled: &mut BTreeMap<Place, Option<Rc<CompiledModule>>>,
    ) -> Result<(), Fault> {
        let options = options(self.production, self.server);
        let (places, sources): (Vec<Place>, Vec<CompileSource>) = sources.into_iter().unzip();
        let batch = CompileBatch {
            options: vec![options],
            sources,
        };
        let reply = self.supplies.compiler.compile(batch).await?;
        if reply.modules.len() != places.len() {
            let (got, asked) = (reply.modules.len(), places.len());
            return Err(Fault(format!(
                "the compiler answered {got} of {asked} modules"
            )));
        }
        self.compiled += places.len();
        let done = self.compiled;
        (self.supplies.hear)(Progress {
            phase: Phase::Compile,
            done,
            total,
        });
        for (place, module) in places.into_iter().zip(reply.modules) {
            let module = Rc::new(module);
            if let Some(Some(version)) = self.open.get_mut(&place.package) {
                version.modules.insert(place.file.clone(), module.clone());
                version.changed = true;
            }
            compiled.insert(place, Some(module));
        }
        Ok(())
    }

    /// Opens the tarballs of versions whose sources are needed.
    async fn unpack(&mut self, packages: BTreeSet<&str>, lock: &Lock) -> Result<(), Fault> {
        let packed = packages.into_iter().filter_map(|key| {
            let version = self.open.get(key)?.as_ref()?;
            let closed = version.unpacked.is_none();
            closed.then_some((key.to_owned(), lock.packages.get(key)?))
        });
        let packed: Vec<(String, &LockedPackage)> = packed.collect();
        let (registries, supplies) = (self.registries, self.supplies);
        let fetching = packed
            .iter()
            .map(|(_, locked)| package_files(registries, locked, &is_source, supplies));
        let answers: Vec<_> = stream::iter(fetching).buffered(TARBALLS).collect().await;
        for ((key, _), answer) in packed.iter().zip(answers) {
            let files = answer?.map_err(|error| Fault(error.message))?;
            if let Some(Some(version)) = self.open.get_mut(key) {
                version.unpacked = Some(Package::new(files));
            }
        }
        Ok(())
    }

    /// The URLs of assets; none for one that is too large.
    pub async fn addresses(
        &mut self,
        places: &BTreeSet<Place>,
        lock: &Lock,
    ) -> Result<BTreeMap<Place, String>, Fault> {
        let mut found = BTreeMap::new();
        let mut unknown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for place in places {
            let version = self.open.get(&place.package).and_then(Option::as_ref);
            match version.and_then(|version| version.assets.get(&place.file)) {
                Some(url) => {
                    found.insert(place.clone(), url.clone());
                }
                None => {
                    let files = unknown.entry(&place.package).or_default();
                    files.insert(&place.file);
                }
            }
        }
        // One tarball after the other: they are the large ones.
        for (key, wanted) in unknown {
            let Some(locked) = lock.packages.get(key) else {
                continue;
            };
            let named = |path: &str| wanted.iter().any(|name| Query::split(name).0 == path);
            let keep = |path: &str, size: u64| named(path) && size <= ASSET_BYTES;
            let files = package_files(self.registries, locked, &keep, self.supplies).await?;
            let files = files.map_err(|error| Fault(error.message))?;
            for name in wanted {
                let (file, query) = Query::split(name);
                let Some(Some(bytes)) = files.get(file) else {
                    continue;
                };
                let mut kept = Vec::new();
                let value = match query {
                    Some(query) => inside(file, query, bytes),
                    None => {
                        let media_type = match kind(file) {
                            Kind::Asset(media_type) => media_type,
                            Kind::Source => {
                                let imports = imports_others(&String::from_utf8_lossy(bytes));
                                let imports = if imports { "yes" } else { "no" };
                                kept.push((format!("{file}{IMPORTS}"), imports.to_owned()));
                                "text/javascript"
                            }
                            Kind::Style => "text/css",
                            Kind::Other => "application/octet-stream",
                        };
                        let (url, stored) = address(file, media_type, bytes.clone());
                        if let Some((place, bytes)) = stored {
                            self.supplies.blobs.put(&place, bytes).await?;
                        }
                        url
                    }
                };
                kept.push((name.to_owned(), value.clone()));
                if let Some(Some(version)) = self.open.get_mut(key) {
                    version.assets.extend(kept);
                    version.changed = true;
                }
                let (package, file) = (key.to_owned(), name.to_owned());
                found.insert(Place { package, file }, value);
            }
        }
        Ok(found)
    }

    /// Whether a script that is served by itself imports others.
    pub fn imports_others(&self, place: &Place) -> bool {
        let version = self.open.get(&place.package).and_then(Option::as_ref);
        let known = version.and_then(|it| it.assets.get(&format!("{}{IMPORTS}", place.file)));
        known.is_some_and(|known| known == "yes")
    }

    /// Stores what was added.
    pub async fn keep(&mut self) -> Result<(), Fault> {
        let open = self.open.values_mut().flatten();
        let changed = open.filter(|version| version.changed);
        let puts = changed.map(|version| {
            version.changed = false;
            let modules = version.modules.iter();
            let stored = ToStore {
                outline: &version.outline,
                modules: modules.map(|(file, module)| (&**file, &**module)).collect(),
                assets: &version.assets,
            };
            self.supplies
                .blobs
                .keep(&version.blob, sealed(&super::json(&stored)))
        });
        join_all(puts).await.into_iter().collect()
    }
}

/// How packages are compiled. What production code sees of its environment is what everyone's has.
fn options(production: bool, server: bool) -> CompileOptions {
    let package = CompileOptions {
        package: true,
        ..CompileOptions::default()
    };
    if !production {
        return package;
    }
    let env = [
        ("MODE", "\"production\""),
        ("BASE_URL", "\"/\""),
        ("DEV", "false"),
        ("PROD", "true"),
        ("SSR", if server { "true" } else { "false" }),
    ];
    // A server has an environment.
    let environment = [
        "process.env",
        "global.process.env",
        "globalThis.process.env",
    ];
    let define = environment.map(|name| (name.to_owned(), name.to_owned()));
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    CompileOptions {
        production: true,
        target: Target::Es2022,
        defines: Some(Defines {
            env: env.into(),
            define: if server {
                define.into()
            } else {
                BTreeMap::new()
            },
        }),
        ..package
    }
}

fn blob_key(
    registries: &Registries,
    (production, server): (bool, bool),
    package: &str,
    locked: &LockedPackage,
) -> String {
    // The name is part of the modules' paths, so equal tarballs under two names are two.
    let key = ContentHasher::new()
        .field(VERSION)
        .field(COMPILER_VERSION)
        .field(package)
        .field(&locked.integrity)
        .field(match (production, server) {
            (_, true) => "server",
            (true, false) => "production",
            (false, false) => "",
        })
        .finish();
    registries
        .of(&locked.name)
        .place(&format!("versions/{key}.json"))
}

/// What a module can be made of is kept; declarations, maps, documents and binaries only take up memory.
fn is_source(path: &str, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let declaration = [".d.ts", ".d.mts", ".d.cts"]
        .iter()
        .any(|end| name.ends_with(end));
    match kind(name) {
        Kind::Source | Kind::Style => !declaration && size <= SOURCE_BYTES,
        Kind::Asset(_) | Kind::Other => false,
    }
}
