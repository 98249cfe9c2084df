//! The room, event by event.

use super::*;
use serde_json::{Value, json};
use std::cell::Cell;

const NOW: u64 = 1_000_000;

/// A log of updates 2 to `newest`, each a second after the other.
struct Updates {
    newest: Cell<u64>,
    oldest: u64,
    failed: bool,
    broken: Cell<bool>,
}

impl Updates {
    fn to(newest: u64) -> Self {
        Self {
            newest: Cell::new(newest),
            oldest: 2,
            failed: false,
            broken: Cell::new(false),
        }
    }
}

fn envelope(kind: EnvelopeKind, seq: u64) -> Envelope {
    let at = NOW + seq * 1000;
    Envelope::new(kind, "e".to_owned(), seq, seq.saturating_sub(1), at)
}

impl Log for Updates {
    fn head(&self) -> Result<(String, u64), Unreadable> {
        match self.broken.get() {
            true => Err(Unreadable),
            false => Ok(("e".to_owned(), self.newest.get())),
        }
    }

    fn since(&self, epoch: &str, seq: u64) -> Result<Vec<Envelope>, Unreadable> {
        let newest = self.newest.get();
        let mut all = match epoch == "e" && seq + 1 >= self.oldest {
            true => (seq + 1..=newest)
                .map(|seq| envelope(EnvelopeKind::ComponentUpdate, seq))
                .collect(),
            false => vec![envelope(EnvelopeKind::FullReload, newest)],
        };
        if self.failed {
            all.push(envelope(EnvelopeKind::BuildError, newest));
        }
        Ok(all)
    }

    fn opens(&self, token: &str, now: u64) -> Option<u64> {
        let until = token.strip_prefix("until ")?.parse().ok()?;
        (now < until).then_some(until)
    }
}

fn room(private: bool) -> Room {
    Room::new(Limits::default(), "app".to_owned(), private)
}

fn entry(own: bool) -> Entry {
    Entry {
        protocol: Protocol::Plain,
        own,
        until: None,
        sid: None,
    }
}

fn extended() -> Entry {
    Entry {
        protocol: Protocol::Extended,
        sid: Some("sid".to_owned()),
        ..entry(false)
    }
}

fn identifier(more: Value) -> String {
    let mut all = json!({"channel": "AppPreviewChannel", "app_id": "app"});
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.to_string()
}

fn say(command: &str, identifier: &str, more: Value) -> String {
    let mut all = json!({"command": command, "identifier": identifier});
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.to_string()
}

/// What a socket is sent, in short.
fn sent(actions: &[Action], to: SocketId) -> Vec<String> {
    let frames = actions.iter().filter_map(|action| match action {
        Action::Send(ids, frame) if ids.contains(&to) => serde_json::from_str::<Value>(frame).ok(),
        _ => None,
    });
    let short = |frame: Value| match (frame["type"].as_str(), &frame["message"]) {
        (Some("disconnect"), _) => format!("disconnect {}", frame["reason"].as_str().unwrap()),
        (Some(kind), _) => kind.to_owned(),
        (None, message) => format!("{} {}", message["kind"].as_str().unwrap(), message["seq"]),
    };
    frames.map(short).collect()
}

fn subscribed(room: &mut Room, id: SocketId, own: bool, log: &Updates) -> String {
    room.enter(id, entry(own), None, log, NOW);
    let identifier = identifier(json!({"nr": id}));
    let actions = room.hear(
        id,
        Some(&say("subscribe", &identifier, json!({}))),
        log,
        NOW,
    );
    assert_eq!(sent(&actions, id).last().unwrap(), "confirm_subscription");
    identifier
}

#[test]
fn a_client_is_told_what_it_missed_before_it_is_confirmed() {
    let (mut room, log) = (room(false), Updates::to(5));
    assert_eq!(
        sent(&room.enter(1, entry(true), None, &log, NOW), 1),
        ["welcome"]
    );
    for (more, told) in [
        (
            json!({"epoch": "e", "since": 3}),
            vec!["component-update 4", "component-update 5"],
        ),
        (json!({"epoch": "e", "since": 5}), vec![]),
        (json!({"epoch": "other", "since": 5}), vec!["full-reload 5"]),
        (json!({"epoch": "e"}), vec![]),
        (json!({"since": 1}), vec![]),
    ] {
        let text = say("subscribe", &identifier(more), json!({}));
        let expected = [told, vec!["confirm_subscription"]].concat();
        assert_eq!(sent(&room.hear(1, Some(&text), &log, NOW), 1), expected);
        // Said once more, it is confirmed once more, and nothing is told twice.
        assert_eq!(
            sent(&room.hear(1, Some(&text), &log, NOW), 1),
            ["confirm_subscription"]
        );
    }
    let failed = Updates {
        failed: true,
        ..Updates::to(5)
    };
    let text = say("subscribe", &identifier(json!({"x": 1})), json!({}));
    let told = sent(&room.hear(1, Some(&text), &failed, NOW), 1);
    assert_eq!(told, ["build-error 5", "confirm_subscription"]);
}

