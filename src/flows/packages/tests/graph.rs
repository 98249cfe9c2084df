//! What is built, and that it is built once.

use super::{World, publish_react, request, told};
use overskill_module::ModuleFormat;
use serde_json::json;

const REACT: [(&str, &str); 2] = [("react", "^19.0.0"), ("react-dom", "^19.0.0")];
const IMPORTS: [&str; 3] = ["react", "react-dom/client", "react/jsx-dev-runtime"];

#[test]
fn react_comes_whole_and_in_its_development_form() {
    let mut world = World::new();
    publish_react(&mut world);
    let set = world.built(&request(&REACT, &IMPORTS));
    assert_eq!(told(&set), Vec::<String>::new());
    assert_eq!(
        set.entries["react-dom/client"].id,
        "npm:react-dom@19.2.0/client.js"
    );
    assert_eq!(set.entries["react"].format, ModuleFormat::CommonJs);
    assert_eq!(set.entries["react"].exports, None);
    let chunk = world.chunk(&set);
    assert!(chunk.contains("\"npm:react@19.2.0/cjs/react.development.js\""));
    assert!(!chunk.contains("production"), "{chunk}");
    assert!(chunk.contains(r#"["scheduler","npm:scheduler@0.27.0/index.js"]"#));
    assert_eq!(chunk.matches("\"npm:react@19.2.0/index.js\",{").count(), 1);
    assert!(
        !chunk.contains("npm:react-dom@19.2.0/index.js"),
        "only what is reached"
    );
    let keys: Vec<&str> = set.lock.packages.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["react-dom@19.2.0", "react@19.2.0", "scheduler@0.27.0"]
    );
}

#[test]
fn everything_is_asked_of_the_registry_only_and_only_once() {
    let mut world = World::new();
    publish_react(&mut world);
    let first = world.built(&request(&REACT, &IMPORTS));
    let asked = world.http.take_asked();
    assert_eq!(asked.len(), 6, "a packument and a tarball each: {asked:?}");
    assert!(asked.iter().all(|url| url.starts_with(super::REGISTRY)));
    assert_eq!(world.compiler.take_compiled().len(), 5);

    let second = world.built(&request(&REACT, &IMPORTS));
    assert_eq!(second, first);
    assert_eq!(world.http.take_asked(), Vec::<String>::new());
    assert_eq!(world.compiler.take_compiled(), Vec::<String>::new());

    // Another app with the same packages under other ranges: versions are looked up, nothing is compiled.
    let other = world.built(&request(&[("react", "19"), ("react-dom", "*")], &IMPORTS));
    assert_ne!(other.key, first.key);
    assert_eq!(other.chunk_key, first.chunk_key);
    assert_eq!(world.compiler.take_compiled(), Vec::<String>::new());
    assert!(
        world
            .http
            .take_asked()
            .iter()
            .all(|url| !url.ends_with(".tgz"))
    );
}

#[test]
fn what_was_chosen_before_is_kept_until_the_app_changes_its_mind() {
    let mut world = World::new();
    world.publish("a@1.0.0", json!({}), &[("index.js", "export default 1")]);
    let first = world.built(&request(&[("a", "^1.0.0")], &["a"]));
    world.publish("a@1.1.0", json!({}), &[("index.js", "export default 2")]);
    let mut again = request(&[("a", "^1.0.0")], &["a"]);
    again.previous = Some(first.lock.clone());
    assert_eq!(world.built(&again).chunk_key, first.chunk_key);
    let mut newer = request(&[("a", "^1.1.0")], &["a"]);
    newer.previous = Some(first.lock);
    assert_eq!(world.built(&newer).entries["a"].id, "npm:a@1.1.0/index.js");
}

#[test]
fn bytes_follow_from_what_is_asked_alone() {
    let mut world = World::new();
    publish_react(&mut world);
    world.publish(
        "b@1.0.0",
        json!({"dependencies": {"a": "1"}}),
        &[("index.js", "import a from 'a'; export default a")],
    );
    world.publish(
        "a@1.0.0",
        json!({}),
        &[("index.js", "export default 'a'; export const x = 1")],
    );
    let all = request(
        &[("a", "1"), ("b", "1"), REACT[0], REACT[1]],
        &["b", "a", "react", "react-dom/client"],
    );
    let at_once = world.built(&all);
    let code = world.chunk(&at_once);

    // A world in which the packages were published, and partly built, in another order.
    let mut other = World::new();
    other.publish(
        "a@1.0.0",
        json!({}),
        &[("index.js", "export default 'a'; export const x = 1")],
    );
    other.built(&request(&[("a", "1")], &["a"]));
    other.publish(
        "b@1.0.0",
        json!({"dependencies": {"a": "1"}}),
        &[("index.js", "import a from 'a'; export default a")],
    );
    publish_react(&mut other);
    other.built(&request(&[REACT[0]], &["react"]));
    let set = other.built(&all);
    assert_eq!(set, at_once);
    assert_eq!(other.chunk(&set), code);
}

#[test]
fn ecmascript_and_commonjs_meet() {
    let mut world = World::new();
    world.publish(
        "esm@1.0.0",
        json!({"type": "module", "exports": {"import": "./index.js", "require": "./index.cjs"}, "dependencies": {"cjs": "1"}}),
        &[
            ("index.js", "import cjs, { a } from 'cjs'; export * from './more.js'; export { a, cjs as default }; export * as ns from './more.js';"),
            ("more.js", "export const more = 1, url = new URL('./logo.svg', import.meta.url).href; export default 2; await 0;"),
            ("index.cjs", "exports.a = 1"),
            ("logo.svg", "<svg/>"),
        ],
    );
    world.publish(
        "cjs@1.0.0",
        json!({}),
        &[("index.js", "exports.a = require('./data.json').a; try { require('optional') } catch {} exports.e = () => import('esm')"), ("data.json", "{\"a\": 1}")],
    );
    let set = world.built(&request(&[("esm", "1"), ("cjs", "1")], &["esm", "cjs"]));
    assert_eq!(
        set.entries["esm"].exports.as_deref().unwrap(),
        ["a", "default", "more", "ns", "url"]
    );
    assert_eq!(set.entries["cjs"].exports, None);
    let chunk = world.chunk(&set);
    for line in [
        r#"["npm:cjs@1.0.0/index.js",{"k":"cjs","d":[["./data.json","npm:cjs@1.0.0/data.json"],["optional",null],["esm","npm:esm@1.0.0/index.js"]]}"#,
        r#"["npm:esm@1.0.0/index.js",{"k":"esm","n":1,"i":[["cjs","npm:cjs@1.0.0/index.js"],["./more.js","npm:esm@1.0.0/more.js"]]}"#,
        r#"["npm:esm@1.0.0/more.js",{"k":"esm","n":1,"a":1,"u":[["./logo.svg","data:image/svg+xml;base64,PHN2Zy8+"]]}"#,
        r#"["npm:cjs@1.0.0/data.json",{"k":"esm"}"#,
    ] {
        assert!(chunk.contains(line), "{line}\n{chunk}");
    }
    assert!(!chunk.contains("index.cjs"));
}

#[test]
fn browsers_get_what_is_made_for_them() {
    let mut world = World::new();
    world.publish(
        "a@1.0.0",
        json!({"browser": {"fs": false, "./node.js": "./web.js"}, "dependencies": {"events": "1"}}),
        &[
            ("index.js", "require('fs'); require('./node.js'); require('path'); require('events'); require('process/');"),
            ("node.js", "require('net')"),
            ("web.js", ""),
        ],
    );
    world.publish(
        "events@1.0.0",
        json!({}),
        &[("events.js", ""), ("index.js", "")],
    );
    let set = world.built(&request(&[("a", "1")], &["a"]));
    let chunk = world.chunk(&set);
    assert!(chunk.contains(r#"["fs","npm:empty"],["./node.js","npm:a@1.0.0/web.js"],["path","npm:empty"],["events","npm:events@1.0.0/index.js"],["process/",null]"#), "{chunk}");
    assert_eq!(told(&set), ["node-builtin -"]);
    let set = world.build(&request(&[], &["fs", "node:path"])).unwrap();
    assert_eq!(told(&set), ["node-builtin fs", "node-builtin node:path"]);
}

#[test]
fn two_versions_live_side_by_side() {
    let mut world = World::new();
    world.publish("dep@1.0.0", json!({}), &[("index.js", "export default 1")]);
    world.publish("dep@2.0.0", json!({}), &[("index.js", "export default 2")]);
    world.publish(
        "old@1.0.0",
        json!({"dependencies": {"dep": "^1.0.0"}}),
        &[("index.js", "export { default } from 'dep'")],
    );
    let set = world.built(&request(
        &[("old", "1"), ("dep", "^2.0.0"), ("alias", "npm:dep@^1.0.0")],
        &["old", "dep", "alias"],
    ));
    assert_eq!(set.entries["dep"].id, "npm:dep@2.0.0/index.js");
    assert_eq!(set.entries["alias"].id, "npm:dep@1.0.0/index.js");
    assert!(world.chunk(&set).contains(
        r#"["npm:old@1.0.0/index.js",{"k":"esm","i":[["dep","npm:dep@1.0.0/index.js"]]}"#
    ));
}

#[test]
fn what_versions_do_to_each_other_is_told_at_an_import_of_the_app() {
    let mut world = World::new();
    world.publish("three@18.0.0", json!({}), &[("index.js", "exports.v = 18")]);
    world.publish("three@19.0.0", json!({}), &[("index.js", "exports.v = 19")]);
    world.publish(
        "old@1.0.0",
        json!({"dependencies": {"three": "18"}}),
        &[("index.js", "import { v } from 'three'; export { v }")],
    );
    world.publish(
        "lib@1.0.0",
        json!({"peerDependencies": {"shared": "1"}}),
        &[
            ("index.js", "import 'shared'"),
            ("part.js", "import 'shared'"),
        ],
    );
    world.publish("shared@1.0.0", json!({}), &[("index.js", "")]);
    let asked = request(
        &[("three", "19"), ("old", "1"), ("lib", "1")],
        &["three", "old", "lib/part.js"],
    );
    assert_eq!(
        told(&world.built(&asked)),
        [
            "package-duplicate three",
            "package-peer-missing lib/part.js"
        ]
    );
    // The app may not import the package itself.
    let asked = request(&[("a", "1"), ("old", "1")], &["a", "old"]);
    world.publish(
        "a@1.0.0",
        json!({"dependencies": {"three": "19"}}),
        &[("index.js", "import { v } from 'three'; export { v }")],
    );
    assert_eq!(told(&world.built(&asked)), ["package-duplicate a"]);
}

#[test]
fn there_is_one_react_and_who_wants_another_is_told_where_it_is_imported() {
    let mut world = World::new();
    publish_react(&mut world);
    world.publish("react@18.0.0", json!({}), &[("index.js", "exports.v = 18")]);
    world.publish(
        "old@1.0.0",
        json!({"dependencies": {"react": "18"}}),
        &[("index.js", "import { v } from 'react'; export { v }")],
    );
    let set = world.built(&request(
        &[("react", "19.2.0"), ("old", "1")],
        &["react", "old"],
    ));
    assert_eq!(told(&set), ["package-peer-conflict old"]);
}
