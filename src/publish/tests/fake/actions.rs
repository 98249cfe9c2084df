//! Runs of the workflow, and what they put out.

use super::{
    Failure, Fake, Repository,
    answers::{Refs, fault, json_answer},
};
use crate::github::{Oid, WORKFLOW_PATH};
use overskill_model::ContentHash;
use overskill_ports::{ApiRequest, ApiResponse, Fault};
use serde_json::{Value, json};
use std::{
    future::pending,
    io::{Cursor, Write},
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Where outputs are kept.
const STORE: &str = "https://store.test/";

#[derive(Debug, Clone)]
pub struct Run {
    pub request: String,
    pub variables: String,
    pub branch: String,
    pub commit: Oid,
    pub status: &'static str,
    pub conclusion: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Artifact {
    pub run: usize,
    pub name: String,
    pub zip: Vec<u8>,
    /// What is said of it instead of what is so.
    pub lie: Value,
}

fn shown(at: usize, run: &Run) -> Value {
    json!({
        "id": at + 1, "html_url": format!("https://github.test/runs/{}", at + 1),
        "display_title": format!("OverSkill {}", run.request), "event": "workflow_dispatch",
        "path": WORKFLOW_PATH, "head_branch": run.branch, "head_sha": run.commit,
        "status": run.status, "conclusion": run.conclusion,
    })
}

/// A zip of these files.
pub fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

impl Repository {
    pub fn on_actions(&mut self, asked: &Refs<'_>, parts: &[&str]) -> ApiResponse {
        let at = |id: &str| id.parse::<usize>().unwrap() - 1;
        match (asked.method, parts) {
            ("POST", [.., "dispatches"]) => self.dispatch(asked.body),
            ("GET", [.., "workflows", _, "runs"]) => {
                let (_, query) = asked.path.split_once('?').unwrap();
                let branch = query.split('&').find_map(|it| it.strip_prefix("branch="));
                let branch = branch.map(|branch| branch.replace("%2F", "/"));
                let own = |run: &Run| branch.as_ref().is_none_or(|branch| *branch == run.branch);
                let runs = self.runs.iter().enumerate().rev();
                let runs = runs.filter(|(_, run)| own(run));
                let runs: Value = runs.map(|(at, run)| shown(at, run)).collect();
                json_answer(200, json!({"workflow_runs": runs}))
            }
            ("GET", ["actions", "runs", id]) => json_answer(200, shown(at(id), &self.runs[at(id)])),
            ("GET", ["actions", "runs", _, "jobs"]) => {
                let steps = json!([{"name": "Install", "conclusion": "success"}, {"name": "Build", "conclusion": "failure"}]);
                json_answer(200, json!({"jobs": [{"steps": steps}]}))
            }
            ("POST", ["actions", "runs", id, "cancel"]) => {
                let run = &mut self.runs[at(id)];
                if run.conclusion.is_some() {
                    return fault(409, "Cannot cancel a workflow run that is completed.");
                }
                (run.status, run.conclusion) = ("completed", Some("cancelled".to_owned()));
                json_answer(202, json!({}))
            }
            ("GET", ["actions", "runs", id, "artifacts"]) => {
                let all = self.artifacts.iter().enumerate();
                let own = all.filter(|(_, artifact)| artifact.run == at(id));
                let listed: Value = own
                    .map(|(at, artifact)| self.artifact(at, artifact))
                    .collect();
                json_answer(200, json!({"artifacts": listed}))
            }
            ("GET", ["actions", "artifacts", id, "zip"]) => ApiResponse {
                status: 302,
                headers: [("location".to_owned(), format!("{STORE}{id}"))].into(),
                body: Vec::new(),
            },
            _ => panic!("{} {}", asked.method, asked.path),
        }
    }

    fn dispatch(&mut self, body: &Value) -> ApiResponse {
        let head = self.branches.get("main").map(|at| &self.commits[at]);
        if !head.is_some_and(|commit| self.trees[&commit.tree].contains_key(WORKFLOW_PATH)) {
            return fault(404, "Not Found");
        }
        let text = |at: &Value| at.as_str().unwrap_or_default().to_owned();
        let branch = text(&body["ref"]);
        let Some(commit) = self.branches.get(&branch).copied() else {
            return fault(422, "No ref found");
        };
        self.runs.push(Run {
            request: text(&body["inputs"]["request"]),
            variables: text(&body["inputs"]["variables"]),
            branch,
            commit,
            status: "queued",
            conclusion: None,
        });
        json_answer(204, Value::Null)
    }

    fn artifact(&self, at: usize, artifact: &Artifact) -> Value {
        let run = &self.runs[artifact.run];
        let mut told = json!({
            "id": at + 1, "name": artifact.name, "size_in_bytes": artifact.zip.len(), "expired": false,
            "digest": format!("sha256:{}", ContentHash::of(&artifact.zip)),
            "workflow_run": {"id": artifact.run + 1, "head_branch": run.branch, "head_sha": run.commit},
        });
        for (name, value) in artifact.lie.as_object().into_iter().flatten() {
            told[name] = value.clone();
        }
        told
    }
}

impl Fake {
    pub fn runs(&self) -> usize {
        self.with(|repository| repository.runs.len())
    }

    pub fn finish_runs(&self, conclusion: &str) {
        self.with(|repository| {
            for run in &mut repository.runs {
                (run.status, run.conclusion) = ("completed", Some(conclusion.to_owned()));
            }
        });
    }

    /// The runs that haven't ended do, and put out what they made of their commit.
    pub fn build_runs(&self) {
        self.with(|repository| {
            for at in 0..repository.runs.len() {
                let run = repository.runs[at].clone();
                if run.conclusion.is_some() {
                    continue;
                }
                let tree = &repository.trees[&repository.commits[&run.commit].tree];
                let text = |oid| String::from_utf8(repository.blobs[oid].clone()).unwrap();
                let page = format!("built {}", text(&tree["index.html"]));
                let zip = zipped(&[("index.html", &page), ("assets/main.js", &run.variables)]);
                self.put_out(repository, at, &format!("overskill-{}", run.request), zip);
            }
        });
        self.finish_runs("success");
    }

    /// A run puts something out.
    pub fn put_out(&self, repository: &mut Repository, run: usize, name: &str, zip: Vec<u8>) {
        repository.artifacts.push(Artifact {
            run,
            name: name.to_owned(),
            zip,
            lie: Value::Null,
        });
    }

    /// What is asked of others than the API.
    pub async fn elsewhere(&self, request: &ApiRequest) -> Result<ApiResponse, Fault> {
        let id = request.url.strip_prefix(STORE).expect("it is the store");
        let named = |name: &str| request.headers.iter().any(|(known, _)| *known == name);
        assert!(!named("authorization"), "the token is GitHub's alone");
        self.note(request.method, &request.url);
        match self.failure(&request.url) {
            Some(Failure::Unreached | Failure::AnswerLost) => {
                return Err(Fault("the connection was lost".to_owned()));
            }
            Some(Failure::Broken | Failure::Limited { .. }) => return Ok(fault(503, "busy")),
            Some(Failure::CrashBefore | Failure::CrashAfter) => pending().await,
            None => {}
        }
        let zip = self.with(|repository| {
            repository.artifacts[id.parse::<usize>().unwrap() - 1]
                .zip
                .clone()
        });
        Ok(ApiResponse {
            status: 200,
            headers: Default::default(),
            body: zip,
        })
    }
}
