//! A module as the production linker takes it: statements that can be left out one by one, in which every name that
//! another module could touch is a numbered mark.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What production code sees of its environment, put in when a module is compiled. Values are JSON texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Defines {
    /// The properties of `import.meta.env`.
    pub env: BTreeMap<String, String>,
    /// Vite's `define`: expressions by dotted name.
    pub define: BTreeMap<String, String>,
}

/// What a mark stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// A name of the module's top level.
    Local,
    /// An export of what the `n`th dependency leads to; `None` for its namespace object.
    Import(usize, Option<String>),
    /// Properties, one of the other, of an export of what the `n`th dependency leads to: where that is a namespace object,
    /// they are another module's exports.
    Path(usize, String, Vec<String>),
    /// The call `import("…")` of the `n`th dependency.
    Dynamic(usize),
    /// The call `require("…")` of the `n`th dependency.
    Require(usize),
    /// The URL of the `n`th dependency, a string.
    Url(usize),
    /// The URL of the worker that the `n`th dependency starts, a string.
    Worker(usize),
    /// The `n`th set of files, an object.
    Glob(usize),
    /// A function that gives the `import()` of one file of the `n`th set by its path; each has so many parts.
    Pick(usize, usize),
    /// The function `import` where what it is given is only known when it runs.
    Computed,
    /// `import.meta.url`.
    MetaUrl,
    /// A `require` that knows no module.
    NoRequire,
    /// The function that instantiates WebAssembly.
    Wasm,
}

/// In what way a statement stands in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementKind {
    /// As it is.
    #[default]
    Plain,
    /// A declarator, without `let`.
    Let,
    /// A declarator, without `var`.
    Var,
    /// A function declaration, which is hoisted.
    Function,
}

/// A statement of a module's top level.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Statement {
    /// JavaScript with marks: the marking character, a slot's number, `c` where it is called and must not become its
    /// holder's method, the marking character.
    #[serde(rename = "c")]
    pub code: String,
    /// In what way it stands there.
    #[serde(rename = "k", default, skip_serializing_if = "is_plain")]
    pub kind: StatementKind,
    /// The slots that it declares.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub declares: Vec<u32>,
    /// Whether running it does something that others could notice.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub effects: bool,
    /// It only changes what this slot holds, so it matters where that does.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<u32>,
    /// Where parts of the code come from, in order, where a source map is wanted: the byte in the code; the line and the
    /// column there, from 0, in UTF-16 units.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<(u32, u32, u32)>,
}

fn is_plain(kind: &StatementKind) -> bool {
    *kind == StatementKind::Plain
}

/// A module for the production linker. Its dependencies and sets of files are those of the facts beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductionModule {
    /// The character around marks; it stands nowhere else in the code.
    pub mark: char,
    /// What the marks stand for.
    pub slots: Vec<Slot>,
    /// The top level, in order. For CommonJS the only one is a function of `exports`, `module` and `require`.
    pub statements: Vec<Statement>,
    /// What it gives: name and slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<(String, u32)>,
    /// The dependencies that it gives everything of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stars: Vec<usize>,
    /// Names of globals that it uses, and others that top-level names must not take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub globals: Vec<String>,
}

/// The character that marks stand between where the source doesn't have it: a letter to ECMAScript, of a script that
/// hardly any text is written in.
pub const MARK: char = '\u{1c1}';

impl ProductionModule {
    /// The text of a mark.
    pub fn mark(&self, slot: usize) -> String {
        format!("{0}{slot}{0}", self.mark)
    }

    /// A module whose exports are the values of expressions: `(name, expression)`, evaluated in order.
    pub fn of_values<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut module = Self {
            mark: MARK,
            ..Self::default()
        };
        for (name, expression) in values {
            let slot = module.slots.len();
            module.slots.push(Slot::Local);
            module.exports.push((name.to_owned(), slot as u32));
            module.statements.push(Statement {
                // Expressions are literals, in which it may be escaped.
                code: format!(
                    "{0}{slot}{0}={1}",
                    module.mark,
                    expression.replace(MARK, "\\u01c1")
                ),
                kind: StatementKind::Let,
                declares: vec![slot as u32],
                ..Statement::default()
            });
        }
        module
    }
}
