//! Publications, removals and purges against an API in memory that fails as the real one may, at every call.

mod changes;
mod desk;
mod failures;
mod fake;
mod steps;

use super::*;
use fake::Fake;
use overskill_model::{AppId, ContentHash};
use overskill_ports::Fault;
use overskill_protocol::script_name;
use std::{
    collections::BTreeMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// What a future that never waits comes to.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn account() -> Account {
    Account {
        api: "https://api.test/client/v4".to_owned(),
        account: "acc".to_owned(),
        namespace: "apps".to_owned(),
        token: fake::TOKEN.to_owned(),
        tail: Some("listener".to_owned()),
    }
}

/// Contents in memory.
#[derive(Default)]
struct Memory(BTreeMap<ContentHash, Vec<u8>>);

impl Contents for Memory {
    async fn read(&self, content: &ContentHash) -> Result<Vec<u8>, Fault> {
        let found = self.0.get(content).cloned();
        found.ok_or_else(|| Fault(format!("{content} is gone")))
    }
}

/// An app with some files, ready to be published as `deployment`.
struct Shop {
    app: AppId,
    name: String,
    deployment: String,
    marker: String,
    contents: Memory,
    assets: Vec<(AssetHash, Asset)>,
    script: Script,
}

impl Shop {
    fn new(bits: u128, deployment: &str, files: &[(&str, &str)]) -> Self {
        let app = AppId::from_random(bits);
        let mut contents = Memory::default();
        let mut assets = Vec::new();
        for (path, text) in files {
            let content = ContentHash::of(text.as_bytes());
            contents.0.insert(content, text.as_bytes().to_vec());
            let asset = Asset {
                path: (*path).to_owned(),
                content,
                size: text.len() as u64,
                media_type: "text/plain".to_owned(),
            };
            assets.push((AssetHash::of(&app, &asset), asset));
        }
        let script = site(Site {
            app: &app,
            deployment,
            version: 7,
            base: "/",
            immutable: Vec::new(),
            visible: Visible::Public,
            code: None,
        });
        Self {
            name: script_name(&app, deployment),
            marker: Site::marker(deployment),
            deployment: deployment.to_owned(),
            app,
            contents,
            assets,
            script,
        }
    }

    fn release(&self) -> Release<'_> {
        Release {
            name: &self.name,
            assets: &self.assets,
            script: &self.script,
        }
    }
}

const FILES: [(&str, &str); 4] = [
    ("/index.html", "<!doctype html>"),
    ("/a b.txt", "spaced"),
    ("/assets/x.js", "x()"),
    ("/assets/y.js", "y()"),
];

/// Steps until it is over, the state stored and read again in between. `lose(step)` says whether what a step came to is
/// lost before it is stored.
fn drive(fake: &Fake, shop: &Shop, mut lose: impl FnMut(u32) -> bool) -> Publication {
    let mut stored = serde_json::to_string(&Publication::default()).unwrap();
    for step in 0..400 {
        let mut publication: Publication = serde_json::from_str(&stored).unwrap();
        if publication.is_over() {
            return publication;
        }
        fake.wait_until(publication.pace.due);
        let chance = Chance {
            now: fake.now(),
            random: f64::from(step % 7) / 7.0,
        };
        now(publication.step(fake, &account(), &shop.release(), &shop.contents, chance));
        if !lose(step) {
            stored = serde_json::to_string(&publication).unwrap();
        }
    }
    panic!("it never ends: {stored}");
}
