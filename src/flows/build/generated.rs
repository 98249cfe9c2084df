//! Files that an app's plugins would write or make up: for the build they are files of the tree.

use super::{
    Source,
    routes::{self, Tokens},
};
use crate::{
    settings::{GENERATED, Settings},
    tree::Files,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHash, ModulePath};
use overskill_module::ConfigValue;
use overskill_protocol::FileInfo;
use std::collections::BTreeMap;

/// What `vite-plugin-pwa` gives while no service worker is made.
const PWA: [(&str, &str); 9] = [
    (
        "pwa-register.js",
        "export const registerSW = (options) => async (reloadPage) => {};",
    ),
    ("pwa-register/react.js", STATE_OF_REACT),
    ("pwa-register/preact.js", STATE_OF_PREACT),
    (
        "pwa-register/vue.js",
        "import { ref } from 'vue'; export const useRegisterSW = (options) => ({ needRefresh: ref(false), offlineReady: ref(false), updateServiceWorker: (reloadPage) => {} });",
    ),
    (
        "pwa-register/svelte.js",
        "import { writable } from 'svelte/store'; export const useRegisterSW = (options) => ({ needRefresh: writable(false), offlineReady: writable(false), updateServiceWorker: (reloadPage) => {} });",
    ),
    (
        "pwa-register/solid.js",
        "import { createSignal } from 'solid-js'; export const useRegisterSW = (options) => ({ needRefresh: createSignal(false), offlineReady: createSignal(false), updateServiceWorker: (reloadPage) => {} });",
    ),
    ("pwa-info.js", "export const pwaInfo = undefined;"),
    (
        "pwa-assets/head.js",
        "export const pwaAssetsHead = { links: [], themeColor: undefined };",
    ),
    (
        "pwa-assets/icons.js",
        "export const pwaAssetsIcons = { favicon: [], transparent: [], maskable: [], apple: [], appleSplashScreen: [] };",
    ),
];

const STATE_OF_REACT: &str = "import { useState } from 'react'; export const useRegisterSW = (options) => ({ needRefresh: useState(false), offlineReady: useState(false), updateServiceWorker: (reloadPage) => {} });";
const STATE_OF_PREACT: &str = "import { useState } from 'preact/hooks'; export const useRegisterSW = (options) => ({ needRefresh: useState(false), offlineReady: useState(false), updateServiceWorker: (reloadPage) => {} });";

/// A tree with the files that its plugins add.
pub(super) struct Generated {
    /// All files, if some are added.
    pub files: Option<Files>,
    contents: BTreeMap<ContentHash, String>,
    /// What its author is told.
    pub diagnostics: Vec<Diagnostic>,
}

impl Generated {
    pub fn of(source: &Source<'_>, settings: &Settings) -> Self {
        let mut added: BTreeMap<ModulePath, String> = BTreeMap::new();
        let mut diagnostics = Vec::new();
        if settings.pwa {
            for (name, text) in PWA {
                let path = parsed(&format!("{GENERATED}/{name}"));
                added.extend(path.map(|path| (path, text.to_owned())));
            }
        }
        if let Some(options) = &settings.routes {
            added.extend(route_tree(source, settings, options, &mut diagnostics));
        }
        let mut generated = Self {
            files: None,
            contents: BTreeMap::new(),
            diagnostics,
        };
        if !added.is_empty() {
            let mut files = source.files.clone();
            for (path, text) in added {
                let hash = ContentHash::of(text.as_bytes());
                let size = text.len() as u64;
                files.insert(path, FileInfo { hash, size });
                generated.contents.insert(hash, text);
            }
            generated.files = Some(files);
        }
        generated
    }

    /// The content of an added file.
    pub fn bytes(&self, hash: &ContentHash) -> Option<Vec<u8>> {
        self.contents
            .get(hash)
            .map(|text| text.clone().into_bytes())
    }
}

fn parsed(path: &str) -> Option<ModulePath> {
    ModulePath::parse(path, &Default::default()).ok()
}

fn route_tree(
    source: &Source<'_>,
    settings: &Settings,
    options: &ConfigValue,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(ModulePath, String)> {
    let json = source.text_at("tsr.config.json");
    let json: serde_json::Value = json
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let option = |name: &str, otherwise: &str| {
        let own = options.get(name).and_then(ConfigValue::as_str);
        let own = own.or_else(|| json.get(name).and_then(serde_json::Value::as_str));
        own.unwrap_or(otherwise).to_owned()
    };
    let rooted = |path: String| {
        let path = path.trim_start_matches("./").trim_matches('/').to_owned();
        let root = &settings.rules.root;
        match root.is_empty() || path.starts_with(&format!("{root}/")) {
            true => path,
            false => format!("{root}/{path}"),
        }
    };
    let target = parsed(&rooted(option(
        "generatedRouteTree",
        "src/routeTree.gen.ts",
    )))?;
    if source.files.contains_key(&target) {
        return None;
    }
    let folder = rooted(option("routesDirectory", "src/routes"));
    let inside = |path: &'_ ModulePath| {
        let rest = path.as_str().strip_prefix(folder.as_str())?;
        Some(rest.strip_prefix('/')?.to_owned())
    };
    let files: Vec<String> = source.files.keys().filter_map(inside).collect();
    let tokens = Tokens {
        index: &option("indexToken", "index"),
        route: &option("routeToken", "route"),
        ignored: &option("routeFileIgnorePrefix", "-"),
    };
    let up = relative(target.folder(), &folder);
    let address = |file: &str| format!("{up}/{file}");
    let router = format!("@tanstack/{}-router", option("target", "react"));
    let tree = routes::tree(files.iter().map(String::as_str), &tokens, &address, &router);
    for file in tree.twice {
        let warning = Diagnostic::warning(
            "route-twice",
            "Another file has the same route; this one is left out of the route tree.",
        );
        let path = parsed(&format!("{folder}/{file}"));
        diagnostics.extend(path.map(|path| warning.in_file(&path)));
    }
    Some((target, tree.code?))
}

/// A folder as a file of another one imports from it.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut path = vec!["..".to_owned(); from.len() - shared];
    if path.is_empty() {
        path.push(".".to_owned());
    }
    path.extend_from_slice(&to[shared..]);
    path.join("/")
}
