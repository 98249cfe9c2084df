//! Names of files, aliases and tsconfig's paths.

use super::*;
use crate::rules::{Alias, Find, PathPattern, PathScope};
use overskill_model::Limits;

fn path(text: &str) -> ModulePath {
    ModulePath::parse(text, &Limits::default()).unwrap()
}

fn tree(names: &[&str]) -> BTreeMap<ModulePath, ()> {
    names.iter().map(|text| (path(text), ())).collect()
}

fn file(text: &str) -> Resolution {
    Resolution::File(path(text), None)
}

fn alias(find: &str, replacement: &str) -> Alias {
    let find = match find.strip_prefix('^') {
        Some(_) => Find::Pattern(regex_lite::Regex::new(find).unwrap()),
        None => Find::Text(find.to_owned()),
    };
    Alias {
        find,
        replacement: replacement.to_owned(),
    }
}

#[test]
fn specifiers_name_files_as_in_vite() {
    let files = tree(&[
        "src/App.tsx",
        "src/util.ts",
        "src/util.js",
        "src/lib/index.ts",
        "src/data.json",
        "src/a.css",
        "public/v.svg",
        "src/lib.ts",
        "src/only.ts",
    ]);
    let rules = ResolveRules {
        aliases: vec![alias("@", "/src")],
        ..ResolveRules::default()
    };
    let resolver = Resolver {
        files: &files,
        rules: &rules,
        local: &NoLocalPackages,
    };
    let from = path("src/main.tsx");
    for (specifier, expected) in [
        ("./App", file("src/App.tsx")),
        ("./App.tsx", file("src/App.tsx")),
        ("./App.js", file("src/App.tsx")),
        ("./app", Resolution::Missing),
        ("./util", file("src/util.js")),
        ("./only.js", file("src/only.ts")),
        ("./lib", file("src/lib.ts")),
        ("./lib/", file("src/lib/index.ts")),
        ("@/lib/index", file("src/lib/index.ts")),
        ("@/nope", Resolution::Missing),
        ("/src/data", file("src/data.json")),
        ("/v.svg", Resolution::Public("/v.svg".into())),
        (
            "./a.css?inline",
            Resolution::File(path("src/a.css"), Some("inline".into())),
        ),
        ("react", Resolution::Package("react".into())),
        ("@scope/x/y", Resolution::Package("@scope/x/y".into())),
        (
            "https://x/y.js",
            Resolution::External("https://x/y.js".into()),
        ),
        ("./nope", Resolution::Missing),
        ("../../../etc/passwd", Resolution::Missing),
    ] {
        assert_eq!(resolver.resolve(&from, specifier), expected, "{specifier}");
    }
    assert_eq!(resolver.resolve_url(&from, "a.css"), file("src/a.css"));
}

#[test]
fn the_first_alias_that_matches_is_taken() {
    let files = tree(&[
        "src/x.ts",
        "src/a/x.ts",
        "lib/x.ts",
        "client/src/x.ts",
        "client/y.ts",
    ]);
    let rules = ResolveRules {
        root: "client".into(),
        aliases: vec![
            alias("@a", "/src/a"),
            alias("@", "/src"),
            alias("^~/(.*)$", "/lib/$1"),
            alias("^(.*)\\.$$", "$$1$1$9$"),
            alias("react", "preact/compat"),
            alias("remote", "https://x/y.js"),
            alias("#", "./src"),
        ],
        ..ResolveRules::default()
    };
    let resolver = Resolver {
        files: &files,
        rules: &rules,
        local: &NoLocalPackages,
    };
    let from = path("client/src/main.ts");
    for (specifier, expected) in [
        ("@a/x", file("src/a/x.ts")),
        ("@/x", file("src/x.ts")),
        ("@ab/x", Resolution::Package("@ab/x".into())),
        ("~/x", file("lib/x.ts")),
        ("react", Resolution::Package("preact/compat".into())),
        (
            "react/jsx-runtime",
            Resolution::Package("preact/compat/jsx-runtime".into()),
        ),
        ("reactive", Resolution::Package("reactive".into())),
        ("remote", Resolution::External("https://x/y.js".into())),
        ("#/x", file("client/src/x.ts")),
        ("/src/x", file("client/src/x.ts")),
        ("/y", file("client/y.ts")),
        ("/lib/x", file("lib/x.ts")),
    ] {
        assert_eq!(resolver.resolve(&from, specifier), expected, "{specifier}");
    }
}

#[test]
fn the_nearest_tsconfig_says_where_names_lead() {
    let files = tree(&[
        "src/x.ts",
        "src/b/one.ts",
        "packages/ui/src/x.ts",
        "src/react/index.ts",
    ]);
    let pattern = |pattern: &str, targets: &[&str]| PathPattern {
        pattern: pattern.into(),
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
    };
    let rules = ResolveRules {
        paths: vec![
            PathScope {
                folder: "packages/ui".into(),
                patterns: vec![pattern("@/*", &["packages/ui/src/*"])],
                base: None,
            },
            PathScope {
                folder: String::new(),
                patterns: vec![
                    pattern("one", &["nope", "src/b/one"]),
                    pattern("@/*.x", &["src/*"]),
                    pattern("@/*", &["src/*"]),
                ],
                base: Some("src".into()),
            },
        ],
        packages: ["react".to_owned()].into(),
        ..ResolveRules::default()
    };
    let resolver = Resolver {
        files: &files,
        rules: &rules,
        local: &NoLocalPackages,
    };
    for (from, specifier, expected) in [
        ("packages/ui/src/y.ts", "@/x", file("packages/ui/src/x.ts")),
        ("src/y.ts", "@/x", file("src/x.ts")),
        ("src/y.ts", "@/x.x", file("src/x.ts")),
        ("src/y.ts", "one", file("src/b/one.ts")),
        ("src/y.ts", "b/one", file("src/b/one.ts")),
        ("src/y.ts", "react", Resolution::Package("react".into())),
        (
            "packages/ui/src/y.ts",
            "b/one",
            Resolution::Package("b/one".into()),
        ),
    ] {
        assert_eq!(
            resolver.resolve(&path(from), specifier),
            expected,
            "{specifier}"
        );
    }
}
