//! What becomes of published deployments when something changes that they depend on: nobody has to ask again.

use super::{
    desk::{Town, WANTED},
    fake::Failure,
    *,
};
use overskill_protocol::PublishState;

const CHANGED: Wanted = Wanted {
    secrets: 1,
    ..WANTED
};
const FAILURES: [Failure; 4] = [
    Failure::Lost,
    Failure::Unheard,
    Failure::Gateway,
    Failure::Limited,
];

/// The secret that what was sent last has.
fn secret(town: &Town) -> String {
    let scripts = town.fake.scripts.borrow();
    let bindings = scripts[&town.shop.name].metadata["bindings"].clone();
    let mut bindings = bindings.as_array().unwrap().iter();
    let key = bindings.find(|binding| binding["name"] == "KEY").unwrap();
    key["text"].as_str().unwrap().to_owned()
}

fn steps(town: &Town, desk: &mut Desk, mut each: impl FnMut(&mut Desk)) {
    for _ in 0..300 {
        desk.row = None;
        if desk.due().is_none() {
            return;
        }
        town.step(desk, |_, _| {});
        each(desk);
    }
    panic!("it never settles: {desk:?}");
}

#[test]
fn what_is_sent_again_is_live_when_it_is_seen_itself() {
    for late in [0.0, 30_000.0, 300_000.0] {
        let town = Town::new();
        let mut desk = town.published();
        assert!(town.fake.is_current(&town.shop.name));
        town.fake.late.set(late);
        town.wanted.set(CHANGED);
        desk.check();
        let mut told = None;
        for _ in 0..100 {
            if let Some(row) = desk.row.take() {
                if row.state == PublishState::Live {
                    assert!(town.fake.is_current(&town.shop.name), "{late}");
                }
                told = Some(row.state);
            }
            assert!(town.fake.seen(&town.shop.name), "what was there stays");
            if desk.due().is_none() {
                break;
            }
            town.step(&mut desk, |_, _| {});
        }
        assert_eq!(told, Some(PublishState::Live));
        assert_eq!((secret(&town), town.fake.puts.get()), ("1".to_owned(), 2));
    }
}

#[test]
fn whichever_call_fails_however_a_change_arrives_and_something_always_runs() {
    for number in 0..3 {
        for failure in FAILURES {
            let town = Town::new();
            let mut desk = town.published();
            let before = town.fake.calls.borrow().len();
            let failing = (before + number, failure);
            town.fake.failing.borrow_mut().extend([failing]);
            town.silent.set(number as u32 * 20);
            town.wanted.set(CHANGED);
            desk.check();
            steps(&town, &mut desk, |_| {
                assert!(town.fake.seen(&town.shop.name));
            });
            assert_eq!(secret(&town), "1", "{number} {failure:?}");
            assert_eq!(desk.wanted, CHANGED);
        }
    }
}

#[test]
fn what_changes_at_any_moment_arrives() {
    for at in 0..7 {
        let town = Town::new();
        let mut desk = Desk::default();
        desk.publish(WANTED, town.now());
        for step in 0..=at {
            // Nobody says so: who has sent it asks once more.
            if step == at {
                town.wanted.set(CHANGED);
            }
            town.step(&mut desk, |_, _| {});
        }
        steps(&town, &mut desk, |_| {});
        // After the last question there is none.
        if at == 6 {
            desk.check();
            steps(&town, &mut desk, |_| {});
        }
        assert_eq!(
            (secret(&town), desk.wanted),
            ("1".to_owned(), CHANGED),
            "{at}"
        );
    }
}

#[test]
fn what_has_not_changed_is_left_alone() {
    let town = Town::new();
    let mut desk = town.published();
    let calls = town.fake.calls.borrow().len();
    desk.check();
    steps(&town, &mut desk, |desk| assert_eq!(desk.row, None));
    // Nor is what was never published, or is not any more, published because something changes.
    town.wanted.set(CHANGED);
    let mut never = Desk::default();
    never.check();
    steps(&town, &mut never, |_| {});
    assert!(never.is_empty());
    assert_eq!(town.fake.calls.borrow().len(), calls);
    desk.unpublish(town.now());
    desk.check();
    steps(&town, &mut desk, |_| {});
    assert!(!town.runs() && desk.is_empty());
    desk.check();
    steps(&town, &mut desk, |_| {});
    assert!(!town.runs());
}

#[test]
fn what_is_retired_at_any_moment_goes_and_what_is_served_never_does() {
    for late in [0.0, 30_000.0] {
        for at in 0..8 {
            let town = Town::new();
            town.fake.late.set(late);
            let mut desk = Desk::default();
            desk.publish(WANTED, town.now());
            for step in 0..=at {
                town.step(&mut desk, |desk, _| {
                    if step == at {
                        town.standing.set(Some(Standing::Retired));
                        desk.check();
                    }
                });
            }
            let deleted = |town: &Town| {
                let calls = town.fake.calls.borrow();
                calls.iter().any(|call| call.starts_with("DELETE"))
            };
            assert!(!deleted(&town));
            desk.check();
            steps(&town, &mut desk, |_| {});
            assert!(!town.runs() && desk.is_empty(), "{late} {at}");
        }
    }
}

#[test]
fn what_nobody_needs_is_removed_however_long_that_takes() {
    // A token that is refused for a day, an outage for days, an answer that nobody hears.
    for (failure, times) in [
        (Failure::Expired, 24),
        (Failure::Gateway, 150),
        (Failure::Unheard, 1),
    ] {
        for standing in [Standing::Retired, Standing::Gone] {
            let town = Town::new();
            let mut desk = town.published();
            let before = town.fake.calls.borrow().len();
            let failing = (before..before + times).map(|number| (number, failure));
            town.fake.failing.borrow_mut().extend(failing);
            town.silent.set(60);
            town.standing.set(Some(standing));
            desk.check();
            steps(&town, &mut desk, |_| {});
            assert!(!town.runs(), "{failure:?} {standing:?}");
            assert!(desk.is_empty() && desk.removal.is_none());
        }
    }
}

#[test]
fn what_may_be_there_though_nothing_said_so_is_removed() {
    let town = Town::new();
    let mut desk = Desk::default();
    desk.publish(WANTED, town.now());
    // The script arrives, and nobody ever hears of it.
    let failing = (3..100).map(|number| (number, Failure::Unheard));
    town.fake.failing.borrow_mut().extend(failing);
    let row = town.settle(&mut desk).unwrap();
    assert_eq!(row.state, PublishState::Failed);
    assert!(town.runs() && !desk.is_empty());
    town.fake.failing.borrow_mut().clear();
    town.standing.set(Some(Standing::Retired));
    desk.check();
    steps(&town, &mut desk, |_| {});
    assert!(!town.runs() && desk.is_empty());
}
