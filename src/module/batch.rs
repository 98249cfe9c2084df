//! What the compiler is asked, and what it answers.

use crate::{CompiledModule, ConfigInputs, Defines};
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

/// Where a component's props go among the attributes of its outermost element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Spread {
    Start,
    #[default]
    End,
    None,
}

/// How an SVG becomes a React component: SVGR's options and its defaults.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Svgr {
    /// Whether `width` and `height` are kept.
    pub dimensions: bool,
    /// The size that stands for both, `1em` where SVGR's `icon` is `true`.
    pub icon: Option<String>,
    /// Where the props go.
    pub expand_props: Spread,
    /// Whether the component takes a `ref` (`ref: true`).
    pub forward_ref: bool,
    /// Whether it is wrapped in `React.memo`.
    pub memo: bool,
    /// Whether it takes `title` and `titleId`.
    pub title_prop: bool,
    /// Whether it takes `desc` and `descId`.
    pub desc_prop: bool,
    /// Attributes of the outermost element; `{…}` is an expression.
    pub svg_props: Vec<(String, String)>,
    /// Values of attributes that become others; `{…}` is an expression.
    pub replace_attr_values: Vec<(String, String)>,
    /// The name it is exported under; `None` for the default export.
    pub named_export: Option<String>,
}

impl Default for Svgr {
    fn default() -> Self {
        Self {
            dimensions: true,
            icon: None,
            expand_props: Spread::End,
            forward_ref: false,
            memo: false,
            title_prop: false,
            desc_prop: false,
            svg_props: Vec::new(),
            replace_attr_values: Vec::new(),
            named_export: None,
        }
    }
}

/// How the names of CSS modules' classes are exported: `css.modules.localsConvention`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LocalsConvention {
    /// As written.
    #[default]
    AsIs,
    /// As written, and in camel case.
    CamelCase,
    /// In camel case.
    CamelCaseOnly,
    /// As written, and with what follows a dash in upper case.
    Dashes,
    /// With what follows a dash in upper case.
    DashesOnly,
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
    /// How an SVG becomes a component, where it does.
    pub svgr: Svgr,
    /// How the names of CSS modules' classes are exported.
    pub locals_convention: LocalsConvention,
    /// Whether it is a file of an npm package: no source map, no layout kept, no author to warn.
    pub package: bool,
    /// Whether its text was made of what its author wrote, so that no place in it is one that the author knows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub made: bool,
    /// Whether it is for a production build: a script becomes a [`crate::ProductionModule`] and no factory, a style sheet
    /// is lowered for the browsers of Vite's `build.target` and minified.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
    /// Whether a production build's source map is wanted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub map: bool,
    /// What a production build puts in for the environment; for packages shared by everyone, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defines: Option<Defines>,
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
            svgr: Svgr::default(),
            locals_convention: LocalsConvention::default(),
            package: false,
            made: false,
            production: false,
            map: false,
            defines: None,
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
pub const COMPILER_VERSION: &str = "6";
