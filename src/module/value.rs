//! A compiled module.

use crate::{ModuleFacts, ProductionModule};
use overskill_diagnostics::Diagnostic;
use overskill_model::ContentHash;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;

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
    /// For a production build: what stands in the place of `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production: Option<Box<ProductionModule>>,
    /// For a style sheet that was made of another text, such as Sass's: the CSS as it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// What the linker sees.
    pub facts: ModuleFacts,
    /// What the author is told; with an error among them the module has no code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
    /// What was found of its texts; see [`CompiledModule::digest`].
    #[serde(skip)]
    pub known: Known,
}

/// What is asked of a module's texts every time that it is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// The hash of its code, without the space at its end.
    pub code: ContentHash,
    /// How many line terminators its code has, as source maps count them, without those at its end.
    pub lines: usize,
    /// The hash of its map.
    pub map: ContentHash,
    /// The hash of its code without the places in the source that elements carry for React's own messages.
    pub meaning: ContentHash,
}

impl Digest {
    /// The digest of a module's texts.
    pub fn of(code: &str, map: &str) -> Self {
        let code = code.trim_end();
        let hash = ContentHash::of(code.as_bytes());
        Self {
            code: hash,
            lines: line_terminators(code),
            map: ContentHash::of(map.as_bytes()),
            meaning: meaning(code).unwrap_or(hash),
        }
    }
}

/// The hash of `code` without its elements' lines and columns; `None` where there are none.
fn meaning(code: &str) -> Option<ContentHash> {
    const PLACE: &str = "lineNumber: ";
    const BEFORE: &str = "fileName: ";
    let mut rest = code;
    let mut text = String::new();
    while let Some(at) = rest.find(PLACE) {
        let (before, after) = rest.split_at(at);
        let line = after[PLACE.len()..].trim_start_matches(|digit: char| digit.is_ascii_digit());
        let column = line.strip_prefix(',').map(str::trim_start);
        let column = column.and_then(|column| column.strip_prefix("columnNumber: "));
        // As the compiler writes them: behind the file's name, ahead of `this`.
        let named = before
            .trim_end()
            .strip_suffix("\",")
            .and_then(|before| before.rsplit_once('"'))
            .is_some_and(|(before, _)| before.ends_with(BEFORE));
        text.push_str(before);
        match column.filter(|_| named) {
            Some(column) => {
                rest = column.trim_start_matches(|digit: char| digit.is_ascii_digit());
            }
            None => {
                text.push_str(PLACE);
                rest = &after[PLACE.len()..];
            }
        }
    }
    if text.is_empty() {
        return None;
    }
    text.push_str(rest);
    Some(ContentHash::of(text.as_bytes()))
}

/// A place for a [`Digest`]: no part of the module's value, and empty in its clones, which may be changed.
#[derive(Debug, Default)]
pub struct Known(OnceCell<Digest>);

impl Clone for Known {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Known {}

impl CompiledModule {
    /// A module that could not be compiled.
    pub fn failed(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics,
            ..Self::default()
        }
    }

    /// The digest of its texts, found when first asked for: a module that was linked isn't changed any more.
    pub fn digest(&self) -> &Digest {
        self.known
            .0
            .get_or_init(|| Digest::of(&self.code, &self.map))
    }

    /// Whether it can be linked.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Line terminators as source maps count them: `\n`, `\r\n`, a lone `\r`.
pub fn line_terminators(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    let returns = bytes.iter().enumerate();
    let lone = returns.filter(|(at, byte)| **byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    ends + lone.count()
}
