//! Sheets as apps have them, and sheets that nobody should write.

mod production;

use super::*;
use overskill_diagnostics::Severity;
use overskill_model::Limits;
use overskill_module::{DependencyKind, Export};

fn at(path: &str, text: &str) -> CompiledModule {
    let path = ModulePath::parse(path, &Limits::default()).unwrap();
    compile(&path, text, &CompileOptions::default())
}

fn sheet(text: &str) -> CompiledModule {
    at("src/a.css", text)
}

/// The CSS with white space as one space.
fn css(module: &CompiledModule) -> String {
    let css = module.css.as_deref().unwrap_or("");
    css.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn told(module: &CompiledModule) -> Vec<(&str, Severity, u32, u32)> {
    module
        .diagnostics
        .iter()
        .map(|it| {
            (
                it.code.as_str(),
                it.severity,
                it.line.unwrap_or(0),
                it.column.unwrap_or(0),
            )
        })
        .collect()
}

#[test]
fn css_is_kept_and_not_lowered() {
    for (text, expected) in [
        ("a { color: red }", "a { color: red; }"),
        (
            ".a { .b & { color: red } &:hover { top: 0 } .c { top: 1px } }",
            ".a { .b & { color: red; } &:hover { top: 0; } & .c { top: 1px; } }",
        ),
        ("a { user-select: none }", "a { user-select: none; }"),
        (
            "@layer components, base; @layer base { a { top: 0 } }",
            "@layer components; @layer base { a { top: 0; } }",
        ),
        (
            "@media (width >= 600px) { a { top: 0 } }",
            "@media (width >= 600px) { a { top: 0; } }",
        ),
        (
            ":root { --a: { b }; --c:  x  y; }",
            ":root { --a: { b }; --c: x y; }",
        ),
        (
            "@container side (width > 1px) { a { top: 0 } }",
            "@container side (width > 1px) { a { top: 0; } }",
        ),
        (
            "a { color: var(--x, #fff) } /* c */",
            "a { color: var(--x, #fff); }",
        ),
        ("\u{feff}a { top: 0 }", "a { top: 0; }"),
        ("", ""),
    ] {
        let module = sheet(text);
        assert_eq!(css(&module), expected, "{text}");
        assert_eq!(module.diagnostics, [], "{text}");
        assert_eq!(module.code, "");
    }
}

#[test]
fn urls_become_dependencies_with_marks() {
    let text = "\u{feff}@font-face { font-family: X; src: url(\"./x y.woff2\") format(\"woff2\"), url('x.woff?#iefix') }\n\
        .ü { background: url( /bg.png ), url(./a.svg); mask: url(#m); --v: url(../v.png) }\n\
        .b { background: image-set(\"a.png\" 1x, url(./a.svg) 2x); cursor: url(data:image/png;base64,AA), url(https://x/y.cur), url(//x/z), auto; list-style: url() }";
    let module = sheet(text);
    let specifiers: Vec<&str> = module
        .facts
        .dependencies
        .iter()
        .map(|it| it.specifier.as_str())
        .collect();
    assert_eq!(
        specifiers,
        [
            "./x y.woff2",
            "x.woff?#iefix",
            "/bg.png",
            "./a.svg",
            "../v.png",
            "a.png"
        ]
    );
    for dependency in &module.facts.dependencies {
        assert_eq!(dependency.kind, DependencyKind::Url);
        let span = dependency.span;
        assert_eq!(
            &text[span.start as usize..span.end as usize],
            dependency.specifier
        );
    }
    let css = css(&module);
    for index in 0..6 {
        assert!(
            css.contains(&format!("\"__overskill_url_{index}__\"")),
            "{index} in {css}"
        );
    }
    for kept in [
        "url(\"#m\")",
        "url(\"data:image/png;base64,AA\")",
        "url(\"https://x/y.cur\")",
        "url(\"//x/z\")",
    ] {
        assert!(css.contains(kept), "{kept} in {css}");
    }
    assert_eq!(module.diagnostics, []);
}

#[test]
fn imports_are_dependencies_and_keep_their_place_behind_what_stays() {
    let text = "@import \"./a.css\";\n@import url(b.css);@import 'https://fonts.example/css?family=X:400';\n\
        @import \"./c.css\" layer(base);@import \"d.css\" screen and (width > 1px);@import 'pkg/e.css';@import './a.css';\na { top: 0 }";
    let module = sheet(text);
    let dependencies: Vec<(&str, DependencyKind)> = module
        .facts
        .dependencies
        .iter()
        .map(|it| (it.specifier.as_str(), it.kind))
        .collect();
    assert_eq!(
        dependencies,
        [
            ("./a.css", DependencyKind::StyleImport),
            ("b.css", DependencyKind::StyleImport),
            ("./c.css", DependencyKind::StyleImport),
            ("d.css", DependencyKind::StyleImport),
            ("pkg/e.css", DependencyKind::StyleImport),
        ]
    );
    for dependency in &module.facts.dependencies {
        let span = dependency.span;
        assert_eq!(
            &text[span.start as usize..span.end as usize],
            dependency.specifier
        );
    }
    assert_eq!(
        css(&module),
        "@import \"https://fonts.example/css?family=X:400\"; @import \"__overskill_url_2__\" layer(base); \
         @import \"__overskill_url_3__\" screen and (width > 1px); @import \"__overskill_url_4__\"; a { top: 0; }"
    );
}

#[test]
fn css_modules_export_their_names() {
    let module = at(
        "src/App.module.css",
        ".title { color: red; animation: spin 1s } .not-a-name, .default { top: 0 } :global(.g) .title { top: 0 }
         .card { composes: title; composes: big from \"./x.module.css\"; composes: free from global }
         .deep { composes: card } @keyframes spin { to { rotate: 1turn } } .__proto__ { top: 0 }",
    );
    assert_eq!(module.diagnostics, []);
    let css = css(&module);
    let hash = css.split("._title_").nth(1).unwrap()[..8].to_owned();
    for part in [
        format!("._title_{hash} {{ color: red; animation: 1s _spin_{hash}; }}"),
        format!(".g ._title_{hash}"),
        format!("@keyframes _spin_{hash}"),
        format!("._not-a-name_{hash}, ._default_{hash}"),
    ] {
        assert!(css.contains(&part), "{part} in {css}");
    }
    assert!(!css.contains("composes"));
    let names: Vec<&str> = module
        .facts
        .exports
        .iter()
        .map(|Export { name, .. }| name.as_str())
        .collect();
    assert_eq!(
        names,
        ["default", "__proto__", "card", "deep", "spin", "title"]
    );
    let dependency = &module.facts.dependencies[0];
    assert_eq!(
        (dependency.specifier.as_str(), dependency.kind),
        ("./x.module.css", DependencyKind::Static)
    );
    assert_eq!(dependency.names[0].name, "big");
    assert!(module.code.starts_with(
        "function*(os){\"use strict\";os.x({default:()=>names,[\"__proto__\"]:()=>names[\"__proto__\"],card:()=>names[\"card\"]"
            .replace("card:", "\"card\":").as_str()
    ), "{}", module.code);
    assert!(module.code.contains(&format!(
        "\"card\":\"_card_{hash}\"+\" \"+\"_title_{hash}\"+\" \"+i0.default[\"big\"]+\" \"+\"free\""
    )), "{}", module.code);
    assert!(module.code.contains(&format!(
        "\"deep\":\"_deep_{hash}\"+\" \"+\"_card_{hash}\"+\" \"+\"_title_{hash}\"+\" \"+i0"
    )));
    assert_eq!(
        at("src/App.module.css", ".title { top: 0 }")
            .css
            .unwrap()
            .trim(),
        format!("._title_{hash} {{\n  top: 0;\n}}")
    );
    assert!(
        !at("src/B.module.css", ".title { top: 0 }")
            .css
            .unwrap()
            .contains(&hash)
    );
}

#[test]
fn what_is_wrong_is_told_where_it_is() {
    use Severity::{Error, Info, Warning};
    for (path, text, expected) in [
        (
            "a.css",
            "a { color: red;\n  ü: 1; } }\nb { top: 0 }",
            &[("css-syntax", Warning, 2, 11)][..],
        ),
        (
            "a.css",
            "a { top: 0 }\nb..c { top: 0 }",
            &[("css-syntax", Warning, 2, 3)],
        ),
        (
            "a.css",
            "a { top: 0;\n b { left: 0 }",
            &[("css-syntax", Warning, 1, 3)],
        ),
        (
            "a.css",
            "a { top: 0 } /* x",
            &[("css-syntax", Warning, 1, 14)],
        ),
        (
            "a.css",
            "a { top 0; left: 0 }",
            &[("css-syntax", Warning, 1, 9)],
        ),
        (
            "a.css",
            "a{} @import 'x.css';",
            &[("css-syntax", Warning, 1, 13)],
        ),
        (
            "a.css",
            "@tailwind base;\n@tailwind utilities;\n.a { @apply p-4; }",
            &[("css-unknown-at-rule", Warning, 1, 1)],
        ),
        (
            "a.module.css",
            "@value x: red;",
            &[("css-modules-value", Info, 1, 8)],
        ),
        (
            "a.module.css",
            ".a .b { composes: c; }",
            &[("css-syntax", Error, 1, 18)],
        ),
        (
            "a.styl",
            "a = 1",
            &[("css-preprocessor-unsupported", Error, 0, 0)],
        ),
        (
            "a.STYLUS",
            "",
            &[("css-preprocessor-unsupported", Error, 0, 0)],
        ),
        (
            "a.less",
            "",
            &[("css-preprocessor-unsupported", Error, 0, 0)],
        ),
    ] {
        let module = at(path, text);
        assert_eq!(told(&module), expected, "{text}: {:?}", module.diagnostics);
        assert!(module.diagnostics.iter().all(|it| it.path.is_some()));
        assert_eq!(module.is_ok(), expected.iter().all(|it| it.1 != Error));
        let package = CompileOptions {
            package: true,
            ..CompileOptions::default()
        };
        let path = ModulePath::parse(path, &Limits::default()).unwrap();
        assert!(
            compile(&path, text, &package)
                .diagnostics
                .iter()
                .all(Diagnostic::is_error)
        );
    }
    assert_eq!(
        css(&sheet(
            "a { color red; top: 0 } b..c { top: 0 } d { left: 0 }"
        )),
        "a { top: 0; } d { left: 0; }"
    );
}

#[test]
fn at_rules_of_others_survive_as_written() {
    let text = "@tailwind base;\n@theme { --c: #FFFFFF; }\n.a { color: red; @apply p-4 hover:bg-[#ffffff]/50 w-[calc(1+1)]; &:hover { top: 0 } }\n@custom-variant dark (&:is(.dark *));\n@layer x { @utility y { top: 0.50px } }";
    let module = sheet(text);
    let css = module.css.unwrap();
    for part in [
        "@tailwind base;",
        "@theme { --c: #FFFFFF; }",
        "@apply p-4 hover:bg-[#ffffff]/50 w-[calc(1+1)];",
        "@custom-variant dark (&:is(.dark *));",
        "@utility y { top: 0.50px }",
        "&:hover",
    ] {
        assert!(css.contains(part), "{part} in {css}");
    }
    assert_eq!(module.diagnostics.len(), 1);
    assert!(
        module.diagnostics[0]
            .hint
            .as_ref()
            .unwrap()
            .contains("Tailwind")
    );
}

#[test]
fn hostile_sheets_get_an_answer() {
    let many = 100_000;
    let wrapped =
        |open: &str, close: &str, levels: usize| open.repeat(levels) + &close.repeat(levels);
    for text in [
        wrapped("a{", "}", many),
        wrapped("(", ")", many),
        "[".repeat(many),
        "{".repeat(many),
        "}".repeat(many),
        "a{&".repeat(many),
        wrapped("@media all{", "}", many),
        format!("a{{width:{}", "calc(".repeat(many)),
        wrapped("a{& & & & & &{", "}}", 20),
        wrapped(":is(", ")", many),
        "a:not(".repeat(many),
        format!("a{{width:calc({}1px)}}", "1px + 1em * ".repeat(many)),
        "@import ".repeat(many),
        "/*".repeat(many),
        "\"".repeat(many),
        "\\".repeat(many),
        "url(".repeat(many),
        "@x;".repeat(many),
        "@x{".repeat(many),
        "a,".repeat(many) + "b{top:0}",
        "a ".repeat(many) + "{top:0}",
        format!("a{{{}}}", "top:0;".repeat(many)),
        "\0\u{1}\u{feff}".repeat(many),
        format!("a{{background:{}}}", "url(x.png),".repeat(many / 10)),
        "é".repeat(many),
        "a{b:c}".repeat(many / 4),
        "@media all{a{b:c}}".repeat(many / 8),
        "a{b{c:d}}".repeat(many / 8),
        format!("a{{{}}}", "--x:y;".repeat(many)),
        format!("a{{{}}}", "b{c:d}".repeat(many / 8)),
        "a:hover>b+c~d".repeat(many / 10) + "{}",
        "@supports not ".repeat(many),
        "@media not ".repeat(many) + "all{}",
    ] {
        let module = sheet(&text);
        assert!(module.css.is_some() || !module.is_ok());
        at("a.module.css", &text);
    }
}

#[test]
fn the_deepest_that_is_taken_is_parsed_within_the_stack() {
    let wrapped = |open: &str, middle: &str, close: &str, levels: usize| {
        open.repeat(levels) + middle + &close.repeat(levels)
    };
    let values = [
        "calc(",
        "min(1px,",
        "var(--a,",
        "(",
        "light-dark(red,",
        "rgb(from ",
        "color-mix(in srgb,red,",
        "image-set(",
        "linear-gradient(",
    ];
    for property in [
        "width",
        "color",
        "background",
        "--x",
        "transform",
        "grid-template-columns",
        "font",
        "unknown",
        "animation",
    ] {
        for value in values {
            let text = format!("a{{{property}:{}}}", wrapped(value, "1px", ")", 16));
            assert!(sheet(&text).is_ok(), "{text}");
        }
    }
    for text in [
        wrapped("a{", "top:0", "}", 64),
        wrapped("@media all{", "a{top:0}", "}", 63),
        wrapped("@layer{", "a{top:0}", "}", 63),
        format!("{}{{top:0}}", wrapped(":is(", "a", ")", 16)),
        format!("{}{{top:0}}", wrapped(":not(:has(", "a", "))", 8)),
        format!(
            "@supports {}{{a{{top:0}}}}",
            wrapped("(not ", "(top:0)", ")", 15)
        ),
        format!(
            "@media {}{{a{{top:0}}}}",
            wrapped("(not ", "(width>1px)", ")", 15)
        ),
        format!(
            "@container {}{{a{{top:0}}}}",
            wrapped("(not ", "(width>1px)", ")", 15)
        ),
        format!("a{{width:calc({}1px)}}", "1px + 1em + 1vw + ".repeat(160)),
        format!("a{{width:calc({}1px)}}", "1 * ".repeat(499)),
        wrapped("@x{", "", "}", 64),
        wrapped("a{b:[", "", "]}", 32),
    ] {
        assert!(sheet(&text).css.is_some(), "{text}");
    }
}

/// Runs the factory as the module format says, and prints what it exports.
#[test]
fn the_factory_of_a_css_module_runs() {
    let module = at(
        "src/App.module.css",
        ".a { top: 0 } .b { composes: a; composes: x-y from './x.module.css' } .c-d, .delete, .__proto__ { top: 0 }",
    );
    let script = format!(
        "const ns = {{}}; const os = {{ x: (all) => Object.defineProperties(ns, Object.fromEntries(Object.keys(all).map((k) => [k, {{ get: all[k], enumerable: true }}]))), \
         i: (s) => ({{ default: {{ 'x-y': s + '!' }} }}) }}; const it = ({})(os); it.next(); it.next(); \
         console.log(Object.keys(ns).join(), ns.b, JSON.stringify(Object.keys(ns.default)), Object.getPrototypeOf(ns.default) === Object.prototype)",
        module.code
    );
    let output = std::process::Command::new("node")
        .args(["-e", &script])
        .output()
        .expect("this test needs Node");
    let printed = String::from_utf8(output.stdout).unwrap();
    let hash = &module.css.unwrap().split("._a_").nth(1).unwrap()[..8].to_owned();
    assert_eq!(
        printed.trim(),
        format!(
            "default,__proto__,a,b _b_{hash} _a_{hash} ./x.module.css! [\"__proto__\",\"a\",\"b\",\"c-d\",\"delete\"] true"
        ),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
