//! Prints what the production linker gets of a file: `cargo run -p overskill-compile --example production -- <file>`.

use overskill_model::ModulePath;
use overskill_module::CompileOptions;

fn main() {
    let file = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let package = std::env::args().nth(2).is_some();
    let name = file.trim_start_matches(['/', '.']);
    let Ok(path) = ModulePath::parse(name, &Default::default()) else {
        return;
    };
    let options = CompileOptions {
        production: true,
        package,
        target: overskill_module::Target::Es2022,
        ..CompileOptions::default()
    };
    let started = std::time::Instant::now();
    let thread = std::thread::Builder::new().stack_size(overskill_compile::STACK_BYTES);
    let compile = move || overskill_compile::compile(&path, &text, &options);
    let module = thread.spawn(compile).map(std::thread::JoinHandle::join);
    let Ok(Ok(module)) = module else { return };
    eprintln!("{:?}", started.elapsed());
    for told in &module.diagnostics {
        println!("{told:?}");
    }
    let Some(production) = module.production else {
        return;
    };
    println!(
        "{:?}\n{:?} {:?}",
        production.slots, production.exports, production.globals
    );
    for statement in production.statements {
        println!(
            "{:?} {:?} {} {:?}\n    {}",
            statement.kind, statement.declares, statement.effects, statement.owner, statement.code
        );
    }
}
