//! Whatever text is compiled becomes code or diagnostics, on the stack that the Worker has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overskill_compile::{STACK_BYTES, compile};
use overskill_model::{Limits, ModulePath};
use overskill_module::{CompileOptions, Decorators, Jsx, Target};

const NAMES: [&str; 8] = [
    "src/a.tsx",
    "src/a.ts",
    "src/a.js",
    "src/a.jsx",
    "src/a.mjs",
    "src/a.cjs",
    "src/a.cts",
    "src/a.json",
];
const TARGETS: [Target; 4] = [
    Target::Es2015,
    Target::Es2020,
    Target::Es2022,
    Target::EsNext,
];

fuzz_target!(|bytes: &[u8]| {
    // The choices stand at the end, so that any source file is a seed.
    let [text @ .., options, name] = bytes else {
        return;
    };
    let name = NAMES[usize::from(*name) % NAMES.len()];
    let options = choice(*options);
    let text = String::from_utf8_lossy(text).into_owned();
    let path = ModulePath::parse(name, &Limits::default()).expect("it is a path");
    let compiling = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let module = compile(&path, &text, &options);
            assert_eq!(module.is_ok(), !module.code.is_empty());
            for diagnostic in &module.diagnostics {
                assert!(
                    !diagnostic.message.is_empty() && diagnostic.code != "compiler-fault",
                    "{diagnostic:?}"
                );
            }
            for dependency in &module.facts.dependencies {
                let span = dependency.span;
                assert!(
                    span.start <= span.end && span.end as usize <= text.len(),
                    "{dependency:?}"
                );
            }
            assert_eq!(compile(&path, &text, &options), module);
        });
    let finished = compiling.expect("a thread can be started").join();
    assert!(finished.is_ok());
});

fn choice(bits: u8) -> CompileOptions {
    CompileOptions {
        target: TARGETS[usize::from(bits & 3)],
        jsx: match bits & 4 {
            0 => Jsx::default(),
            _ => Jsx::Classic {
                pragma: "React.createElement".into(),
                fragment: "React.Fragment".into(),
            },
        },
        decorators: match bits & 24 {
            0 => Decorators::Standard,
            8 => Decorators::Legacy,
            _ => Decorators::LegacyWithMetadata,
        },
        use_define_for_class_fields: bits & 32 == 0,
        verbatim_module_syntax: bits & 64 != 0,
        package: bits & 128 != 0,
    }
}
