//! One deployment's desk: what wins over what, at every moment, and that what is recorded is what is so.

use super::*;
use fake::Failure;
use overskill_protocol::PublishState;
use std::{cell::Cell, rc::Rc};

pub(super) const WANTED: Wanted = Wanted {
    version: 1,
    private: false,
    secrets: 0,
};

/// A deployment that can be had, unless it is gone.
pub(super) struct Town {
    pub fake: Fake,
    pub shop: Shop,
    pub gone: Cell<bool>,
    /// What the record says, where it isn't what is wanted of it.
    pub standing: Cell<Option<Standing>>,
    /// How often the record fails before it answers.
    pub silent: Cell<u32>,
    pub wanted: Cell<Wanted>,
    dice: Cell<u32>,
}

impl Contents for Town {
    async fn read(&self, content: &ContentHash) -> Result<Vec<u8>, Fault> {
        self.shop.contents.read(content).await
    }
}

impl Source for Town {
    async fn standing(&self) -> Result<Standing, Fault> {
        if let Some(left) = self.silent.get().checked_sub(1) {
            self.silent.set(left);
            return Err(Fault("the record is down".to_owned()));
        }
        let standing = self.standing.get();
        Ok(standing.unwrap_or(Standing::Served(self.wanted.get())))
    }

    async fn prepared(&self, work: &Work) -> Result<Rc<Prepared>, Problem> {
        if self.gone.get() {
            return Err(Problem::refused("its files are gone"));
        }
        let mut shop = Shop::new(1, "one", &FILES);
        shop.script.bindings.push(Binding::SecretText {
            name: "KEY".to_owned(),
            text: work.wanted.secrets.to_string(),
        });
        Ok(Rc::new(Prepared {
            assets: shop.assets,
            script: shop.script,
        }))
    }
}

impl Town {
    pub fn new() -> Self {
        Self {
            fake: Fake::new(),
            shop: Shop::new(1, "one", &FILES),
            gone: Cell::new(false),
            standing: Cell::default(),
            silent: Cell::default(),
            wanted: Cell::new(WANTED),
            dice: Cell::default(),
        }
    }

    pub fn now(&self) -> f64 {
        self.fake.now()
    }

    /// One step, as the caller makes it: what was commanded meanwhile wins.
    pub fn step(&self, desk: &mut Desk, meanwhile: impl FnOnce(&mut Desk, f64)) {
        let Some(due) = desk.due() else { return };
        self.fake.wait_until(due);
        let chance = Chance {
            now: self.fake.now(),
            random: f64::from(self.dice.replace(self.dice.get() + 1) % 97) / 97.0,
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
        now(next.step(&service, &self.shop.app, "one", self, chance));
        let generation = desk.generation;
        meanwhile(desk, chance.now);
        if desk.generation == generation {
            *desk = next;
        }
    }

    /// Steps until nothing is left to do; gives what was recorded last, if anything was.
    pub fn settle(&self, desk: &mut Desk) -> Option<Row> {
        let mut last = None;
        for _ in 0..300 {
            last = desk.row.take().or(last);
            if desk.due().is_none() {
                return last;
            }
            self.step(desk, |_, _| {});
        }
        panic!("it never settles: {desk:?}");
    }

    pub fn published(&self) -> Desk {
        let mut desk = Desk::default();
        desk.publish(WANTED, self.now());
        assert_eq!(self.settle(&mut desk).unwrap().state, PublishState::Live);
        desk
    }

    /// Whether it is there once everything has arrived.
    pub fn runs(&self) -> bool {
        self.fake.wait_until(self.now() + 1e9);
        self.fake.seen(&self.shop.name)
    }
}

#[test]
fn what_is_removed_at_any_moment_is_gone() {
    for late in [0.0, 30_000.0] {
        for at in 0..6 {
            let town = Town::new();
            town.fake.late.set(late);
            let mut desk = Desk::default();
            desk.publish(WANTED, town.now());
            for step in 0..=at {
                town.step(&mut desk, |desk, now| {
                    if step == at {
                        desk.unpublish(now);
                    }
                });
            }
            desk.unpublish(town.now());
            let row = town.settle(&mut desk).unwrap();
            assert_eq!(row.state, PublishState::Removed, "{late} {at}");
            assert!(!town.runs(), "{late} {at}");
            assert!(!desk.unpublish(town.now()), "it is gone");
        }
    }
}

#[test]
fn what_is_removed_and_published_again_runs() {
    for at in 0..4 {
        let town = Town::new();
        let mut desk = town.published();
        desk.unpublish(town.now());
        for step in 0..=at {
            town.step(&mut desk, |desk, now| {
                if step == at {
                    desk.publish(WANTED, now);
                }
            });
        }
        desk.publish(WANTED, town.now());
        assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Live);
        assert!(town.runs(), "{at}");
    }
}

