//! Construct by construct; what is emitted is run where that says more than its text.

mod analysed;
mod commonjs;
mod diagnostics;
mod erase;
mod facts;
mod hostile;
mod json;
mod meaning;
mod parses;
mod refresh;
mod run;
mod source_map;
mod typescript;

use crate::{STACK_BYTES, compile};
use overskill_model::{Limits, ModulePath};
use overskill_module::{CompileOptions, CompiledModule};

fn path(path: &str) -> ModulePath {
    ModulePath::parse(path, &Limits::default()).unwrap()
}

fn compile_with(name: &str, source: &str, options: CompileOptions) -> CompiledModule {
    let (path, source) = (path(name), source.to_owned());
    std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || compile(&path, &source, &options))
        .unwrap()
        .join()
        .unwrap()
}

/// Compiles what must compile, with the default options.
fn compiled(name: &str, source: &str) -> CompiledModule {
    let module = compile_with(name, source, CompileOptions::default());
    assert!(
        module.is_ok(),
        "{name}: {source}\n{:#?}",
        module.diagnostics
    );
    module
}

/// A file of a package: without layout, which makes for short expectations.
fn packed(name: &str, source: &str) -> CompiledModule {
    let options = CompileOptions {
        package: true,
        ..CompileOptions::default()
    };
    let module = compile_with(name, source, options);
    assert!(
        module.is_ok(),
        "{name}: {source}\n{:#?}",
        module.diagnostics
    );
    module
}

/// The codes of what is wrong, with their places.
fn problems(name: &str, source: &str) -> Vec<String> {
    let module = compile_with(name, source, CompileOptions::default());
    module
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = (diagnostic.line.unwrap(), diagnostic.column.unwrap());
            format!("{} {line}:{column}", diagnostic.code)
        })
        .collect()
}
