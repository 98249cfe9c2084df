//! Modules run by Node as they are and as linked: both must print the same.

mod cases;
mod graphs;

use crate::{Module, Options, Output, Start, Target, link};
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, ModuleFormat, Target as Language};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// Files by path; `pure/…` is a package that says it has no side effects.
pub(super) type Files<'a> = &'a [(&'a str, &'a str)];

fn path(path: &str) -> ModulePath {
    ModulePath::parse(path, &Default::default()).unwrap()
}

fn resolved(from: &str, specifier: &str, files: Files<'_>) -> Target {
    if specifier.contains("://") {
        return Target::Url(specifier.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let id = parts.join("/");
    match files.iter().any(|(name, _)| *name == id) {
        true => Target::Module(id_of(&id)),
        false => Target::Nowhere,
    }
}

/// What lies in `packages` is npm's.
fn id_of(file: &str) -> String {
    match file.starts_with("packages/") {
        true => format!("npm:{file}"),
        false => file.to_owned(),
    }
}

/// Links files whose first one is the entry.
pub(super) fn linked(files: Files<'_>, options: &Options<'_>) -> Output {
    linked_with(files, options, false)
}

/// Links files, with source maps where they are wanted.
pub(super) fn linked_with(files: Files<'_>, options: &Options<'_>, map: bool) -> Output {
    let modules = modules(files, map);
    let start = Start {
        name: "index".to_owned(),
        entries: vec![files[0].0.to_owned()],
        worker: None,
        exports: false,
    };
    link(&modules, &[start], options)
}

fn modules(files: Files<'_>, map: bool) -> BTreeMap<String, Module<'static>> {
    files
        .iter()
        .map(|(name, text)| {
            let compile = CompileOptions {
                production: true,
                package: name.ends_with(".cjs"),
                map,
                target: Language::Es2022,
                ..CompileOptions::default()
            };
            let (at, source) = (path(name), (*text).to_owned());
            let compiled = std::thread::Builder::new()
                .stack_size(overskill_compile::STACK_BYTES)
                .spawn(move || overskill_compile::compile(&at, &source, &compile))
                .unwrap()
                .join()
                .unwrap();
            assert!(compiled.is_ok(), "{name}: {:#?}", compiled.diagnostics);
            let dependencies = compiled.facts.dependencies.iter();
            let dependencies =
                dependencies.map(|at| (at.kind, resolved(name, &at.specifier, files)));
            let module = Module {
                format: compiled.facts.format,
                // As Node has it.
                node_importer: compiled.facts.format == ModuleFormat::Esm,
                awaits: compiled.facts.top_level_await,
                pure: name.starts_with("pure/"),
                dependencies: dependencies.collect(),
                globs: Vec::new(),
                computed: None,
                css: None,
                source: map.then(|| (*text).to_owned()),
                body: Cow::Owned(*compiled.production.unwrap()),
            };
            (id_of(name), module)
        })
        .collect()
}

/// A folder that goes when it is no longer used.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "overskill-production-{}-{name}",
            std::process::id()
        ));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(folder: &Path, entry: &str) -> String {
    let output = Command::new("node")
        .arg("--enable-source-maps")
        .arg(folder.join(entry))
        .output()
        .expect("these tests need Node");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What Node prints for the files, and for what they are linked to.
pub(super) fn both(
    name: &str,
    files: Files<'_>,
    options: &Options<'_>,
) -> (String, String, Output) {
    let folder = Folder::new(name);
    folder.write("source/package.json", "{\"type\":\"module\"}");
    for (file, text) in files {
        folder.write(&format!("source/{file}"), text);
    }
    let output = linked(files, options);
    folder.write("linked/package.json", "{\"type\":\"module\"}");
    for (file, text) in &output.files {
        folder.write(&format!("linked/{file}"), text);
    }
    let native = run(&folder.0, &format!("source/{}", files[0].0));
    let ours = run(&folder.0, &format!("linked/{}", output.pages[0].script));
    (native, ours, output)
}

/// Everything that was written.
pub(super) fn text(output: &Output) -> String {
    output
        .files
        .values()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Links files whose first one exports something, and gives what `script` prints that has it as `it`.
fn imported(name: &str, files: Files<'_>, script: &str) -> String {
    let modules = modules(files, false);
    let start = Start {
        name: "index".to_owned(),
        entries: vec![files[0].0.to_owned()],
        worker: None,
        exports: true,
    };
    let output = link(&modules, &[start], &Options::default());
    let folder = Folder::new(name);
    folder.write("package.json", "{\"type\":\"module\"}");
    for (file, text) in &output.files {
        folder.write(file, text);
    }
    let script = format!(
        "import * as it from './{}';{script}",
        output.pages[0].script
    );
    folder.write("run.js", &script);
    run(&folder.0, "run.js")
}

#[test]
fn an_entry_keeps_its_default_export() {
    let files: Files<'_> = &[
        (
            "main.js",
            "import { deep } from './deep.js'; export { deep }; let count = 0; export default { add() { count++ }, fetch: async () => (await import('./later.js')).later(count) }",
        ),
        (
            "deep.js",
            "export const deep = 'deep'; export const unused = 1",
        ),
        (
            "later.js",
            "import { deep } from './deep.js'; export const later = count => deep + count",
        ),
    ];
    let script = "it.default.add(); console.log(await it.default.fetch(), 'unused' in it)";
    assert_eq!(imported("exports", files, script), "deep1 false\n");
    let passed: Files<'_> = &[
        (
            "main.js",
            "import './first.js'; export { app as default } from './app.js'",
        ),
        (
            "app.js",
            "import old from './old.cjs'; export const app = () => old.text",
        ),
        ("first.js", "globalThis.first = 1"),
        ("old.cjs", "exports.text = 'old'"),
    ];
    let script = "console.log(it.default(), first)";
    assert_eq!(imported("exports-passed", passed, script), "old 1\n");
    let old: Files<'_> = &[("main.cjs", "exports.fetch = () => 'old'")];
    let script = "console.log(it.default.fetch())";
    assert_eq!(imported("exports-old", old, script), "old\n");
}
