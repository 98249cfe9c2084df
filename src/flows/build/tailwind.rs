//! Style sheets that use Tailwind are expanded by upstream's compiler before they are compiled as style sheets.

mod candidates;
mod inputs;
mod postcss;
mod version;

use super::{ModuleCache, Packages, Source, Workshop};
use crate::settings::Settings;
use inputs::Inputs;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::{
    CompiledModule, PostcssAnswer, TailwindAnswer, TailwindPlan, TailwindQuestion, Told,
};
use overskill_ports::{Clock, Compiler, Fault};
use postcss::{configuration, one_of};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use version::Declared;

/// Part of every key: changes whenever the same question may have another answer.
const TAILWIND_VERSION: &str = "1";
/// Where Tailwind 3 looks for its configuration.
const CONFIGS: [&str; 6] = [
    "tailwind.config.js",
    "tailwind.config.cjs",
    "tailwind.config.mjs",
    "tailwind.config.ts",
    "tailwind.config.cts",
    "tailwind.config.mts",
];

/// What an app says about Tailwind and PostCSS.
pub(super) struct Tailwind<'a> {
    source: &'a Source<'a>,
    settings: &'a Settings,
    declared: Declared,
    /// Version 3's configuration.
    config: Option<ModulePath>,
    nested: bool,
    /// What its author is told of PostCSS's configuration.
    pub diagnostics: Vec<Diagnostic>,
    /// Sheets that are parts of others: those are expanded whole.
    parts: BTreeSet<ModulePath>,
}

impl<'a> Tailwind<'a> {
    /// Reads it from the tree.
    pub async fn read<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        source: &'a Source<'a>,
        settings: &'a Settings,
        dependencies: &BTreeMap<String, String>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Self {
        let PostcssAnswer {
            plugins,
            diagnostics,
        } = configuration(source, settings, workshop).await;
        let has = |name: &str| plugins.iter().any(|plugin| plugin.name == name);
        let named = plugins.iter().find_map(|plugin| plugin.config.as_deref());
        let config = match named {
            Some(path) => one_of(source, settings, &[path]),
            None => one_of(source, settings, &CONFIGS),
        };
        let lock = source.text_at("package-lock.json");
        let mut declared = Declared::read(dependencies, lock.as_deref());
        declared.present |= config.is_some() || has("tailwindcss");
        let mut told = placed(source, diagnostics);
        if let (Some(other), Some(major)) = (&declared.other, declared.major) {
            let built_in = version::BUILT_IN[usize::from(major == 4)];
            let message =
                format!("The app asks for Tailwind {other}; {built_in} is built in here.");
            told.push(Diagnostic::new(Severity::Info, "tailwind-version", message));
        }
        let mut tailwind = Self {
            source,
            settings,
            declared,
            config,
            nested: [
                "tailwindcss/nesting",
                "@tailwindcss/nesting",
                "postcss-nested",
            ]
            .into_iter()
            .any(has),
            diagnostics: told,
            parts: BTreeSet::new(),
        };
        tailwind.parts = tailwind.parts();
        tailwind
    }

    /// Whether a sheet is a part of others, so that it is compiled only where something else asks for it.
    pub fn is_part(&self, path: &ModulePath) -> bool {
        self.parts.contains(path)
    }

    fn parts(&self) -> BTreeSet<ModulePath> {
        let sheets = self.source.files.keys();
        let sheets = sheets.filter(|path| path.extension() == "css");
        let mut parts = BTreeSet::new();
        for path in sheets {
            let text = self.source.text(path).unwrap_or_default();
            let inputs = Inputs::of(self.source, self.settings, path, &text, None);
            if self.version(&inputs).is_some() {
                let others = inputs.sheets.into_keys().filter(|other| other != path);
                parts.extend(others);
            }
        }
        parts
    }

    /// Which Tailwind a sheet is for, if it is for any.
    fn version(&self, inputs: &Inputs) -> Option<u8> {
        self.declared
            .version(&mut inputs.sheets.values().map(String::as_str))
    }

