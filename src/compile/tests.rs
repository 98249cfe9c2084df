//! Construct by construct; what is emitted is run where that says more than its text.

use crate::{STACK_BYTES, compile};
use overskill_model::{Limits, ModulePath};
use overskill_module::{CompileOptions, CompiledModule};

#[test]
fn probe() {
    let Ok(file) = std::env::var("PROBE") else {
        return;
    };
    let name = std::env::var("PROBE_NAME").unwrap_or("src/App.tsx".into());
    let text = std::fs::read_to_string(file).unwrap();
    let package = std::env::var("PROBE_PACKAGE").is_ok();
    let module = on_stack(move || {
        compile(
            &path(&name),
            &text,
            &CompileOptions {
                package,
                ..Default::default()
            },
        )
    });
    println!(
        "{}\n---\n{}\n{}",
        module.code,
        serde_json::to_string(&module.facts).unwrap(),
        module.map
    );
    for d in &module.diagnostics {
        println!(
            "{}:{:?}:{:?} {}\n{}\n{:?}",
            d.code,
            d.line,
            d.column,
            d.message,
            d.frame.as_deref().unwrap_or(""),
            d.hint
        );
    }
}

fn path(path: &str) -> ModulePath {
    ModulePath::parse(path, &Limits::default()).unwrap()
}

fn on_stack(run: impl FnOnce() -> CompiledModule + Send + 'static) -> CompiledModule {
    std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap()
}
