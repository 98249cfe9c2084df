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
    /// What it gives by name, in source order; empty for CommonJS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<Export>,
    /// The specifiers of its `export * from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub star_exports: Vec<String>,
    /// Whether it awaits at its top level.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub top_level_await: bool,
    /// Whether it reads `import.meta.hot`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hot: bool,
}
