//! Random module graphs: cycles, stars, CommonJS, dynamic imports. What runs in which order, and what each sees of the
//! others, must be the same in Node and linked.

use super::{Folder, linked, run};
use crate::Options;
use std::fmt::Write;

/// How many graphs.
const GRAPHS: usize = 60;

/// Prints the graphs' files as JSON. Those that await or fail are left out: in one chunk, as under Rollup, siblings of a
/// module that awaits wait for it too, and what comes behind one that fails doesn't run.
const GENERATE: &str = r#"
import { asFile, file, scenario } from "GRAPHS";
const all = [];
for (let seed = 1; seed <= COUNT; seed++) {
  const modules = scenario(seed).map((module) => ({ ...module, awaits: false, fails: undefined }));
  all.push(modules.map((module) => [file(module), asFile(module, modules)]));
}
console.log(JSON.stringify(all));
"#;

/// Imports the entries and then what they import dynamically, and prints what was logged.
const DRIVE: &str = r#"
import { names, stage } from "GRAPHS";
import { pathToFileURL } from "node:url";
for (const [seed, entry] of ENTRIES.entries()) {
  const on = (globalThis.__differential__ = stage(seed + 1));
  await import(pathToFileURL(entry).href).catch((error) => on.log("failed " + error.message));
  for (let thunk; (thunk = on.thunks.shift()); ) {
    await thunk[1]().then((ns) => on.log(thunk[0] + ": " + names(ns)), (error) => on.log(thunk[0] + " failed: " + error.message));
  }
  on.stop();
  console.log(seed + 1, JSON.stringify(on.lines));
}
"#;

#[test]
fn random_graphs_run_as_in_node() {
    let graphs = concat!(env!("CARGO_MANIFEST_DIR"), "/../client/tests/graphs.mjs");
    let folder = Folder::new("graphs");
    let generate = GENERATE
        .replace("GRAPHS", graphs)
        .replace("COUNT", &GRAPHS.to_string());
    folder.write("generate.mjs", &generate);
    let printed = run(&folder.0, "generate.mjs");
    let all: Vec<Vec<(String, String)>> = serde_json::from_str(&printed).unwrap();
    assert_eq!(all.len(), GRAPHS);
    folder.write("package.json", "{\"type\":\"module\"}");
    let (mut native, mut ours) = (String::new(), String::new());
    for (seed, files) in all.iter().enumerate() {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        for (name, text) in &files {
            folder.write(&format!("source/{seed}/{name}"), text);
        }
        let output = linked(&files, &Options::default());
        for (name, text) in &output.files {
            folder.write(&format!("linked/{seed}/{name}"), text);
        }
        let at = |path: &str| folder.0.join(path).display().to_string();
        let _ = write!(
            native,
            "{:?},",
            at(&format!("source/{seed}/{}", files[0].0))
        );
        let _ = write!(
            ours,
            "{:?},",
            at(&format!("linked/{seed}/{}", output.pages[0].script))
        );
    }
    let drive = |name: &str, entries: &str| {
        let script = DRIVE
            .replace("GRAPHS", graphs)
            .replace("ENTRIES", &format!("[{entries}]"));
        folder.write(name, &script);
        run(&folder.0, name)
    };
    let native = drive("native.mjs", &native);
    let ours = drive("ours.mjs", &ours);
    let different = native
        .lines()
        .zip(ours.lines())
        .find(|(one, other)| one != other);
    if let Some((native, ours)) = different {
        let seed: usize = native.split(' ').next().unwrap().parse().unwrap();
        let files = all[seed - 1].iter();
        let source: String = files
            .map(|(name, text)| format!("// {name}\n{text}\n"))
            .collect();
        panic!("{source}\nnative: {native}\nours:   {ours}");
    }
    assert_eq!(native.lines().count(), GRAPHS);
}