    /// The sheet with everything of Tailwind's expanded, as a module whose CSS is no style sheet's yet; `None` for one
    /// that has nothing of it.
    pub async fn expand<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        path: &ModulePath,
        text: &str,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Option<Rc<CompiledModule>> {
        let inputs = Inputs::of(self.source, self.settings, path, text, None);
        let version = self.version(&inputs)?;
        let config = self.config.as_ref().filter(|_| version == 3);
        let Inputs {
            sheets,
            scripts,
            names,
        } = match config {
            Some(config) => Inputs::of(self.source, self.settings, path, text, Some(config)),
            None => inputs,
        };
        let mut question = TailwindQuestion {
            version,
            path: path.clone(),
            files: sheets.into_iter().chain(scripts).collect(),
            names,
            config: config.cloned(),
            nested: self.nested,
            candidates: None,
        };
        let asked = serde_json::to_vec(&question).expect("texts always serialise");
        let key = ContentHasher::new()
            .field("tailwind")
            .field(TAILWIND_VERSION)
            .field(&asked)
            .finish();
        let planned = self.planned(&key, &question, workshop).await;
        let plan = match planned {
            Ok((Some(plan), _)) => plan,
            Ok((None, diagnostics)) if diagnostics.is_empty() => return None,
            Ok((None, diagnostics)) => return Some(Rc::new(CompiledModule::failed(diagnostics))),
            Err(fault) => return Some(Rc::new(unavailable(path, &fault))),
        };
        let candidates = match plan.scan {
            true => candidates::of(self.source, version, &plan, workshop.cache),
            false => Vec::new(),
        };
        let mut key = ContentHasher::new().field(key.bytes());
        for candidate in &candidates {
            key = key.field(candidate);
        }
        let key = key.finish();
        if let Some(known) = workshop.cache.get(&key) {
            return Some(known);
        }
        question.candidates = Some(candidates);
        match workshop.compiler.tailwind(&question).await {
            Ok(TailwindAnswer {
                css, diagnostics, ..
            }) => {
                let module = Rc::new(CompiledModule {
                    css,
                    diagnostics: placed(self.source, diagnostics),
                    ..CompiledModule::default()
                });
                workshop.cache.put(&key, &module);
                Some(module)
            }
            // Not kept: the next build tries it again.
            Err(fault) => Some(Rc::new(unavailable(path, &fault))),
        }
    }

    /// Where candidates are to be looked for, and what keeps the sheet from being expanded.
    async fn planned<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        key: &ContentHash,
        question: &TailwindQuestion,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<(Option<TailwindPlan>, Vec<Diagnostic>), Fault> {
        let module = match workshop.cache.get(key) {
            Some(known) => known,
            None => {
                let answer = workshop.compiler.tailwind(question).await?;
                let plan = serde_json::to_string(&answer.plan);
                let module = Rc::new(CompiledModule {
                    code: plan.map_err(|error| Fault(error.to_string()))?,
                    diagnostics: placed(self.source, answer.diagnostics),
                    ..CompiledModule::default()
                });
                workshop.cache.put(key, &module);
                module
            }
        };
        let plan = serde_json::from_str(&module.code).unwrap_or_default();
        Ok((plan, module.diagnostics.clone()))
    }
}

/// The diagnostics, with frames of the app's files.
pub(super) fn placed(source: &Source<'_>, told: Vec<Told>) -> Vec<Diagnostic> {
    let text = |path: &ModulePath| source.text(path);
    told.into_iter()
        .map(|told| told.diagnostic(&text))
        .collect()
}

fn unavailable(path: &ModulePath, fault: &Fault) -> CompiledModule {
    let message = format!("Tailwind could not be run on `{path}`: {fault}.");
    let error = Diagnostic::error("compiler-crashed", message)
        .in_file(path)
        .hint(
            "Save it again. If that doesn't help, look for a safelist or theme that is very large.",
        );
    CompiledModule::failed(vec![error])
}
