//! From a specifier to the file of the app that it names, by Vite's rules.

use overskill_model::ModulePath;
use std::collections::BTreeMap;

/// Tried in this order when a specifier has no extension that exists: Vite's `resolve.extensions`.
const EXTENSIONS: [&str; 7] = [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"];

/// What TypeScript lets an author write for its own files' names.
const WRITTEN_AS: [(&str, &[&str]); 4] = [
    (".js", &[".ts", ".tsx"]),
    (".jsx", &[".tsx"]),
    (".mjs", &[".mts"]),
    (".cjs", &[".cts"]),
];

/// A prefix of specifiers that stands for a folder of the app: `@/` for `src/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// What specifiers start with, or are when `exact`.
    pub prefix: String,
    /// What stands there instead, from the app's root.
    pub target: String,
    /// Whether the whole specifier must be the prefix.
    pub exact: bool,
}

/// What a specifier turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// A file of the app, with the query that was asked of it (without `?`).
    File(ModulePath, Option<String>),
    /// Something of an npm package.
    Package(String),
    /// A file of `public/`, by its URL.
    Public(String),
    /// Another origin's URL.
    External(String),
    /// Nothing.
    Missing,
}

/// Looks names up in one tree.
pub(crate) struct Resolver<'a, V> {
    pub files: &'a BTreeMap<ModulePath, V>,
    pub aliases: &'a [Alias],
}

impl<V> Resolver<'_, V> {
    /// Resolves `specifier` as written in `from`.
    pub fn resolve(&self, from: &ModulePath, specifier: &str) -> Resolution {
        if is_external(specifier) {
            return Resolution::External(specifier.to_owned());
        }
        let (bare, query) = split_query(specifier);
        if bare.starts_with('.') || bare.starts_with('/') {
            return self.relative(from, bare, query);
        }
        for alias in self.aliases {
            let rest = if alias.exact {
                (bare == alias.prefix).then_some("")
            } else {
                bare.strip_prefix(&alias.prefix)
            };
            let Some(rest) = rest else { continue };
            if let found @ Resolution::File(..) =
                self.relative(from, &format!("/{}{rest}", alias.target), query)
            {
                return found;
            }
        }
        Resolution::Package(bare.to_owned())
    }

    /// Resolves a URL in a style sheet or page, where a name without `./` is a file too.
    pub fn resolve_url(&self, from: &ModulePath, url: &str) -> Resolution {
        match self.resolve(from, url) {
            Resolution::Package(_) => {
                match self.relative(from, &format!("./{}", split_query(url).0), None) {
                    Resolution::Missing => Resolution::Package(url.to_owned()),
                    found => found,
                }
            }
            other => other,
        }
    }

    fn relative(&self, from: &ModulePath, specifier: &str, query: Option<&str>) -> Resolution {
        let folder = specifier.ends_with('/')
            || specifier.ends_with("/.")
            || specifier == "."
            || specifier == "..";
        if let Some(path) = from.join(specifier) {
            let found = if folder { None } else { self.file(&path) }.or_else(|| self.index(&path));
            if let Some(found) = found {
                return Resolution::File(found, query.map(str::to_owned));
            }
            if specifier.starts_with('/') {
                let public = ModulePath::join(&path, &format!("/public/{path}"));
                if public.is_some_and(|public| self.files.contains_key(&public)) {
                    return Resolution::Public(format!("/{path}"));
                }
            }
        }
        Resolution::Missing
    }

    fn file(&self, path: &ModulePath) -> Option<ModulePath> {
        if self.files.contains_key(path) {
            return Some(path.clone());
        }
        let with = |base: &str, suffix: &str| {
            let candidate = path.join(&format!("/{base}{suffix}"))?;
            self.files.contains_key(&candidate).then_some(candidate)
        };
        for (written, meant) in WRITTEN_AS {
            if let Some(stem) = path.as_str().strip_suffix(written)
                && let Some(found) = meant.iter().find_map(|suffix| with(stem, suffix))
            {
                return Some(found);
            }
        }
        EXTENSIONS
            .iter()
            .find_map(|suffix| with(path.as_str(), suffix))
    }

    fn index(&self, folder: &ModulePath) -> Option<ModulePath> {
        EXTENSIONS.iter().find_map(|suffix| {
            let candidate = folder.with_suffix(&format!("/index{suffix}"))?;
            self.files.contains_key(&candidate).then_some(candidate)
        })
    }
}

/// Whether it is a URL with an origin or data of its own.
pub(crate) fn is_external(specifier: &str) -> bool {
    specifier.starts_with("//")
        || ["http:", "https:", "data:", "blob:"].iter().any(|scheme| {
            specifier
                .get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        })
}

/// Separates `?query` and drops `#hash` from a specifier.
fn split_query(specifier: &str) -> (&str, Option<&str>) {
    match specifier.split_once('?') {
        Some((bare, query)) => (bare, Some(query.split('#').next().unwrap_or(query))),
        // A leading `#` is a subpath import, not a hash.
        None => match specifier.rsplit_once('#') {
            Some((bare, _)) if !bare.is_empty() && bare.contains('.') => (bare, None),
            _ => (specifier, None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overskill_model::Limits;

    fn path(text: &str) -> ModulePath {
        ModulePath::parse(text, &Limits::default()).unwrap()
    }

    #[test]
    fn specifiers_name_files_as_in_vite() {
        let files: BTreeMap<ModulePath, ()> = [
            "src/App.tsx",
            "src/util.ts",
            "src/util.js",
            "src/lib/index.ts",
            "src/data.json",
            "src/a.css",
            "public/v.svg",
            "src/lib.ts",
            "src/only.ts",
        ]
        .into_iter()
        .map(|text| (path(text), ()))
        .collect();
        let aliases = [Alias {
            prefix: "@/".into(),
            target: "src/".into(),
            exact: false,
        }];
        let resolver = Resolver {
            files: &files,
            aliases: &aliases,
        };
        let from = path("src/main.tsx");
        let file = |text: &str| Resolution::File(path(text), None);
        for (specifier, expected) in [
            ("./App", file("src/App.tsx")),
            ("./App.tsx", file("src/App.tsx")),
            ("./App.js", file("src/App.tsx")),
            ("./util", file("src/util.js")),
            ("./only.js", file("src/only.ts")),
            ("./lib", file("src/lib.ts")),
            ("./lib/", file("src/lib/index.ts")),
            ("@/lib/index", file("src/lib/index.ts")),
            ("/src/data", file("src/data.json")),
            ("/v.svg", Resolution::Public("/v.svg".into())),
            (
                "./a.css?inline",
                Resolution::File(path("src/a.css"), Some("inline".into())),
            ),
            ("react", Resolution::Package("react".into())),
            ("@scope/x/y", Resolution::Package("@scope/x/y".into())),
            (
                "https://x/y.js",
                Resolution::External("https://x/y.js".into()),
            ),
            ("./nope", Resolution::Missing),
            ("../../../etc/passwd", Resolution::Missing),
        ] {
            assert_eq!(resolver.resolve(&from, specifier), expected, "{specifier}");
        }
        assert_eq!(resolver.resolve_url(&from, "a.css"), file("src/a.css"));
    }
}
