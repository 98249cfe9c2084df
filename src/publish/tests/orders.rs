//! Deployments that Actions build: whichever call fails however, what comes back is what was made of the deployment's own
//! version, once, and nothing is left at GitHub.

use super::{
    fake::{Failure, actions::zipped},
    rig::{Rig, now},
};
use overskill_model::ContentHash;
use overskill_ports::Blobs;
use overskill_protocol::{
    ACTIONS_OUTPUT, ACTIONS_SOURCE, ActionsBuild, ActionsEnded, ActionsOutput, ActionsSource,
};
use std::collections::BTreeMap;

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
const MINUTE: f64 = 60.0;
/// As long as a build may take, in milliseconds.
const LONGEST: f64 = 30.0 * 60_000.0;

impl Rig {
    fn kept(&self, key: &str) -> Option<Vec<u8>> {
        now(self.blobs.get(key)).unwrap().unwrap()
    }

    /// The app's object has a deployment of the newest version built.
    fn hand_over(&self, id: &str) {
        let settled = self.settled.borrow().clone().unwrap();
        let source = ActionsSource {
            version: settled.version,
            files: settled.files,
            variables: BTreeMap::from([("VITE_X".to_owned(), "x".to_owned())]),
        };
        let key = format!("actions/{id}/{ACTIONS_SOURCE}");
        let put = self.blobs.put(&key, serde_json::to_vec(&source).unwrap());
        now(put).unwrap().unwrap();
        self.ask(id);
    }

    /// It asks how far that is.
    fn ask(&self, id: &str) -> ActionsBuild {
        let (mut told, at) = (None, self.time());
        self.change(|all| told = Some(all.order(id, 1, at, LONGEST)));
        told.unwrap()
    }

    /// It doesn't want it any more.
    fn drop_order(&self, id: &str) {
        let at = self.time();
        self.change(|all| all.drop_order(id, at));
    }

    fn time(&self) -> f64 {
        self.clock.0.get()
    }

