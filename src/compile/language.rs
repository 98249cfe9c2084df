//! What language a file is in, by its extension.

use overskill_model::ModulePath;
use swc_core::ecma::parser::{EsSyntax, Syntax, TsSyntax};

/// How the text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Json,
    Svg,
    Script(Dialect),
}

/// Whether the extension says of what kind a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `.mjs`, `.mts`.
    Module,
    /// `.cjs`, `.cts`.
    CommonJs,
    /// The text says.
    Any,
}

/// A script's syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) typescript: bool,
    pub(crate) jsx: bool,
    pub(crate) kind: Kind,
}

impl Language {
    /// Anything unknown is read as JavaScript: packages name their files as they like.
    pub(crate) fn of(path: &ModulePath) -> Self {
        let (typescript, jsx, kind) = match path.extension().as_str() {
            "json" => return Self::Json,
            "svg" => return Self::Svg,
            "ts" => (true, false, Kind::Any),
            "tsx" => (true, true, Kind::Any),
            "mts" => (true, false, Kind::Module),
            "cts" => (true, false, Kind::CommonJs),
            "mjs" => (false, true, Kind::Module),
            "cjs" => (false, true, Kind::CommonJs),
            _ => (false, true, Kind::Any),
        };
        Self::Script(Dialect {
            typescript,
            jsx,
            kind,
        })
    }
}

impl Dialect {
    pub(crate) fn syntax(self) -> Syntax {
        if self.typescript {
            return Syntax::Typescript(TsSyntax {
                tsx: self.jsx,
                decorators: true,
                ..TsSyntax::default()
            });
        }
        Syntax::Es(EsSyntax {
            jsx: self.jsx,
            decorators: true,
            decorators_before_export: true,
            import_attributes: true,
            auto_accessors: true,
            explicit_resource_management: true,
            ..EsSyntax::default()
        })
    }
}
