//! A compiled module.

use crate::ModuleFacts;
use overskill_diagnostics::Diagnostic;
use serde::{Deserialize, Serialize};

/// A module as compiled: a pure function of (content, path-dependent options, compiler version).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CompiledModule {
    /// One JavaScript function expression, called as [`crate::ModuleFormat`] says; empty when there are errors.
    pub code: String,
    /// A source map (version 3, JSON) of `code`; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub map: String,
    /// For a style sheet: its processed CSS, which the factory puts into the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// For a style sheet that was made of another text, such as Sass's: the CSS as it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// What the linker sees.
    pub facts: ModuleFacts,
    /// What the author is told; with an error among them the module has no code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

impl CompiledModule {
    /// A module that could not be compiled.
    pub fn failed(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics,
            ..Self::default()
        }
    }

    /// Whether it can be linked.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}
