//! A package's files by name, without extension, as folder: what Node and Vite try.

use crate::{Asked, Manifest};
use std::collections::{BTreeMap, BTreeSet};

const FOR_IMPORT: [&str; 7] = [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"];
/// Node's own order first: next to `a.mjs`, what `require("./a")` means is `a.js`.
const FOR_REQUIRE: [&str; 8] = [
    ".js", ".json", ".cjs", ".mjs", ".ts", ".mts", ".jsx", ".tsx",
];
const FOR_STYLE: [&str; 1] = [".css"];
const FOR_SASS: [&str; 3] = [".scss", ".sass", ".css"];

/// Files of one package and its folders' `package.json`s.
pub(crate) struct Listing<'a> {
    pub files: &'a BTreeMap<String, Option<Vec<u8>>>,
    pub manifests: &'a BTreeMap<String, Manifest>,
    /// The folders whose `browser` entry is an ECMAScript module.
    pub modules: &'a BTreeSet<String>,
}

impl Listing<'_> {
    /// The file that `path`, relative to the package's root, means.
    pub fn probe(&self, path: &str, asked: Asked) -> Option<String> {
        let folder_only = path.ends_with('/');
        let path = path.trim_end_matches('/');
        let file = (!folder_only && !path.is_empty())
            .then(|| self.file(path, asked))
            .flatten();
        file.or_else(|| self.folder(path, asked, 4))
    }

    /// The file itself, or with an extension.
    fn file(&self, path: &str, asked: Asked) -> Option<String> {
        if self.files.contains_key(path) {
            return Some(path.to_owned());
        }
        self.with_extension(path, asked)
    }

    fn with_extension(&self, path: &str, asked: Asked) -> Option<String> {
        let extensions: &[&str] = match asked {
            Asked::Import => &FOR_IMPORT,
            Asked::Require => &FOR_REQUIRE,
            Asked::Style => &FOR_STYLE,
            Asked::Sass => &FOR_SASS,
        };
        extensions
            .iter()
            .map(|extension| format!("{path}{extension}"))
            .find(|candidate| self.files.contains_key(candidate))
    }

    /// What a folder's `package.json` names, or its index. `left` bounds folders that name folders.
    pub fn folder(&self, folder: &str, asked: Asked, left: usize) -> Option<String> {
        let within = |name: &str| within(folder, name);
        if let Some(manifest) = self.manifests.get(folder) {
            for main in self.mains(manifest, folder, asked) {
                let Some(path) = within(&main) else { continue };
                let nested = || {
                    let deeper = left > 0 && path != folder;
                    deeper
                        .then(|| self.folder(&path, asked, left - 1))
                        .flatten()
                };
                if let Some(found) = self.file(&path, asked).or_else(nested) {
                    return Some(found);
                }
            }
        }
        self.with_extension(&within("index")?, asked)
    }

    /// The fields that may name a folder's entry, best first.
    fn mains(&self, manifest: &Manifest, folder: &str, asked: Asked) -> Vec<String> {
        let Manifest {
            main,
            module,
            browser,
            style,
            sass,
            ..
        } = manifest;
        let fields = match asked {
            Asked::Style => [style, main, &None],
            Asked::Sass => [sass, style, main],
            // A package that has both asks for the one that its user can do without interop.
            Asked::Require => [browser, main, module],
            Asked::Import => match (browser, module) {
                (Some(_), Some(_)) if !self.modules.contains(folder) => [module, browser, main],
                _ => [browser, module, main],
            },
        };
        fields.into_iter().flatten().cloned().collect()
    }

    /// Vite's guess: next to `module`, a `browser` that is no ECMAScript module is an old bundle for script tags.
    pub fn is_module(&self, folder: &str, entry: &str) -> bool {
        let path = within(folder, entry).and_then(|path| self.file(&path, Asked::Import));
        let text = path
            .and_then(|path| self.files.get(&path)?.as_ref())
            .map(|bytes| String::from_utf8_lossy(bytes));
        text.is_some_and(|text| {
            let mut statements = text.split(['\n', ';']).map(str::trim_start);
            statements.any(|at| {
                [
                    "import ", "import{", "import\"", "import'", "export ", "export{", "export*",
                ]
                .iter()
                .any(|keyword| at.starts_with(keyword))
            })
        })
    }
}

/// `path` (as in a `package.json` or an import) taken from `folder`; `None` when it leaves the root.
pub fn within(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
