//! Somebody else commits to the branch: nothing of theirs is lost or undone, nothing is forced, one pull request carries
//! what we have.

use super::{Failure, Rig};

fn shared() -> Rig {
    let rig = Rig::new();
    rig.write(1, &[("a", "1"), ("b", "b")]);
    rig.run_for(60.0);
    rig.github.human("main", "README.md", "by hand");
    rig.write(2, &[("a", "2"), ("b", "b")]);
    rig
}

#[test]
fn a_commit_by_hand_is_left_alone_and_versions_wait_in_one_pull_request() {
    let rig = shared();
    let theirs = rig.github.head("main");
    rig.run_for(60.0);
    assert_eq!(rig.github.head("main"), theirs);
    assert_eq!(rig.github.files("overskill/2"), rig.files());
    rig.write(3, &[("a", "3"), ("b", "b")]);
    rig.run_for(60.0);
    let pulls = rig.github.pulls();
    assert_eq!(pulls.len(), 1);
    assert_eq!(pulls[0].title, "OverSkill: version 3");
    assert_eq!(rig.versions("overskill/2"), [1, 2, 3]);
    assert_eq!(rig.github.files("overskill/2"), rig.files());

    rig.github.merge_pull(1);
    assert_eq!(rig.github.files("main")["README.md"], "by hand");
    rig.write(4, &[("a", "4")]);
    rig.run_for(60.0);
    assert_eq!(
        rig.github.pulls().len(),
        2,
        "the branch still has what the app has not"
    );
    rig.github.merge_pull(2);
    assert_eq!(
        rig.github.files("main").len(),
        2,
        "README.md stays, `b` goes"
    );

    // The app takes the file over: from then on there is nothing to ask.
    rig.write(5, &[("a", "4"), ("README.md", "by hand")]);
    rig.run_for(60.0);
    rig.write(6, &[("a", "6"), ("README.md", "by hand")]);
    rig.run_for(60.0);
    assert_eq!(rig.github.pulls().len(), 2);
    assert_eq!(rig.github.files("main"), rig.files());
}

#[test]
fn a_pull_request_that_is_closed_is_a_no_to_what_it_had() {
    let rig = shared();
    rig.run_for(60.0);
    rig.github.close_pull(1);
    rig.run_for(86_400.0);
    assert_eq!(rig.github.pulls().len(), 1);
    rig.write(3, &[("a", "3"), ("b", "b")]);
    rig.run_for(60.0);
    let pulls = rig.github.pulls();
    assert_eq!((pulls.len(), &*pulls[1].head), (2, "overskill/3"));
    // What was by hand is undone by hand.
    rig.write(4, &[("a", "3"), ("b", "b"), ("README.md", "by hand")]);
    rig.github.human("main", "a", "3");
    rig.run_for(60.0);
    assert!(rig.github.pulls().iter().all(|pull| !pull.open));
}

#[test]
fn whichever_call_fails_there_is_one_pull_request_with_one_commit_a_version() {
    for number in 1..=22 {
        for how in [
            Failure::AnswerLost,
            Failure::CrashBefore,
            Failure::CrashAfter,
            Failure::Broken,
        ] {
            let rig = shared();
            rig.github.fail_at(rig.github.calls() + number, how);
            rig.run_for(3600.0);
            rig.write(3, &[("a", "3"), ("b", "b")]);
            rig.run_for(3600.0);
            let what = format!("call {number} {how:?}");
            assert_eq!(rig.github.pulls().len(), 1, "{what}");
            assert_eq!(rig.versions("overskill/2"), [1, 2, 3], "{what}");
            assert_eq!(rig.github.files("overskill/2"), rig.files(), "{what}");
            assert_eq!(rig.versions("main"), [1], "{what}");
        }
    }
}

#[test]
fn a_commit_that_lands_while_ours_is_made_wins() {
    let rig = Rig::new();
    rig.write(1, &[("a", "1")]);
    rig.run_for(60.0);
    rig.write(2, &[("a", "2")]);
    rig.github
        .human_before("/git/refs/heads/main", "b", "by hand");
    rig.run_for(60.0);
    assert_eq!(rig.versions("main"), [1]);
    assert_eq!(rig.github.pulls().len(), 1);
    assert_eq!(rig.github.files("overskill/2"), rig.files());
}

#[test]
fn ours_that_landed_unheard_under_theirs_is_not_made_again() {
    let rig = Rig::new();
    rig.write(1, &[("a", "1")]);
    rig.run_for(60.0);
    rig.write(2, &[("a", "2")]);
    rig.github
        .fail_on("/git/refs/heads/main", Failure::CrashAfter);
    rig.run_for(31.0);
    rig.github.human("main", "b", "by hand");
    rig.github.human("main", "c", "by hand");
    rig.run_for(3600.0);
    assert_eq!(rig.versions("main"), [1, 2]);
    assert!(rig.github.pulls().is_empty());
    assert_eq!(rig.publication().outbox.pending, None);
}

#[test]
fn a_repository_that_was_there_is_asked_first() {
    let rig = Rig::new();
    rig.github.make_repository("shop", "OverSkill app_1");
    rig.github.begin("README.md", "hello");
    rig.write(1, &[("a", "1")]);
    rig.run_for(60.0);
    assert_eq!(rig.github.files("overskill/1"), rig.files());
    rig.github.merge_pull(1);
    rig.write(2, &[("a", "2")]);
    rig.run_for(60.0);
    assert_eq!(rig.github.files("main"), rig.files());
    assert_eq!(rig.github.pulls().len(), 1);
}

#[test]
fn another_branch_begins_where_the_first_one_is_and_another_repository_anew() {
    let rig = Rig::new();
    rig.write(1, &[("a", "1")]);
    rig.run_for(60.0);
    rig.settings.borrow_mut().repository.branch = "release/1".to_owned();
    rig.write(2, &[("a", "2")]);
    rig.run_for(60.0);
    assert_eq!(rig.versions("release/1"), [1, 2]);
    assert_eq!(rig.versions("main"), [1]);
    rig.settings.borrow_mut().repository.name = "another".to_owned();
    rig.hurry();
    rig.run_for(60.0);
    assert_eq!(rig.github.files("release/1"), rig.files());
    assert!(rig.github.pulls().is_empty());
}
