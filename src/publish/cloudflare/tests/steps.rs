//! What is sent, and what is not sent again.

use super::*;
use overskill_ports::{Api, ApiRequest, ApiResponse};
use overskill_protocol::{Outbound, Server, ServerLimits, ServerModule, ServerModuleKind};
use serde_json::{Value, json};

#[test]
fn a_second_release_uploads_what_changed() {
    let fake = Fake::new();
    let first = Shop::new(1, "d1", &FILES);
    drive(&fake, &first, |_| false);
    let mut files = FILES;
    files[2].1 = "x(2)";
    let second = Shop::new(1, "d2", &files);
    assert_eq!(drive(&fake, &second, |_| false).stage, Stage::Live);
    let uploads = fake.uploads.borrow();
    assert_eq!(uploads.len(), 5);
    assert!(uploads.values().all(|times| *times == 1));
    assert_eq!(
        fake.scripts.borrow().len(),
        2,
        "each deployment is a script of its own"
    );
    // The same once more has nothing to upload.
    let calls = fake.calls.borrow().len();
    drive(&fake, &second, |_| false);
    assert_eq!(
        fake.calls.borrow().len() - calls,
        3,
        "session, script, a look"
    );
}

#[test]
fn no_app_gets_another_apps_asset_by_knowing_its_hash() {
    let one = Shop::new(1, "d", &FILES);
    let other = Shop::new(2, "d", &FILES);
    for ((a, _), (b, _)) in one.assets.iter().zip(&other.assets) {
        assert_ne!(a, b);
    }
    // The media type is stored with the content, so it is part of the name.
    let (hash, asset) = &one.assets[0];
    let html = Asset {
        media_type: "text/html".to_owned(),
        ..asset.clone()
    };
    assert_ne!(*hash, AssetHash::of(&one.app, &html));
    assert_eq!(*hash, AssetHash::of(&one.app, asset));
}

#[test]
fn what_is_sent_is_what_the_api_documents() {
    let fake = Fake::new();
    let shop = Shop::new(1, "d1", &FILES);
    drive(&fake, &shop, |_| false);
    let scripts = fake.scripts.borrow();
    let script = &scripts[&shop.name];
    assert_eq!(script.metadata["main_module"], "overskill.js");
    assert_eq!(
        script.metadata["tail_consumers"],
        json!([]),
        "files say nothing"
    );
    assert_eq!(script.metadata["compatibility_date"], "2026-08-01");
    assert_eq!(
        script.metadata["bindings"],
        json!([{"type": "assets", "name": "OVERSKILL_ASSETS"}])
    );
    assert_eq!(
        script.metadata["assets"]["config"]["run_worker_first"],
        true
    );
    let (upload, tags) = script.tags.split_last().unwrap();
    assert_eq!(tags, [shop.app.as_str(), "deployment-d1", "version-7"]);
    assert!(upload.starts_with("upload-"));
    assert!(
        script.assets.contains_key("/a%20b.txt"),
        "addresses are encoded"
    );
    let names: Vec<&str> = script.modules.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["overskill-server.js", "overskill-site.js", "overskill.js"]
    );
    assert_eq!(shop.deployment, "d1");
}

