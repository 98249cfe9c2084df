//! PostCSS's configuration, read as data by the compiler's JavaScript half.

use super::{TAILWIND_VERSION, inputs::Inputs};
use crate::{
    build::{ModuleCache, Packages, Source, Workshop},
    settings::Settings,
};
use overskill_model::{ContentHasher, ModulePath};
use overskill_module::{CompiledModule, PostcssAnswer, PostcssQuestion};
use overskill_ports::{Clock, Compiler};
use std::rc::Rc;

/// Where it is looked for, as PostCSS's own loader does; those in YAML aren't read.
const CONFIGS: [&str; 14] = [
    ".postcssrc",
    ".postcssrc.json",
    ".postcssrc.ts",
    ".postcssrc.cts",
    ".postcssrc.mts",
    ".postcssrc.js",
    ".postcssrc.cjs",
    ".postcssrc.mjs",
    "postcss.config.ts",
    "postcss.config.cts",
    "postcss.config.mts",
    "postcss.config.js",
    "postcss.config.cjs",
    "postcss.config.mjs",
];

/// The first of `names` that is there: in the folder of the page, or at the root.
pub(super) fn one_of(
    source: &Source<'_>,
    settings: &Settings,
    names: &[&str],
) -> Option<ModulePath> {
    let mut folders = vec![settings.rules.root.as_str()];
    if !folders[0].is_empty() {
        folders.push("");
    }
    folders.into_iter().find_map(|folder| {
        names.iter().find_map(|name| {
            let path = match folder.is_empty() {
                true => (*name).to_owned(),
                false => format!("{folder}/{name}"),
            };
            let path = ModulePath::parse(&path, &Default::default()).ok()?;
            source.files.contains_key(&path).then_some(path)
        })
    })
}

/// What the app's configuration says; nothing where it has none, or where it can't be had.
pub(super) async fn configuration<C: Compiler, P: Packages, K: ModuleCache, T: Clock>(
    source: &Source<'_>,
    settings: &Settings,
    workshop: &Workshop<'_, C, P, K, T>,
) -> PostcssAnswer {
    let manifest = one_of(source, settings, &["package.json"]).filter(|path| {
        let text = source.text(path).unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        json.get("postcss").is_some()
    });
    let Some(path) = manifest.or_else(|| one_of(source, settings, &CONFIGS)) else {
        return PostcssAnswer::default();
    };
    let Inputs { scripts, .. } = Inputs::of_script(source, settings, &path);
    let question = PostcssQuestion {
        path,
        files: scripts,
    };
    let asked = serde_json::to_vec(&question).expect("texts always serialise");
    let key = ContentHasher::new()
        .field("postcss")
        .field(TAILWIND_VERSION)
        .field(&asked)
        .finish();
    let known = workshop.cache.get(&key);
    let known = known.and_then(|module| serde_json::from_str(&module.code).ok());
    if let Some(answer) = known {
        return answer;
    }
    // Not kept when it fails: the next build tries it again.
    let Ok(answer) = workshop.compiler.postcss(&question).await else {
        return PostcssAnswer::default();
    };
    if let Ok(code) = serde_json::to_string(&answer) {
        let module = CompiledModule {
            code,
            ..CompiledModule::default()
        };
        workshop.cache.put(&key, &Rc::new(module));
    }
    answer
}
