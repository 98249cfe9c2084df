//! What the compiler's JavaScript half is asked about Tailwind and PostCSS, and what it answers.

use overskill_diagnostics::{Diagnostic, LineIndex, Position, Severity};
use overskill_model::ModulePath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A style sheet that Tailwind is to expand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailwindQuestion {
    /// Tailwind's major version, 3 or 4.
    pub version: u8,
    /// The sheet.
    pub path: ModulePath,
    /// Every file that it may need, itself among them.
    pub files: BTreeMap<ModulePath, String>,
    /// Specifiers that aren't relative, and the files that they mean.
    pub names: BTreeMap<String, ModulePath>,
    /// Version 3's configuration.
    pub config: Option<ModulePath>,
    /// Whether nesting is flattened before version 3 sees the sheet.
    pub nested: bool,
    /// What may be classes, in order; without them only the plan is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<String>>,
    /// Those of the candidates of which it isn't known whether they matter; all, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Vec<String>>,
    /// Whether the sheet is only wanted where one of `judge` matters: without them it is known.
    #[serde(
        default,
        rename = "onlyIfUsed",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub only_if_used: bool,
}

/// What is found of a [`TailwindQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TailwindAnswer {
    /// Where candidates are to be looked for; `None` for a sheet that is left as it is.
    pub plan: Option<TailwindPlan>,
    /// The expanded sheet, where it was asked for and there are no errors.
    pub css: Option<String>,
    /// The candidates among those to judge that matter: without all the others the sheet is the same.
    pub used: Vec<String>,
    /// What its author is told.
    pub diagnostics: Vec<Told>,
    /// Whether the sheet's design was prepared before this was asked.
    pub prepared: bool,
}

/// Where candidates for a sheet are to be looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TailwindPlan {
    /// Whether the sheet depends on candidates at all.
    pub scan: bool,
    /// Version 4: globs with the folders that they are in.
    pub sources: Vec<TailwindSource>,
    /// Version 3: globs, `!` ahead of those that take files out.
    pub patterns: Vec<String>,
    /// Version 3: the folder that the globs are in; empty for the root.
    pub base: String,
    /// Version 3: further content.
    pub raw: Vec<TailwindRaw>,
    /// Version 3: what stands before every utility.
    pub prefix: String,
    /// Version 3: what stands behind every variant.
    pub separator: String,
}

/// One of version 4's sources.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TailwindSource {
    /// A folder; empty for the root.
    pub base: String,
    /// A glob or a path in it.
    pub pattern: String,
    /// Whether it takes files out.
    pub negated: bool,
}

/// Content that stands in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TailwindRaw {
    /// The text.
    pub text: String,
    /// The extension that a file with it would have.
    pub extension: String,
}

/// A PostCSS configuration to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostcssQuestion {
    /// The configuration.
    pub path: ModulePath,
    /// Every file that it may need, itself among them.
    pub files: BTreeMap<ModulePath, String>,
}

/// What a PostCSS configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostcssAnswer {
    /// The plugins that are understood, in order.
    pub plugins: Vec<PostcssPlugin>,
    /// What its author is told.
    pub diagnostics: Vec<Told>,
}

/// A plugin in a PostCSS configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostcssPlugin {
    /// Its package.
    pub name: String,
    /// The path in its option `config`.
    pub config: Option<String>,
}

/// A diagnostic without a frame. Lines and columns are 1-based, columns in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The kind of problem.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The file that it is about; one that is no path of the app is left out.
    #[serde(default)]
    pub path: Option<String>,
    /// Where it starts.
    #[serde(default)]
    pub line: Option<u32>,
    /// Where it starts in the line.
    #[serde(default)]
    pub column: Option<u32>,
    /// Where it ends.
    #[serde(default)]
    pub end_line: Option<u32>,
    /// Where it ends in the line.
    #[serde(default)]
    pub end_column: Option<u32>,
    /// What to do about it.
    #[serde(default)]
    pub hint: Option<String>,
}

impl Told {
    /// The diagnostic, with a frame where `text` gives the file's text.
    pub fn diagnostic(self, text: &dyn Fn(&ModulePath) -> Option<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.severity, &self.code, self.message);
        diagnostic.hint = self.hint;
        let path = self.path.as_deref();
        let path = path.and_then(|path| ModulePath::parse(path, &Default::default()).ok());
        let Some(path) = path else {
            return diagnostic;
        };
        let (Some(source), Some(line), Some(column)) = (text(&path), self.line, self.column) else {
            return diagnostic.in_file(&path);
        };
        let start = Position { line, column };
        let end = Position {
            line: self.end_line.unwrap_or(line).max(line),
            column: self.end_column.unwrap_or(column),
        };
        diagnostic.between(&path, &LineIndex::new(&source), start, end)
    }
}