#[test]
fn an_apps_server_is_part_of_its_script() {
    let app = AppId::from_random(3);
    let module = |kind| ServerModule {
        kind,
        hash: ContentHash::of(b""),
    };
    let code = Code {
        server: Server {
            hash: ContentHash::of(b""),
            main: "index.js".to_owned(),
            modules: BTreeMap::from([
                ("index.js".to_owned(), module(ServerModuleKind::Script)),
                ("add.wasm".to_owned(), module(ServerModuleKind::Wasm)),
            ]),
            maps: BTreeMap::new(),
            routes: vec!["/api/*".to_owned()],
            rest: false,
            assets: "FILES".to_owned(),
            outbound: Outbound::Off,
            compatibility_date: "2026-07-01".to_owned(),
            compatibility_flags: vec!["a_flag".to_owned()],
            vars: BTreeMap::from([("KEY".to_owned(), json!(1)), ("N".to_owned(), json!([7]))]),
            limits: ServerLimits::default(),
            variables: None,
        },
        contents: BTreeMap::from([
            (
                "index.js".to_owned(),
                b"export default { fetch() {} };".to_vec(),
            ),
            ("add.wasm".to_owned(), vec![0, 97]),
        ]),
        variables: ["KEY", "OVERSKILL_ASSETS"]
            .map(|name| (name.to_owned(), "hush".to_owned()))
            .into(),
    };
    let script = site(Site {
        app: &app,
        deployment: "d",
        version: 1,
        base: "/",
        immutable: vec!["/assets/a.js"],
        visible: Visible::Private,
        code: Some(code),
    });
    let text = |name: &str| {
        let module = script
            .modules
            .iter()
            .find(|module| module.name == name)
            .unwrap();
        String::from_utf8(module.content.clone()).unwrap()
    };
    assert_eq!(
        text("overskill-server.js"),
        "export { default } from \"./server/index.js\";\n"
    );
    assert!(text("server/index.js").contains("fetch"));
    let site = text("overskill-site.js");
    let site: Value = serde_json::from_str(
        site.strip_prefix("export default ")
            .unwrap()
            .trim_end()
            .trim_end_matches(';'),
    )
    .unwrap();
    assert_eq!(site["routes"], json!(["/api/*"]));
    assert_eq!(site["forever"], "private, max-age=31536000, immutable");
    assert_eq!(script.compatibility_flags, ["nodejs_compat", "a_flag"]);
    assert_eq!(site["assets"], "FILES");
    assert_eq!(script.compatibility_date, "2026-07-01");
    assert!(script.speaks, "what it says is heard");
    let kinds: Vec<&str> = script
        .modules
        .iter()
        .map(|module| &*module.media_type)
        .collect();
    assert_eq!(
        kinds[3..],
        ["application/wasm", "application/javascript+module"]
    );
    assert_eq!(
        format!("{:?}", script.bindings),
        "[OVERSKILL_ASSETS, N, KEY]",
        "our own binding is not to be replaced, and what the API sets wins"
    );
    assert!(
        !format!("{:?}", script.bindings).contains("hush"),
        "secrets are not shown"
    );
}

#[test]
fn a_session_whose_token_dies_is_begun_anew() {
    let fake = Fake::new();
    fake.life.set(100_000.0);
    let shop = Shop::new(1, "d1", &FILES);
    let mut publication = Publication::default();
    let step = |publication: &mut Publication| {
        fake.wait_until(publication.pace.due);
        let chance = Chance {
            now: fake.now(),
            random: 0.5,
        };
        now(publication.step(&fake, &account(), &shop.release(), &shop.contents, chance));
    };
    step(&mut publication);
    step(&mut publication);
    assert!(matches!(publication.stage, Stage::Upload { .. }));
    fake.wait_until(fake.now() + 90_000.0);
    while !publication.is_over() {
        step(&mut publication);
    }
    assert_eq!(publication.stage, Stage::Live);
    assert_eq!(publication.sessions, 2);
    assert!(
        fake.uploads.borrow().values().all(|times| *times == 1),
        "what was uploaded stays"
    );
    let calls = fake.calls.borrow();
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.contains("assets/upload?"))
            .count(),
        2
    );
}

#[test]
fn a_script_that_is_seen_late_is_waited_for() {
    let shop = Shop::new(1, "d1", &FILES);
    for late in [1_000.0, 60_000.0, 300_000.0] {
        let fake = Fake::new();
        fake.late.set(late);
        let ended = drive(&fake, &shop, |_| false);
        assert_eq!(ended.stage, Stage::Live, "{late}");
        assert_eq!(fake.puts.get(), 1, "{late}");
        assert!(fake.calls.borrow().len() < 20, "{late}");
    }
}

