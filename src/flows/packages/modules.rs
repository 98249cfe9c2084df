//! Compiled modules of packages, kept for every app: one blob for each version of a package, which grows with what is
//! reached of it.

use super::{VERSION, opened, sealed, walk::Place};
use futures_util::future::join_all;
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHasher, ModulePath};
use overskill_module::{
    COMPILER_VERSION, CompileBatch, CompileOptions, CompileSource, CompiledModule,
};
use overskill_ports::{Blobs, Compiler, Fault};
use std::collections::{BTreeMap, BTreeSet};

/// How much source one call of the compiler gets.
const BATCH_BYTES: usize = 2 << 20;

/// A file to compile.
pub(super) struct Source {
    pub place: Place,
    /// The package's name.
    pub name: String,
    pub integrity: String,
    pub text: String,
}

/// The modules of one version of a package, by file.
#[derive(Default)]
struct Known {
    blob: String,
    modules: BTreeMap<String, CompiledModule>,
    changed: bool,
}

/// Compiles what isn't known.
pub(super) struct Modules<'a, B, C> {
    blobs: &'a B,
    compiler: &'a C,
    known: BTreeMap<String, Known>,
}

impl<'a, B: Blobs, C: Compiler> Modules<'a, B, C> {
    pub fn new(blobs: &'a B, compiler: &'a C) -> Self {
        Self {
            blobs,
            compiler,
            known: BTreeMap::new(),
        }
    }

    /// The modules of `sources`, in their order.
    pub async fn compile(
        &mut self,
        sources: Vec<Source>,
    ) -> Result<Vec<(Place, CompiledModule)>, Fault> {
        self.look_up(&sources).await?;
        let mut compiled = Vec::new();
        let mut unknown = Vec::new();
        for source in sources {
            let known = self.known.get(&source.place.package);
            match known.and_then(|known| known.modules.get(&source.place.file)) {
                Some(module) => compiled.push((source.place, module.clone())),
                None => unknown.push(source),
            }
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        for source in unknown {
            if bytes + source.text.len() > BATCH_BYTES && !batch.is_empty() {
                self.call(std::mem::take(&mut batch), &mut compiled).await?;
                bytes = 0;
            }
            bytes += source.text.len();
            batch.push(source);
        }
        if !batch.is_empty() {
            self.call(batch, &mut compiled).await?;
        }
        compiled.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(compiled)
    }

    /// Stores what was added.
    pub async fn keep(&mut self) -> Result<(), Fault> {
        let changed: Vec<&mut Known> = self
            .known
            .values_mut()
            .filter(|known| known.changed)
            .collect();
        let puts = changed.into_iter().map(|known| {
            known.changed = false;
            self.blobs
                .put(&known.blob, sealed(&super::json(&known.modules)))
        });
        join_all(puts).await.into_iter().collect()
    }

    async fn look_up(&mut self, sources: &[Source]) -> Result<(), Fault> {
        let new: BTreeSet<(&str, &str)> = sources
            .iter()
            .filter(|source| !self.known.contains_key(&source.place.package))
            .map(|source| (source.place.package.as_str(), source.integrity.as_str()))
            .collect();
        let blobs = self.blobs;
        let gets = new.into_iter().map(|(package, integrity)| async move {
            let blob = blob_key(package, integrity);
            let stored = blobs.get(&blob).await?;
            let known = Known {
                blob,
                modules: opened(stored).unwrap_or_default(),
                changed: false,
            };
            Ok((package.to_owned(), known))
        });
        for answer in join_all(gets).await {
            let (package, known) = answer?;
            self.known.insert(package, known);
        }
        Ok(())
    }

    async fn call(
        &mut self,
        sources: Vec<Source>,
        compiled: &mut Vec<(Place, CompiledModule)>,
    ) -> Result<(), Fault> {
        let mut batch = CompileBatch {
            options: vec![CompileOptions {
                package: true,
                ..CompileOptions::default()
            }],
            sources: Vec::new(),
        };
        let mut places = Vec::new();
        for Source {
            place, name, text, ..
        } in sources
        {
            let path = format!("node_modules/{name}/{}", place.file);
            match ModulePath::parse(&path, &Default::default()) {
                Ok(path) => {
                    batch.sources.push(CompileSource {
                        path,
                        text,
                        options: 0,
                    });
                    places.push(place);
                }
                Err(invalid) => {
                    let message = format!("`{}` can't be used: {}.", place.id(), invalid.reason());
                    let error = Diagnostic::error("package-unreadable", message);
                    compiled.push((place, CompiledModule::failed(vec![error])));
                }
            }
        }
        let count = batch.sources.len();
        let reply = self.compiler.compile(batch).await?;
        if reply.modules.len() != count {
            let got = reply.modules.len();
            return Err(Fault(format!(
                "the compiler answered {got} of {count} modules"
            )));
        }
        for (place, module) in places.into_iter().zip(reply.modules) {
            if let Some(known) = self.known.get_mut(&place.package) {
                known.modules.insert(place.file.clone(), module.clone());
                known.changed = true;
            }
            compiled.push((place, module));
        }
        Ok(())
    }
}

fn blob_key(package: &str, integrity: &str) -> String {
    // The name is part of the modules' paths, so equal tarballs under two names are two.
    let key = ContentHasher::new()
        .field(VERSION)
        .field(COMPILER_VERSION)
        .field(package)
        .field(integrity)
        .finish();
    format!("packages/modules/{key}.json")
}
