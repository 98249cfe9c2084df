//! Files → compiled modules: those known are looked up, the rest go to the compiler in as few calls as will do.

use super::{
    Packages, Source, Workshop,
    ground::Ground,
    page::Entry,
    sass::{Sass, is_sass},
    values,
};
use crate::{settings::ConfigFile, tree::Files};
use futures_util::future::join;
use overskill_diagnostics::{Diagnostic, Severity, Span};
use overskill_link::{Graph, wasm_module};
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use overskill_module::{
    COMPILER_VERSION, CompileBatch, CompileOptions, CompileSource, CompiledModule, ConfigValue,
    FileKind, is_css_module,
};
use overskill_ports::{Clock, Compiler};
use overskill_protocol::{BuildPhase, BuildProgress};
use std::{
    cell::Cell,
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
        let elsewhere = [
            "",
            "public",
            "node_modules",
            "dist",
            "build",
            "supabase",
            "worker",
            "functions",
        ];
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

/// Compiles `wanted`; each gets a module, if only one that says what is wrong. Sheets that are first made into others wait
/// for nobody but themselves.
pub(super) async fn compile<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    ground: &Ground,
    sass: &Sass<'_>,
    wanted: BTreeSet<ModulePath>,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Vec<(ModulePath, Rc<CompiledModule>)> {
    let mut modules = Vec::new();
    let made = |path: &ModulePath| is_made(ground, path);
    let (sheets, others): (Vec<_>, Vec<_>) = wanted.into_iter().partition(made);
    let jobs = others
        .into_iter()
        .filter_map(|path| prepared(source, ground, path, workshop, &mut modules));
    let progress = Progress::default();
    let scripts = batched(jobs.collect(), &progress, workshop);
    let styles = async {
        let (mut jobs, mut modules) = (Vec::new(), Vec::new());
        for path in sheets {
            jobs.extend(sheet(source, ground, sass, path, workshop, &mut modules).await);
        }
        modules.extend(batched(jobs, &progress, workshop).await);
        modules
    };
    let (scripts, styles) = join(scripts, styles).await;
    modules.extend(scripts);
    modules.extend(styles);
    modules
}

/// Whether a file is a style sheet whose text is first made into another one.
fn is_made(ground: &Ground, path: &ModulePath) -> bool {
    is_sass(path) || is_css_module(path) || ground.tailwind.expands(path)
}

/// What is to be compiled of a file whose text stays as it is; one that needs no compiling goes to `modules`.
fn prepared<C, P, K: ModuleCache, T>(
    source: &Source<'_>,
    ground: &Ground,
    path: ModulePath,
    workshop: &Workshop<'_, C, P, K, T>,
    modules: &mut Vec<(ModulePath, Rc<CompiledModule>)>,
) -> Option<Job> {
    let options = ground.settings.options(&path);
    let inline = ground.entry.inline.get(&path);
    let hash = match inline {
        Some(text) => ContentHash::of(text.as_bytes()),
        None => source.files.get(&path)?.hash,
    };
    let known = ground.keys.borrow().get(&path).copied();
    let key = match known.filter(|(content, _)| *content == hash) {
        Some((_, key)) => key,
        None => {
            let key = module_key(&path, &hash, options);
            ground.keys.borrow_mut().insert(path.clone(), (hash, key));
            key
        }
    };
    if let Some(known) = workshop.cache.get(&key) {
        modules.push((path, known));
        return None;
    }
    if FileKind::of(&path) == FileKind::Wasm && inline.is_none() {
        let bytes = source.bytes(&path).unwrap_or_default();
        modules.push((path.clone(), Rc::new(wasm_module(&path, &bytes))));
        return None;
    }
    let (text, doubt) = match inline {
        Some(text) => (text.to_string(), None),
        None => match decoded(&path, source.bytes(&path).unwrap_or_default()) {
            Ok(decoded) => decoded,
            Err(failed) => {
                modules.push((path, failed));
                return None;
            }
        },
    };
    // Whoever takes it from the cache would not be told.
    let key = match doubt {
        Some(_) => ContentHash::of(key.to_string().as_bytes()),
        None => key,
    };
    Some(Job {
        path,
        text,
        key,
        options: options.clone(),
        notes: Notes {
            notes: doubt.into_iter().collect(),
            ..Notes::default()
        },
    })
}

/// The same of a sheet that is made into another one: by Sass, by Tailwind, by its values.
async fn sheet<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    ground: &Ground,
    sass: &Sass<'_>,
    path: ModulePath,
    workshop: &Workshop<'_, C, P, K, T>,
    modules: &mut Vec<(ModulePath, Rc<CompiledModule>)>,
) -> Option<Job> {
    let Ground {
        settings, tailwind, ..
    } = ground;
    let mut options = settings.options(&path).clone();
    let mut hash = source.files.get(&path)?.hash;
    let (written, doubt) = match decoded(&path, source.bytes(&path).unwrap_or_default()) {
        Ok(decoded) => decoded,
        Err(failed) => {
            modules.push((path, failed));
            return None;
        }
    };
    let mut notes: Vec<Diagnostic> = doubt.into_iter().collect();
    let mut made = None;
    if is_sass(&path) {
        let found = sass.made(&path, &written, workshop).await;
        let Some(css) = &found.css else {
            modules.push((path, found));
            return None;
        };
        hash = ContentHash::of(css.as_bytes());
        notes.extend(found.diagnostics.iter().cloned());
        made = Some(css.clone());
    }
    if (made.is_some() || tailwind.expands(&path))
        && let Some(found) = tailwind
            .expand(
                source,
                settings,
                &path,
                made.as_deref(),
                sass.foreign,
                workshop,
            )
            .await
    {
        let Some(css) = &found.module.css else {
            modules.push((path, found.module));
            return None;
        };
        hash = found.key;
        notes.extend(found.module.diagnostics.iter().cloned());
        made = Some(css.clone());
    }
    let text = made.as_ref().unwrap_or(&written);
    if is_css_module(&path)
        && let Some(valued) = values::replaced(source, settings, &path, text)
    {
        hash = ContentHash::of(valued.text.as_bytes());
        notes.extend(valued.diagnostics);
        made = Some(valued.text);
    }
    options.made = made.is_some();
    let key = module_key(&path, &hash, &options);
    let (text, written) = match made {
        Some(text) => (text, Some(written)),
        None => (written, None),
    };
    let notes = Notes { written, notes };
    if let Some(known) = workshop.cache.get(&key) {
        let module = notes.on(&path, known, &text);
        modules.push((path, module));
        return None;
    }
    Some(Job {
        path,
        text,
        key,
        options,
        notes,
    })
}

