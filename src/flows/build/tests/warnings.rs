//! What an author should know, with its place, though the app builds.

use super::*;

fn told(files: &[(&str, &str)], purpose: Purpose) -> Vec<String> {
    let page = (
        "index.html",
        "<script type=\"module\" src=\"/src/main.ts\"></script>",
    );
    let built = Bench::default().build_for(purpose, &[&[page], files].concat());
    assert!(built.preview.is_some(), "{:?}", built.diagnostics);
    let told = built.diagnostics.iter();
    told.map(|it| format!("{}{} {}", it.place(), it.code, it.message))
        .collect()
}

#[test]
fn a_type_that_is_exported_as_a_value_is_told_and_the_app_builds() {
    let files = [
        (
            "src/main.ts",
            "import { make, type Props } from './ui'; console.log(make({} as Props))",
        ),
        (
            "src/ui.ts",
            "export { Props, make } from './button';\nexport { Own } from './all'",
        ),
        ("src/all.ts", "export * from './types'"),
        ("src/types.ts", "export type Own = 1"),
        (
            "src/button.ts",
            "export interface Props {} export const make = (props: Props) => props",
        ),
    ];
    for purpose in [Purpose::Preview, Purpose::Production] {
        assert_eq!(
            told(&files, purpose),
            [
                "src/ui.ts:1:10 type-not-marked `Props` of `./button` is a type; there is no value of that name.",
                "src/ui.ts:2:10 type-not-marked `Own` of `./all` is a type; there is no value of that name.",
            ]
        );
    }
}

#[test]
fn names_of_two_stars_are_told_at_the_second() {
    let files = [
        (
            "src/main.ts",
            "import { a, b } from './all'; console.log(a, b)",
        ),
        (
            "src/all.ts",
            "export * from './one';\nexport * from './two'",
        ),
        ("src/one.ts", "export const a = 1"),
        ("src/two.ts", "export const a = 2, b = 3"),
    ];
    for purpose in [Purpose::Preview, Purpose::Production] {
        assert_eq!(
            told(&files, purpose),
            [
                "src/all.ts:2:15 ambiguous-export `./one` and `./two` both export `a`; the one of `./one` is taken."
            ]
        );
    }
}

#[test]
fn missing_names_are_told_across_barrels_where_they_are_asked_for() {
    let page = (
        "index.html",
        "<script type=\"module\" src=\"/src/main.ts\"></script>",
    );
    let built = Bench::default().build(&[
        page,
        (
            "src/main.ts",
            "import { a, gone } from './all';\nimport one from './one'; console.log(a, gone, one)",
        ),
        (
            "src/all.ts",
            "export * from './one';\nexport { lost } from './one'",
        ),
        ("src/one.ts", "export const a = 1"),
    ]);
    let told: Vec<String> = built
        .diagnostics
        .iter()
        .map(|it| format!("{}{}", it.place(), it.message))
        .collect();
    assert_eq!(
        told,
        [
            "src/all.ts:2:10 `./one` has no export named `lost`.",
            "src/main.ts:1:13 `./all` has no export named `gone`.",
            "src/main.ts:2:8 `./one` has no default export.",
        ]
    );
}

#[test]
fn aliases_that_nothing_uses_are_told_where_they_are_declared() {
    let tree = |main| {
        told(
            &[
                ("src/main.ts", main),
                ("src/a.ts", "export default 1"),
                (
                    "vite.config.ts",
                    "export default { resolve: { alias: {\n  '@': '/src',\n  lib: '/src/lib', react: 'preact' } } }",
                ),
                (
                    "tsconfig.json",
                    "{\"compilerOptions\": {\"paths\": {\n  \"@/*\": [\"./src/*\"],\n  \"~/*\": [\"./src/*\"], \"*\": [\"./types/*\"]}}}",
                ),
            ],
            Purpose::Preview,
        )
    };
    assert_eq!(
        tree("import a from '@/a'; console.log(a)"),
        [
            "tsconfig.json:3:3 alias-unused No import uses the alias `~/*`.",
            "vite.config.ts:3:3 alias-unused No import uses the alias `lib`.",
        ]
    );
    assert_eq!(
        tree("import a from '~/a'; console.log(a, import.meta.glob('@/*.ts'))"),
        ["vite.config.ts:3:3 alias-unused No import uses the alias `lib`."]
    );
}

#[test]
fn a_page_that_starts_nothing_is_told_of() {
    let start = ("index.tsx", "console.log(1)");
    for (page, told) in [
        ("<div id=root></div>", true),
        ("<script src=index.tsx></script>", false),
        ("<script type=module src=/index.tsx></script>", false),
    ] {
        let built = Bench::default().build(&[("index.html", page), start]);
        let codes = codes(&built);
        assert_eq!(codes.contains(&"page-starts-nothing"), told, "{codes:?}");
        assert!(built.preview.is_some(), "{codes:?}");
    }
}
