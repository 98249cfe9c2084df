//! Style sheets in; CSS, facts and diagnostics out.

mod bounds;
mod class_names;
mod collect;
mod exported;
mod problems;
mod sheet;
mod source;
#[cfg(test)]
mod tests;

use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{CompileOptions, CompiledModule};

/// Compiles one style sheet, as ARCHITECTURE.md says. Total: whatever the text, it gives a module.
///
/// Nesting and prefixes are lowered to Vite's baseline of browsers. What a browser would skip is skipped with a
/// warning; a sheet of a package (`options.package`), or one that was made of another text (`options.made`), has no
/// warnings. A sheet in Sass comes as the CSS that was made of it.
pub fn compile(path: &ModulePath, text: &str, options: &CompileOptions) -> CompiledModule {
    let mut module = match preprocessor(path) {
        Some(language) => CompiledModule::failed(vec![unsupported(path, language)]),
        None => sheet::compile(path, text, options),
    };
    if options.package || options.made {
        module.diagnostics.retain(Diagnostic::is_error);
    }
    module
}

fn preprocessor(path: &ModulePath) -> Option<&'static str> {
    match path.extension().as_str() {
        "less" => Some("Less"),
        "styl" | "stylus" => Some("Stylus"),
        _ => None,
    }
}

fn unsupported(path: &ModulePath, language: &str) -> Diagnostic {
    Diagnostic::error(
        "css-preprocessor-unsupported",
        format!("{language} files can't be compiled here."),
    )
    .in_file(path)
    .hint("Write it as Sass (`.scss`), which is near to it, or as plain CSS, which has nesting and variables of its own.")
}
