//! Production's sheets against what Lightning CSS by itself makes of the same text.

use super::*;
use lightningcss::{
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserFlags, ParserOptions, StyleSheet},
    targets::{Browsers, Targets},
};

fn production(text: &str) -> CompiledModule {
    let options = CompileOptions {
        production: true,
        ..CompileOptions::default()
    };
    let path = ModulePath::parse("src/a.css", &Limits::default()).unwrap();
    compile(&path, text, &options)
}

/// As `vite build` minifies, for the browsers that it does that for.
fn upstream(text: &str) -> String {
    let targets = Targets::from(Browsers {
        chrome: Some(111 << 16),
        edge: Some(111 << 16),
        firefox: Some(114 << 16),
        safari: Some((16 << 16) | (4 << 8)),
        ..Browsers::default()
    });
    let parser = ParserOptions {
        flags: ParserFlags::NESTING,
        error_recovery: true,
        ..ParserOptions::default()
    };
    let mut sheet = StyleSheet::parse(text, parser).unwrap();
    let minify = MinifyOptions {
        targets,
        ..MinifyOptions::default()
    };
    sheet.minify(minify).unwrap();
    let printer = PrinterOptions {
        targets,
        minify: true,
        ..PrinterOptions::default()
    };
    sheet.to_css(printer).unwrap().code
}

/// The addresses in the places of their marks, without the quotes that ours are always in.
fn finished(module: &CompiledModule) -> String {
    let mut css = module.css.clone().unwrap();
    for (at, dependency) in module.facts.dependencies.iter().enumerate() {
        let mark = format!("__overskill_url_{at}__");
        css = css.replace(
            &format!("url(\"{mark}\")"),
            &format!("url({})", dependency.specifier),
        );
        css = css.replace(&mark, &dependency.specifier);
    }
    css
}

#[test]
fn sheets_are_what_lightning_css_makes_of_them() {
    for text in [
        "a { color: red; margin: 0px 0px 0px 0px } a { top: 0 } b { top: 0 } b { top: 0 }",
        ".a { color: #ff0000; .b & { color: rgb(0 0 0 / 50%) } &:hover { top: calc(1px + 2px) } @media (width >= 600px) { top: 0 } }",
        "a { user-select: none; backdrop-filter: blur(2px); mask-image: url(m.svg); inset: 0 }",
        "@media (400px <= width <= 700px) { a { color: oklch(70% 0.1 200); background: color-mix(in srgb, red, blue) } }",
        "@layer base, theme; @layer base { a { margin-inline: 1px } } @container side (width > 1px) { a { top: 0 } }",
        ":root { --a:  x  y; --b: #FFF } a { color: light-dark(red, blue); width: 100dvh; --u: url(x.png) }",
        "@font-face { font-family: \"X Y\"; src: url(x.woff2) format(\"woff2\"), url(\"y.woff\") format(\"woff\") }",
        "a { background: url(./a.png) no-repeat, url(/b.svg#x); background-image: image-set(url(c.png) 1x, url(d.png) 2x) }",
        "@supports (display: grid) { a { display: grid; grid-template-areas: \"a b\" \"c d\" } } @keyframes k { from { top: 0 } 100% { top: 1px } }",
        "a:is(.b, .c) > d::before { content: \"\\201c\"; transition: all 0.30s ease-in-out 0s } @property --p { syntax: \"<length>\"; inherits: false; initial-value: 0px }",
        "@charset \"utf-8\"; a { color: rebeccapurple } /*! kept? */ @page { margin: 1cm }",
        "a { b: c } @media print { a { top: 0 } } @media print { b { left: 0 } } @supports (a: b) { c { d: e } } @supports (a: b) { f { g: h } }",
    ] {
        let module = production(text);
        assert!(module.is_ok(), "{text}");
        assert_eq!(finished(&module), upstream(text), "{text}");
    }
}

#[test]
fn marks_stay_what_the_linker_looks_for() {
    let module = production(
        "@import 'a.css'; @import url(b.css) layer(x) supports(display: grid) screen; @import 'https://x/y.css'; @import 'c.css' print;\n\
         @tailwind base; a { background: url(x.png); mask: url('y z.svg') } @unknown { b: c }",
    );
    let css = module.css.unwrap();
    assert!(
        css.starts_with(
            "@import \"__overskill_url_1__\" layer(x) supports(display:grid) screen;\
             @import \"https://x/y.css\";@import \"__overskill_url_2__\" print;"
        ),
        "{css}"
    );
    for part in [
        "url(\"__overskill_url_3__\")",
        "url(\"__overskill_url_4__\")",
        "@tailwind base;",
        "@unknown { b: c }",
    ] {
        assert!(css.contains(part), "{part} in {css}");
    }
    assert!(!css.contains("__overskill_rule_"), "{css}");
}

#[test]
fn a_css_module_is_one_for_the_production_linker() {
    let options = CompileOptions {
        production: true,
        ..CompileOptions::default()
    };
    let path = ModulePath::parse("src/a.module.css", &Limits::default()).unwrap();
    let text = ".a { composes: b from './b.module.css'; top: 0 } .c-d { top: 0 }";
    let module = compile(&path, text, &options);
    let body = module.production.as_ref().expect("it has one");
    assert_eq!(module.code, "");
    let names: Vec<&str> = body.exports.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["a", "default"]);
    let mark = overskill_module::MARK;
    let code: String = body
        .statements
        .iter()
        .map(|it| it.code.replace(mark, "`") + ";")
        .collect();
    let class = |name: &str| module.css.as_ref().is_some_and(|css| css.contains(name));
    assert!(class("._a_") && class("._c-d_"));
    let hash = &code[code.find("\"_a_").unwrap() + 4..][..8];
    assert_eq!(
        code,
        format!("`1`=\"_a_{hash}\"+\" \"+`0`[\"b\"];`2`={{\"a\":`1`,\"c-d\":\"_c-d_{hash}\"}};")
    );
    let dependency = &module.facts.dependencies[0];
    assert_eq!(dependency.specifier, "./b.module.css");
    let import = overskill_module::Slot::Import(0, Some("default".to_owned()));
    assert_eq!(body.slots[0], import);
    assert!(production("a { top: 0 }").production.is_none());
}
