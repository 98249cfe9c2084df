//! Every call of the record and the store made to fail, before and after it has done its work.

mod away;

use super::{memory::MemoryLedger, *};
use crate::build::Preview;
use overskill_ports::MemoryBlobs;
use overskill_protocol::{Builder, Tier};
use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Runs a future that waits for nothing.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for something"),
    }
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> f64 {
        0.0
    }
}

#[derive(Default)]
struct MemoryShelf(RefCell<BTreeSet<ContentHash>>);

impl Shelf for MemoryShelf {
    fn has(&self, hash: &ContentHash) -> bool {
        self.0.borrow().contains(hash)
    }
    fn add(&self, hash: &ContentHash) {
        self.0.borrow_mut().insert(*hash);
    }
    fn remove(&self, hash: &ContentHash) {
        self.0.borrow_mut().remove(hash);
    }
}

#[derive(Default)]
struct World {
    ledger: MemoryLedger,
    blobs: MemoryBlobs,
    shelf: MemoryShelf,
    builds: Cell<usize>,
    gate: Mutex<()>,
}

fn app() -> AppId {
    AppId::from_random(7)
}

fn wanted(id: &str, tier: Tier, at: u64) -> Wanted {
    Wanted {
        id: id.to_owned(),
        tier,
        version: at,
        message: None,
        key: None,
        actor: "admin".to_owned(),
        builder: Builder::Here,
        fallback: false,
        at,
    }
}

/// A build of a page and files that hold these texts.
fn built(page: &str, files: &[&str]) -> Built {
    let hash = |text: &str| ContentHash::of(text.as_bytes());
    let listed: serde_json::Map<_, _> = files
        .iter()
        .map(|text| {
            let file = serde_json::json!({"hash": hash(text), "immutable": true});
            (format!("/{text}"), file)
        })
        .collect();
    let preview = serde_json::json!({"runtime": "", "page": hash(page), "files": listed});
    let mut preview: Preview = serde_json::from_value(preview).unwrap();
    let texts = files.iter().chain([&page]);
    preview.made = texts
        .map(|text| (hash(text), text.as_bytes().to_vec()))
        .collect();
    Built {
        preview: Some(preview),
        diagnostics: Vec::new(),
        lock: None,
        retry: false,
        timings: Timings::default(),
        rest: Default::default(),
    }
}

impl World {
    fn deploy(&self, wanted: &Wanted, page: &str, files: &[&str]) -> Result<Ended, Fault> {
        let means = Means {
            ledger: &self.ledger,
            blobs: &self.blobs,
            shelf: &self.shelf,
            clock: &Stopped,
            gate: &self.gate,
        };
        let build = async || {
            self.builds.set(self.builds.get() + 1);
            Ok(Some(built(page, files)))
        };
        let read = async |_: &ContentHash| Ok(None);
        run(deploy(&app(), wanted, Stage::Begins, &means, build, read))
    }

    /// Goes on as the alarm does, until it ends.
    fn insist(&self, wanted: &Wanted, page: &str, files: &[&str]) -> Ended {
        for _ in 0..5 {
            if let Ok(ended) = self.deploy(wanted, page, files) {
                return ended;
            }
            self.holds();
        }
        panic!("it never ends")
    }

    fn collect(
        &self,
        keep: u32,
        since: u64,
        dry_run: bool,
    ) -> Result<overskill_protocol::Collected, Fault> {
        let policy = Policy {
            keep,
            since,
            dry_run,
        };
        run(collect(
            &app(),
            policy,
            &self.ledger,
            &self.blobs,
            &self.shelf,
            &self.gate,
        ))
    }

    fn state(&self, id: &str) -> DeploymentState {
        let entries = self.ledger.entries.borrow();
        let entry = entries.iter().find(|entry| entry.wanted.id == id);
        entry.map(|entry| entry.state).unwrap()
    }

