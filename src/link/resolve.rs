//! From a specifier to the file of the app that it names, by Vite's rules.

use crate::rules::ResolveRules;
use overskill_model::ModulePath;
use std::collections::BTreeMap;

/// What TypeScript lets an author write for its own files' names.
const WRITTEN_AS: [(&str, &[&str]); 4] = [
    (".js", &[".ts", ".tsx"]),
    (".jsx", &[".tsx"]),
    (".mjs", &[".mts"]),
    (".cjs", &[".cts"]),
];

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

/// Where packages that are folders of the tree lead: workspaces, `imports`, a package's own name, folders with a
/// `package.json` that says where they start.
pub trait LocalPackages {
    /// What a specifier that is no path names as written in `from`.
    fn named(&self, from: &ModulePath, specifier: &str) -> Option<Local>;
    /// Where a folder starts.
    fn entry(&self, folder: &ModulePath) -> Option<ModulePath>;
}

/// What a package that is a folder of the tree gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Local {
    /// A file.
    File(ModulePath),
    /// Something of an npm package: `imports` may say so.
    Package(String),
    /// A module of the runtime.
    External(String),
}

/// No package is a folder of the tree.
pub struct NoLocalPackages;

impl LocalPackages for NoLocalPackages {
    fn named(&self, _: &ModulePath, _: &str) -> Option<Local> {
        None
    }

    fn entry(&self, _: &ModulePath) -> Option<ModulePath> {
        None
    }
}

/// Looks names up in one tree.
pub(crate) struct Resolver<'a, V> {
    pub files: &'a BTreeMap<ModulePath, V>,
    pub rules: &'a ResolveRules,
    pub local: &'a dyn LocalPackages,
}

impl<V> Resolver<'_, V> {
    /// Resolves `specifier` as written in `from`.
    pub fn resolve(&self, from: &ModulePath, specifier: &str) -> Resolution {
        if is_external(specifier) {
            return Resolution::External(specifier.to_owned());
        }
        let (bare, query) = split_query(specifier);
        if let Some(replaced) = self.rules.aliased(bare) {
            return self.aliased(from, &replaced, query);
        }
        self.unaliased(from, bare, query)
    }

    /// Resolves a URL in a style sheet or page, where a name without `./` is a file too.
    pub fn resolve_url(&self, from: &ModulePath, url: &str) -> Resolution {
        match self.resolve(from, url) {
            Resolution::Package(_) => {
                let (bare, query) = split_query(url);
                match self.relative(from, &format!("./{bare}"), query) {
                    // `~` says that it is a package's, or an alias.
                    Resolution::Missing => match bare.strip_prefix('~') {
                        Some(rest) => self.resolve(from, rest),
                        None => Resolution::Package(bare.to_owned()),
                    },
                    found => found,
                }
            }
            other => other,
        }
    }

    fn aliased(&self, from: &ModulePath, replaced: &str, query: Option<&str>) -> Resolution {
        if is_external(replaced) {
            return Resolution::External(replaced.to_owned());
        }
        // What a configuration makes with `path.resolve` starts at the tree's root, whatever `root` says.
        if replaced.starts_with('/')
            && let Some(found) = from
                .join(replaced)
                .and_then(|path| self.at(&path, replaced))
        {
            return Resolution::File(found, query.map(str::to_owned));
        }
        match self.unaliased(from, replaced, query) {
            // A relative target means the root to its author.
            Resolution::Missing if replaced.starts_with('.') => {
                self.relative(from, &format!("/{replaced}"), query)
            }
            other => other,
        }
    }

    fn unaliased(&self, from: &ModulePath, bare: &str, query: Option<&str>) -> Resolution {
        if bare.starts_with('.') || bare.starts_with('/') {
            return self.relative(from, bare, query);
        }
        let file = |path: ModulePath| Resolution::File(path, query.map(str::to_owned));
        for candidate in self.rules.mapped(from, bare) {
            if let Some(found) = from
                .join(&candidate)
                .and_then(|path| self.at(&path, &candidate))
            {
                return file(found);
            }
        }
        match self.local.named(from, bare) {
            Some(Local::File(path)) => file(path),
            Some(Local::Package(specifier)) => Resolution::Package(asked(specifier, query)),
            Some(Local::External(specifier)) => Resolution::External(specifier),
            None => Resolution::Package(asked(bare.to_owned(), query)),
        }
    }

    fn relative(&self, from: &ModulePath, specifier: &str, query: Option<&str>) -> Resolution {
        let rooted = match specifier.strip_prefix('/') {
            Some(rest) => self.rules.rooted(rest),
            None => specifier.to_owned(),
        };
        if let Some(path) = from.join(&rooted)
            && let Some(found) = self.at(&path, specifier)
        {
            return Resolution::File(found, query.map(str::to_owned));
        }
        if let Some(name) = specifier.strip_prefix('/') {
            // Links of a monorepo name files from the tree's root.
            if !self.rules.root.is_empty()
                && let Some(path) = from.join(specifier)
                && let Some(found) = self.at(&path, specifier)
            {
                return Resolution::File(found, query.map(str::to_owned));
            }
            if let Some(public) = self.rules.public_file(name)
                && let Some(path) = from.join(&public)
                && self.files.contains_key(&path)
            {
                return Resolution::Public(format!("/{name}"));
            }
        }
        Resolution::Missing
    }

    /// The file at a path: the path itself, with an extension, or what a folder of that name starts with.
    fn at(&self, path: &ModulePath, written: &str) -> Option<ModulePath> {
        let folder =
            written.ends_with('/') || written.ends_with("/.") || written == "." || written == "..";
        if folder { None } else { self.file(path) }
            .or_else(|| self.local.entry(path))
            .or_else(|| self.index(path))
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
        let extensions = self.rules.extensions.iter();
        extensions
            .filter_map(|suffix| with(path.as_str(), suffix))
            .next()
    }

    fn index(&self, folder: &ModulePath) -> Option<ModulePath> {
        self.rules.extensions.iter().find_map(|suffix| {
            let candidate = folder.with_suffix(&format!("/index{suffix}"))?;
            self.files.contains_key(&candidate).then_some(candidate)
        })
    }
}

/// A package's specifier with what is wanted of the file instead of what it is by itself.
fn asked(specifier: String, query: Option<&str>) -> String {
    let parts = || query.unwrap_or_default().split('&');
    let wanted = ["worker", "raw", "inline", "url"];
    match wanted
        .iter()
        .find(|name| parts().any(|part| part == **name))
    {
        Some(name) => format!("{specifier}?{name}"),
        None => specifier,
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
mod tests;
