//! Imports that lead somewhere, or don't, and what their authors are told.

use super::*;

#[test]
fn cycles_and_re_exports_link() {
    let mut index = module(
        vec![
            imports("./a", &["x"]),
            imports("./b", &[]),
            imports("./index", &[]),
        ],
        &["x"],
    );
    index.facts.star_exports = vec!["./b".into(), "./index".into()];
    index.facts.exports[0].from = Some(("./a".into(), "x".into()));
    let mut b = module(vec![imports("./index", &["x", "y"])], &["y", "default"]);
    b.facts.star_exports = vec!["./index".into()];
    let tree = Tree::new(module(
        vec![imports("./index", &["x", "y"]), imports("./main", &[])],
        &[],
    ))
    .with("src/index.ts", index)
    .with(
        "src/a.ts",
        module(vec![imports("./b", &["y", "default"])], &["x"]),
    )
    .with("src/b.ts", b);
    let linked = tree.linked();
    assert_eq!(linked.diagnostics, []);
    assert_eq!(
        headers(&linked),
        [
            r#"["/src/a.ts",{"k":"esm","i":[["./b","/src/b.ts"]]},"#,
            r#"["/src/b.ts",{"k":"esm","i":[["./index","/src/index.ts"]]},"#,
            r#"["/src/index.ts",{"k":"esm","i":[["./a","/src/a.ts"],["./b","/src/b.ts"],["./index","/src/index.ts"]]},"#,
            r#"["/src/main.ts",{"k":"esm","i":[["./index","/src/index.ts"],["./main","/src/main.ts"]]},"#,
        ]
    );
}

#[test]
fn a_name_that_is_not_exported_is_told_with_what_is() {
    for (exports, wanted, expected) in [
        (
            &["Button", "Card"][..],
            "button",
            "missing-export `./m` has no export named `button`. Did you mean `Button`?",
        ),
        (
            &["a", "b"],
            "c",
            "missing-export `./m` has no export named `c`. It exports `a`, `b`.",
        ),
        (
            &["a"],
            "default",
            "missing-export `./m` has no default export. Import by name, with braces: `a`.",
        ),
        (
            &["default"],
            "a",
            "missing-export `./m` has no export named `a`. It has only a default export: import it without braces.",
        ),
        (
            &[],
            "a",
            "missing-export `./m` has no export named `a`. It exports nothing.",
        ),
    ] {
        let tree = Tree::new(module(vec![imports("./m", &[wanted])], &[]))
            .with("src/m.ts", module(vec![], exports));
        assert_eq!(tree.told(), [expected]);
        let first = &tree.linked().diagnostics[0];
        assert_eq!(
            (
                first.path.as_ref().unwrap().as_str(),
                first.line,
                first.column
            ),
            ("src/main.ts", Some(1), Some(1))
        );
    }
}

#[test]
fn stars_give_all_but_the_default() {
    let mut barrel = module(vec![imports("./m", &[]), imports("pkg", &[])], &[]);
    barrel.facts.star_exports = vec!["./m".into(), "pkg".into()];
    let tree = |wanted| {
        Tree::new(module(vec![imports("./barrel", &[wanted])], &[]))
            .with("src/barrel.ts", barrel.clone())
            .with("src/m.ts", module(vec![], &["a", "default"]))
    };
    let known = |wanted| tree(wanted).package("pkg", Some(&["p", "default"])).told();
    assert!(known("a").is_empty() && known("p").is_empty());
    assert_eq!((known("default").len(), known("z").len()), (1, 1));
    assert!(tree("z").package("pkg", None).told().is_empty());
}

#[test]
fn what_cannot_be_known_is_not_told() {
    let mut commonjs = module(vec![], &[]);
    commonjs.facts.format = ModuleFormat::CommonJs;
    let broken = CompiledModule::failed(vec![Diagnostic::error("syntax-error", "x")]);
    for (other, expected) in [(commonjs, 0), (broken, 1)] {
        let tree =
            Tree::new(module(vec![imports("./m", &["a", "default"])], &[])).with("src/m.ts", other);
        assert_eq!(tree.told().len(), expected);
    }
}

