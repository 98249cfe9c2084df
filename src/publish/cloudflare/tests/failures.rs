//! Every call fails once, in every way; every state is lost once. What comes of it is the same.

use super::{fake::Failure, *};

/// All of it is there, as it was asked for.
fn is_published(fake: &Fake, shop: &Shop) {
    let scripts = fake.scripts.borrow();
    let script = &scripts[&shop.name];
    assert!(script.tags.contains(&shop.marker));
    assert_eq!(script.assets.len(), shop.assets.len());
    for (hash, asset) in &shop.assets {
        let body = fake.bodies.borrow()[&hash.0].clone();
        let content = String::from_utf8(shop.contents.0[&asset.content].clone()).unwrap();
        assert_eq!(body, format!("{}\n{content}", asset.media_type));
    }
}

#[test]
fn whichever_call_fails_however_it_is_published() {
    let calm = Fake::new();
    let shop = Shop::new(1, "d1", &FILES);
    drive(&calm, &shop, |_| false);
    let calls = calm.calls.borrow().len();
    assert_eq!(calls, 5, "session, two buckets, script, a look");
    for number in 0..calls {
        for failure in [
            Failure::Lost,
            Failure::Unheard,
            Failure::Gateway,
            Failure::Limited,
            Failure::Expired,
        ] {
            let fake = Fake::new();
            fake.failing.borrow_mut().insert(number, failure);
            let ended = drive(&fake, &shop, |_| false);
            let calls = fake.calls.borrow().clone();
            // The account's own token is refused for good; a session's is made anew.
            let outside = matches!(number, 0 | 4);
            if failure == Failure::Expired && outside {
                assert_eq!(ended.stage, Stage::Failed, "{number}");
                assert_eq!(ended.pace.problem.unwrap().code, Some(10000));
                continue;
            }
            assert_eq!(ended.stage, Stage::Live, "{number} {failure:?}: {calls:?}");
            is_published(&fake, &shop);
            // Nothing is done over that was known to be done: one upload is what an unheard answer costs.
            let again = fake
                .uploads
                .borrow()
                .values()
                .filter(|times| **times > 1)
                .count();
            let unheard = failure == Failure::Unheard && matches!(number, 1 | 2);
            assert!(
                again == 0 || (unheard && again <= 2),
                "{number} {failure:?}: {calls:?}"
            );
        }
    }
}

#[test]
fn whichever_state_is_lost_it_is_published() {
    let shop = Shop::new(1, "d1", &FILES);
    for lost in 0..5 {
        let fake = Fake::new();
        let ended = drive(&fake, &shop, |step| step == lost);
        assert_eq!(ended.stage, Stage::Live, "{lost}");
        is_published(&fake, &shop);
        let uploaded: u32 = fake.uploads.borrow().values().sum();
        assert!(uploaded <= 6, "{lost}: at most one bucket over again");
        assert_eq!(fake.calls.borrow().len(), 6, "{lost}: one call over again");
    }
}

#[test]
fn everything_failing_for_an_hour_is_outlived() {
    let shop = Shop::new(1, "d1", &FILES);
    let fake = Fake::new();
    fake.failing
        .borrow_mut()
        .extend((1..12).map(|number| (number, Failure::Lost)));
    let started = fake.now();
    let ended = drive(&fake, &shop, |_| false);
    assert_eq!(ended.stage, Stage::Live);
    assert!(fake.now() - started > 20.0 * 60_000.0);
    is_published(&fake, &shop);
}

#[test]
fn an_outage_without_end_is_given_up_after_hours() {
    let shop = Shop::new(1, "d1", &FILES);
    let fake = Fake::new();
    fake.failing
        .borrow_mut()
        .extend((0..200).map(|number| (number, Failure::Gateway)));
    let started = fake.now();
    let ended = drive(&fake, &shop, |_| false);
    assert_eq!(ended.stage, Stage::Failed);
    assert!(fake.now() - started > 4.0 * 3_600_000.0);
    assert_eq!(ended.pace.problem.unwrap().status, 502);
}

#[test]
fn whichever_call_of_a_removal_fails_it_is_gone() {
    let shop = Shop::new(1, "d1", &FILES);
    for number in 0..3 {
        for failure in [
            Failure::Lost,
            Failure::Unheard,
            Failure::Gateway,
            Failure::Limited,
        ] {
            let fake = Fake::new();
            drive(&fake, &shop, |_| false);
            let before = fake.calls.borrow().len();
            fake.failing.borrow_mut().insert(before + number, failure);
            let mut stored = serde_json::to_string(&Removal::of(fake.now())).unwrap();
            for step in 0..100 {
                let mut removal: Removal = serde_json::from_str(&stored).unwrap();
                if removal.over {
                    break;
                }
                fake.wait_until(removal.pace.due);
                let chance = Chance {
                    now: fake.now(),
                    random: f64::from(step % 3) / 3.0,
                };
                now(removal.step(&fake, &account(), &shop.name, chance));
                stored = serde_json::to_string(&removal).unwrap();
            }
            assert!(!fake.seen(&shop.name), "{number} {failure:?}");
            let removal: Removal = serde_json::from_str(&stored).unwrap();
            assert!(
                removal.over && removal.pace.problem.is_none(),
                "{number} {failure:?}"
            );
        }
    }
}

#[test]
fn whichever_call_of_a_purge_fails_all_is_purged() {
    let zone = Zone {
        api: account().api,
        zone: "zone".to_owned(),
        token: account().token,
    };
    let hosts: Vec<String> = (0..250).map(|at| format!("h{at:03}.test")).collect();
    for number in 0..4 {
        for failure in [
            Failure::Lost,
            Failure::Unheard,
            Failure::Gateway,
            Failure::Limited,
        ] {
            let fake = Fake::new();
            fake.failing.borrow_mut().insert(number, failure);
            let mut purge = Purge::default();
            let covered = "https://h001.test/x".to_owned();
            purge.add(
                hosts.clone(),
                ["https://other.test/x?y".to_owned(), covered],
            );
            for step in 0..50 {
                fake.wait_until(purge.pace.due);
                let chance = Chance {
                    now: fake.now(),
                    random: f64::from(step % 3) / 3.0,
                };
                now(purge.step(&fake, &zone, chance));
            }
            assert!(purge.is_over());
            let purged = fake.purged.borrow();
            let all = |key: &str| -> Vec<String> {
                let lists = purged.iter().filter_map(|body| body[key].as_array());
                let mut names: Vec<String> = lists
                    .flatten()
                    .map(|name| name.as_str().unwrap().to_owned())
                    .collect();
                names.sort();
                names.dedup();
                names
            };
            assert_eq!(all("hosts"), hosts, "{number} {failure:?}");
            assert_eq!(all("files"), ["https://other.test/x?y"]);
            assert!(purged.iter().all(|body| {
                body["hosts"]
                    .as_array()
                    .is_none_or(|list| list.len() <= 100)
            }));
        }
    }
}
