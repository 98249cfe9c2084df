//! A barrel costs what is used of it, where its package says that evaluating it does nothing.

use super::{World, request, told};
use crate::packages::{PackageRequest, Wanted};
use overskill_packages::PackageSet;
use serde_json::json;

fn names(specifier: &str, names: &[&str]) -> PackageRequest {
    let mut asked = request(&[("icons", "1"), ("user", "1"), ("dates", "1")], &[]);
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = Wanted::Names(names);
    asked.specifiers.insert(specifier.to_owned(), wanted);
    asked
}

/// The files of the chunk's modules.
fn files(world: &World, set: &PackageSet) -> Vec<String> {
    let chunk = world.chunk(set);
    let lines = chunk
        .lines()
        .filter_map(|line| line.strip_prefix("[\"npm:"));
    lines
        .map(|line| line.split('"').next().unwrap().to_owned())
        .collect()
}

fn publish(world: &mut World, effects: serde_json::Value) {
    let index = "import * as icons from './all.js'; export { icons }; export * as also from './all.js';
        export { default as A, default as Alias } from './a.js'; export { default as B } from './b.js';
        export { make } from './make.js'; export const own = 1;";
    world.publish(
        "icons@1.0.0",
        json!({"type": "module", "exports": "./index.js", "sideEffects": effects}),
        &[
            ("index.js", index),
            ("all.js", "export { default as A } from './a.js'; export { default as B } from './b.js'; export { default as C } from './c.js';"),
            ("a.js", "import { make } from './make.js'; export default make('a')"),
            ("b.js", "import { make } from './index.js'; export default make('b')"),
            ("c.js", "import { make } from './make.js'; export default make('c')"),
            ("make.js", "export const make = (name) => name; export const unused = 1"),
        ],
    );
}

#[test]
fn only_what_is_behind_the_names_comes_along() {
    let mut world = World::new();
    publish(&mut world, json!(false));
    for (asked, expected) in [
        (&["A"][..], "a.js index.js make.js"),
        (&["Alias"], "a.js index.js make.js"),
        (&["A", "B"], "a.js b.js index.js make.js"),
        (&["make"], "index.js make.js"),
        (&["own"], "a.js all.js b.js c.js index.js make.js"),
        (&["icons"], "a.js all.js b.js c.js index.js make.js"),
        (&["also"], "a.js all.js b.js c.js index.js make.js"),
        (&[], "index.js"),
        (&["absent"], "index.js"),
    ] {
        let set = world.built(&names("icons", asked));
        let found: Vec<String> = files(&world, &set)
            .iter()
            .map(|file| file.replace("icons@1.0.0/", ""))
            .collect();
        assert_eq!(found.join(" "), expected, "{asked:?}");
        let exports = set.entries["icons"].exports.as_ref().unwrap();
        assert!(exports.contains(&"B".to_owned()), "all names are known");
    }
    assert_eq!(world.compiler.take_compiled().len(), 6, "each once");
}

#[test]
fn a_barrel_with_side_effects_is_evaluated() {
    for effects in [
        json!(null),
        json!(true),
        json!(["./index.js"]),
        json!(["*.js"]),
    ] {
        let mut world = World::new();
        publish(&mut world, effects.clone());
        let set = world.built(&names("icons", &["A"]));
        assert_eq!(files(&world, &set).len(), 6, "{effects}");
    }
    let mut world = World::new();
    publish(&mut world, json!(["*.css", "./other/**"]));
    let set = world.built(&names("icons", &["A"]));
    assert_eq!(files(&world, &set).len(), 3);
}

#[test]
fn what_a_view_passes_on_is_what_the_barrel_would() {
    let mut world = World::new();
    publish(&mut world, json!(false));
    let set = world.built(&names("icons", &["A", "Alias", "also"]));
    let chunk = world.chunk(&set);
    assert!(
        chunk.contains(
            r#"function*(os){os.x({["A"]:()=>i0["default"],["Alias"]:()=>i0["default"],["also"]:()=>i1,["make"]:()=>i2["make"],});"#
        ),
        "{chunk}"
    );
    assert!(chunk.contains(r#"["./a.js","npm:icons@1.0.0/a.js"]"#));
}

#[test]
fn names_are_found_behind_stars() {
    let mut world = World::new();
    world.publish(
        "dates@1.0.0",
        json!({"type": "module", "exports": "./index.js", "sideEffects": false}),
        &[
            ("index.js", "export * from './addDays.js'; export * from './more.js'; export * from './old.cjs'"),
            ("addDays.js", "export const addDays = 1; export default addDays"),
            ("more.js", "export * from './sub/index.js'; export * from './more.js'; export * from './index.js'"),
            ("sub/index.js", "export const isEqual = 1; export { format as print } from './format.js'"),
            ("sub/format.js", "export const format = 1"),
            ("old.cjs", "exports.legacy = 1"),
        ],
    );
    let found = |asked: &[&str]| {
        let set = world.built(&names("dates", asked));
        files(&world, &set).join(" ").replace("dates@1.0.0/", "")
    };
    assert_eq!(found(&["addDays"]), "addDays.js index.js");
    assert_eq!(
        world.compiler.take_compiled().len(),
        2,
        "by its file's name"
    );
    assert_eq!(
        found(&["isEqual"]),
        "index.js more.js sub/format.js sub/index.js"
    );
    assert_eq!(
        found(&["print"]),
        "index.js more.js sub/format.js sub/index.js"
    );
    // Only running it tells what CommonJS has.
    assert!(found(&["legacy"]).contains("old.cjs"));
}

#[test]
fn what_packages_take_of_a_barrel_adds_to_it() {
    let mut world = World::new();
    publish(&mut world, json!(false));
    world.publish(
        "user@1.0.0",
        json!({"type": "module", "exports": "./index.js", "dependencies": {"icons": "1"}}),
        &[(
            "index.js",
            "import { B } from 'icons'; import 'icons'; export const b = B",
        )],
    );
    let mut asked = names("icons", &["A"]);
    asked.specifiers.insert("user".to_owned(), Wanted::Whole);
    let set = world.built(&asked);
    assert_eq!(files(&world, &set).len(), 5);
    assert_eq!(told(&set), Vec::<String>::new());
    // Whatever was looked at before, the bytes are the same.
    let mut fresh = World::new();
    fresh.published = world.published.clone();
    for url in world.http.take_asked() {
        let ask = overskill_ports::Ask {
            url: &url,
            limit: usize::MAX,
            ..Default::default()
        };
        let answer = overskill_ports::Http::get(&world.http, ask);
        let answer = futures_util::FutureExt::now_or_never(answer)
            .unwrap()
            .unwrap();
        fresh.http.answer(&url, answer.status, answer.body);
    }
    for asked in [names("icons", &["icons"]), names("icons", &["B"])] {
        fresh.built(&asked);
    }
    assert_eq!(fresh.built(&asked), set);
    assert_eq!(fresh.chunk(&set), world.chunk(&set));
}
