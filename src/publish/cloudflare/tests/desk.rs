//! One app's desk: what wins over what, at every moment, and that what is recorded is what is so.

use super::*;
use fake::Failure;
use overskill_protocol::PublishState;
use std::{cell::RefCell, rc::Rc};

/// An app whose deployments can be had.
struct Town {
    fake: Fake,
    app: AppId,
    gone: RefCell<Vec<String>>,
    contents: Memory,
}

impl Contents for Town {
    async fn read(&self, content: &ContentHash) -> Result<Vec<u8>, Fault> {
        self.contents.read(content).await
    }
}

impl Source for Town {
    async fn prepared(&self, work: &Work) -> Result<Rc<Prepared>, Problem> {
        if self.gone.borrow().contains(&work.deployment) {
            return Err(Problem::refused("its files are gone"));
        }
        let shop = Shop::new(1, &work.deployment, &FILES);
        Ok(Rc::new(Prepared {
            assets: shop.assets,
            script: shop.script,
        }))
    }
}

impl Town {
    fn new() -> Self {
        let shop = Shop::new(1, "any", &FILES);
        Self {
            fake: Fake::new(),
            app: shop.app,
            gone: RefCell::default(),
            contents: shop.contents,
        }
    }

    /// One step, as the caller makes it: what was commanded meanwhile wins.
    fn step(&self, desk: &mut Desk, meanwhile: impl FnOnce(&mut Desk, f64)) {
        let Some(due) = desk.due() else { return };
        self.fake.wait_until(due);
        let chance = Chance {
            now: self.fake.now(),
            random: 0.5,
        };
        let account = account();
        let zone = Zone {
            api: account.api.clone(),
            zone: "zone".to_owned(),
            token: account.token.clone(),
        };
        let service = Service {
            api: &self.fake,
            account: Some(&account),
            zone: Some(&zone),
        };
        let mut next = desk.clone();
        now(next.step(&service, &self.app, self, chance));
        let generation = desk.generation;
        meanwhile(desk, chance.now);
        if desk.generation == generation {
            *desk = next;
        }
    }

    /// Steps until nothing is left to do; what was recorded is gathered as D1 gathers it.
    fn settle(&self, desk: &mut Desk, rows: &mut BTreeMap<String, PublishState>) {
        for _ in 0..300 {
            for (deployment, row) in std::mem::take(&mut desk.rows) {
                rows.insert(deployment, row.state);
            }
            if desk.due().is_none() {
                return;
            }
            self.step(desk, |_, _| {});
        }
        panic!("it never settles: {desk:?}");
    }

    fn tags(&self) -> Option<Vec<String>> {
        let name = script_name(&self.app);
        let seen = self.fake.seen(&name);
        seen.then(|| self.fake.scripts.borrow()[&name].tags.clone())
    }

    fn runs(&self, deployment: &str) -> bool {
        self.tags()
            .is_some_and(|tags| tags.contains(&Site::marker(deployment)))
    }
}

#[test]
fn a_newer_one_overtakes_at_every_moment() {
    for at in 0..6 {
        let town = Town::new();
        let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
        desk.publish("one", 1, false, town.fake.now());
        for step in 0..=at {
            town.step(&mut desk, |desk, now| {
                if step == at {
                    desk.publish("two", 2, false, now);
                }
            });
        }
        town.settle(&mut desk, &mut rows);
        assert!(town.runs("two"), "{at}");
        assert_eq!(desk.running.as_deref(), Some("two"));
        assert_eq!(rows["one"], PublishState::Superseded, "{at}");
        assert_eq!(rows["two"], PublishState::Live, "{at}");
    }
}

#[test]
fn what_is_removed_at_any_moment_is_gone() {
    for late in [0.0, 30_000.0] {
        for at in 0..6 {
            let town = Town::new();
            town.fake.late.set(late);
            let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
            desk.publish("one", 1, false, town.fake.now());
            for step in 0..=at {
                town.step(&mut desk, |desk, now| {
                    if step == at {
                        assert!(desk.unpublish("one", now));
                    }
                });
            }
            if at == 5 && desk.work.is_none() {
                desk.unpublish("one", town.fake.now());
            }
            town.settle(&mut desk, &mut rows);
            town.fake.wait_until(town.fake.now() + 1e9);
            assert!(town.tags().is_none(), "{late} {at}");
            assert_eq!(rows["one"], PublishState::Removed, "{late} {at}");
            assert!(!desk.unpublish("one", town.fake.now()));
        }
    }
}

