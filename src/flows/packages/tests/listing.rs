//! What the author is told of what was chosen.

use super::{REGISTRY, World, request};
use crate::packages::listing;
use overskill_protocol::AskedAs;
use serde_json::json;

#[test]
fn every_version_says_who_asked_for_it_and_what_is_there_twice() {
    let mut world = World::new();
    let index = [("index.js", "export default 1")];
    world.publish("shared@1.0.0", json!({}), &index);
    world.publish("shared@2.0.0", json!({}), &index);
    world.publish(
        "old@1.0.0",
        json!({"dependencies": {"shared": "^1.0.0"}}),
        &[("index.js", "export { default } from 'shared'")],
    );
    world.publish(
        "plugin@1.0.0",
        json!({"peerDependencies": {"shared": ">=1"}}),
        &[("index.js", "export { default } from 'shared'")],
    );
    let asked = request(
        &[("shared", "^2.0.0"), ("old", "1"), ("plugin", "1")],
        &["shared", "old", "plugin"],
    );
    let set = world.built(&asked);
    let list = listing(7, &set.lock, &asked.dependencies, &asked.registries);
    assert_eq!(list.version, 7);
    assert_eq!(
        list.duplicates,
        [(
            "shared".to_owned(),
            vec!["1.0.0".to_owned(), "2.0.0".to_owned()]
        )]
        .into()
    );
    let shown: Vec<String> = list
        .packages
        .iter()
        .flat_map(|package| {
            assert_eq!(package.registry, REGISTRY);
            assert!(package.integrity.starts_with("sha512-"));
            package.asked_by.iter().map(move |asker| {
                let by = asker.package.as_deref().unwrap_or("app");
                let range = asker.range.as_deref().unwrap_or("none");
                let kind = match asker.kind {
                    AskedAs::Dependency => "",
                    AskedAs::Optional => " optional",
                    AskedAs::Peer => " peer",
                };
                format!(
                    "{}@{} by {by} for {range}{kind}",
                    package.name, package.version
                )
            })
        })
        .collect();
    assert_eq!(
        shown,
        [
            "old@1.0.0 by app for 1",
            "plugin@1.0.0 by app for 1",
            "shared@1.0.0 by old@1.0.0 for ^1.0.0",
            "shared@2.0.0 by app for ^2.0.0",
            "shared@2.0.0 by plugin@1.0.0 for >=1 peer",
        ]
    );
}