#[test]
fn code_goes_to_our_own_clients_and_one_frame_to_all_who_are_alike() {
    let (mut room, log) = (room(false), Updates::to(5));
    let same = identifier(json!({}));
    for id in 0..4 {
        room.enter(id, entry(id < 2), None, &log, NOW);
        room.hear(id, Some(&say("subscribe", &same, json!({}))), &log, NOW);
    }
    room.enter(4, entry(true), None, &log, NOW);
    let update = envelope(EnvelopeKind::ComponentUpdate, 6);
    let actions = room.announce(&update, Some("the code"), NOW);
    assert_eq!(actions.len(), 2);
    for action in actions {
        let Action::Send(ids, frame) = action else {
            panic!("{action:?}")
        };
        let frame: Value = serde_json::from_str(&frame).unwrap();
        assert_eq!(frame["identifier"], *same);
        match frame["message"]["code"].as_str() {
            Some(code) => assert_eq!((code, ids), ("the code", vec![0, 1])),
            None => assert_eq!(ids, [2, 3]),
        }
        assert!(frame.get("offset").is_none());
    }
    assert_eq!((room.len(), room.listeners()), (5, 4));
}

#[test]
fn who_acknowledges_nothing_goes_and_who_does_stays() {
    let (mut room, log) = (room(false), Updates::to(5));
    let (_, quick) = (
        subscribed(&mut room, 1, true, &log),
        subscribed(&mut room, 2, true, &log),
    );
    let limit = Limits::default().unacknowledged as u64;
    for seq in 6..6 + limit {
        let actions = room.announce(&envelope(EnvelopeKind::ComponentUpdate, seq), None, NOW);
        assert_eq!((sent(&actions, 1).len(), sent(&actions, 2).len()), (1, 1));
        if seq % 16 == 0 {
            let data = json!({"action": "ack", "seq": seq}).to_string();
            let ack = say("message", &quick, json!({"data": data}));
            assert_eq!(room.hear(2, Some(&ack), &log, NOW), []);
        }
    }
    let actions = room.announce(&envelope(EnvelopeKind::ComponentUpdate, 999), None, NOW);
    assert_eq!(sent(&actions, 1), ["disconnect server_restart"]);
    assert!(actions.contains(&Action::Close(1, 1013, "too far behind")));
    assert_eq!(sent(&actions, 2), ["component-update 999"]);
    assert!(!room.has(1));
}

#[test]
fn a_flood_is_measured_by_the_clock() {
    let (mut room, log) = (room(false), Updates::to(5));
    subscribed(&mut room, 1, true, &log);
    let limits = Limits::default();
    for _ in 1..limits.burst {
        assert_eq!(room.hear(1, Some("{}"), &log, NOW), []);
    }
    for second in 1..4 {
        for _ in 0..limits.rate {
            assert_eq!(room.hear(1, Some("{}"), &log, NOW + second * 1000), []);
        }
    }
    let actions = room.hear(1, Some("{}"), &log, NOW + 3_000);
    assert_eq!(sent(&actions, 1), ["disconnect invalid_request"]);
    assert_eq!(room.hear(1, Some("{}"), &log, NOW + 9_000), []);
    assert!(room.is_empty());
}

#[test]
fn a_private_app_wants_a_token_for_as_long_as_it_is_heard() {
    let (mut room, log) = (room(true), Updates::to(5));
    let hour = NOW + 3_600_000;
    let token = identifier(json!({"token": format!("until {hour}")}));
    let plain = identifier(json!({}));
    room.enter(1, entry(true), None, &log, NOW);
    for wrong in [
        &plain,
        &identifier(json!({"token": format!("until {NOW}")})),
    ] {
        let actions = room.hear(1, Some(&say("subscribe", wrong, json!({}))), &log, NOW);
        assert_eq!(sent(&actions, 1), ["reject_subscription"]);
    }
    let actions = room.hear(1, Some(&say("subscribe", &token, json!({}))), &log, NOW);
    assert_eq!(sent(&actions, 1), ["confirm_subscription"]);
    let shown = Entry {
        until: Some(hour + 1),
        ..entry(true)
    };
    room.enter(2, shown, None, &log, NOW);
    room.hear(2, Some(&say("subscribe", &plain, json!({}))), &log, NOW);
    let mut hear = |now| {
        let actions = room.announce(&envelope(EnvelopeKind::CssUpdate, 6), None, now);
        (sent(&actions, 1), sent(&actions, 2))
    };
    let (update, gone) = (
        vec!["css-update 6".to_owned()],
        vec!["disconnect unauthorized".to_owned()],
    );
    assert_eq!(hear(hour - 1), (update.clone(), update.clone()));
    assert_eq!(hear(hour), (gone.clone(), update));
    assert_eq!(hear(hour + 1), (vec![], gone));
}

