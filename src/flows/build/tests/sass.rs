//! What Sass is asked, and when again.

use super::{Bench, PAGE, codes};
use overskill_module::{SassAnswer, SassQuestion, SassWanted};

/// As Sass would in so far: every sheet's text, and what `load(…)` computes is wanted.
pub(super) fn compiled(question: &SassQuestion) -> SassAnswer {
    let known = &question.names[&question.path];
    let text = &question.files[&question.path];
    let computed = text
        .split("load(")
        .nth(1)
        .and_then(|rest| rest.split(')').next());
    let wanted = computed.filter(|name| !known.contains_key(*name));
    let wanted = wanted.map(|name| SassWanted {
        from: question.path.clone(),
        specifier: name.to_owned(),
    });
    let css = question
        .files
        .values()
        .fold(question.additional.clone(), |css, text| css + text);
    SassAnswer {
        css: wanted.is_none().then_some(css),
        wanted: wanted.into_iter().collect(),
        diagnostics: Vec::new(),
    }
}

const PACKAGE: (&str, &str) = (
    "package.json",
    r#"{"dependencies": {"kit": "1", "deep": "1"}}"#,
);
const CONFIG: (&str, &str) = (
    "vite.config.js",
    "export default { resolve: { alias: { '@': '/src' } }, css: { preprocessorOptions: { scss: { additionalData: '@use \"@/tokens\" as *;', loadPaths: ['lib'] } } } }",
);

fn tree(page: &str) -> Vec<(&str, &str)> {
    vec![
        PAGE,
        PACKAGE,
        CONFIG,
        ("src/main.ts", "import './page.scss'"),
        ("src/page.scss", page),
        ("src/_tokens.scss", "$a: url(x.png);"),
        ("src/parts/_index.sass", "@forward \"b\""),
        ("src/parts/_b.scss", "b { c: url(./y.png) }"),
        ("src/parts/plain.css", "p {}"),
        ("lib/far.scss", "$far: 1;"),
        ("src/alone.scss", "a { color: red }"),
    ]
}

fn names(question: &SassQuestion, file: &str) -> Vec<String> {
    let names = question
        .names
        .iter()
        .find(|(path, _)| path.as_str() == file)
        .unwrap()
        .1;
    let all = names.iter();
    all.map(|(name, path)| format!("{name} {}", path.as_ref().map_or("-", |it| it.as_str())))
        .collect()
}

#[test]
fn sheets_are_found_as_their_rules_name_them() {
    let bench = Bench::default();
    let page = "@use 'parts'; @import \"parts/plain.css\", 'far', '~kit'; @use 'deep/scss/main'; @use 'no'";
    let built = bench.build(&tree(page));
    assert_eq!(codes(&built), [""; 0]);
    let asked = bench.compiler.sass.borrow();
    // What nobody imports but what may be a sheet of its own is compiled; parts are not.
    let paths: Vec<&str> = asked.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["src/alone.scss", "src/page.scss"]);
    let question = &asked[1];
    assert_eq!(question.additional, "@use \"@/tokens\" as *;");
    assert_eq!(
        names(question, "src/page.scss"),
        [
            "@/tokens src/_tokens.scss",
            "deep/scss/main node_modules/deep/scss/_main.scss",
            "far lib/far.scss",
            "parts src/parts/_index.sass",
            "parts/plain.css src/parts/plain.css",
            "~kit node_modules/kit/scss/_main.scss",
        ]
    );
    assert_eq!(
        names(question, "src/parts/_index.sass"),
        ["b src/parts/_b.scss"]
    );
    let text = |file: &str| {
        let mut files = question.files.iter();
        files
            .find(|(path, _)| path.as_str() == file)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(text("src/_tokens.scss"), "$a: url(x.png);");
    assert_eq!(text("src/parts/_b.scss"), "b { c: url(./parts/y.png) }");
}

#[test]
fn what_a_rule_computes_is_looked_up_once_it_is_asked_for() {
    let bench = Bench::default();
    bench.build(&tree("load(parts/b)"));
    bench.build(&tree("load(nowhere)"));
    let asked = bench.compiler.sass.borrow();
    let last = |at: usize| names(&asked[at], "src/page.scss")[1].clone();
    assert_eq!(asked.len(), 6);
    assert_eq!(last(3), "parts/b src/parts/_b.scss");
    assert_eq!(last(5), "nowhere -");
}

#[test]
fn a_sheet_is_compiled_again_when_one_that_it_loads_has_changed() {
    let bench = Bench::default();
    let mut files = tree("@use 'parts'");
    bench.build(&files);
    bench.build(&files);
    let count = || bench.compiler.sass.borrow().len();
    assert_eq!(count(), 3);
    for file in &mut files {
        if file.0 == "src/parts/_b.scss" {
            file.1 = "b { d: e }";
        }
    }
    bench.build(&files);
    assert_eq!(count(), 4);
}
