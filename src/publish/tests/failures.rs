//! Every call fails in every way; GitHub is away for a day; whoever calls crashes: no commit is lost, none is made twice.

use super::{Failure, Rig};

const WAYS: [Failure; 6] = [
    Failure::Unreached,
    Failure::AnswerLost,
    Failure::Broken,
    Failure::CrashBefore,
    Failure::CrashAfter,
    Failure::Limited {
        after: Some(120),
        reset: None,
    },
];

/// Two versions with everything that a push can have: contents sent by themselves, a workflow, a build.
fn story(fail: &[(usize, Failure)]) -> Rig {
    let rig = Rig::new();
    for (number, how) in fail {
        rig.github.fail_at(*number, *how);
    }
    rig.settings.borrow_mut().workflow = true;
    let large = "x".repeat(70_000);
    rig.write(
        1,
        &[("index.html", "<p>"), ("large", &large), ("empty", "")],
    );
    rig.ask_build("r1", 1);
    rig.run_for(7200.0);
    rig.write(2, &[("index.html", "<b>"), ("src/large", &large)]);
    rig.run_for(7200.0);
    rig
}

fn check(rig: &Rig, what: &str) {
    let mut files = rig.github.files("main");
    files.remove(crate::github::WORKFLOW_PATH);
    assert_eq!(files, rig.files(), "{what}");
    assert_eq!(rig.versions("main"), [1, 2], "{what}");
    assert_eq!(
        rig.github.history("main").len(),
        3,
        "{what}: the first commit and two"
    );
    assert_eq!(rig.github.runs(), 1, "{what}");
    assert!(rig.github.pulls().is_empty(), "{what}");
    assert_eq!(rig.publication().outbox.pending, None, "{what}");
}

#[test]
fn whichever_call_fails_however_every_version_is_committed_once() {
    let undisturbed = story(&[]);
    check(&undisturbed, "undisturbed");
    // Looks at the run that never ends are left out.
    for number in 1..=30 {
        for how in WAYS {
            let rig = story(&[(number, how)]);
            check(&rig, &format!("call {number} {how:?}"));
        }
    }
}

#[test]
fn two_failures_are_no_worse_than_one() {
    for number in 1..=24 {
        for next in 1..=4 {
            for (one, other) in [
                (Failure::AnswerLost, Failure::CrashAfter),
                (Failure::CrashAfter, Failure::AnswerLost),
                (Failure::CrashAfter, Failure::CrashBefore),
            ] {
                let rig = story(&[(number, one), (number + next, other)]);
                check(
                    &rig,
                    &format!("calls {number} {one:?} and {next} later {other:?}"),
                );
            }
        }
    }
}

#[test]
fn a_day_of_outage_loses_and_doubles_nothing_and_is_not_stormed() {
    let rig = Rig::new();
    rig.write(1, &[("a", "1")]);
    rig.run_for(60.0);
    rig.github.down_for(86_400.0);
    let mut calls = 0;
    for version in 2..=145 {
        rig.write(version, &[("a", &version.to_string()), ("b", "b")]);
        calls += rig.run_for(600.0);
    }
    assert_eq!(rig.versions("main"), [1]);
    assert!((8..40).contains(&calls), "{calls} calls in a day");
    // Within the longest wait it is there.
    rig.run_for(4.0 * 3600.0 + 60.0);
    assert_eq!(rig.versions("main"), [1, 145]);
    assert_eq!(rig.github.files("main"), rig.files());
}

#[test]
fn crashes_every_few_calls_for_days_end_in_one_commit_a_version() {
    for step in 3..9 {
        let rig = Rig::new();
        for number in (step..4000).step_by(step) {
            let how = if number % 2 == 0 {
                Failure::CrashAfter
            } else {
                Failure::CrashBefore
            };
            rig.github.fail_at(number, how);
        }
        for version in 1..=20 {
            rig.write(version, &[("a", &version.to_string()), ("b", "b")]);
            rig.run_for(4.0 * 3600.0);
        }
        let wanted: Vec<u64> = (1..=20).collect();
        if step > 6 {
            assert_eq!(rig.versions("main"), wanted, "every {step} calls");
        }
        assert!(rig.crashes.get() > 5);
        let mut seen = rig.versions("main");
        seen.dedup();
        assert_eq!(seen, rig.versions("main"), "every {step} calls");
    }
}
