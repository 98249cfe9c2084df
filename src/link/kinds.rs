//! What a file is taken as, by its extension and by the query behind its name.

use crate::pattern::Pattern;
use overskill_model::ModulePath;
use overskill_module::FileKind;
use regex_lite::Regex;

/// Which files a config means.
#[derive(Debug, Clone)]
pub enum FileFilter {
    /// Those that match a pattern from the root.
    Glob(Pattern),
    /// Those whose path, with a slash at its start, matches.
    Regex(Regex),
}

impl FileFilter {
    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Glob(pattern) => pattern.matches(path),
            Self::Regex(regex) => regex.is_match(&format!("/{path}")),
        }
    }
}

/// What an app's config says about its files.
#[derive(Debug, Clone)]
pub struct Kinds {
    /// Files that are assets besides those of Vite's list: `assetsInclude`.
    pub assets: Vec<FileFilter>,
    /// SVGs that are React components, by path and query: `**/*.svg?react`.
    pub components: Vec<FileFilter>,
    /// Those of them that are not.
    pub no_components: Vec<FileFilter>,
    /// Smaller SVGs have no URL of their own (`build.assetsInlineLimit`), in bytes.
    pub inline_limit: usize,
    /// Whether they are a server's: texts and binaries are what a Worker gets of them.
    pub server: bool,
}

impl Default for Kinds {
    fn default() -> Self {
        Self {
            assets: Vec::new(),
            components: Vec::new(),
            no_components: Vec::new(),
            inline_limit: 4096,
            server: false,
        }
    }
}

/// How a file takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// As the compiler made it.
    Compiled,
    /// Its URL is its default export.
    Asset,
    /// Its text is its default export.
    Raw,
    /// Its CSS is its default export, and it isn't put into the page.
    InlineStyle,
    /// The URL of its processed CSS is its default export.
    StyleUrl,
    /// A function that makes a worker of it is its default export, or with `url` the worker's URL.
    Worker { shared: bool, url: bool },
    /// A function that instantiates it is its default export.
    WasmInit,
    /// A module of the runtime: WebAssembly, or bytes.
    Binary,
    /// No one knows.
    Unknown,
}

impl Role {
    /// Whether it takes what the compiler made of the file.
    pub(crate) fn is_compiled(self) -> bool {
        matches!(self, Self::Compiled | Self::InlineStyle | Self::StyleUrl)
    }
}

/// Whether a Worker gets its text: Wrangler's list, and what else is commonly read as one.
fn is_server_text(path: &ModulePath) -> bool {
    let extension = path.extension().to_ascii_lowercase();
    ["txt", "html", "htm", "sql", "md"].contains(&extension.as_str())
}

/// Whether a query has `name` as a part of its own.
pub(crate) fn asks(query: Option<&str>, name: &str) -> bool {
    query.is_some_and(|query| query.split('&').any(|part| part == name))
}

pub(crate) fn role(kinds: &Kinds, path: &ModulePath, query: Option<&str>) -> Role {
    let kind = FileKind::of(path);
    let asks = |name: &str| asks(query, name);
    let any = |filters: &[FileFilter], text: &str| filters.iter().any(|at| at.matches(text));
    if path.extension().eq_ignore_ascii_case("svg") {
        let id = match query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_string(),
        };
        if any(&kinds.components, &id) && !any(&kinds.no_components, &id) {
            return Role::Compiled;
        }
    }
    match kind {
        _ if asks("worker") || asks("sharedworker") => Role::Worker {
            shared: asks("sharedworker"),
            url: asks("url"),
        },
        _ if asks("raw") => Role::Raw,
        FileKind::Style if asks("url") => Role::StyleUrl,
        FileKind::Style if asks("inline") => Role::InlineStyle,
        _ if asks("url") => Role::Asset,
        FileKind::Wasm if kinds.server => Role::Binary,
        _ if kinds.server && is_server_text(path) => Role::Raw,
        _ if kinds.server && path.extension().eq_ignore_ascii_case("bin") => Role::Binary,
        FileKind::Wasm if query.is_some_and(|query| query.starts_with("init")) => Role::WasmInit,
        _ if any(&kinds.assets, path.as_str()) => Role::Asset,
        FileKind::Asset => Role::Asset,
        FileKind::Wasm if query.is_some() => Role::Asset,
        FileKind::Script | FileKind::Json | FileKind::Style | FileKind::Wasm => Role::Compiled,
        FileKind::Unknown => Role::Unknown,
    }
}