#[test]
fn the_same_again_changes_nothing() {
    let town = Town::new();
    let mut desk = Desk::default();
    desk.publish(WANTED, town.now());
    let before = desk.clone();
    desk.publish(WANTED, town.now());
    assert_eq!(desk, before);
    town.settle(&mut desk);
    let calls = town.fake.calls.borrow().len();
    desk.publish(WANTED, town.now());
    assert!(town.settle(&mut desk).is_none());
    assert_eq!(town.fake.calls.borrow().len(), calls);
}

#[test]
fn with_other_secrets_it_is_sent_again_and_runs_meanwhile() {
    let town = Town::new();
    let mut desk = town.published();
    let wanted = Wanted {
        secrets: 1,
        ..WANTED
    };
    town.wanted.set(wanted);
    desk.publish(wanted, town.now());
    assert!(desk.runs);
    assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Live);
    assert_eq!(town.fake.puts.get(), 2);
    // What can't be sent leaves what runs, and that may be removed.
    town.gone.set(true);
    desk.publish(WANTED, town.now());
    assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Failed);
    assert!(desk.runs && desk.unpublish(town.now()));
    assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Removed);
    assert!(!town.runs());
}

#[test]
fn what_fails_for_good_is_told_and_may_be_asked_for_again() {
    let town = Town::new();
    town.gone.set(true);
    let mut desk = Desk::default();
    desk.publish(WANTED, town.now());
    let row = town.settle(&mut desk).unwrap();
    assert_eq!(row.state, PublishState::Failed);
    assert_eq!(row.error.unwrap().message, "its files are gone");
    assert!(!desk.unpublish(town.now()));
    town.gone.set(false);
    desk.publish(WANTED, town.now());
    assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Live);
}

#[test]
fn a_removal_that_is_refused_may_be_asked_for_again() {
    let town = Town::new();
    let mut desk = town.published();
    let next = town.fake.calls.borrow().len();
    town.fake
        .failing
        .borrow_mut()
        .insert(next, Failure::Expired);
    desk.unpublish(town.now());
    assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Failed);
    assert!(desk.unpublish(town.now()));
    assert_eq!(town.settle(&mut desk).unwrap().state, PublishState::Removed);
    assert!(!town.runs());
}

#[test]
fn of_an_app_that_is_gone_nothing_stays_and_nothing_is_recorded() {
    for at in 0..6 {
        let town = Town::new();
        let mut desk = Desk::default();
        desk.publish(WANTED, town.now());
        for step in 0..=at {
            town.step(&mut desk, |desk, now| {
                if step == at {
                    desk.forget(now);
                }
            });
        }
        desk.forget(town.now());
        assert_eq!(town.settle(&mut desk), None, "{at}");
        assert!(!town.runs(), "{at}");
    }
    let (town, mut desk) = (Town::new(), Desk::default());
    desk.forget(town.now());
    assert_eq!(desk.due(), None, "nothing was ever published");
}

#[test]
fn purges_go_out_beside_the_rest() {
    let town = Town::new();
    let mut desk = Desk::default();
    desk.publish(WANTED, town.now());
    desk.purge(vec!["shop.test".to_owned()], Vec::new());
    town.settle(&mut desk);
    assert_eq!(town.fake.purged.borrow().len(), 1);
    assert!(town.runs());
}
