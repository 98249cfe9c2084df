//! What goes wrong: the app's doing becomes a diagnostic, the world's a fault that passes.

use super::super::LockfileText;
use super::{REGISTRY, World, integrity, publish_react, request, told};
use futures_util::FutureExt;
use overskill_ports::{Ask, Blobs, Http};
use serde_json::json;

#[test]
fn what_the_app_gets_wrong_is_said_where_it_imports() {
    let mut world = World::new();
    world.publish(
        "a@1.0.0",
        json!({"exports": {".": "./index.js", "./sub": "./sub.js"}}),
        &[("index.js", "export default 1"), ("sub.js", "")],
    );
    world.publish(
        "broken@1.0.0",
        json!({}),
        &[("index.js", "let a; let a; (")],
    );
    world.publish(
        "lost@1.0.0",
        json!({}),
        &[("index.js", "import './gone.js'; import 'undeclared'")],
    );
    for (specifier, expected, says) in [
        ("raect", "package-not-found raect", "spelling"),
        (
            "a/private",
            "package-path-not-exported a/private",
            "`./sub`",
        ),
        ("broken", "syntax-error -", ""),
        ("lost", "unresolved-import -", ""),
        ("Not A Name", "package-not-found Not A Name", ""),
    ] {
        let set = world
            .build(&request(
                &[("a", "1"), ("broken", "1"), ("lost", "1")],
                &[specifier],
            ))
            .unwrap();
        assert!(!set.is_ok());
        assert!(
            told(&set).contains(&expected.to_owned()),
            "{specifier}: {:?}",
            set.diagnostics
        );
        let hints: Vec<_> = set
            .diagnostics
            .iter()
            .filter_map(|at| at.diagnostic.hint.clone())
            .collect();
        assert!(
            says.is_empty() || hints.iter().any(|hint| hint.contains(says)),
            "{specifier}: {hints:?}"
        );
    }
    let set = world.build(&request(&[("a", "^7.0.0")], &["a"])).unwrap();
    assert_eq!(told(&set), ["package-version-not-found a"]);
    let set = world.built(&request(&[], &["a"]));
    assert_eq!(told(&set), ["package-undeclared a"]);
}

#[test]
fn a_set_with_errors_is_not_kept() {
    let mut world = World::new();
    let asked = request(&[("late", "1")], &["late"]);
    assert!(!world.build(&asked).unwrap().is_ok());
    world.publish("late@1.0.0", json!({}), &[("index.js", "export default 1")]);
    world.built(&asked);
}

#[test]
fn a_tarball_that_is_not_the_locked_one_is_refused() {
    let mut world = World::new();
    world.publish("a@1.0.0", json!({}), &[("index.js", "export default 1")]);
    let url = format!("{REGISTRY}/a/-/a-1.0.0.tgz");
    world.http.answer(&url, 200, b"something else".to_vec());
    let set = world.build(&request(&[("a", "1")], &["a"])).unwrap();
    assert_eq!(told(&set), ["package-integrity -"]);
    assert!(set.diagnostics[0].diagnostic.hint.is_some());
    assert!(
        world
            .blobs
            .keys()
            .iter()
            .all(|key| !key.contains("tarballs"))
    );
    assert_eq!(
        world.http.take_asked().len(),
        3,
        "the packument, and the tarball twice"
    );

    // The lockfile's word is taken over the registry's.
    let lockfile = json!({"lockfileVersion": 3, "packages": {
        "node_modules/a": {"version": "1.0.0", "integrity": integrity(b"what was locked"), "resolved": "https://evil.example/a.tgz"},
    }});
    world.publish(
        "a@1.0.0",
        json!({}),
        &[("index.js", "export default 'tampered'")],
    );
    let mut locked = request(&[("a", "1")], &["a"]);
    locked.lockfile = Some(LockfileText {
        name: "package-lock.json".to_owned(),
        text: lockfile.to_string(),
    });
    assert_eq!(
        told(&world.build(&locked).unwrap()),
        ["package-integrity -"]
    );
    assert!(world.http.take_asked().iter().all(|asked| *asked == url));
}

#[test]
fn what_is_no_archive_is_refused() {
    let world = World::new();
    let bytes = b"<html>not a tarball</html>".to_vec();
    world
        .http
        .answer(&format!("{REGISTRY}/a/-/a-1.0.0.tgz"), 200, bytes.clone());
    let packument = json!({"versions": {"1.0.0": {"dist": {"integrity": integrity(&bytes)}}}});
    world
        .http
        .answer(&format!("{REGISTRY}/a"), 200, packument.to_string());
    let set = world.build(&request(&[("a", "1")], &["a"])).unwrap();
    assert_eq!(told(&set), ["package-unreadable -"]);
    world
        .http
        .answer(&format!("{REGISTRY}/a"), 200, "<html>".to_owned());
    world.clock.0.set(1e6);
    assert!(world.build(&request(&[("a", "1")], &["a"])).is_err());
}

#[test]
fn a_registry_that_fails_is_a_fault_and_the_same_call_works_later() {
    let asked = request(
        &[("react", "19"), ("react-dom", "19")],
        &["react", "react-dom/client"],
    );
    let mut good = World::new();
    publish_react(&mut good);
    let expected = good.built(&asked);
    for url in good.http.take_asked() {
        let mut world = World::new();
        publish_react(&mut world);
        let answer = world.http.get(Ask {
            url: &url,
            limit: usize::MAX,
            ..Ask::default()
        });
        let answer = answer.now_or_never().unwrap().unwrap();
        for status in [429, 500, 503] {
            world.http.answer(&url, status, "try again");
            let fault = world.build(&asked).unwrap_err();
            assert!(fault.0.contains(&status.to_string()), "{fault}");
        }
        world.http.answer(&url, answer.status, answer.body);
        assert_eq!(world.built(&asked), expected, "{url}");
    }
    let mut world = World::new();
    publish_react(&mut world);
    world.http.fail_next(1);
    assert!(world.build(&asked).is_err());
    assert_eq!(world.built(&asked), expected);
}

#[test]
fn a_compiler_that_fails_is_a_fault_and_nothing_is_compiled_twice() {
    let mut world = World::new();
    world.publish(
        "a@1.0.0",
        json!({}),
        &[
            ("index.js", "import './b.js'"),
            ("b.js", "import './c.js'"),
            ("c.js", ""),
        ],
    );
    let asked = request(&[("a", "1")], &["a"]);
    world.compiler.fail_next(1);
    assert!(world.build(&asked).is_err());
    assert!(world.built(&asked).is_ok());
    assert_eq!(world.compiler.take_compiled().len(), 3);
}

#[test]
fn a_store_that_fails_is_a_fault_at_every_point() {
    let mut world = World::new();
    world.publish("a@1.0.0", json!({}), &[("index.js", "export default 1")]);
    let asked = request(&[("a", "1")], &["a"]);
    world.blobs.fail_next(1);
    assert!(world.build(&asked).is_err());
    let set = world.built(&asked);
    // Damage is built anew.
    let good = world.chunk(&set);
    for key in world.blobs.keys() {
        world
            .blobs
            .put(&key, b"damaged".to_vec())
            .now_or_never()
            .unwrap()
            .unwrap();
        assert_eq!(world.built(&asked), set, "{key}");
        assert_eq!(world.chunk(&set), good, "{key}");
    }
}
