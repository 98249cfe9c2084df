//! PostCSS's configuration, read as data by the compiler's JavaScript half.

use super::{TAILWIND_VERSION, inputs::Inputs};
use crate::{
    build::{ModuleCache, Packages, Source, Workshop},
    settings::Settings,
};
use overskill_diagnostics::Severity;
use overskill_model::{ContentHasher, ModulePath};
use overskill_module::{
    CompiledModule, ConfigValue, PostcssAnswer, PostcssPlugin, PostcssQuestion, Told,
};
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

/// Plugins that the compiler takes the part of.
const UNDERSTOOD: [&str; 8] = [
    "tailwindcss",
    "@tailwindcss/postcss",
    "tailwindcss/nesting",
    "@tailwindcss/nesting",
    "autoprefixer",
    "postcss-import",
    "postcss-nesting",
    "postcss-nested",
];

/// What `css.postcss` in Vite's own configuration says; other files are then not looked for.
fn inline(settings: &Settings) -> Option<PostcssAnswer> {
    let options = settings.css.get("postcss")?;
    options.as_object()?;
    let listed = options.get("plugins").and_then(ConfigValue::as_array);
    let mut answer = PostcssAnswer::default();
    for plugin in listed.unwrap_or_default() {
        let ConfigValue::Import {
            module, arguments, ..
        } = plugin
        else {
            continue;
        };
        if UNDERSTOOD.contains(&module.as_str()) {
            let first = arguments.as_ref().and_then(|all| all.first());
            let config = first.and_then(|it| it.as_str().or(it.get("config")?.as_str()));
            answer.plugins.push(PostcssPlugin {
                name: module.clone(),
                config: config.map(|path| path.trim_start_matches(['.', '/']).to_owned()),
            });
        } else {
            let message = format!(
                "The PostCSS plugin `{module}` isn't built in here, so its part is left out."
            );
            answer.diagnostics.push(Told {
                code: "postcss-plugin-ignored".to_owned(),
                severity: Severity::Info,
                message,
                path: None,
                line: None,
                column: None,
                end_line: None,
                end_column: None,
                hint: None,
            });
        }
    }
    Some(answer)
}

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
    if let Some(answer) = inline(settings) {
        return answer;
    }
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
        source.not_kept();
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