#[test]
fn what_is_kept_is_all_that_is_needed_to_go_on() {
    let (mut before, log) = (room(false), Updates::to(5));
    let identifier = subscribed(&mut before, 7, true, &log);
    let kept = before.kept(7).unwrap();
    let mut after = room(false);
    assert!(after.wake(7, &kept, NOW));
    assert!(!after.wake(8, b"{", NOW) && !after.wake(8, b"", NOW));
    let update = envelope(EnvelopeKind::ComponentUpdate, 6);
    assert_eq!(
        after.announce(&update, Some("code"), NOW),
        before.announce(&update, Some("code"), NOW)
    );
    after.hear(
        7,
        Some(&say("unsubscribe", &identifier, json!({}))),
        &log,
        NOW,
    );
    assert_eq!(after.announce(&update, None, NOW), []);
}

#[test]
fn what_is_kept_fits_what_the_platform_keeps() {
    let limits = Limits {
        identifier: 8_000,
        ..Limits::default()
    };
    let mut room = Room::new(limits, "app".to_owned(), false);
    let log = Updates::to(5);
    room.enter(1, entry(true), None, &log, NOW);
    let mut answers = Vec::new();
    for nr in 0..3 {
        let long = identifier(json!({"nr": nr, "long": "ü".repeat(3_000)}));
        let actions = room.hear(1, Some(&say("subscribe", &long, json!({}))), &log, NOW);
        answers.extend(sent(&actions, 1));
        assert!(room.kept(1).unwrap().len() <= Limits::KEPT);
    }
    assert_eq!(
        answers[1..],
        ["confirm_subscription", "reject_subscription"]
    );
}

#[test]
fn anycables_clients_ask_for_what_they_missed() {
    let (mut room, log) = (room(false), Updates::to(9));
    let own = identifier(json!({}));
    room.enter(1, extended(), None, &log, NOW);
    let mut ask = |command: &str, history: Value| {
        let text = say(command, &own, json!({"history": history}));
        sent(&room.hear(1, Some(&text), &log, NOW), 1)
    };
    let place = |epoch: &str, offset: u64| json!({"since": 1, "streams": {"preview:app": {"epoch": epoch, "offset": offset}}});
    let since = |seq: u64| json!({"since": (NOW + seq * 1000) / 1000});
    assert_eq!(ask("history", json!({})), Vec::<String>::new());
    let updates = |from: u64| (from..=9).map(|seq| format!("component-update {seq}"));
    let answered = |from: u64| updates(from).chain(["confirm_history".to_owned()]);
    let first = ["confirm_subscription".to_owned()]
        .into_iter()
        .chain(answered(8));
    assert_eq!(ask("subscribe", place("e", 7)), first.collect::<Vec<_>>());
    for from in [3, 6, 8, 9, 10] {
        assert_eq!(
            ask("history", place("e", from - 1)),
            answered(from).collect::<Vec<_>>()
        );
        assert_eq!(
            ask("history", since(from)),
            answered(from).collect::<Vec<_>>()
        );
    }
    assert_eq!(
        ask("history", place("other", 7)),
        ["full-reload 9", "reject_history"]
    );
    // The log does not reach that far back.
    assert_eq!(ask("history", since(1)), ["reject_history"]);
    assert_eq!(ask("history", json!({})), ["confirm_history"]);
}

#[test]
fn a_session_is_taken_up_with_what_may_still_be_heard() {
    let (mut room, log) = (room(false), Updates::to(5));
    room.enter(1, extended(), None, &log, NOW);
    let open = identifier(json!({}));
    let shown = identifier(json!({"token": format!("until {}", NOW + 10)}));
    for identifier in [&open, &shown] {
        room.hear(1, Some(&say("subscribe", identifier, json!({}))), &log, NOW);
    }
    let (sid, session) = room.session(1).unwrap();
    assert_eq!(sid, "sid");
    room.leave(1);
    for (private, now, ids) in [
        (false, NOW, vec![&open, &shown]),
        (true, NOW, vec![&shown]),
        (true, NOW + 10, vec![]),
    ] {
        room.change("app".to_owned(), private);
        let actions = room.enter(2, extended(), Some(&session), &log, now);
        let Action::Send(_, welcome) = &actions[1] else {
            panic!("{actions:?}")
        };
        let welcome: Value = serde_json::from_str(welcome).unwrap();
        assert_eq!(welcome["restored"], true);
        assert_eq!(welcome["restored_ids"], json!(ids));
        let actions = room.announce(&envelope(EnvelopeKind::CssUpdate, 6), None, now);
        assert_eq!(sent(&actions, 2).len(), ids.len());
    }
    room.leave(2);
    room.enter(3, entry(false), None, &log, NOW);
    assert_eq!(room.session(3), None);
}

