//! Style sheets that use Tailwind are expanded by upstream's compiler before they are compiled as style sheets.

mod candidates;
mod expand;
mod foreign;
mod inputs;
mod postcss;
mod version;

use super::{
    ModuleCache, Packages, Source, Workshop,
    foreign::ForeignSheets,
    trace::{Trace, Traced},
};
use crate::settings::Settings;
use candidates::Scanned;
use expand::Expanded;
pub(super) use expand::Judged;
use inputs::Inputs;
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::{CompiledModule, PostcssAnswer, TailwindPlan, TailwindQuestion, Told};
use overskill_ports::{Clock, Compiler, Fault};
use postcss::{configuration, one_of};
use std::{
    cell::RefCell,
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
pub(super) struct Tailwind {
    declared: Declared,
    /// Version 3's configuration.
    config: Option<ModulePath>,
    nested: bool,
    /// What its author is told of PostCSS's configuration.
    pub diagnostics: Vec<Diagnostic>,
    /// Sheets that are parts of others: those are expanded whole.
    parts: BTreeSet<ModulePath>,
    /// Sheets that have something of Tailwind's, themselves or in a part.
    own: BTreeSet<ModulePath>,
    /// The sheets that were asked about.
    sheets: RefCell<BTreeMap<ModulePath, Traced<Option<Rc<Sheet>>>>>,
}

/// A sheet of Tailwind's without its candidates.
struct Sheet {
    /// What is asked about it, without candidates.
    question: TailwindQuestion,
    /// What that is a pure function of.
    key: ContentHash,
    /// Where its candidates are; `None` for a sheet that is left as it is.
    plan: Option<TailwindPlan>,
    /// The files that may have them.
    content: Vec<ModulePath>,
    diagnostics: Vec<Diagnostic>,
}

impl Tailwind {
    /// Reads it from the tree.
    pub async fn read<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        source: &Source<'_>,
        settings: &Settings,
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
            own: BTreeSet::new(),
            sheets: RefCell::default(),
        };
        tailwind.find_sheets(source, settings);
        tailwind
    }

    /// Whether a sheet is a part of others, so that it is compiled only where something else asks for it.
    pub fn is_part(&self, path: &ModulePath) -> bool {
        self.parts.contains(path)
    }

    /// Whether a sheet is expanded.
    pub fn expands(&self, path: &ModulePath) -> bool {
        self.own.contains(path)
    }

    fn find_sheets(&mut self, source: &Source<'_>, settings: &Settings) {
        let sheets = source.files.keys();
        let sheets = sheets.filter(|path| path.extension() == "css");
        for path in sheets {
            let text = source.text(path).unwrap_or_default();
            let inputs = Inputs::of(source, settings, path, &text, None);
            if self.version(&inputs).is_some() {
                let others = inputs.sheets.into_keys().filter(|other| other != path);
                self.parts.extend(others);
                self.own.insert(path.clone());
            }
        }
    }

    /// Which Tailwind a sheet is for, if it is for any.
    fn version(&self, inputs: &Inputs) -> Option<u8> {
        self.declared
            .version(&mut inputs.sheets.values().map(String::as_str))
    }

    /// The sheet with everything of Tailwind's expanded, as a module whose CSS is no style sheet's yet; `None` for one
    /// that has nothing of it. `made` is its text where that isn't the file's.
    pub async fn expand<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        source: &Source<'_>,
        settings: &Settings,
        path: &ModulePath,
        made: Option<&str>,
        foreign: &ForeignSheets<'_>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Option<Expanded> {
        let failed = |module: CompiledModule| Expanded {
            module: Rc::new(module),
            key: ContentHash::of(b""),
        };
        let sheet = match made {
            Some(text) => {
                let prepared = self.prepared(source, settings, path, text, foreign, workshop);
                prepared.await.map(|sheet| sheet.map(Rc::new))
            }
            None => self.sheet(source, settings, path, foreign, workshop).await,
        };
        let sheet = match sheet {
            Ok(sheet) => sheet?,
            Err(fault) => return Some(failed(unavailable(path, &fault))),
        };
        if sheet.plan.is_none() {
            let told = &sheet.diagnostics;
            return (!told.is_empty()).then(|| failed(CompiledModule::failed(told.clone())));
        }
        let scanned = Scanned::of(source, &sheet, workshop.cache);
        let expanded = expand::sheet(&sheet, &scanned, source, workshop).await;
        Some(expanded.unwrap_or_else(|fault| failed(unavailable(path, &fault))))
    }

    /// What is asked about a sheet and what is known of it without its candidates; `None` for one that is not Tailwind's.
    async fn sheet<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        source: &Source<'_>,
        settings: &Settings,
        path: &ModulePath,
        foreign: &ForeignSheets<'_>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<Option<Rc<Sheet>>, Fault> {
        let known = {
            let sheets = self.sheets.borrow();
            let known = sheets.get(path).and_then(|sheet| sheet.get(source.files));
            known.cloned()
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let trace = Trace::default();
        let traced = source.traced(&trace);
        let text = traced.text(path).unwrap_or_default();
        let sheet = self.prepared(&traced, settings, path, &text, foreign, workshop);
        let sheet = sheet.await?;
        let sheet = sheet.map(Rc::new);
        if let Some(traced) = Traced::new(source.files, trace, sheet.clone()) {
            self.sheets.borrow_mut().insert(path.clone(), traced);
        }
        Ok(sheet)
    }

    async fn prepared<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
        &self,
        source: &Source<'_>,
        settings: &Settings,
        path: &ModulePath,
        text: &str,
        foreign: &ForeignSheets<'_>,
        workshop: &Workshop<'_, C, P, K, T>,
    ) -> Result<Option<Sheet>, Fault> {
        let inputs = Inputs::of(source, settings, path, text, None);
        let Some(version) = self.version(&inputs) else {
            return Ok(None);
        };
        let config = self.config.as_ref().filter(|_| version == 3);
        let mut inputs = match config {
            Some(config) => Inputs::of(source, settings, path, text, Some(config)),
            None => inputs,
        };
        if version == 4 {
            foreign::add(&mut inputs, source, foreign, workshop).await;
        }
        let Inputs {
            sheets,
            scripts,
            names,
        } = inputs;
        let question = TailwindQuestion {
            version,
            path: path.clone(),
            files: sheets.into_iter().chain(scripts).collect(),
            names,
            config: config.cloned(),
            nested: self.nested,
            candidates: None,
            judge: None,
            only_if_used: false,
        };
        let asked = serde_json::to_vec(&question).expect("texts always serialise");
        let key = ContentHasher::new()
            .field("tailwind")
            .field(TAILWIND_VERSION)
            .field(&asked)
            .finish();
        let module = match workshop.cache.get(&key) {
            Some(known) => known,
            None => {
                let answer = workshop.compiler.tailwind(&question).await?;
                let plan = serde_json::to_string(&answer.plan);
                let module = Rc::new(CompiledModule {
                    code: plan.map_err(|error| Fault(error.to_string()))?,
                    diagnostics: placed(source, answer.diagnostics),
                    ..CompiledModule::default()
                });
                workshop.cache.put(&key, &module);
                module
            }
        };
        let plan: Option<TailwindPlan> = serde_json::from_str(&module.code).unwrap_or_default();
        let content = plan.as_ref();
        let content = content.map(|plan| candidates::content(source, version, plan));
        Ok(Some(Sheet {
            question,
            key,
            plan,
            content: content.unwrap_or_default(),
            diagnostics: module.diagnostics.clone(),
        }))
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
