//! Style sheets in Sass are made into CSS by upstream's compiler before they are expanded and compiled as style sheets.

mod find;
mod options;
mod urls;

use super::{
    ModuleCache, Packages, Source, Workshop, foreign::ForeignSheets, scope::PackageScopes,
};
use crate::settings::Settings;
use find::{Finder, Found, is_indented, loaded};
use options::Options;
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHasher, ModulePath};
use overskill_module::{CompiledModule, SassAnswer, SassQuestion, SassWanted};
use overskill_ports::{Clock, Compiler, Fault};
use std::{collections::BTreeSet, rc::Rc};

/// Part of every key: changes whenever the same question may have another answer.
const SASS_VERSION: &str = "1";
/// How often one sheet may turn out to load what its text didn't say.
const ROUNDS: usize = 40;

/// Whether a file is in one of Sass's languages.
pub(super) fn is_sass(path: &ModulePath) -> bool {
    matches!(path.extension().as_str(), "scss" | "sass")
}

/// What an app says about Sass, and what its sheets load.
pub(super) struct Sass<'a> {
    source: &'a Source<'a>,
    settings: &'a Settings,
    scopes: &'a PackageScopes,
    /// Sheets that others load: as themselves they are compiled only where something asks for them.
    parts: BTreeSet<ModulePath>,
    /// The sheets of packages, for Tailwind too.
    pub foreign: &'a ForeignSheets<'a>,
    /// What of the configuration is not followed.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'a> Sass<'a> {
    /// Reads it from the tree.
    pub fn read(
        source: &'a Source<'a>,
        settings: &'a Settings,
        scopes: &'a PackageScopes,
        foreign: &'a ForeignSheets<'a>,
    ) -> Self {
        let mut sass = Self {
            source,
            settings,
            scopes,
            parts: BTreeSet::new(),
            foreign,
            diagnostics: options::ignored(settings),
        };
        sass.parts = sass.parts();
        sass
    }

    fn parts(&self) -> BTreeSet<ModulePath> {
        let sheets: Vec<&ModulePath> = self.source.files.keys().filter(|it| is_sass(it)).collect();
        let partial = |path: &&&ModulePath| path.name().starts_with('_');
        let mut parts: BTreeSet<ModulePath> = sheets
            .iter()
            .filter(partial)
            .map(|path| (*path).clone())
            .collect();
        let finder = self.finder();
        for path in sheets {
            let text = self.source.text(path).unwrap_or_default();
            let places = Options::of(self.settings, path).places;
            for specifier in loaded(&text, is_indented(path)) {
                let part = finder.resolve(path, &specifier, &places);
                parts.extend(part.filter(|part| part != path));
            }
        }
        parts
    }

    /// Whether a sheet is a part of others.
    pub fn is_part(&self, path: &ModulePath) -> bool {
        self.parts.contains(path)
    }

    /// A sheet as a module whose CSS is no style sheet's yet.
    pub async fn made<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        path: &ModulePath,
        text: &str,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Rc<CompiledModule> {
        match self.compiled(path, text, workshop).await {
            Ok(module) => module,
            // Not kept: the next build tries it again.
            Err(fault) => {
                let message = format!("Sass could not be run on `{path}`: {fault}.");
                let error = Diagnostic::error("compiler-crashed", message)
                    .in_file(path)
                    .hint("Save it again. If that doesn't help, split the sheet.");
                Rc::new(CompiledModule::failed(vec![error]))
            }
        }
    }

    async fn compiled<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        path: &ModulePath,
        text: &str,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<Rc<CompiledModule>, Fault> {
        let options = Options::of(self.settings, path);
        let mut further: Vec<SassWanted> = Vec::new();
        for _ in 0..ROUNDS {
            let found = self.found(path, text, &options, &further, workshop).await?;
            let question = SassQuestion {
                path: path.clone(),
                files: found.files,
                names: found.names,
                additional: options.additional.clone(),
                quiet_dependencies: options.quiet_dependencies,
                silenced: options.silenced.clone(),
            };
            let asked = serde_json::to_vec(&question).expect("texts always serialise");
            let key = ContentHasher::new()
                .field("sass")
                .field(SASS_VERSION)
                .field(&asked)
                .finish();
            if let Some(known) = workshop.cache.get(&key) {
                let wanted: Vec<SassWanted> = serde_json::from_str(&known.code).unwrap_or_default();
                match wanted.is_empty() {
                    true => return Ok(known),
                    false => further.extend(wanted),
                }
                continue;
            }
            let answer = workshop.compiler.sass(&question).await?;
            let SassAnswer {
                css,
                wanted,
                diagnostics,
            } = answer;
            let mut module = CompiledModule {
                css,
                diagnostics: super::tailwind::placed(self.source, diagnostics),
                ..CompiledModule::default()
            };
            if !wanted.is_empty() {
                module.code = serde_json::to_string(&wanted).unwrap_or_default();
            }
            let module = Rc::new(module);
            workshop.cache.put(&key, &module);
            if wanted.is_empty() {
                return Ok(module);
            }
            further.extend(wanted);
        }
        Err(Fault("it loads sheets without an end".to_owned()))
    }

    /// Everything that a sheet may load, packages fetched.
    async fn found<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        path: &ModulePath,
        text: &str,
        options: &Options,
        further: &[SassWanted],
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<Found, Fault> {
        loop {
            let found = self.finder().find(path, text, options, further);
            if !self.foreign.fetch(&found.packages, workshop).await? {
                return Ok(found);
            }
        }
    }

    fn finder(&self) -> Finder<'_> {
        Finder {
            source: self.source,
            settings: self.settings,
            scopes: self.scopes,
            packages: self.foreign.sheets(),
        }
    }
}
