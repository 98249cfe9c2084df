//! Aliases and shared copies inside packages.

use super::{World, request, told};
use crate::packages::{FindName, PackageAlias, PackageRules};
use overskill_link::{Alias, Find, ResolveRules};
use serde_json::json;

fn text(find: &str, replacement: &str) -> PackageAlias {
    PackageAlias {
        find: FindName::Text(find.to_owned()),
        replacement: replacement.to_owned(),
    }
}

fn pattern(find: &str, replacement: &str) -> PackageAlias {
    PackageAlias {
        find: FindName::Pattern(find.to_owned()),
        replacement: replacement.to_owned(),
    }
}

fn preact(world: &mut World) {
    world.publish(
        "preact@10.0.0",
        json!({"exports": {"./compat": "./compat.js", "./compat/jsx-runtime": "./jsx.js"}}),
        &[
            ("compat.js", "export const version = 'compat'"),
            ("jsx.js", "export const jsx = 1"),
        ],
    );
    world.publish(
        "react@18.0.0",
        json!({}),
        &[
            ("index.js", "exports.version = 'react'"),
            ("jsx-runtime.js", "exports.jsx = 1"),
        ],
    );
    world.publish(
        "widgets@1.0.0",
        json!({"peerDependencies": {"react": "*"}}),
        &[("index.js", "import { version } from 'react'; import { jsx } from 'react/jsx-runtime'; export default [version, jsx]")],
    );
}

#[test]
fn an_alias_of_the_app_is_one_of_its_packages() {
    let mut world = World::new();
    preact(&mut world);
    let mut asked = request(
        &[("widgets", "1"), ("preact", "10"), ("react", "18")],
        &["widgets"],
    );
    let plain = world.built(&asked);
    assert!(world.chunk(&plain).contains("npm:react@18.0.0"));
    for aliases in [
        vec![text("react", "preact/compat")],
        vec![pattern("^react(/jsx-runtime)?$", "preact/compat$1")],
    ] {
        asked.rules = PackageRules {
            aliases,
            ..PackageRules::default()
        };
        let set = world.built(&asked);
        assert_ne!(set.key, plain.key, "rules are part of what is asked");
        let chunk = world.chunk(&set);
        assert!(
            chunk.contains(r#"["react","npm:preact@10.0.0/compat.js"]"#),
            "{chunk}"
        );
        assert!(chunk.contains(r#"["react/jsx-runtime","npm:preact@10.0.0/jsx.js"]"#));
        assert!(
            !chunk.contains("npm:react@18.0.0"),
            "nobody imports it any more"
        );
    }
}

#[test]
fn an_alias_that_leads_into_the_app_is_said_not_to_apply() {
    let mut world = World::new();
    preact(&mut world);
    let mut asked = request(&[("widgets", "1"), ("react", "18")], &["widgets"]);
    asked.rules.aliases = vec![text("react", "/src/react.ts")];
    world.publish(
        "react@18.1.0",
        json!({}),
        &[
            ("index.js", "exports.version = 1"),
            ("jsx-runtime.js", "exports.jsx = 1"),
        ],
    );
    let set = world.built(&asked);
    assert_eq!(told(&set), ["alias-in-package -", "alias-in-package -"]);
}

#[test]
fn what_is_deduped_is_the_copy_of_the_app() {
    let mut world = World::new();
    for version in ["1.0.0", "2.0.0"] {
        let index = format!("export const version = '{version}'");
        world.publish(
            &format!("state@{version}"),
            json!({}),
            &[("index.js", &index)],
        );
    }
    world.publish(
        "old@1.0.0",
        json!({"dependencies": {"state": "^1.0.0"}}),
        &[("index.js", "export { version } from 'state'")],
    );
    for specifiers in [&["old", "state"][..], &["old"][..]] {
        let mut asked = request(&[("old", "1"), ("state", "^2.0.0")], specifiers);
        let plain = world.chunk(&world.built(&asked));
        assert!(plain.contains("npm:state@1.0.0"));
        asked.rules.dedupe = ["state".to_owned()].into();
        let shared = world.chunk(&world.built(&asked));
        assert!(shared.contains("npm:state@2.0.0"), "{shared}");
        assert!(!shared.contains("npm:state@1.0.0"), "{shared}");
    }
    let mut missing = request(&[("old", "1")], &["old"]);
    missing.rules.dedupe = ["state".to_owned()].into();
    let set = world.built(&missing);
    assert!(
        world.chunk(&set).contains("npm:state@1.0.0"),
        "the app has none of its own"
    );
}

#[test]
fn rules_that_no_package_can_meet_are_no_part_of_a_request() {
    let alias = |find: &str| Alias {
        find: Find::Text(find.to_owned()),
        replacement: "/src".to_owned(),
    };
    let rules = ResolveRules {
        aliases: ["@", "~", "@/lib", "./x", "react"].map(alias).into(),
        ..ResolveRules::default()
    };
    let kept = PackageRules::of(&rules, &Default::default());
    assert_eq!(kept.aliases, [text("react", "/src")]);
    let plain = request(&[], &["a"]);
    let mut same = plain.clone();
    same.rules = PackageRules::default();
    assert_eq!(same.key(), plain.key());
}

#[test]
fn servers_get_what_their_runtime_has_and_pages_do_without() {
    let mut world = World::new();
    world.publish(
        "lib@1.0.0",
        json!({"exports": [{"workerd": "./workerd.js"}, "./web.js"]}),
        &[
            ("workerd.js", "import { Buffer } from 'node:buffer'; import { env } from 'cloudflare:workers'; import old from './old.cjs'; export default [Buffer, env, old, process.env.NAME]"),
            ("old.cjs", "module.exports = require('crypto').createHash"),
            ("web.js", "import 'crypto'; export default 'web'"),
        ],
    );
    let mut asked = request(&[("lib", "1")], &["lib"]);
    asked.production = true;
    let page = world.built(&asked);
    assert!(world.chunk(&page).contains("web.js"));
    asked.server = true;
    let server = world.built(&asked);
    assert_ne!(page.key, server.key);
    assert_eq!(told(&server), [""; 0]);
    let chunk = world.chunk(&server);
    for part in [
        r#"{"Url":"node:buffer"}"#,
        r#"{"Url":"node:crypto"}"#,
        r#"{"Url":"cloudflare:workers"}"#,
        "process.env.NAME",
    ] {
        assert!(chunk.contains(part), "{part}: {chunk}");
    }
}
