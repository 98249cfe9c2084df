//! Which sheets are expanded, with what, and when again.

use super::{Bench, PAGE, codes};
use overskill_module::{TailwindAnswer, TailwindPlan, TailwindQuestion};

/// What is a class here.
fn matters(candidate: &&String) -> bool {
    ["flex", "grid"].contains(&candidate.as_str()) || candidate.starts_with("p-")
}

/// As Tailwind would: classes in place of `@tailwind`, packages' sheets in front.
pub(super) fn expanded(question: &TailwindQuestion) -> TailwindAnswer {
    let all = question.candidates.clone().unwrap_or_default();
    let judged = question.judge.as_ref().unwrap_or(&all);
    let used: Vec<String> = judged.iter().filter(matters).cloned().collect();
    let classes: Vec<&str> = all.iter().filter(matters).map(String::as_str).collect();
    let left = question.candidates.is_none() || question.only_if_used && used.is_empty();
    let files = question.files.iter();
    let foreign = files.filter(|(path, _)| path.as_str().starts_with("node_modules/"));
    let foreign: String = foreign.map(|(_, text)| text.as_str()).collect();
    let text = foreign + &question.files[&question.path];
    let css = text.replace(
        "@tailwind utilities;",
        &format!("/* {} */", classes.join(" ")),
    );
    TailwindAnswer {
        plan: Some(TailwindPlan {
            scan: true,
            patterns: vec!["./src/**/*.tsx".to_owned()],
            separator: ":".to_owned(),
            ..TailwindPlan::default()
        }),
        css: (!left).then_some(css),
        used,
        diagnostics: Vec::new(),
        prepared: false,
    }
}

const SHEET: (&str, &str) = (
    "src/page.css",
    "@import './part.css'; @import '@/theme'; @tailwind utilities;",
);
const PACKAGE: (&str, &str) = (
    "package.json",
    r#"{"devDependencies": {"tailwindcss": "^3.4.0"}}"#,
);
const PATHS: (&str, &str) = (
    "tsconfig.json",
    r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#,
);

fn tree(main: &str) -> Vec<(&str, &str)> {
    vec![
        PAGE,
        PACKAGE,
        PATHS,
        SHEET,
        ("src/main.tsx", main),
        ("src/part.css", "@layer components { .a { @apply flex } }"),
        ("src/theme.css", ":root { --a: 1 }"),
        ("src/plain.css", ".a { color: red }"),
        ("public/i.svg", ""),
        ("src/main.ts", "import './main.tsx'; import './plain.css'"),
        (
            "tailwind.config.ts",
            "import preset from './preset'; export default { presets: [preset] }",
        ),
        ("preset.js", "module.exports = {}"),
        ("secret.json", "{}"),
    ]
}

fn asked(bench: &Bench) -> Vec<(String, Option<String>)> {
    let asked = bench.compiler.asked.take();
    asked
        .into_iter()
        .map(|question| {
            let candidates = question.candidates.map(|all| all.join(" "));
            (question.path.to_string(), candidates)
        })
        .collect()
}

#[test]
fn a_sheet_is_expanded_whole_with_what_it_needs_and_nothing_else() {
    let bench = Bench::default();
    let built = bench.build(&tree("export const a = <b className='flex' />"));
    assert_eq!(codes(&built), [""; 0]);
    let questions = bench.compiler.asked.borrow();
    assert_eq!(questions.len(), 2, "{questions:#?}");
    let question = &questions[1];
    assert_eq!(question.version, 3);
    let files: Vec<&str> = question.files.keys().map(|path| path.as_str()).collect();
    let wanted = [
        "preset.js",
        "src/page.css",
        "src/part.css",
        "src/theme.css",
        "tailwind.config.ts",
    ];
    assert_eq!(files, wanted);
    assert_eq!(question.names["@/theme"].as_str(), "src/theme.css");
    assert_eq!(
        question.config.as_ref().unwrap().as_str(),
        "tailwind.config.ts"
    );
    let candidates = question.candidates.as_ref().unwrap();
    assert!(candidates.iter().any(|candidate| candidate == "flex"));
}