#[test]
fn those_that_are_silent_for_long_are_forgotten() {
    let (mut room, log) = (room(false), Updates::to(5));
    for id in 1..4 {
        subscribed(&mut room, id, true, &log);
    }
    let heard = |id: SocketId| (id == 2).then_some(NOW + 30_000);
    assert_eq!(room.forget_silent(heard, NOW + 45_000), []);
    let actions = room.forget_silent(heard, NOW + 45_001);
    assert_eq!(sent(&actions, 1), ["disconnect server_restart"]);
    assert!(room.has(2) && !room.has(1) && !room.has(3));
}

#[test]
fn whoever_is_here_goes_when_the_app_is_closed_renamed_or_gone() {
    let log = Updates::to(5);
    let all = |change: &dyn Fn(&mut Room) -> Vec<Action>| {
        let mut room = room(false);
        subscribed(&mut room, 1, true, &log);
        let actions = change(&mut room);
        let closed = actions
            .iter()
            .any(|action| matches!(action, Action::Close(1, 1000, _)));
        assert_eq!(closed, room.is_empty());
        sent(&actions, 1)
    };
    let to =
        |slug: &'static str, private| move |room: &mut Room| room.change(slug.to_owned(), private);
    assert_eq!(all(&to("app", true)), ["disconnect unauthorized"]);
    assert_eq!(all(&to("new", false)), ["disconnect remote"]);
    assert_eq!(all(&to("new", true)), ["disconnect unauthorized"]);
    assert_eq!(all(&to("app", false)), Vec::<String>::new());
    assert_eq!(
        all(&|room| room.clear(Reason::Remote, false)),
        ["disconnect remote"]
    );
}

#[test]
fn a_log_that_cannot_be_read_sends_the_client_back_later() {
    let (mut room, log) = (room(false), Updates::to(5));
    room.enter(1, entry(true), None, &log, NOW);
    log.broken.set(true);
    let actions = room.hear(
        1,
        Some(&say("subscribe", &identifier(json!({})), json!({}))),
        &log,
        NOW,
    );
    assert_eq!(sent(&actions, 1), ["disconnect server_restart"]);
    assert!(room.is_empty());
}

#[test]
fn subprotocols_are_chosen_in_the_clients_order() {
    for (offered, chosen) in [
        (
            "actioncable-v1-json, actioncable-unsupported",
            (Protocol::Plain, Some("actioncable-v1-json")),
        ),
        (
            "x,actioncable-v1-ext-json,actioncable-v1-json",
            (Protocol::Extended, Some("actioncable-v1-ext-json")),
        ),
        (
            "actioncable-unsupported",
            (Protocol::Plain, Some("actioncable-unsupported")),
        ),
        ("graphql-ws", (Protocol::Plain, None)),
        ("", (Protocol::Plain, None)),
    ] {
        assert_eq!(choose(offered), chosen, "{offered}");
    }
}

#[test]
fn what_is_confided_reaches_those_who_showed_something() {
    let log = Updates::to(0);
    let mut room = room(false);
    let until = |until| Entry {
        until,
        ..entry(false)
    };
    room.enter(1, until(None), None, &log, NOW);
    room.enter(2, until(Some(u64::MAX)), None, &log, NOW);
    room.enter(3, until(Some(NOW + 10)), None, &log, NOW);
    room.enter(4, until(None), None, &log, NOW);
    let plain = identifier(json!({}));
    let token = identifier(json!({"token": format!("until {}", NOW + 10)}));
    for (id, identifier) in [(1, &plain), (2, &plain), (3, &plain), (4, &token)] {
        let text = say("subscribe", identifier, json!({}));
        room.hear(id, Some(&text), &log, NOW);
    }
    let told = envelope(EnvelopeKind::Custom, 0);
    let heard = |now| {
        let actions = room.confide(&told, now);
        [1, 2, 3, 4].map(|id| sent(&actions, id).len())
    };
    assert_eq!(heard(NOW), [0, 1, 1, 1]);
    assert_eq!(heard(NOW + 10), [0, 1, 0, 0]);
}
