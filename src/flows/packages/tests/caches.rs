//! What is kept, for how long, and for whom.

use super::{REGISTRY, World, publish_react, request, told};
use crate::packages::{Rate, Registry};
use serde_json::json;

#[test]
fn what_a_registry_said_is_believed_for_a_while_and_then_asked_about() {
    let mut world = World::new();
    publish_react(&mut world);
    let packument = format!("{REGISTRY}/react");
    let asked = |world: &World| {
        let asked = world.http.take_asked();
        asked.iter().filter(|url| **url == packument).count()
    };
    world.built(&request(&[("react", "^19.0.0")], &["react"]));
    assert_eq!(asked(&world), 1);
    world.built(&request(&[("react", "^19.1.0")], &["react"]));
    assert_eq!(asked(&world), 0);
    world.clock.0.set(1e6);
    world.built(&request(&[("react", "^19.2.0")], &["react"]));
    assert_eq!(asked(&world), 1, "and it is not sent again: 304");
    world.built(&request(&[("react", "19")], &["react"]));
    assert_eq!(asked(&world), 0);
    let rates = world.tally.rates();
    assert_eq!(rates.packuments, Rate { hits: 2, misses: 2 });
    assert_eq!(rates.tarballs, Rate { hits: 0, misses: 1 });
    assert_eq!(rates.versions, Rate { hits: 3, misses: 1 });
    assert_eq!(rates.modules, Rate { hits: 6, misses: 2 });

    // A version that was just published is found although the answer is fresh.
    world.publish("react@19.3.0", json!({}), &[("index.js", "")]);
    let set = world.built(&request(&[("react", "19.3.0")], &["react"]));
    assert_eq!(set.lock.roots["react"], "react@19.3.0");
}

#[test]
fn nothing_of_a_private_registry_is_on_the_shelf_of_others() {
    let mut world = World::new();
    world.publish(
        "@own/secret@1.0.0",
        json!({}),
        &[("index.js", "exports.secret = 1")],
    );
    world.publish("open@1.0.0", json!({}), &[("index.js", "exports.open = 1")]);
    for path in ["@own%2fsecret", "@own/secret/-/secret-1.0.0.tgz"] {
        world.http.protect(&format!("{REGISTRY}/{path}"), "s3cret");
    }
    let specifiers = ["@own/secret", "open"];
    let plain = request(&[("@own/secret", "1"), ("open", "1")], &specifiers);
    let with = |token: &str, shelf: &str| {
        let mut asked = plain.clone();
        let registry = Registry {
            url: REGISTRY.to_owned(),
            token: Some(token.to_owned()),
            shelf: shelf.to_owned(),
        };
        assert!(!format!("{registry:?}").contains(token));
        asked.registries.scopes.insert("@own".to_owned(), registry);
        asked
    };
    let set = world.built(&with("s3cret", "a"));
    assert_eq!(set.lock.packages.len(), 2);
    for key in world.blobs.keys() {
        let private = key.starts_with("packages/private/");
        assert!(private || !key.contains("sets/"), "{key}");
    }
    // Another app neither gets it without a token, nor with a wrong one.
    for asked in [plain.clone(), with("wrong", "b")] {
        let refused = world.build(&asked).unwrap();
        assert_eq!(told(&refused), ["package-not-found @own/secret"]);
    }
    // What is public is shared.
    let open = request(&[("open", "1")], &["open"]);
    world.http.take_asked();
    world.built(&open);
    assert_eq!(world.http.take_asked(), Vec::<String>::new());
}