    /// What must hold at any instant: one live deployment per tier at most, whatever is served is whole, and what the
    /// shelf tells of is there.
    fn holds(&self) {
        let entries = self.ledger.entries.borrow();
        for tier in [Tier::Preview, Tier::Production] {
            let live = entries.iter().filter(|it| it.wanted.tier == tier);
            let live = live.filter(|it| it.state == DeploymentState::Live);
            assert!(live.count() <= 1);
        }
        for entry in entries.iter().filter(|it| it.served && !it.retired) {
            let key = manifest_key(&app(), &entry.wanted.id);
            let manifest = run(self.blobs.get(&key)).unwrap().expect("it has its list");
            let preview: Preview = serde_json::from_slice(&manifest).unwrap();
            for hash in named(&preview) {
                let key = content_key(&app(), &hash.to_string());
                let content = run(self.blobs.get(&key))
                    .unwrap()
                    .expect("it has its files");
                assert_eq!(ContentHash::of(&content), hash);
            }
        }
        for hash in self.shelf.0.borrow().iter() {
            let key = content_key(&app(), &hash.to_string());
            assert!(run(self.blobs.get(&key)).unwrap().is_some());
        }
    }
}

#[test]
fn it_goes_through_its_states_and_takes_the_place_of_the_one_before() {
    let world = World::default();
    assert_eq!(
        world.deploy(&wanted("a", Tier::Production, 1), "p1", &["x", "y"]),
        Ok(Ended::Live)
    );
    assert_eq!(
        world.deploy(&wanted("b", Tier::Production, 2), "p2", &["x", "z"]),
        Ok(Ended::Live)
    );
    assert_eq!(
        world.deploy(&wanted("c", Tier::Preview, 3), "p2", &["x"]),
        Ok(Ended::Live)
    );
    let entries = world.ledger.entries.borrow();
    use DeploymentState::*;
    assert_eq!(
        entries[0].states,
        [Queued, Building, Uploading, Live, Superseded]
    );
    assert_eq!(entries[1].states, [Queued, Building, Uploading, Live]);
    assert_eq!(entries[2].states, [Queued, Building, Uploading, Live]);
    drop(entries);
    world.holds();
    // Pages p1 and p2, x, y and z, and three lists: what is the same is there once.
    assert_eq!(world.blobs.keys().len(), 8);
}

#[test]
fn a_newer_one_overtakes_an_unfinished_older_one_wherever_it_is() {
    for steps in 0..3 {
        let world = World::default();
        let (older, newer) = (
            wanted("a", Tier::Production, 1),
            wanted("b", Tier::Production, 2),
        );
        world.ledger.fail_after(steps + 1, false);
        assert!(world.deploy(&older, "p1", &["x"]).is_err());
        assert_eq!(world.deploy(&newer, "p2", &["x"]), Ok(Ended::Live));
        assert_eq!(world.deploy(&older, "p1", &["x"]), Ok(Ended::Overtaken));
        assert_eq!(world.state("a"), DeploymentState::Superseded);
        assert_eq!(world.state("b"), DeploymentState::Live);
        world.holds();
    }
}

#[test]
fn whatever_call_of_the_record_fails_it_ends_live_and_whole() {
    for lose in [false, true] {
        let mut calls = 0;
        loop {
            let world = World::default();
            world
                .deploy(&wanted("a", Tier::Production, 1), "p1", &["x", "y"])
                .unwrap();
            world.ledger.fail_after(calls, lose);
            let ended = world.insist(&wanted("b", Tier::Production, 2), "p2", &["x", "z"]);
            let failed = world.ledger.has_failed();
            // Where only the answer was lost that it is live, there is nothing left to do.
            assert!(matches!(ended, Ended::Live | Ended::Overtaken));
            assert_eq!(world.state("b"), DeploymentState::Live);
            assert_eq!(world.state("a"), DeploymentState::Superseded);
            world.holds();
            if !failed {
                break;
            }
            calls += 1;
        }
        assert_eq!(calls, 4);
    }
}