#[test]
fn what_was_uploaded_just_now_is_removed_though_it_is_not_seen_yet() {
    let fake = Fake::new();
    fake.late.set(20_000.0);
    let shop = Shop::new(1, "d1", &FILES);
    let mut publication = Publication::default();
    while !matches!(publication.stage, Stage::Settle { .. }) {
        let chance = Chance {
            now: fake.now(),
            random: 0.5,
        };
        now(publication.step(&fake, &account(), &shop.release(), &shop.contents, chance));
    }
    let mut removal = Removal::of(fake.now());
    while !removal.over {
        fake.wait_until(removal.pace.due);
        let chance = Chance {
            now: fake.now(),
            random: 0.5,
        };
        now(removal.step(&fake, &account(), &shop.name, chance));
    }
    fake.wait_until(fake.now() + 1e9);
    assert!(!fake.seen(&shop.name));
    // One that was never there is gone at once.
    let mut removal = Removal::of(0.0);
    now(removal.step(
        &fake,
        &account(),
        "nobody",
        Chance {
            now: fake.now(),
            random: 0.5,
        },
    ));
    assert!(removal.over);
}

#[test]
fn what_is_refused_for_good_is_not_asked_again() {
    struct Refusing(u16);
    impl Api for Refusing {
        async fn call(&self, _: ApiRequest) -> Result<ApiResponse, Fault> {
            Ok(fake::refused(self.0, 10021, "Uncaught SyntaxError"))
        }
    }
    let shop = Shop::new(1, "d1", &FILES);
    for (status, over) in [
        (400, true),
        (413, true),
        (403, true),
        (404, false),
        (500, false),
    ] {
        let mut publication = Publication::default();
        let chance = Chance {
            now: 0.0,
            random: 0.5,
        };
        now(publication.step(
            &Refusing(status),
            &account(),
            &shop.release(),
            &shop.contents,
            chance,
        ));
        assert_eq!(publication.is_over(), over, "{status}");
        let problem = publication.pace.problem.unwrap();
        assert_eq!((problem.status, problem.code), (status, Some(10021)));
    }
}

#[test]
fn nothing_is_called_before_it_is_due() {
    let fake = Fake::new();
    let shop = Shop::new(1, "d1", &FILES);
    let mut publication = Publication::default();
    publication.pace.due = fake.now() + 1.0;
    let chance = Chance {
        now: fake.now(),
        random: 0.5,
    };
    now(publication.step(&fake, &account(), &shop.release(), &shop.contents, chance));
    assert!(fake.calls.borrow().is_empty());
}

#[test]
fn what_is_too_much_for_one_upload_is_cut() {
    let app = AppId::from_random(1);
    let big = |at: u8| {
        let asset = Asset {
            path: format!("/{at}"),
            content: ContentHash::of(&[at]),
            size: 9 << 20,
            media_type: "text/plain".to_owned(),
        };
        (AssetHash::of(&app, &asset), asset)
    };
    let assets: Vec<(AssetHash, Asset)> = (0..5).map(big).collect();
    let bucket: Vec<String> = assets.iter().map(|(hash, _)| hash.0.clone()).collect();
    let parts = super::super::assets::parts(vec![bucket.clone(), Vec::new()], &assets);
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(parts.concat(), bucket);
}

#[test]
fn scripts_are_listed_by_tag_over_all_pages() {
    let fake = Fake::new();
    for bits in 1..6 {
        drive(&fake, &Shop::new(bits, "same", &FILES), |_| false);
    }
    let found = now(scripts_with(&fake, &account(), "deployment-same")).unwrap();
    assert_eq!(found.len(), 5);
    let own = now(scripts_with(
        &fake,
        &account(),
        &Site::owner(&AppId::from_random(3)),
    ))
    .unwrap();
    assert_eq!(own.len(), 1);
    assert!(
        now(scripts_with(&fake, &account(), "nothing"))
            .unwrap()
            .is_empty()
    );
}
