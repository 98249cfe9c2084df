//! Publishing against a GitHub in memory: every call made to fail in every way, and days of outage in simulated time.

mod conflicts;
mod failures;
mod fake;
mod orders;
mod rig;

use fake::Failure;
use rig::Rig;

#[test]
fn an_app_becomes_a_repository_and_versions_become_commits() {
    let rig = Rig::new();
    rig.write(
        1,
        &[("index.html", "<p>"), ("src/main.ts", "1"), ("empty", "")],
    );
    rig.run_for(60.0);
    assert_eq!(rig.github.files("main"), rig.files());
    assert_eq!(rig.versions("main"), [1]);
    rig.write(2, &[("index.html", "<p>"), ("src/main.ts", "2")]);
    rig.run_for(10.0);
    rig.write(3, &[("index.html", "<p>"), ("src/other.ts", "2")]);
    rig.run_for(300.0);
    assert_eq!(rig.github.files("main"), rig.files());
    assert_eq!(rig.versions("main"), [1, 3]);
    let commit = rig.publication().commit.unwrap();
    assert_eq!((commit.version, &*commit.branch), (3, "main"));
    assert_eq!(commit.sha, rig.github.head("main"));
}

#[test]
fn only_what_changed_is_sent() {
    let rig = Rig::new();
    let large = "x".repeat(100_000);
    rig.write(1, &[("a", &large), ("b", "b"), ("c", "")]);
    rig.run_for(60.0);
    let uploads = |rig: &Rig| rig.github.count("POST", "/git/blobs");
    assert_eq!(
        uploads(&rig),
        1,
        "the empty one; the large one began the repository"
    );
    rig.write(
        2,
        &[("moved/a", &large), ("b", "other"), ("c", ""), ("d", "")],
    );
    rig.run_for(60.0);
    assert_eq!(uploads(&rig), 1);
    assert_eq!(rig.github.files("main"), rig.files());
    let calls = rig.github.calls();
    rig.write(
        3,
        &[("moved/a", &large), ("b", "third"), ("c", ""), ("d", "")],
    );
    rig.run_for(60.0);
    assert_eq!(
        rig.github.calls() - calls,
        6,
        "head, its commit, its tree; a tree, a commit, the branch"
    );
}

#[test]
fn a_token_is_asked_for_when_the_last_one_ends_or_is_taken_back() {
    let rig = Rig::new();
    let tokens = |rig: &Rig| rig.github.count("POST", "/access_tokens");
    rig.write(1, &[("a", "1")]);
    rig.run_for(60.0);
    rig.write(2, &[("a", "2")]);
    rig.run_for(60.0);
    assert_eq!(tokens(&rig), 1);
    rig.write(3, &[("a", "3")]);
    rig.run_for(3600.0);
    rig.write(4, &[("a", "4")]);
    rig.run_for(60.0);
    assert_eq!(tokens(&rig), 2);
    rig.github.revoke();
    rig.write(5, &[("a", "5")]);
    rig.run_for(60.0);
    assert_eq!(tokens(&rig), 3);
    assert_eq!(rig.versions("main"), [1, 2, 3, 4, 5]);
}

#[test]
fn limits_are_obeyed_and_work_goes_on_where_it_stopped() {
    let rig = Rig::new();
    let large: Vec<_> = (0..20).map(|n| format!("{n}").repeat(50_000)).collect();
    let names: Vec<_> = (0..20).map(|n| format!("f{n}")).collect();
    let files: Vec<_> = names
        .iter()
        .zip(&large)
        .map(|(name, text)| (&**name, &**text))
        .collect();
    rig.write(1, &files);
    rig.github.fail_at(
        15,
        Failure::Limited {
            after: Some(3600),
            reset: None,
        },
    );
    rig.github.fail_at(
        25,
        Failure::Limited {
            after: None,
            reset: Some(7200),
        },
    );
    let asked = rig.run_for(60.0);
    assert!(asked >= 15);
    assert_eq!(rig.run_for(3000.0), 0, "nothing is asked before the time");
    rig.run_for(3600.0 * 3.0);
    assert_eq!(rig.versions("main"), [1]);
    // 20 files, one of which began the repository.
    assert!(
        rig.github.count("POST", "/git/blobs") <= 21,
        "what was sent is not sent again"
    );
}

#[test]
fn a_refusal_is_shown_and_ends_when_somebody_acts() {
    let rig = Rig::new();
    rig.github.make_repository("shop", "somebody's");
    rig.write(1, &[("a", "1")]);
    rig.run_for(7200.0);
    let told = rig.publication().outbox.tries.told.unwrap();
    assert_eq!(told.code, "repository-exists");
    rig.settings.borrow_mut().repository.adopt = true;
    rig.hurry();
    rig.run_for(1.0);
    assert_eq!(rig.versions("main"), [1]);
    assert_eq!(rig.publication().outbox.tries, Default::default());
}

#[test]
fn messages_co_authors_and_what_git_cannot_hold() {
    let rig = Rig::new();
    rig.settings.borrow_mut().co_authors = vec!["Ada <ada@example.org>".to_owned()];
    rig.said.borrow_mut().push((1, "A shop".to_owned()));
    rig.write(1, &[("a", "1"), (".git/config", "no"), ("b/.GIT/x", "no")]);
    rig.run_for(60.0);
    assert_eq!(rig.github.files("main").len(), 1);
    let wanted = "A shop\n\nOverSkill-Version: 1\nCo-authored-by: Ada <ada@example.org>";
    assert_eq!(rig.github.message("main"), wanted);
    let left_out = rig.publication().commit.unwrap().left_out;
    assert_eq!(left_out, [".git/config", "b/.GIT/x"]);
}

#[test]
fn the_workflow_is_dispatched_once_and_its_run_is_read_until_it_ends() {
    let rig = Rig::new();
    rig.settings.borrow_mut().workflow = true;
    rig.write(1, &[("a", "1")]);
    rig.ask_build("r1", 1);
    // The answer to the dispatch is lost.
    rig.github.fail_on("/dispatches", Failure::AnswerLost);
    rig.run_for(120.0);
    assert_eq!(rig.github.runs(), 1);
    let run = |rig: &Rig| rig.publication().build.unwrap().run.unwrap();
    assert_eq!(run(&rig).status, "queued");
    rig.github.finish_runs("success");
    rig.run_for(3600.0);
    assert_eq!(run(&rig).conclusion.as_deref(), Some("success"));
    assert_eq!(rig.run_for(86_400.0), 0, "nobody looks at what has ended");
    assert!(
        rig.github
            .files("main")
            .contains_key(crate::github::WORKFLOW_PATH)
    );
}

#[test]
fn a_repository_that_is_deleted_is_made_again_when_somebody_says_so() {
    let rig = Rig::new();
    rig.write(1, &[("a", "1"), ("b", "")]);
    rig.run_for(60.0);
    rig.github.repositories.borrow_mut().clear();
    rig.write(2, &[("a", "2"), ("b", "")]);
    rig.run_for(7200.0);
    assert!(rig.github.repositories.borrow().is_empty());
    let told = rig.publication().outbox.tries.told.unwrap();
    assert_eq!(told.code, "repository-gone");
    rig.change_settings();
    rig.run_for(60.0);
    assert_eq!(rig.github.files("main"), rig.files());
    assert!(rig.github.pulls().is_empty());
}