    /// What was put out of a deployment.
    fn output(&self, id: &str) -> Option<BTreeMap<String, String>> {
        let list = self.kept(&format!("actions/{id}/{ACTIONS_OUTPUT}"))?;
        let output: ActionsOutput = serde_json::from_slice(&list).unwrap();
        let text = |hash: &ContentHash| {
            let bytes = self.kept(&format!("actions/{id}/{hash}")).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let files = output.files.iter();
        Some(
            files
                .map(|(path, hash)| (path.clone(), text(hash)))
                .collect(),
        )
    }

    /// Why it failed.
    fn failure(&self, id: &str) -> (String, String) {
        match self.ask(id).ended {
            Some(ActionsEnded::Failed { code, detail }) => (code, detail),
            other => panic!("{other:?}"),
        }
    }

    /// Nothing runs any more, and no branch but these is left.
    fn is_clear(&self, branches: &[&str]) {
        self.github.with(|repository| {
            assert!(repository.runs.iter().all(|run| run.conclusion.is_some()));
            let left: Vec<_> = repository.branches.keys().collect();
            assert_eq!(left, branches);
        });
    }
}

/// An app whose first version is published.
fn published() -> Rig {
    let rig = Rig::new();
    rig.settings.borrow_mut().workflow = true;
    rig.write(1, &[("index.html", "one"), ("large", &"x".repeat(70_000))]);
    rig.run_for(MINUTE);
    rig
}

#[test]
fn it_is_built_from_its_own_version_whatever_comes_after_it() {
    let rig = published();
    rig.write(2, &[("index.html", "two")]);
    rig.hand_over("d2");
    rig.write(3, &[("index.html", "three")]);
    rig.run_for(MINUTE);
    rig.github.human("main", "index.html", "by hand");
    assert_eq!(
        rig.ask("d2").run_url.as_deref(),
        Some("https://github.test/runs/1")
    );
    rig.github.build_runs();
    rig.run_for(MINUTE);
    let told = rig.ask("d2");
    assert_eq!(told.ended, Some(ActionsEnded::Built));
    let lines: Vec<_> = told.lines.iter().map(|line| &*line.text).collect();
    assert!(
        lines[0].starts_with("GitHub's Actions were asked to build "),
        "{lines:?}"
    );
    let rest = [
        "GitHub's Actions: queued https://github.test/runs/1",
        "GitHub's Actions: success https://github.test/runs/1",
        "GitHub's Actions put out 2 files, 23 bytes",
    ];
    assert_eq!(lines[1..], rest);
    let output = rig.output("d2").unwrap();
    assert_eq!(output["index.html"], "built two");
    assert_eq!(output["assets/main.js"], r#"{"VITE_X":"x"}"#);
    rig.is_clear(&["main"]);
    assert_eq!(rig.run_for(86_400.0), 0, "nobody looks at what has ended");
    rig.drop_order("d2");
    rig.run_for(MINUTE);
    assert!(rig.publication().orders.is_empty());
}

#[test]
fn where_nothing_was_published_yet_that_comes_first() {
    let rig = Rig::new();
    rig.settings.borrow_mut().workflow = true;
    rig.write(1, &[("index.html", "one")]);
    rig.hand_over("d1");
    rig.run_for(20.0);
    assert_eq!(rig.versions("main"), [1]);
    rig.github.build_runs();
    rig.run_for(MINUTE);
    assert_eq!(rig.output("d1").unwrap()["index.html"], "built one");
    // Also where it is asked for before anything is in the store.
    let rig = Rig::new();
    rig.settings.borrow_mut().workflow = true;
    rig.write(1, &[("index.html", "one")]);
    let stored = rig.settled.take();
    rig.change(|all| all.outbox = Default::default());
    rig.settled.replace(stored.clone());
    rig.hand_over("d1");
    rig.settled.take();
    rig.run_for(5.0);
    rig.settled.replace(stored);
    let at = rig.time();
    rig.change(|all| all.stored(1, at, 30_000.0));
    rig.run_for(20.0);
    rig.github.build_runs();
    rig.run_for(MINUTE);
    assert_eq!(rig.output("d1").unwrap()["index.html"], "built one");
    // Where nothing can be published there is nothing to wait for.
    let rig = Rig::new();
    rig.github.make_repository("shop", "somebody's");
    rig.write(1, &[("index.html", "one")]);
    rig.hand_over("d1");
    rig.run_for(MINUTE);
    assert_eq!(rig.failure("d1").0, "repository-unready");
}

#[test]
fn whichever_call_fails_however_it_is_built_once_and_nothing_is_left() {
    let story = |number: usize, how: Option<Failure>| {
        let rig = published();
        rig.write(2, &[("index.html", "two"), ("new", &"y".repeat(70_000))]);
        let before = rig.github.calls();
        if let Some(how) = how {
            rig.github.fail_at(before + number, how);
        }
        rig.hand_over("d2");
        // What is pushed meanwhile takes nothing from it.
        rig.run_for(8.0 * MINUTE);
        rig.github.build_runs();
        rig.run_for(20.0 * MINUTE);
        (rig.github.calls() - before, rig)
    };
    let (calls, _) = story(0, None);
    assert!((20..80).contains(&calls), "{calls}");
    for number in 1..=calls {
        for how in WAYS {
            let (_, rig) = story(number, Some(how));
            let what = format!("call {number} {how:?}");
            let told = rig.ask("d2");
            assert_eq!(told.ended, Some(ActionsEnded::Built), "{what} {told:?}");
            assert_eq!(
                rig.output("d2").unwrap()["index.html"],
                "built two",
                "{what}"
            );
            assert_eq!(rig.versions("main"), [1, 2], "{what}");
            assert!(rig.github.runs() <= 2, "{what}");
            rig.is_clear(&["main"]);
        }
    }
}

#[test]
fn crashes_every_few_calls_end_in_one_that_is_whole() {
    for step in 4..10 {
        let rig = published();
        for number in (step..600).step_by(step) {
            let how = match number % 2 {
                0 => Failure::CrashAfter,
                _ => Failure::CrashBefore,
            };
            rig.github.fail_at(rig.github.calls() + number, how);
        }
        rig.hand_over("d1");
        for _ in 0..20 {
            rig.run_for(MINUTE);
            rig.github.build_runs();
        }
        rig.run_for(3600.0);
        assert!(rig.crashes.get() > 0);
        assert_eq!(rig.ask("d1").ended, Some(ActionsEnded::Built), "{step}");
        assert_eq!(rig.output("d1").unwrap()["index.html"], "built one");
        rig.is_clear(&["main"]);
    }
}

#[test]
fn how_a_run_ends_is_how_the_deployment_does() {
    for (conclusion, code, part) in [
        (
            "failure",
            "actions-failed",
            "ended with `failure` at `Build`.",
        ),
        ("timed_out", "actions-failed", "`timed_out`"),
        ("cancelled", "actions-cancelled", "was cancelled"),
        (
            "success",
            "actions-without-output",
            "put out nothing named `overskill-d1`",
        ),
    ] {
        let rig = published();
        rig.hand_over("d1");
        rig.run_for(MINUTE);
        rig.github.finish_runs(conclusion);
        rig.run_for(10.0 * MINUTE);
        let (told, detail) = rig.failure("d1");
        assert_eq!(told, code);
        assert!(
            detail.contains(part) && detail.ends_with("/runs/1"),
            "{detail}"
        );
        assert_eq!(rig.output("d1"), None);
        rig.is_clear(&["main"]);
    }
}

#[test]
fn what_no_output_may_be_is_not_taken() {
    let other =
        serde_json::json!({"workflow_run": {"id": 1, "head_branch": "main", "head_sha": "0"}});
    let page = ("index.html", "<p>");
    for (name, files, lie, code) in [
        (
            "overskill-d1",
            vec![page, ("../x", "")],
            None,
            "actions-output-refused",
        ),
        (
            "overskill-d1",
            vec![("__overskill/x", "")],
            None,
            "actions-output-refused",
        ),
        ("overskill-d2", vec![page], None, "actions-without-output"),
        (
            "overskill-d1",
            vec![page],
            Some(other),
            "actions-output-foreign",
        ),
        (
            "overskill-d1",
            vec![page],
            Some(serde_json::json!({"expired": true})),
            "actions-output-expired",
        ),
        (
            "overskill-d1",
            vec![page],
            Some(serde_json::json!({"size_in_bytes": 40_000_000})),
            "actions-output-too-large",
        ),
        // Damaged on its way, each time.
        (
            "overskill-d1",
            vec![page],
            Some(serde_json::json!({"digest": "sha256:0"})),
            "actions-timed-out",
        ),
    ] {
        let rig = published();
        rig.hand_over("d1");
        rig.run_for(MINUTE);
        rig.github.with(|repository| {
            rig.github.put_out(repository, 0, name, zipped(&files));
            repository.artifacts[0].lie = lie.unwrap_or_default();
        });
        rig.github.finish_runs("success");
        rig.run_for(40.0 * MINUTE);
        assert_eq!(rig.failure("d1").0, code);
        assert_eq!(rig.output("d1"), None);
        rig.is_clear(&["main"]);
    }
}

#[test]
fn runs_of_other_commits_and_branches_are_others() {
    let rig = published();
    rig.hand_over("d1");
    rig.run_for(10.0);
    // Somebody moves the branch and runs the workflow there, under the same name.
    let branch = "overskill/deployments/d1";
    let foreign = rig.github.human(branch, "index.html", "foreign");
    rig.github.with(|repository| {
        let mut run = repository.runs[0].clone();
        run.commit = foreign;
        repository.runs.push(run);
    });
    rig.github.build_runs();
    rig.run_for(MINUTE);
    assert_eq!(rig.output("d1").unwrap()["index.html"], "built one");
}

#[test]
fn one_that_nobody_wants_any_more_is_cancelled_however_far_it_is() {
    for calls in 0..14 {
        let rig = published();
        rig.hand_over("d1");
        // Stopped in its tracks, dropped, and gone on with.
        rig.github
            .fail_at(rig.github.calls() + calls, Failure::CrashBefore);
        rig.run_for(3.0);
        rig.drop_order("d1");
        rig.run_for(10.0 * MINUTE);
        rig.is_clear(&["main"]);
        assert!(rig.publication().orders.is_empty(), "{calls}");
    }
    // The branch and the run are gone even where the answers were lost.
    let rig = published();
    rig.hand_over("d1");
    rig.run_for(MINUTE);
    rig.drop_order("d1");
    rig.github.fail_on("/cancel", Failure::AnswerLost);
    rig.github
        .fail_on("/git/refs/heads/overskill", Failure::AnswerLost);
    rig.run_for(10.0 * MINUTE);
    rig.is_clear(&["main"]);
}

#[test]
fn a_run_that_never_ends_and_an_outage_of_hours_are_given_up_in_time() {
    let rig = published();
    rig.hand_over("d1");
    rig.run_for(29.0 * MINUTE);
    assert_eq!(rig.ask("d1").ended, None);
    let calls = rig.github.calls();
    rig.run_for(2.0 * MINUTE);
    let (code, detail) = rig.failure("d1");
    assert_eq!(code, "actions-timed-out");
    assert!(
        detail.contains("30 minutes") && detail.contains("`queued`"),
        "{detail}"
    );
    rig.is_clear(&["main"]);
    assert!(rig.github.calls() - calls < 12);

    let rig = published();
    rig.hand_over("d1");
    rig.run_for(MINUTE);
    rig.github.down_for(4.0 * 3600.0);
    rig.run_for(31.0 * MINUTE);
    let (code, detail) = rig.failure("d1");
    assert_eq!(code, "actions-timed-out");
    assert!(
        detail.contains("could not be had") && detail.ends_with("/runs/1"),
        "{detail}"
    );
    // Once it is back the run is cancelled.
    rig.run_for(12.0 * 3600.0);
    rig.is_clear(&["main"]);
    // Also where nobody can work on it at all.
    let rig = published();
    rig.hand_over("d1");
    rig.clock.0.set(rig.time() + LONGEST);
    assert_eq!(rig.failure("d1").0, "actions-timed-out");
}

#[test]
fn another_repository_and_none_end_it() {
    let rig = published();
    rig.hand_over("d1");
    rig.run_for(MINUTE);
    rig.settings.borrow_mut().repository.name = "another".to_owned();
    rig.hurry();
    rig.run_for(MINUTE);
    assert_eq!(rig.failure("d1").0, "repository-changed");
    let first = |repository: &str| {
        let all = rig.github.repositories.borrow();
        let found = &all[repository];
        found.runs.iter().all(|run| run.conclusion.is_some())
            && found.branches.keys().all(|branch| branch == "main")
    };
    assert!(first("shop"));
}

#[test]
fn whichever_call_of_the_store_fails_what_is_taken_in_is_whole() {
    let mut calls = 0;
    loop {
        let rig = published();
        rig.hand_over("d1");
        rig.run_for(MINUTE);
        rig.github.build_runs();
        rig.blobs.fail_after(calls);
        rig.run_for(20.0 * MINUTE);
        let failed = rig.blobs.has_failed();
        // What is read below is not to meet a failure that is left.
        rig.blobs.fail_after(usize::MAX);
        assert_eq!(rig.ask("d1").ended, Some(ActionsEnded::Built), "{calls}");
        assert_eq!(rig.output("d1").unwrap().len(), 2);
        rig.is_clear(&["main"]);
        if !failed {
            break;
        }
        calls += 1;
    }
    // Two contents and the list.
    assert_eq!(calls, 3);
}
