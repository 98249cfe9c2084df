//! What the compiler is asked, and what it answers.

use crate::{CompiledModule, ConfigInputs};
use overskill_model::ModulePath;
use serde::{Deserialize, Serialize};

/// The oldest JavaScript that the output may need. Named as in `tsconfig.json`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum Target {
    Es2015,
    Es2016,
    Es2017,
    Es2018,
    Es2019,
    #[default]
    Es2020,
    Es2021,
    Es2022,
    Es2023,
    Es2024,
    EsNext,
}

/// How JSX becomes calls. A pragma comment in a file wins over these.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Jsx {
    /// `jsxDEV` from `<import_source>/jsx-dev-runtime`.
    Automatic {
        /// The package that holds the runtime.
        import_source: String,
    },
    /// Calls of `pragma`.
    Classic {
        /// The function, such as `React.createElement`.
        pragma: String,
        /// The fragment, such as `React.Fragment`.
        fragment: String,
    },
}

impl Default for Jsx {
    fn default() -> Self {
        Self::Automatic {
            import_source: "react".to_owned(),
        }
    }
}

/// Which decorators proposal a file is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decorators {
    /// The standard ones.
    #[default]
    Standard,
    /// TypeScript's `experimentalDecorators`.
    Legacy,
    /// The same with `emitDecoratorMetadata`.
    LegacyWithMetadata,
}

/// How a file is compiled, besides what its extension says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompileOptions {
    /// What the output may use.
    pub target: Target,
    /// How JSX becomes calls.
    pub jsx: Jsx,
    /// Which decorators.
    pub decorators: Decorators,
    /// `useDefineForClassFields`; `false` makes class fields assignments.
    pub use_define_for_class_fields: bool,
    /// `verbatimModuleSyntax`: imports without `type` are kept even when only types are used.
    pub verbatim_module_syntax: bool,
    /// Whether it is a file of an npm package: no source map, no layout kept, no author to warn.
    pub package: bool,
    /// Read it as a configuration: its `code` is then the JSON of a [`crate::ConfigValue`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigInputs>,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            target: Target::default(),
            jsx: Jsx::default(),
            decorators: Decorators::default(),
            use_define_for_class_fields: true,
            verbatim_module_syntax: false,
            package: false,
            config: None,
        }
    }
}

/// One file to compile; its path's extension says in what language it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileSource {
    /// Where it is.
    pub path: ModulePath,
    /// Its text.
    pub text: String,
    /// Index into the batch's options.
    pub options: usize,
}

/// Files to compile in one call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CompileBatch {
    /// The options that the sources refer to.
    pub options: Vec<CompileOptions>,
    /// The files.
    pub sources: Vec<CompileSource>,
}

/// The modules of a [`CompileBatch`], in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompileReply {
    /// One for each source.
    pub modules: Vec<CompiledModule>,
    /// Size of the compiler's linear memory after the call, in bytes.
    pub memory_bytes: u64,
}

/// Part of every cache key: changes whenever the same input may give another output.
pub const COMPILER_VERSION: &str = "1";
