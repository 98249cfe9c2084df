//! Runs of the workflow.

use super::{
    Fake, Repository,
    answers::{Refs, fault, json_answer},
};
use crate::github::WORKFLOW_PATH;
use overskill_ports::ApiResponse;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Run {
    title: String,
    conclusion: Option<String>,
}

fn shown(at: usize, run: &Run) -> Value {
    let status = if run.conclusion.is_some() {
        "completed"
    } else {
        "queued"
    };
    json!({"id": at + 1, "html_url": "", "display_title": run.title, "status": status, "conclusion": run.conclusion})
}

impl Repository {
    pub fn on_actions(&mut self, asked: &Refs<'_>, parts: &[&str]) -> ApiResponse {
        match (asked.method, parts) {
            ("POST", [.., "dispatches"]) => {
                let head = self.branches.get("main").map(|at| &self.commits[at]);
                let there =
                    head.is_some_and(|commit| self.trees[&commit.tree].contains_key(WORKFLOW_PATH));
                if !there {
                    return fault(404, "Not Found");
                }
                let request = asked.body["inputs"]["request"].as_str().unwrap();
                self.runs.push(Run {
                    title: format!("OverSkill {request}"),
                    conclusion: None,
                });
                json_answer(204, Value::Null)
            }
            ("GET", [.., "workflows", _, "runs"]) => {
                let runs: Value = self
                    .runs
                    .iter()
                    .enumerate()
                    .map(|(at, run)| shown(at, run))
                    .collect();
                json_answer(200, json!({"workflow_runs": runs}))
            }
            ("GET", ["actions", "runs", id]) => {
                let at = id.parse::<usize>().unwrap() - 1;
                json_answer(200, shown(at, &self.runs[at]))
            }
            _ => panic!("{}", asked.path),
        }
    }
}

impl Fake {
    pub fn runs(&self) -> usize {
        self.with(|repository| repository.runs.len())
    }

    pub fn finish_runs(&self, conclusion: &str) {
        self.with(|repository| {
            for run in &mut repository.runs {
                run.conclusion = Some(conclusion.to_owned());
            }
        });
    }
}