#[test]
fn whatever_call_of_the_store_fails_it_ends_live_and_whole() {
    let mut calls = 0;
    loop {
        let world = World::default();
        world
            .deploy(&wanted("a", Tier::Production, 1), "p1", &["x", "y"])
            .unwrap();
        world.blobs.fail_after(calls);
        let ended = loop {
            match world.deploy(&wanted("b", Tier::Production, 2), "p2", &["x", "z"]) {
                Ok(ended) => break ended,
                Err(_) => assert_eq!(world.state("a"), DeploymentState::Live),
            }
        };
        let failed = world.blobs.has_failed();
        assert_eq!(ended, Ended::Live);
        // What comes after must not meet the failure that is left.
        world.blobs.fail_after(usize::MAX);
        world.holds();
        if !failed {
            break;
        }
        calls += 1;
    }
    // p2, z and the list; x is there.
    assert_eq!(calls, 3);
}

#[test]
fn a_key_is_one_deployment_and_the_same_one_again_is_no_other() {
    let world = World::default();
    let mut first = wanted("a", Tier::Production, 1);
    first.key = Some("k".to_owned());
    let mut second = wanted("b", Tier::Production, 2);
    second.key = Some("k".to_owned());
    assert_eq!(world.deploy(&first, "p", &["x"]), Ok(Ended::Live));
    assert_eq!(world.deploy(&second, "p", &["x"]), Ok(Ended::Duplicate));
    assert_eq!(world.deploy(&first, "p", &["x"]), Ok(Ended::Overtaken));
    assert_eq!(world.builds.get(), 1);
    assert_eq!(world.state("a"), DeploymentState::Live);
}

/// Deployments a to d of one tier, each with a file of its own and one that all have.
fn four() -> World {
    let world = World::default();
    for (at, id) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let wanted = wanted(id, Tier::Production, at as u64);
        world
            .deploy(
                &wanted,
                &format!("page {id}"),
                &["all", &format!("file {id}")],
            )
            .unwrap();
    }
    world
}

#[test]
fn what_is_beyond_goes_and_nothing_that_is_needed() {
    let world = four();
    let would = world.collect(1, 0, true).unwrap();
    assert_eq!(would.retired, ["b", "a"]);
    assert_eq!((would.objects, would.kept_objects), (6, 7));
    assert_eq!(world.blobs.keys().len(), 13);
    let done = world.collect(1, 0, false).unwrap();
    assert_eq!(
        done,
        overskill_protocol::Collected {
            dry_run: false,
            ..would
        }
    );
    assert_eq!(world.blobs.keys().len(), 7);
    world.holds();
    // By age, too; the live one stays however old it is.
    assert_eq!(world.collect(9, 99, false).unwrap().retired, ["c"]);
    assert_eq!(world.collect(0, 99, false).unwrap().retired, [""; 0]);
    assert_eq!(world.state("d"), DeploymentState::Live);
    world.holds();
    // What went comes again where it is needed again.
    world
        .deploy(
            &wanted("e", Tier::Production, 9),
            "page a",
            &["all", "file a"],
        )
        .unwrap();
    world.holds();
}

#[test]
fn wherever_collecting_stops_everything_that_is_served_is_whole_and_the_next_one_finishes() {
    for calls in 0.. {
        let world = four();
        world.blobs.fail_after(calls);
        let failed = world.collect(1, 0, false).is_err();
        world.blobs.fail_after(usize::MAX);
        world.holds();
        world.collect(1, 0, false).unwrap();
        world.holds();
        assert_eq!(world.blobs.keys().len(), 7);
        if !failed {
            break;
        }
    }
    for calls in 0.. {
        for lose in [false, true] {
            let world = four();
            world.ledger.fail_after(calls, lose);
            let _ = world.collect(1, 0, false);
            world.holds();
            world.ledger.fail_after(usize::MAX, false);
            world.collect(1, 0, false).unwrap();
            world.holds();
            assert_eq!(world.blobs.keys().len(), 7);
        }
        if calls > 4 {
            break;
        }
    }
}

#[test]
fn what_is_half_stored_may_be_collected_and_is_stored_again() {
    let world = four();
    let wanted = wanted("e", Tier::Production, 9);
    world.ledger.fail_after(3, false);
    assert!(world.deploy(&wanted, "page e", &["all", "file e"]).is_err());
    world.collect(9, 0, false).unwrap();
    assert_eq!(
        world.deploy(&wanted, "page e", &["all", "file e"]),
        Ok(Ended::Live)
    );
    world.holds();
}