/// How many files are compiled of those that were found to need it.
#[derive(Default)]
struct Progress {
    done: Cell<u64>,
    total: Cell<u64>,
}

impl Progress {
    fn expect(&self, jobs: usize) {
        self.total.set(self.total.get() + jobs as u64);
    }

    fn did(&self, jobs: usize) {
        self.done.set(self.done.get() + jobs as u64);
    }

    fn tell(&self, hear: &dyn Fn(BuildProgress)) {
        hear(BuildProgress {
            phase: BuildPhase::Compile,
            done: self.done.get(),
            total: self.total.get(),
        });
    }
}

/// Compiles in as few calls as will do.
async fn batched<C: Compiler, P, K: ModuleCache, T>(
    jobs: Vec<Job>,
    progress: &Progress,
    workshop: &Workshop<'_, C, P, K, T>,
) -> Vec<(ModulePath, Rc<CompiledModule>)> {
    let mut modules = Vec::new();
    let mut batches: Vec<Vec<Job>> = Vec::new();
    let mut bytes = 0;
    for job in jobs {
        bytes += job.text.len();
        match batches.last_mut() {
            Some(batch) if bytes <= BATCH_BYTES => batch.push(job),
            _ => {
                bytes = job.text.len();
                batches.push(vec![job]);
            }
        }
    }
    batches.reverse();
    progress.expect(batches.iter().map(Vec::len).sum());
    while let Some(mut jobs) = batches.pop() {
        progress.tell(workshop.hear);
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
                progress.did(jobs.len());
                for (job, module) in jobs.into_iter().zip(reply.modules) {
                    let module = Rc::new(module);
                    workshop.cache.put(&job.key, &module);
                    let module = job.notes.on(&job.path, module, &job.text);
                    modules.push((job.path, module));
                }
            }
            // One of them took the compiler down: halving finds out which.
            _ if jobs.len() > 1 => {
                let rest = jobs.split_off(jobs.len() / 2);
                batches.push(rest);
                batches.push(jobs);
            }
            // Not kept: the next build tries it again.
            _ => {
                progress.did(jobs.len());
                modules.extend(jobs.into_iter().map(|job| {
                    let crashed = Rc::new(crashed(&job.path));
                    (job.path, crashed)
                }));
            }
        }
    }
    modules
}

/// The value of the app's configuration file, and what is wrong with it.
pub(super) async fn configuration<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    file: &ConfigFile,
    source: &Source<'_>,
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
                _ => {
                    source.not_kept();
                    Rc::new(crashed(&file.path))
                }
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

/// What is known of a module besides what the compiler has seen.
#[derive(Default)]
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

/// A file's text. As under Vite, single bytes that are not UTF-8 are no reason to refuse it, but its author is told; what
/// is in another encoding altogether is refused.
fn decoded(
    path: &ModulePath,
    bytes: Vec<u8>,
) -> Result<(String, Option<Diagnostic>), Rc<CompiledModule>> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok((text, None)),
        Err(error) => error.into_bytes(),
    };
    let told = |severity, message: String| {
        Diagnostic::new(severity, "invalid-encoding", message)
            .in_file(path)
            .hint("Save the file as UTF-8.")
    };
    if bytes.contains(&0) {
        let message = format!("`{path}` is not UTF-8 text.");
        let failed = CompiledModule::failed(vec![told(Severity::Error, message)]);
        return Err(Rc::new(failed));
    }
    let message = format!("`{path}` has bytes that are not UTF-8; `\u{FFFD}` stands for them.");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((text, Some(told(Severity::Warning, message))))
}

fn crashed(path: &ModulePath) -> CompiledModule {
    let message = format!("The compiler failed on `{path}`.");
    let error = Diagnostic::error("compiler-crashed", message)
        .in_file(path)
        .hint("Split the file, or simplify what is nested deepest in it.");
    CompiledModule::failed(vec![error])
}
