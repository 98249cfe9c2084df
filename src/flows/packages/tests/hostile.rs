//! Packages that mean harm, or are odd enough to do some: each is built or ends in a diagnostic, in bounded work.

use super::{REGISTRY, World, integrity, request, told};
use serde_json::{Value, json};

/// More modules than any row has to compile, and more questions than any has to ask.
const WORK: usize = 12;

/// A package, `name@version`, and its files.
type Published<'a> = (&'a str, Value, &'a [(&'a str, &'a str)]);

/// Builds what imports `specifier`, in bounded work.
fn outcome(packages: &[Published<'_>], specifier: &str) -> (Vec<String>, Vec<String>, String) {
    let mut world = World::new();
    for (key, manifest, files) in packages {
        world.publish(key, manifest.clone(), files);
    }
    let names = packages
        .iter()
        .map(|(key, ..)| key.rsplit_once('@').unwrap().0);
    let asked: Vec<(&str, &str)> = names.map(|name| (name, "*")).collect();
    let set = world.build(&request(&asked, &[specifier])).unwrap();
    let compiled = world.compiler.take_compiled().len();
    assert!(
        compiled <= WORK,
        "{specifier}: {compiled} modules were compiled"
    );
    let asked = world.http.take_asked().len();
    assert!(asked <= WORK, "{specifier}: {asked} questions were asked");
    let hints = set.diagnostics.iter();
    let hints = hints.filter_map(|at| at.diagnostic.hint.clone());
    let chunk = match set.is_ok() {
        true => world.chunk(&set),
        false => String::new(),
    };
    (told(&set), hints.collect(), chunk)
}

#[test]
fn hostile_packages_are_built_or_end_in_a_diagnostic() {
    let index: &[(&str, &str)] = &[("index.js", "export default 1")];
    let deep = (0..100).fold(json!("./index.js"), |inner, _| json!({"default": inner}));
    let many: serde_json::Map<String, Value> = (0..5000)
        .map(|n| (format!("./{n}/*/{n}"), json!(format!("./{n}/*.js"))))
        .collect();
    let rows: Vec<(&str, Vec<Published<'_>>, &str, &[&str])> = vec![
        (
            "imports that name each other",
            vec![(
                "a@1.0.0",
                json!({"imports": {"#x": "#y", "#y": "#x"}}),
                &[("index.js", "import '#x'")],
            )],
            "a",
            &["unresolved-import -"],
        ),
        (
            "files that stand for each other",
            vec![(
                "a@1.0.0",
                json!({"browser": {"./index.js": "./b.js", "./b.js": "./index.js"}}),
                &[
                    ("index.js", "import './b.js'"),
                    ("b.js", "import './index.js'"),
                ],
            )],
            "a",
            &[],
        ),
        (
            "packages that stand for each other",
            vec![
                (
                    "a@1.0.0",
                    json!({"browser": {"b": "a"}}),
                    &[("index.js", "import 'b'")],
                ),
                ("b@1.0.0", json!({"browser": {"./index.js": "a"}}), index),
            ],
            "b",
            &[],
        ),
        (
            "packages whose every file is the other",
            vec![
                ("a@1.0.0", json!({"browser": {"./index.js": "b"}}), index),
                ("b@1.0.0", json!({"browser": {"./index.js": "a"}}), index),
            ],
            "b",
            &["package-file-not-found b"],
        ),
        (
            "exports that name themselves",
            vec![(
                "a@1.0.0",
                json!({"exports": {".": "a", "./x": "a/x"}}),
                index,
            )],
            "a",
            &["package-path-not-exported a"],
        ),
        (
            "exports in a circle of conditions",
            vec![("a@1.0.0", json!({"exports": deep}), index)],
            "a",
            &[],
        ),
        (
            "patterns without end",
            vec![("a@1.0.0", json!({"exports": many}), index)],
            "a/1/2/3",
            &["package-path-not-exported a/1/2/3"],
        ),
        (
            "an entry outside of the package",
            vec![(
                "a@1.0.0",
                json!({"main": "../../../etc/passwd"}),
                &[("x.js", "")],
            )],
            "a",
            &["package-file-not-found a"],
        ),
        (
            "exports that lead outside",
            vec![(
                "a@1.0.0",
                json!({"exports": {".": "./../../b/index.js"}}),
                index,
            )],
            "a",
            &["package-file-not-found a"],
        ),
        (
            "a file of another package",
            vec![(
                "a@1.0.0",
                json!({}),
                &[("index.js", "import '../../b/index.js'")],
            )],
            "a",
            &["unresolved-import -"],
        ),
        (
            "a dependency on itself",
            vec![(
                "a@1.0.0",
                json!({"dependencies": {"a": "*"}}),
                &[("index.js", "import 'a'")],
            )],
            "a",
            &[],
        ),
        (
            "dependencies in a circle",
            vec![
                (
                    "a@1.0.0",
                    json!({"dependencies": {"b": "*"}}),
                    &[("index.js", "export * from 'b'; export const a = 1")],
                ),
                (
                    "b@1.0.0",
                    json!({"dependencies": {"a": "*"}}),
                    &[("index.js", "export * from 'a'; export const b = 1")],
                ),
            ],
            "b",
            &[],
        ),
        (
            "stars in a circle",
            vec![(
                "a@1.0.0",
                json!({"sideEffects": false}),
                &[
                    (
                        "index.js",
                        "export * from './index.js'; export * from './b.js'",
                    ),
                    ("b.js", "export * from './index.js'"),
                ],
            )],
            "a",
            &[],
        ),
        (
            "names of JavaScript's own",
            vec![
                (
                    "constructor@1.0.0",
                    json!({"exports": {".": "./index.js", "./__proto__": "./__proto__.js", "./toString": null}}),
                    &[
                        (
                            "index.js",
                            "export const constructor = 1, toString = 2; export { default as __proto__ } from './__proto__.js'",
                        ),
                        (
                            "__proto__.js",
                            "export default {}; export const hasOwnProperty = 1",
                        ),
                    ],
                ),
                (
                    "__proto__@1.0.0",
                    json!({"dependencies": {"constructor": "*"}}),
                    &[(
                        "index.js",
                        "import * as all from 'constructor'; export default all",
                    )],
                ),
            ],
            "__proto__",
            &[],
        ),
        (
            "a subpath that is an object's own",
            vec![("a@1.0.0", json!({"exports": {".": "./index.js"}}), index)],
            "a/__proto__",
            &["package-path-not-exported a/__proto__"],
        ),
        (
            "fields of the wrong kinds",
            vec![(
                "a@1.0.0",
                json!({"main": 7, "module": [], "browser": 1, "exports": null, "imports": "x", "sideEffects": {}, "scripts": [], "dependencies": [1], "bundleDependencies": {"x": 1}, "peerDependenciesMeta": {"x": null}}),
                index,
            )],
            "a",
            &[],
        ),
    ];
    for (about, packages, specifier, expected) in rows {
        let (told, ..) = outcome(&packages, specifier);
        assert_eq!(told, expected, "{about}");
    }
}

#[test]
fn a_tarball_of_ten_thousand_files_costs_what_is_used_of_it() {
    let names: Vec<String> = (0..10_000).map(|n| format!("icons/{n}.js")).collect();
    let mut files: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (&**name, "export default 1"))
        .collect();
    files.push((
        "index.js",
        "export { default as seven } from './icons/7.js'",
    ));
    let packages = [("a@1.0.0", json!({}), &files[..])];
    let (told, _, chunk) = outcome(&packages, "a");
    assert_eq!(told, Vec::<String>::new());
    assert!(chunk.contains("icons/7.js") && !chunk.contains("icons/8.js"));
    let names: Vec<String> = (0..60_001).map(|n| format!("{n}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "")).collect();
    let (told, ..) = outcome(&[("a@1.0.0", json!({}), &files[..])], "a");
    assert_eq!(told, ["package-unreadable -"]);
}

#[test]
fn a_registry_that_lies_about_a_tarball_is_found_out() {
    let mut world = World::new();
    world.publish("a@1.0.0", json!({}), &[("index.js", "export default 1")]);
    let lie = |dist: Value| json!({"dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"name": "a", "version": "1.0.0", "dist": dist}}});
    for (dist, expected) in [
        (
            json!({"integrity": integrity(b"other bytes")}),
            "package-integrity -",
        ),
        (
            json!({"integrity": "sha512-"}),
            "package-version-not-found a",
        ),
        (
            json!({"integrity": "md5-AAAA", "shasum": "zz"}),
            "package-version-not-found a",
        ),
        (json!({"integrity": 7}), "package-version-not-found a"),
        (json!({}), "package-version-not-found a"),
    ] {
        let packument = lie(dist.clone()).to_string();
        world.http.answer(&format!("{REGISTRY}/a"), 200, packument);
        world.clock.0.set(world.clock.0.get() + 1e6);
        let set = world.build(&request(&[("a", "1")], &["a"])).unwrap();
        assert_eq!(told(&set), [expected], "{dist}");
    }
}

#[test]
fn install_scripts_are_not_run_and_are_named_where_they_are_missed() {
    let script = json!({"scripts": {"postinstall": "node make.js", "test": "x"}});
    let files: &[(&str, &str)] = &[("index.js", "import './made.js'"), ("make.js", "throw 1")];
    let (codes, hints, _) = outcome(&[("a@1.0.0", script.clone(), files)], "a");
    assert_eq!(codes, ["unresolved-import -"]);
    assert!(hints[0].contains("install script"), "{hints:?}");
    let (codes, hints, _) = outcome(&[("a@1.0.0", script.clone(), files)], "a/made");
    assert_eq!(codes, ["package-file-not-found a/made"]);
    assert!(hints[0].contains("install script"), "{hints:?}");
    // What it would make isn't missed, or there is no such script.
    let whole: &[(&str, &str)] = &[("index.js", "export default 1")];
    assert_eq!(
        outcome(&[("a@1.0.0", script, whole)], "a").0,
        Vec::<String>::new()
    );
    let plain = json!({"scripts": {"build": "node make.js"}});
    let (_, hints, _) = outcome(&[("a@1.0.0", plain, files)], "a");
    assert!(
        !hints.iter().any(|hint| hint.contains("install script")),
        "{hints:?}"
    );
}

#[test]
fn what_a_package_brings_along_is_what_it_imports() {
    let inner = json!({"exports": {".": "./main.js", "./out": "./../../index.js"}}).to_string();
    let files: &[(&str, &str)] = &[
        (
            "index.js",
            "export { default } from 'inner'; export { deep } from 'inner-deep/lib'",
        ),
        ("out.js", "import 'inner/out'"),
        ("private.js", "import 'inner/main.js'"),
        ("node_modules/inner/package.json", &inner),
        (
            "node_modules/inner/main.js",
            "export { deep as default } from 'inner-deep/lib/index.js'",
        ),
        ("node_modules/inner-deep/package.json", "{}"),
        (
            "node_modules/inner-deep/lib/index.js",
            "export const deep = 'brought along'",
        ),
    ];
    let manifest = |bundled: Value| json!({"dependencies": {"inner": "1", "inner-deep": "1", "other": "1"}, "bundleDependencies": bundled});
    let other: Published<'_> = ("other@1.0.0", json!({}), &[("index.js", "")]);
    let named = manifest(json!(["inner", "inner-deep"]));
    let (codes, _, chunk) = outcome(&[("a@1.0.0", named.clone(), files), other.clone()], "a");
    assert_eq!(codes, Vec::<String>::new());
    assert!(
        chunk.contains(r#"["inner","npm:a@1.0.0/node_modules/inner/main.js"]"#),
        "{chunk}"
    );
    assert!(
        chunk.contains(r#"["inner-deep/lib","npm:a@1.0.0/node_modules/inner-deep/lib/index.js"]"#)
    );
    let (codes, ..) = outcome(&[("a@1.0.0", manifest(json!(true)), files)], "a");
    assert_eq!(codes, Vec::<String>::new());
    for (specifier, expected) in [
        ("a/out.js", "unresolved-import -"),
        ("a/private.js", "unresolved-import -"),
    ] {
        let packages = [("a@1.0.0", named.clone(), files), other.clone()];
        assert_eq!(outcome(&packages, specifier).0, [expected], "{specifier}");
    }
}
