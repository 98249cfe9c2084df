//! What the linker may know of a module.

use overskill_diagnostics::Span;
use serde::{Deserialize, Serialize};

/// How a module's factory is called and how others see its exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModuleFormat {
    /// ECMAScript: `function*(os) { …; yield; … }`, or `async function*` with top-level await.
    #[default]
    Esm,
    /// CommonJS: `function(module, exports, require) { … }`.
    CommonJs,
}

/// In what way a module asks for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyKind {
    /// `import …` or `export … from`: evaluated before the module itself.
    Static,
    /// `import("…")` with a literal.
    Dynamic,
    /// `require("…")` with a literal, in CommonJS or by `import x = require("…")`.
    Require,
    /// `new URL("…", import.meta.url)`.
    Url,
    /// `new Worker(new URL("…", import.meta.url), { type: "module" })`, or `SharedWorker`.
    ModuleWorker,
    /// The same without the type, or with `"classic"`.
    ClassicWorker,
    /// CSS `@import`.
    StyleImport,
}

/// A name taken from a dependency, for checking that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedName {
    /// The exported name; `default` for a default import. Namespace imports list nothing.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

/// One specifier that a module asks for, once per kind, in order of first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// As written.
    pub specifier: String,
    /// In what way.
    pub kind: DependencyKind,
    /// Where the specifier is first written.
    pub span: Span,
    /// The names taken from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<ImportedName>,
    /// Whether its namespace as such is used, so that the names are not all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Whether failing to find it may be caught by the module: a `require` or `import()` inside `try`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What a set of files is asked for as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GlobUse {
    /// `import.meta.glob(…)`: keys are relative to the importer, or from the root where a pattern is.
    #[default]
    Record,
    /// `Object.keys(import.meta.glob(…))`: no module is imported.
    Keys,
    /// `` import(`./pages/${name}.tsx`) ``: keys are written as the pattern is.
    Import,
}

/// A set of files of the tree, which only the linker knows: `import.meta.glob` and what Vite makes into one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Glob {
    /// As written; those that start with `!` take away.
    pub patterns: Vec<String>,
    /// What for.
    #[serde(default, rename = "use")]
    pub wanted: GlobUse,
    /// Where it is written.
    pub span: Span,
    /// Whether its modules are static imports, evaluated before the others of the module.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub eager: bool,
    /// The one export that is wanted; `None` for the namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Put behind each file's name: `?raw`; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The folder that relative patterns and keys start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether hidden files and `node_modules` count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exhaustive: bool,
    /// Whether upper and lower case are the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
}

/// A name that a module gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The name; `default` for the default export.
    pub name: String,
    /// For `export { a as b } from "x"`: the specifier and the name there (`*` for `export * as b`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<(String, String)>,
}

/// The facts of one module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModuleFacts {
    /// How its factory is called.
    pub format: ModuleFormat,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// The sets of files that it asks for: the factory's `os.glob(n)` is the `n`th.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub globs: Vec<Glob>,
    /// What it gives by name, in source order; empty for CommonJS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<Export>,
    /// The names of the types that it exports, which are gone from its code; none for a package's module.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The specifiers of its `export * from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub star_exports: Vec<String>,
    /// Whether it awaits at its top level.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub top_level_await: bool,
    /// Whether it updates itself by React Refresh's rules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refresh: bool,
    /// Whether it reads `import.meta.hot`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hot: bool,
}