#[test]
fn an_import_of_nothing_is_told_with_what_is_near() {
    let mut optional = takes(DependencyKind::Require, "./gone", &[]);
    optional.optional = true;
    let tree = Tree::new(module(
        vec![
            imports("./components/button", &[]),
            imports("./nope", &[]),
            imports("../../out", &[]),
            optional,
        ],
        &[],
    ))
    .with("src/components/Button.tsx", module(vec![], &[]));
    let near = "There is a file `src/components/Button.tsx`; paths are case-sensitive and relative to the importing file.";
    assert_eq!(
        tree.told(),
        [
            "unresolved-import Cannot find `../../out`, imported by `src/main.ts`. Add the file, or correct the path.".to_owned(),
            format!("unresolved-import Cannot find `./components/button`, imported by `src/main.ts`. {near}"),
            "unresolved-import Cannot find `./nope`, imported by `src/main.ts`. Add the file, or correct the path.".to_owned(),
        ]
    );
}

#[test]
fn packages_are_asked_for_once_and_tied() {
    let tree = Tree::new(module(
        vec![
            imports("react", &["useState", "nope"]),
            takes(DependencyKind::Dynamic, "lodash", &[]),
            imports("./a", &[]),
        ],
        &[],
    ))
    .with("src/a.ts", module(vec![imports("react", &[])], &[]))
    .package("react", Some(&["useState"]));
    assert_eq!(
        tree.read(|_, graph| graph.packages().map(str::to_owned).collect::<Vec<_>>()),
        ["lodash", "react"]
    );
    let linked = tree.linked();
    assert_eq!(linked.diagnostics.len(), 1);
    assert_eq!(
        headers(&linked)[1],
        r#"["/src/main.ts",{"k":"esm","i":[["react","npm:react@1.0.0/index.js"],["./a","/src/a.ts"]],"d":[["lodash",null]]},"#
    );
    let placed = tree.read(|app, graph| graph.at_import(app, "react", Diagnostic::error("x", "y")));
    assert_eq!(placed.path, Some(path("src/main.ts")));
}

#[test]
fn a_name_of_two_stars_is_told_where_it_is_given_and_only_when_it_is_taken() {
    let stars = |specifiers: &[&str], exports: &[&str]| {
        let dependencies = specifiers.iter().enumerate().map(|(at, specifier)| {
            let span = Span {
                start: at as u32 * 3,
                end: at as u32 * 3 + 2,
            };
            Dependency {
                span,
                ..imports(specifier, &[])
            }
        });
        let mut module = module(dependencies.collect(), exports);
        module.facts.star_exports = specifiers.iter().map(|it| (*it).to_owned()).collect();
        module
    };
    let tree = |wanted: &str, outer: &[&str]| {
        Tree::new(module(vec![imports("./outer", &[wanted])], &[]))
            .with("src/outer.ts", stars(&["./barrel", "pkg"], outer))
            .with("src/barrel.ts", stars(&["./a", "./b", "./again"], &[]))
            .with("src/again.ts", stars(&["./a", "./again"], &[]))
            .with("src/a.ts", module(vec![], &["x", "only", "default"]))
            .with("src/b.ts", module(vec![], &["x", "y", "default"]))
            .package("pkg", Some(&["y"]))
    };
    assert_eq!(
        tree("x", &[]).told(),
        [
            "ambiguous-export `./a` and `./b` both export `x`; the one of `./a` is taken. Say which is meant: `export { x } from \"./a\"`, or rename one of them."
        ]
    );
    let told = &tree("x", &[]).linked().diagnostics[0];
    assert_eq!(told.severity, overskill_diagnostics::Severity::Warning);
    assert_eq!(
        (told.path.as_ref().unwrap().as_str(), told.line, told.column),
        ("src/barrel.ts", Some(1), Some(4))
    );
    assert_eq!(
        tree("y", &[]).told(),
        [
            "ambiguous-export `./barrel` and `pkg` both export `y`; the one of `./barrel` is taken. Say which is meant: `export { y } from \"./barrel\"`, or rename one of them."
        ]
    );
    assert!(
        tree("only", &[]).told().is_empty(),
        "one module by two ways"
    );
    assert!(
        tree("x", &["x"]).told().is_empty(),
        "a name of its own wins"
    );
}
