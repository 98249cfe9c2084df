//! Which registries may be set, and what becomes of their tokens.

use super::*;
use serde_json::{Value, json};

const INSTALLATION: &str = "https://npm.example/";

fn sealer() -> Sealer {
    Sealer::new("a secret of the installation").unwrap()
}

fn seal(set: Value, before: &SealedRegistries, local: bool) -> Result<SealedRegistries, Refusal> {
    let sealer = sealer();
    let rules = Rules {
        app: "app_1",
        sealer: Some(&sealer),
        nonce: &|| [3; Sealer::NONCE],
        local,
        own_hosts: &["preview.example", "control.example"],
    };
    rules.seal(serde_json::from_value(set).unwrap(), before)
}

fn sealed(set: Value) -> SealedRegistries {
    seal(set, &SealedRegistries::default(), false).unwrap()
}

fn open(sealed: &SealedRegistries, app: &str) -> Result<Registries, Box<Diagnostic>> {
    opened(sealed, app, Some(INSTALLATION), Some(&sealer()))
}

#[test]
fn registries_are_kept_sealed_and_opened_for_their_own_app_only() {
    let kept = sealed(json!({
        "default": {"url": "https://all.example", "token": "t0ken"},
        "scopes": {"@own": {"url": "https://own.example/npm/", "token": "0ther"}, "@open": {"url": "https://open.example/"}},
    }));
    let text = serde_json::to_string(&kept).unwrap();
    let shown = serde_json::to_value(kept.shown()).unwrap();
    assert_eq!(
        shown,
        json!({
            "default": {"url": "https://all.example/", "tokenSet": true},
            "scopes": {
                "@open": {"url": "https://open.example/", "tokenSet": false},
                "@own": {"url": "https://own.example/npm/", "tokenSet": true},
            },
        })
    );
    for text in [text, shown.to_string()] {
        assert!(!text.contains("t0ken") && !text.contains("0ther"), "{text}");
    }
    let all = open(&kept, "app_1").unwrap();
    assert_eq!(all.of("react").token.as_deref(), Some("t0ken"));
    assert_eq!(all.of("@own/x").token.as_deref(), Some("0ther"));
    assert_eq!(all.of("@open/x").token, None);
    let refused = open(&kept, "app_2").unwrap_err();
    assert_eq!(&*refused.code, "registry-token-unreadable");
    let lost = opened(&kept, "app_1", None, None).unwrap_err();
    assert_eq!(&*lost.code, "registry-token-unreadable");
    let nothing = opened(&SealedRegistries::default(), "app_1", None, None).unwrap_err();
    assert_eq!(&*nothing.code, "registry-not-set");
}

#[test]
fn only_those_share_a_shelf_who_may_see_the_same() {
    let shelf = |registry: Value| {
        let all = open(&sealed(json!({"default": registry})), "app_1").unwrap();
        all.default.shelf
    };
    let one = shelf(json!({"url": "https://a.example/", "token": "x"}));
    assert_eq!(one.len(), 32);
    assert_eq!(
        one,
        shelf(json!({"url": "https://a.example/", "token": "x"}))
    );
    let others = [
        shelf(json!({"url": "https://a.example/", "token": "y"})),
        shelf(json!({"url": "https://b.example/", "token": "x"})),
        shelf(json!({"url": "https://a.example/"})),
        shelf(json!({"url": INSTALLATION, "token": "x"})),
        shelf(json!({"url": INSTALLATION})),
    ];
    assert!(!others.contains(&one), "{others:?}");
    assert_eq!(others[4], "", "what is everyone's is everyone's");
    assert!(others[..4].iter().all(|other| !other.is_empty()));
}

#[test]
fn a_token_stays_with_the_address_that_it_was_set_for() {
    let before = sealed(json!({"default": {"url": "https://a.example/", "token": "x"}}));
    let token = |registry: Value| {
        let after = seal(json!({"default": registry}), &before, false).unwrap();
        after.default.unwrap().token
    };
    assert!(token(json!({"url": "https://a.example"})).is_some());
    assert_eq!(token(json!({"url": "https://evil.example/"})), None);
    assert_eq!(
        token(json!({"url": "https://a.example/", "token": null})),
        None
    );
    let moved = json!({"scopes": {"@own": {"url": "https://a.example/"}}});
    let moved = seal(moved, &before, false).unwrap();
    assert!(moved.scopes.values().all(|at| at.token.is_none()));
}

#[test]
fn addresses_that_lead_elsewhere_are_refused() {
    for url in [
        "",
        "registry",
        "//registry.example/",
        "http://registry.example/",
        "ftp://registry.example/",
        "file:///etc/passwd",
        "https://user@registry.example/",
        "https://user:secret@registry.example/",
        "https://registry.example/?x=1",
        "https://registry.example/#x",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://8.8.8.8/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://metadata/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://preview.example/",
        "https://some-app.preview.example/",
        "https://CONTROL.example./",
        &format!("https://registry.example/{}", "x".repeat(500)),
    ] {
        let set = json!({"scopes": {"@own": {"url": url}}});
        let refusal = seal(set, &SealedRegistries::default(), false).unwrap_err();
        let told = (refusal.status, &*refusal.code);
        assert_eq!(told, (422, "invalid-registry"), "{url}");
        assert!(!refusal.detail.contains("secret"));
    }
    let local = |url: &str| {
        let set = json!({"default": {"url": url}});
        seal(set, &SealedRegistries::default(), true).is_ok()
    };
    assert!(local("http://127.0.0.1:4873/") && local("http://localhost:4873"));
    assert!(!local("http://registry.example/") && !local("http://10.0.0.1/"));
}

#[test]
fn scopes_and_tokens_are_held_against_their_rules() {
    let many: BTreeMap<String, Value> = (0..=SCOPES)
        .map(|n| (format!("@s{n}"), json!({"url": "https://a.example/"})))
        .collect();
    let own =
        |token: Value| json!({"scopes": {"@own": {"url": "https://a.example/", "token": token}}});
    let scope = |name: &str| json!({"scopes": {name: {"url": "https://a.example/"}}});
    for (set, status, code) in [
        (scope("own"), 422, "invalid-scope"),
        (scope("@"), 422, "invalid-scope"),
        (scope("@Own"), 422, "invalid-scope"),
        (scope("@own/x"), 422, "invalid-scope"),
        (scope("@../x"), 422, "invalid-scope"),
        (json!({"scopes": many}), 413, "too-many-registries"),
        (own(json!("")), 422, "invalid-registry"),
        (own(json!("a b")), 422, "invalid-registry"),
        (own(json!("a\r\nX-Evil: 1")), 422, "invalid-registry"),
        (own(json!("t\u{f6}ken")), 422, "invalid-registry"),
        (
            own(json!("x".repeat(TOKEN_BYTES + 1))),
            413,
            "token-too-large",
        ),
    ] {
        let refusal = seal(set, &SealedRegistries::default(), false).unwrap_err();
        assert_eq!((refusal.status, &*refusal.code), (status, code));
    }
    let rules = Rules {
        app: "app_1",
        sealer: None,
        nonce: &|| [0; Sealer::NONCE],
        local: false,
        own_hosts: &[],
    };
    let set = serde_json::from_value(own(json!("x"))).unwrap();
    let refusal = rules.seal(set, &SealedRegistries::default()).unwrap_err();
    assert_eq!(
        (refusal.status, &*refusal.code),
        (503, "sealing-key-not-set")
    );
}