#[test]
fn what_is_removed_and_published_again_runs() {
    for at in 0..4 {
        let town = Town::new();
        let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
        desk.publish("one", 1, false, town.fake.now());
        town.settle(&mut desk, &mut rows);
        desk.unpublish("one", town.fake.now());
        for step in 0..=at {
            town.step(&mut desk, |desk, now| {
                if step == at {
                    desk.publish("one", 1, false, now);
                }
            });
        }
        desk.publish("one", 1, false, town.fake.now());
        town.settle(&mut desk, &mut rows);
        assert!(town.runs("one"), "{at}");
        assert_eq!(rows["one"], PublishState::Live);
    }
}

#[test]
fn the_same_again_changes_nothing() {
    let town = Town::new();
    let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
    desk.publish("one", 1, false, town.fake.now());
    let before = desk.clone();
    desk.publish("one", 1, false, town.fake.now());
    assert_eq!(desk, before);
    town.settle(&mut desk, &mut rows);
    let calls = town.fake.calls.borrow().len();
    desk.publish("one", 1, false, town.fake.now());
    town.settle(&mut desk, &mut rows);
    assert_eq!(town.fake.calls.borrow().len(), calls);
    assert!(!desk.unpublish("two", town.fake.now()), "nobody knows it");
}

#[test]
fn the_last_one_runs_on_where_the_next_one_fails() {
    let town = Town::new();
    let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
    desk.publish("one", 1, false, town.fake.now());
    town.settle(&mut desk, &mut rows);
    town.gone.borrow_mut().push("two".to_owned());
    desk.publish("two", 2, false, town.fake.now());
    let mut told = None;
    while desk.due().is_some() {
        told = desk
            .rows
            .get("two")
            .and_then(|row| row.error.clone())
            .or(told);
        desk.rows.clear();
        town.step(&mut desk, |_, _| {});
    }
    assert_eq!(told.unwrap().message, "its files are gone");
    assert!(town.runs("one"));
    assert_eq!(desk.running.as_deref(), Some("one"));
    // Removed while its successor is on the way, and the successor fails: it goes all the same.
    desk.publish("two", 2, false, town.fake.now());
    desk.unpublish("one", town.fake.now());
    town.settle(&mut desk, &mut rows);
    assert!(town.tags().is_none());
    assert_eq!(rows["two"], PublishState::Failed);
    assert_eq!(rows["one"], PublishState::Removed);
}

#[test]
fn a_removal_that_is_refused_may_be_asked_for_again() {
    let town = Town::new();
    let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
    desk.publish("one", 1, false, town.fake.now());
    town.settle(&mut desk, &mut rows);
    let next = town.fake.calls.borrow().len();
    town.fake
        .failing
        .borrow_mut()
        .insert(next, Failure::Expired);
    desk.unpublish("one", town.fake.now());
    town.settle(&mut desk, &mut rows);
    assert_eq!(rows["one"], PublishState::Failed);
    assert!(desk.unpublish("one", town.fake.now()));
    town.settle(&mut desk, &mut rows);
    assert_eq!(rows["one"], PublishState::Removed);
    assert!(town.tags().is_none());
}

#[test]
fn of_an_app_that_is_gone_nothing_stays_and_nothing_is_recorded() {
    for at in 0..6 {
        let town = Town::new();
        let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
        desk.publish("one", 1, false, town.fake.now());
        for step in 0..=at {
            town.step(&mut desk, |desk, now| {
                if step == at {
                    desk.forget(now);
                }
            });
        }
        desk.forget(town.fake.now());
        town.settle(&mut desk, &mut rows);
        town.fake.wait_until(town.fake.now() + 1e9);
        assert!(town.tags().is_none(), "{at}");
        assert!(rows.is_empty(), "{at}: {rows:?}");
    }
    let (town, mut desk) = (Town::new(), Desk::default());
    desk.forget(town.fake.now());
    assert_eq!(desk.due(), None, "nothing was ever published");
}

#[test]
fn purges_go_out_beside_the_rest() {
    let town = Town::new();
    let (mut desk, mut rows) = (Desk::default(), BTreeMap::new());
    desk.publish("one", 1, false, town.fake.now());
    desk.purge(vec!["shop.test".to_owned()], Vec::new());
    town.settle(&mut desk, &mut rows);
    assert_eq!(town.fake.purged.borrow().len(), 1);
    assert!(town.runs("one"));
}
