//! Which file of a package a specifier names.

use crate::{Asked, Package, Target, Unresolved};
use serde_json::json;

fn package(manifest: &str, files: &[&str]) -> Package {
    let mut all: std::collections::BTreeMap<String, Option<Vec<u8>>> = files
        .iter()
        .map(|file| {
            let (name, text) = file.split_once('=').unwrap_or((file, ""));
            (name.to_owned(), Some(text.as_bytes().to_vec()))
        })
        .collect();
    all.insert(
        "package.json".to_owned(),
        Some(manifest.as_bytes().to_vec()),
    );
    Package::new(all)
}

fn shown(target: Result<Target, Unresolved>) -> String {
    match target {
        Ok(Target::File(file)) => file,
        Ok(Target::Bare(bare)) => format!("bare {bare}"),
        Ok(Target::Empty) => "empty".to_owned(),
        Err(Unresolved::NoFile) => "no file".to_owned(),
        Err(Unresolved::NotExported(listed)) => format!("exported: {}", listed.join(" ")),
    }
}

#[test]
fn exports_decide_by_conditions_in_their_order() {
    let files = [
        "a.mjs",
        "a.cjs",
        "b.js",
        "dev.js",
        "node.js",
        "f/x.js",
        "f/y/z.js",
        "f/internal/i.js",
        "s.css",
        "t.js",
    ];
    let at = |exports: &str, subpath: &str, asked| {
        let manifest = format!(r#"{{"exports": {exports}, "main": "b.js"}}"#);
        shown(package(&manifest, &files).resolve_entry(subpath, asked))
    };
    for (exports, subpath, import, require) in [
        (r#""./b.js""#, ".", "b.js", "b.js"),
        (
            r#"{"import": "./a.mjs", "require": "./a.cjs"}"#,
            ".",
            "a.mjs",
            "a.cjs",
        ),
        (
            r#"{"node": "./node.js", "default": "./b.js"}"#,
            ".",
            "b.js",
            "b.js",
        ),
        (
            r#"{"browser": "./b.js", "import": "./a.mjs"}"#,
            ".",
            "b.js",
            "b.js",
        ),
        (
            r#"{"production": "./b.js", "development": "./dev.js"}"#,
            ".",
            "dev.js",
            "dev.js",
        ),
        (
            r#"{".": {"browser": {"import": "./a.mjs"}, "default": "./b.js"}}"#,
            ".",
            "a.mjs",
            "b.js",
        ),
        (
            r#"{".": [{"node": "./node.js"}, "./b.js"]}"#,
            ".",
            "b.js",
            "b.js",
        ),
        (
            r#"{"./x": "./f/x.js"}"#,
            ".",
            "exported: ./x",
            "exported: ./x",
        ),
        (r#"{"./*": "./f/*.js"}"#, "./y/z", "f/y/z.js", "f/y/z.js"),
        (
            r#"{"./*": "./f/*.js", "./internal/*": null}"#,
            "./internal/i",
            "exported: ./* ./internal/*",
            "exported: ./* ./internal/*",
        ),
        (r#"{"./f/": "./f/"}"#, "./f/x.js", "f/x.js", "f/x.js"),
        (
            r#"{"./*.js": "./f/*.js", "./*": "./b.js"}"#,
            "./x.js",
            "f/x.js",
            "f/x.js",
        ),
        (
            r#"{".": "./b.js"}"#,
            "./package.json",
            "package.json",
            "package.json",
        ),
        (r#"{".": "./missing.js"}"#, ".", "no file", "no file"),
        (
            r#"{".": "../../etc/passwd"}"#,
            ".",
            "exported: .",
            "exported: .",
        ),
        (r#"{".": "./../../etc/passwd"}"#, ".", "no file", "no file"),
        (r#"{"./*": "./*"}"#, "./../../x", "no file", "no file"),
        (
            r#"{".": {"types": "./t.js"}}"#,
            ".",
            "exported: .",
            "exported: .",
        ),
    ] {
        assert_eq!(
            at(exports, subpath, Asked::Import),
            import,
            "{exports} {subpath}"
        );
        assert_eq!(
            at(exports, subpath, Asked::Require),
            require,
            "{exports} {subpath}"
        );
    }
    let exports = r#"{".": {"style": "./s.css", "default": "./b.js"}}"#;
    assert_eq!(at(exports, ".", Asked::Style), "s.css");
}

#[test]
fn fields_decide_without_exports() {
    let files = [
        "main.js",
        "module.js",
        "browser.js=export default 1",
        "bundle.js=!function(){}()",
        "index.js",
        "lib/index.js",
        "sub/package.json={\"main\": \"../main\"}",
        "s.css",
        "data.json",
    ];
    for (manifest, import, require) in [
        (json!({}), "index.js", "index.js"),
        (json!({"main": "main"}), "main.js", "main.js"),
        (json!({"main": "./lib"}), "lib/index.js", "lib/index.js"),
        (json!({"main": "./lib/"}), "lib/index.js", "lib/index.js"),
        (json!({"main": "gone.js"}), "index.js", "index.js"),
        (json!({"main": "../../x"}), "index.js", "index.js"),
        (
            json!({"main": "main.js", "module": "module.js"}),
            "module.js",
            "main.js",
        ),
        (
            json!({"main": "main.js", "module": "module.js", "browser": "browser.js"}),
            "browser.js",
            "browser.js",
        ),
        (
            json!({"main": "main.js", "module": "module.js", "browser": "bundle.js"}),
            "module.js",
            "bundle.js",
        ),
        (json!({"main": "data"}), "data.json", "data.json"),
        (json!({"main": ["x"]}), "index.js", "index.js"),
    ] {
        let package = package(&manifest.to_string(), &files);
        assert_eq!(
            shown(package.resolve_entry(".", Asked::Import)),
            import,
            "{manifest}"
        );
        assert_eq!(
            shown(package.resolve_entry(".", Asked::Require)),
            require,
            "{manifest}"
        );
    }
    let package = package(r##"{"style": "s.css"}"##, &files);
    assert_eq!(
        shown(package.resolve_entry("./sub", Asked::Import)),
        "main.js"
    );
    assert_eq!(
        shown(package.resolve_entry("./lib", Asked::Import)),
        "lib/index.js"
    );
    assert_eq!(
        shown(package.resolve_entry("./nope", Asked::Import)),
        "no file"
    );
    assert_eq!(
        shown(package.resolve_entry("./../x", Asked::Import)),
        "no file"
    );
    assert_eq!(shown(package.resolve_entry(".", Asked::Style)), "s.css");
}

#[test]
fn browser_maps_replace_files_and_packages() {
    let package = package(
        r##"{ "name": "me", "main": "./node.js", "browser": {"./node.js": "./web.js", "./lib/fs": false, "crypto": false, "ws": "./ws.js", "util": "util-web", "./gone.js": "./nope.js"}}"##,
        &["node.js", "web.js", "lib/fs.js", "lib/x.js", "ws.js"],
    );
    assert_eq!(shown(package.resolve_entry(".", Asked::Require)), "web.js");
    for (from, specifier, expected) in [
        ("lib/x.js", "./fs", "empty"),
        ("lib/x.js", "./fs.js", "empty"),
        ("lib/x.js", "../node", "web.js"),
        ("web.js", "crypto", "empty"),
        ("web.js", "ws", "ws.js"),
        ("web.js", "util", "bare util-web"),
        ("web.js", "other/x", "bare other/x"),
        ("web.js", "me", "web.js"),
        ("web.js", "./lib/x", "lib/x.js"),
        ("web.js", "./nowhere", "no file"),
        ("web.js", "../../x", "no file"),
    ] {
        assert_eq!(
            shown(package.resolve(from, specifier, Asked::Require)),
            expected,
            "{specifier}"
        );
    }
}

#[test]
fn imports_are_a_packages_own_names() {
    let package = package(
        r##"{"imports": {"#dep": {"node": "x", "default": "./web.js"}, "#pkg": "other/sub", "#f/*": "./f/*.js", "#gone": "./nope.js", "#out": "./../x"}}"##,
        &["web.js", "f/a.js"],
    );
    for (specifier, expected) in [
        ("#dep", "web.js"),
        ("#pkg", "bare other/sub"),
        ("#f/a", "f/a.js"),
        ("#gone", "no file"),
        ("#out", "no file"),
        ("#unknown", "no file"),
    ] {
        assert_eq!(
            shown(package.resolve("web.js", specifier, Asked::Import)),
            expected,
            "{specifier}"
        );
    }
}

#[test]
fn the_nearest_manifest_says_who_imports_as_node_does() {
    let package = package(
        r##"{"type": "module"}"##,
        &[
            "a.js",
            "a.cjs",
            "a.mjs",
            "cjs/package.json={\"type\": \"commonjs\"}",
            "cjs/b.js",
            "plain/package.json={}",
            "plain/deep/c.js",
        ],
    );
    for (file, expected) in [
        ("a.js", true),
        ("a.cjs", false),
        ("a.mjs", true),
        ("cjs/b.js", false),
        ("cjs/b.mjs", true),
        ("plain/deep/c.js", false),
    ] {
        assert_eq!(package.node_importer(file), expected, "{file}");
    }
}

#[test]
fn servers_have_conditions_of_their_own() {
    let manifest = r#"{"exports": {"workerd": "./workerd.js", "browser": "./web.js", "node": "./node.js"}, "name": "x"}"#;
    let files = ["workerd.js", "web.js", "node.js"];
    let entry = |server| {
        let package = package(manifest, &files).for_server(server);
        shown(package.resolve_entry(".", Asked::Import))
    };
    assert_eq!(
        (entry(false), entry(true)),
        ("web.js".into(), "workerd.js".into())
    );
}