#[test]
fn it_is_asked_again_only_when_the_classes_or_its_files_change() {
    let bench = Bench::default();
    bench.build(&tree("export const a = <b className='flex' />"));
    assert_eq!(asked(&bench).len(), 2);
    bench.build(&tree("export const a = <b  className='flex' />"));
    assert_eq!(asked(&bench), []);
    bench.build(&tree("export const a = <b className='flex grid' />"));
    let again = asked(&bench);
    assert_eq!(again.len(), 1);
    assert!(again[0].1.as_ref().unwrap().contains("grid"));
    bench.build(&tree("export const a = <b className='flex' />"));
    assert_eq!(asked(&bench), []);
    let mut other = tree("export const a = <b className='flex' />");
    other.retain(|(name, _)| *name != "src/theme.css");
    other.push(("src/theme.css", ":root { --a: 2 }"));
    bench.build(&other);
    assert_eq!(asked(&bench).len(), 2);
}

#[test]
fn an_app_without_tailwind_is_left_alone() {
    let bench = Bench::default();
    let built = bench.build(&[
        PAGE,
        ("public/i.svg", ""),
        ("src/main.ts", "import './page.css'"),
        ("src/page.css", "@layer base { a { color: red } }"),
    ]);
    assert_eq!(codes(&built), [""; 0]);
    assert_eq!(asked(&bench), []);
}

#[test]
fn a_word_more_is_asked_about_and_the_sheet_is_not_written_again() {
    let bench = Bench::default();
    let text = |words: &str| format!("export const a = <b className='flex'>{words}</b>");
    bench.build(&tree(&text("a b")));
    asked(&bench);
    let built = bench.build(&tree(&text("a b longer")));
    assert_eq!(codes(&built), [""; 0]);
    let again = bench.compiler.asked.take();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].judge.as_deref(), Some(&["longer".to_owned()][..]));
    assert!(again[0].only_if_used);
    let candidates = again[0].candidates.as_deref();
    assert_eq!(
        candidates,
        Some(&["flex".to_owned(), "longer".to_owned()][..])
    );
    // Known by now, together with others or not.
    bench.build(&tree(&text("longer")));
    assert_eq!(asked(&bench), []);
    // Without the memory, what was kept does.
    bench.memory.clear();
    bench.build(&tree(&text("longer")));
    assert_eq!(asked(&bench), []);
}

const NEW: (&str, &str) = (
    "package.json",
    r#"{"dependencies": {"kit": "1", "tailwindcss": "4"}}"#,
);

fn with_kit(sheet: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        PAGE,
        NEW,
        ("public/i.svg", ""),
        ("src/page.css", sheet),
        ("src/main.ts", ""),
    ]
}

#[test]
fn a_packages_sheet_is_part_of_the_one_that_imports_it_where_it_is_tailwinds() {
    let bench = Bench::default();
    let tree = with_kit(
        "@import 'tailwindcss'; @import 'kit/theme.css'; @import 'kit/plain.css'; @import 'other/theme.css';",
    );
    let built = bench.build(&tree);
    assert_eq!(codes(&built), [""; 0]);
    assert_eq!(built.lock.as_ref().unwrap().roots["kit"], "kit@1");
    let again = bench.build(&tree);
    assert_eq!((again.preview, again.lock), (built.preview, built.lock));
    let questions = bench.compiler.asked.take();
    let files = questions[0].files.keys().map(|path| path.as_str());
    assert_eq!(
        files.collect::<Vec<_>>(),
        [
            "node_modules/kit/theme.css",
            "node_modules/kit/utility.css",
            "src/page.css"
        ]
    );
    let names = questions[0].names.iter();
    let names: Vec<String> = names.map(|(name, path)| format!("{name} {path}")).collect();
    assert_eq!(names, ["kit/theme.css node_modules/kit/theme.css"]);
}

#[test]
fn a_packages_sheet_that_cannot_be_had_is_asked_for_again() {
    let mut bench = Bench {
        registry_fails: true,
        ..Bench::default()
    };
    let tree = with_kit("@import 'tailwindcss'; @import 'kit/theme.css';");
    let built = bench.build(&tree);
    assert_eq!(codes(&built), ["packages-unavailable"]);
    assert!(built.retry && built.preview.is_none());
    bench.registry_fails = false;
    let again = bench.build(&tree);
    assert_eq!(codes(&again), [""; 0]);
    assert_eq!(again.preview, Bench::default().build(&tree).preview);
}
