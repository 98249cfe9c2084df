//! One module in; code, facts, map and diagnostics out.

mod commonjs;
mod config;
mod declarations;
mod defines;
mod dependencies;
mod depth;
mod early;
mod erase;
mod errors;
mod esm;
mod factory;
mod features;
mod globs;
mod json;
mod language;
mod lower;
mod parse;
mod print;
mod production;
mod references;
mod refresh;
mod resources;
mod script;
mod source;
mod svg;
mod templates;
mod this;
mod tree_depth;
mod types;

pub use config::read_config;
pub use erase::erase_types;

use language::Language;
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, CompiledModule};
use source::Source;

/// The longest source that is compiled, in bytes.
pub const MAX_SOURCE_BYTES: usize = 5 << 20;

/// The stack that compiling may need, in bytes. The Worker is linked with as much; natively, callers give it to the
/// thread that compiles.
pub const STACK_BYTES: usize = 16 << 20;

/// Compiles one file in the language that its extension names. Total, and a pure function of its arguments.
pub fn compile(path: &ModulePath, source: &str, options: &CompileOptions) -> CompiledModule {
    if source.len() > MAX_SOURCE_BYTES {
        let megabytes = MAX_SOURCE_BYTES >> 20;
        return CompiledModule::failed(vec![
            Diagnostic::error(
                "source-too-large",
                format!("The file is larger than the {megabytes} MiB that can be compiled."),
            )
            .in_file(path)
            .hint("Fetch large data at run time instead of importing it."),
        ]);
    }
    if let Some(inputs) = &options.config {
        let (value, diagnostics) = read_config(path, source, inputs);
        return CompiledModule {
            code: serde_json::to_string(&value).expect("texts, numbers and lists always serialise"),
            diagnostics,
            ..CompiledModule::default()
        };
    }
    let source = Source::new(path, source);
    match Language::of(path) {
        Language::Json => json::compile(&source, options.production),
        Language::Svg => svg::compile(&source, options),
        Language::Script(dialect) => script::compile(&source, dialect, options),
    }
}

#[cfg(test)]
mod tests;
