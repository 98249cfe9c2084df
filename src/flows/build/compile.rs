//! Files → compiled modules: those known are looked up, the rest go to the compiler in as few calls as will do.

use super::{
    Packages, Source, Workshop,
    page::Entry,
    sass::{Sass, is_sass},
    tailwind::Tailwind,
    values,
};
use crate::{
    settings::{ConfigFile, Settings},
    tree::Files,
};
use overskill_diagnostics::{Diagnostic, Span};
use overskill_link::{Graph, wasm_module};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::{
    COMPILER_VERSION, CompileBatch, CompileOptions, CompileSource, CompiledModule, ConfigValue,
    FileKind, is_css_module,
};
use overskill_ports::{Clock, Compiler};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// How much source one call of the compiler gets.
const BATCH_BYTES: usize = 2 << 20;
/// Larger scripts and style sheets are compiled only once something imports them.
const LIKELY_BYTES: u64 = 128 << 10;

/// Modules compiled earlier, by [`module_key`].
pub trait ModuleCache {
    /// What was kept under `key`.
    fn get(&self, key: &ContentHash) -> Option<Rc<CompiledModule>>;
    /// Keeps a module.
    fn put(&self, key: &ContentHash, module: &Rc<CompiledModule>);
    /// What was kept of a file's candidates for Tailwind.
    fn candidates(&self, key: &ContentHash) -> Option<Rc<[String]>>;
    /// Keeps a file's candidates while it is in use.
    fn keep_candidates(&self, key: &ContentHash, candidates: &Rc<[String]>);
}

/// What makes style sheets of what isn't CSS yet.
pub(super) struct Sheets<'a> {
    pub sass: &'a Sass<'a>,
    pub tailwind: &'a Tailwind<'a>,
}

/// What a module is a pure function of.
pub fn module_key(
    path: &ModulePath,
    content: &ContentHash,
    options: &CompileOptions,
) -> ContentHash {
    let options = serde_json::to_vec(options).expect("options always serialise");
    ContentHasher::new()
        .field(COMPILER_VERSION)
        .field(path.as_str())
        .field(content.bytes())
        .field(options)
        .finish()
}

/// The files that the page most probably reaches: guessing saves a call for each level of imports.
pub(super) fn likely(files: &Files, entry: &Entry) -> BTreeSet<ModulePath> {
    let guessed = files.iter().filter(|(path, info)| {
        let (folder, _) = path.as_str().split_once('/').unwrap_or_default();
        let name = path.name();
        let elsewhere = ["", "public", "node_modules", "dist", "build", "supabase"];
        !elsewhere.contains(&folder)
            && info.size <= LIKELY_BYTES
            && FileKind::of(path).is_compiled()
            && !name.ends_with(".d.ts")
            && ![".test.", ".spec.", ".stories."]
                .iter()
                .any(|part| name.contains(part))
    });
    let reached = entry.scripts.iter().chain(&entry.styles);
    guessed
        .map(|(path, _)| path)
        .chain(reached)
        .cloned()
        .collect()
}

/// What a graph reaches and nobody has compiled.
pub(super) fn missing(
    graph: &Graph,
    modules: &BTreeMap<ModulePath, Rc<CompiledModule>>,
) -> BTreeSet<ModulePath> {
    graph
        .compiled()
        .into_iter()
        .filter(|path| !modules.contains_key(*path))
        .cloned()
        .collect()
}

/// Compiles `wanted`; each gets a module, if only one that says what is wrong.
pub(super) async fn compile<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    entry: &Entry,
    settings: &Settings,
    sheets: &Sheets<'_>,
    wanted: BTreeSet<ModulePath>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Vec<(ModulePath, Rc<CompiledModule>)> {
    let mut modules = Vec::new();
    let mut batches: Vec<Vec<Job>> = Vec::new();
    let mut bytes = 0;
    for path in wanted {
        let mut options = settings.options(&path).clone();
        let text = match (entry.inline.get(&path), source.files.get(&path)) {
            (Some(text), _) => Ok(text.to_string()),
            (None, Some(info)) => {
                let known = workshop.cache.get(&module_key(&path, &info.hash, &options));
                // What a sheet expands to depends on more than the sheet.
                if let Some(known) = known.filter(|_| !is_expanded(&path)) {
                    modules.push((path, known));
                    continue;
                }
                String::from_utf8(source.bytes(&path).unwrap_or_default())
            }
            (None, None) => continue,
        };
        if FileKind::of(&path) == FileKind::Wasm {
            let bytes = source.bytes(&path).unwrap_or_default();
            modules.push((path.clone(), Rc::new(wasm_module(&path, &bytes))));
            continue;
        }
        let Ok(mut text) = text else {
            modules.push((path.clone(), Rc::new(not_utf8(&path))));
            continue;
        };
        let mut notes = Vec::new();
        let mut written = None;
        if is_sass(&path) {
            let made = sheets.sass.made(&path, &text, workshop).await;
            let Some(css) = &made.css else {
                modules.push((path, made));
                continue;
            };
            notes.clone_from(&made.diagnostics);
            written = Some(std::mem::replace(&mut text, css.clone()));
        }
        if is_expanded(&path)
            && let Some(expanded) = sheets.tailwind.expand(&path, &text, workshop).await
        {
            let Some(css) = &expanded.css else {
                modules.push((path, expanded));
                continue;
            };
            notes.extend(expanded.diagnostics.iter().cloned());
            let text = std::mem::replace(&mut text, css.clone());
            written.get_or_insert(text);
        }
        if is_css_module(&path)
            && let Some(valued) = values::replaced(source, settings, &path, &text)
        {
            notes.extend(valued.diagnostics);
            let text = std::mem::replace(&mut text, valued.text);
            written.get_or_insert(text);
        }
        options.made = written.is_some();
        let hash = ContentHash::of(text.as_bytes());
        let key = module_key(&path, &hash, &options);
        let notes = Notes { written, notes };
        if is_expanded(&path)
            && let Some(known) = workshop.cache.get(&key)
        {
            let module = notes.on(&path, known, &text);
            modules.push((path, module));
            continue;
        }
        bytes += text.len();
        let job = Job {
            key,
            path,
            text,
            options,
            notes,
        };
        match batches.last_mut() {
            Some(batch) if bytes <= BATCH_BYTES => batch.push(job),
            _ => {
                bytes = job.text.len();
                batches.push(vec![job]);
            }
        }
    }
    batches.reverse();
    while let Some(jobs) = batches.pop() {
        let mut batch = CompileBatch::default();
        for job in &jobs {
            let options = &job.options;
            let known = batch.options.iter().position(|known| known == options);
            let options = known.unwrap_or_else(|| {
                batch.options.push(options.clone());
                batch.options.len() - 1
            });
            batch.sources.push(CompileSource {
                path: job.path.clone(),
                text: job.text.clone(),
                options,
            });
        }
        match workshop.compiler.compile(batch).await {
            Ok(reply) if reply.modules.len() == jobs.len() => {
                for (job, module) in jobs.into_iter().zip(reply.modules) {
                    let module = Rc::new(module);
                    workshop.cache.put(&job.key, &module);
                    let module = job.notes.on(&job.path, module, &job.text);
                    modules.push((job.path, module));
                }
            }
            // One of them took the compiler down: halving finds out which.
            _ if jobs.len() > 1 => {
                let mut jobs = jobs;
                let rest = jobs.split_off(jobs.len() / 2);
                batches.push(rest);
                batches.push(jobs);
            }
            // Not kept: the next build tries it again.
            _ => modules.extend(jobs.into_iter().map(|job| {
                let crashed = Rc::new(crashed(&job.path));
                (job.path, crashed)
            })),
        }
    }
    modules
}

