//! What is read before the code runs: globs, imports with variables, workers.

use super::{compiled, packed, problems};
use overskill_module::{DependencyKind, GlobUse};

#[test]
fn globs_are_facts() {
    let source = "const a = import.meta.glob<any>(['./a/*.ts', '!./a/b.ts'], { eager: true, import: 'x', query: { raw: '', n: 1 }, base: './q' }); \
        Object.keys(import.meta.glob('/b')); import(`./c/${a}/${a}.ts?raw`); import(`@/d/${a}.ts`); new URL(`./e/${a}.png`, import.meta.url)";
    let module = compiled("src/a.ts", source);
    let globs = &module.facts.globs;
    assert_eq!(globs[0].patterns, ["./a/*.ts", "!./a/b.ts"]);
    assert_eq!(
        (globs[0].eager, globs[0].import.as_deref()),
        (true, Some("x"))
    );
    assert_eq!(
        (globs[0].query.as_str(), globs[0].base.as_deref()),
        ("?raw&n=1", Some("./q"))
    );
    assert_eq!(
        (globs[1].wanted, globs[2].wanted),
        (GlobUse::Keys, GlobUse::Import)
    );
    assert_eq!(
        (globs[2].patterns[0].as_str(), globs[2].query.as_str()),
        ("./c/*/*.ts", "?raw")
    );
    assert_eq!(globs[3].patterns[0], "@/d/*.ts");
    assert_eq!(
        (globs[4].patterns[0].as_str(), globs[4].query.as_str()),
        ("./e/*.png", "?url")
    );
    for part in ["os.glob(0)", "os.glob(1)", "os.pick(2,", "os.glob(4)["] {
        assert!(module.code.contains(part), "{part} in {}", module.code);
    }
}

#[test]
fn workers_are_dependencies_of_their_own_kind() {
    let module = packed(
        "a.mjs",
        "new Worker(new URL('./a.ts', import.meta.url), { type: 'module' }); new SharedWorker(new URL('./a.ts', import.meta.url), { name: 'n' }); new URL('./a.ts', import.meta.url)",
    );
    let kinds: Vec<_> = module.facts.dependencies.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [
            DependencyKind::ModuleWorker,
            DependencyKind::ClassicWorker,
            DependencyKind::Url
        ]
    );
    assert!(
        module.code.contains("os.w(\"./a.ts\",\"classic\")"),
        "{}",
        module.code
    );
}

#[test]
fn what_is_not_literal_is_told_with_its_place() {
    for (source, expected) in [
        ("import.meta.glob(x)", "invalid-glob 1:18"),
        ("import.meta.glob('./a', { eager: y })", "invalid-glob 1:34"),
        (
            "import.meta.glob('./a', { lazy: true })",
            "invalid-glob 1:27",
        ),
        ("import.meta.globEager('./a')", "glob-eager-gone 1:1"),
        ("import(`./${x}.ts`)", "dynamic-import-unclear 1:8"),
        ("import(x)", "dynamic-import-unclear 1:8"),
        (
            "new Worker(new URL(`./${x}.ts`, import.meta.url))",
            "worker-unclear 1:20",
        ),
        (
            "new Worker(new URL('./a.ts', import.meta.url), x)",
            "worker-unclear 1:48",
        ),
    ] {
        assert_eq!(problems("a.mjs", source), [expected], "{source}");
    }
    assert!(problems("a.mjs", "import(/* @vite-ignore */ x)").is_empty());
}

#[test]
fn an_svg_is_a_component_or_is_told() {
    let module = compiled(
        "src/my-logo.svg",
        "<svg class='a' width='8'><g stroke-width='2'/></svg>",
    );
    assert!(module.code.contains("SvgMyLogo"), "{}", module.code);
    for source in [
        "",
        "<svg>",
        "<svg></g>",
        "<svg/><svg/>",
        "text",
        "<svg a=b",
        &"<g>".repeat(100_000),
    ] {
        assert!(
            problems_of_svg(source),
            "{}",
            &source[..source.len().min(20)]
        );
    }
}

fn problems_of_svg(source: &str) -> bool {
    let module = super::compile_with("a.svg", source, Default::default());
    module
        .diagnostics
        .iter()
        .all(|it| it.code == "svg-unreadable")
        && !module.is_ok()
}
