//! Prints a file's factory: `cargo run -p overskill-compile --example factory -- <file>`.

use overskill_model::ModulePath;
use overskill_module::CompileOptions;

fn main() {
    let file = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let name = file.trim_start_matches(['/', '.']);
    let Ok(path) = ModulePath::parse(name, &Default::default()) else {
        return;
    };
    let module = overskill_compile::compile(&path, &text, &CompileOptions::default());
    println!(
        "{}\n{:?}\n{:?}",
        module.code, module.facts, module.diagnostics
    );
}