/// The value of the app's configuration file, and what is wrong with it.
pub(super) async fn configuration<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    file: &ConfigFile,
    workshop: &Workshop<'_, C, P, K, T>,
) -> (ConfigValue, Vec<Diagnostic>) {
    let options = CompileOptions {
        config: Some(file.inputs.clone()),
        ..CompileOptions::default()
    };
    let key = module_key(&file.path, &ContentHash::of(file.text.as_bytes()), &options);
    let module = match workshop.cache.get(&key) {
        Some(known) => known,
        None => {
            let batch = CompileBatch {
                options: vec![options],
                sources: vec![CompileSource {
                    path: file.path.clone(),
                    text: file.text.clone(),
                    options: 0,
                }],
            };
            let reply = workshop.compiler.compile(batch).await;
            match reply.map(|reply| reply.modules.into_iter().next()) {
                Ok(Some(module)) => {
                    let module = Rc::new(module);
                    workshop.cache.put(&key, &module);
                    module
                }
                // Not kept: the next build tries it again.
                _ => Rc::new(crashed(&file.path)),
            }
        }
    };
    let value = serde_json::from_str(&module.code).unwrap_or_default();
    (value, module.diagnostics.clone())
}

struct Job {
    path: ModulePath,
    text: String,
    key: ContentHash,
    options: CompileOptions,
    notes: Notes,
}

/// Whether a file is a sheet whose text may first be made into another one.
fn is_expanded(path: &ModulePath) -> bool {
    is_sass(path) || path.extension() == "css"
}

/// What is known of a module besides what the compiler has seen.
struct Notes {
    /// What its author wrote, where that is not what is compiled.
    written: Option<String>,
    /// What its author is told besides.
    notes: Vec<Diagnostic>,
}

impl Notes {
    /// The module with it: its places are those in what its author wrote.
    fn on(
        self,
        path: &ModulePath,
        module: Rc<CompiledModule>,
        compiled: &str,
    ) -> Rc<CompiledModule> {
        if self.notes.is_empty() && self.written.is_none() {
            return module;
        }
        let mut module = CompiledModule::clone(&module);
        if let Some(written) = self.written {
            module.made = Some(compiled.to_owned());
            for dependency in &mut module.facts.dependencies {
                let at = written.find(&dependency.specifier);
                dependency.span = Span {
                    start: at.unwrap_or_default() as u32,
                    end: at.map_or(0, |at| at + dependency.specifier.len()) as u32,
                };
            }
            for diagnostic in &mut module.diagnostics {
                let bare =
                    Diagnostic::new(diagnostic.severity, &diagnostic.code, &diagnostic.message);
                let hint = diagnostic.hint.take();
                *diagnostic = bare.in_file(path);
                diagnostic.hint = hint;
            }
        }
        module.diagnostics.extend(self.notes);
        Rc::new(module)
    }
}

fn not_utf8(path: &ModulePath) -> CompiledModule {
    let error = Diagnostic::error("invalid-encoding", format!("`{path}` is not UTF-8 text."))
        .in_file(path)
        .hint("Save the file as UTF-8.");
    CompiledModule::failed(vec![error])
}

fn crashed(path: &ModulePath) -> CompiledModule {
    let message = format!("The compiler failed on `{path}`.");
    let error = Diagnostic::error("compiler-crashed", message)
        .in_file(path)
        .hint("Split the file, or simplify what is nested deepest in it.");
    CompiledModule::failed(vec![error])
}
