//! Pull requests, and what people do with them.

use super::{
    Fake, Repository,
    answers::{Refs, fault, json_answer},
};
use overskill_ports::ApiResponse;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Pull {
    pub head: String,
    pub base: String,
    pub title: String,
    pub open: bool,
    pub merged: bool,
}

fn shown(number: usize, pull: &Pull) -> Value {
    let state = if pull.open { "open" } else { "closed" };
    json!({"number": number + 1, "html_url": format!("https://github.test/pull/{}", number + 1), "state": state, "merged": pull.merged})
}

impl Repository {
    pub fn on_pulls(&mut self, asked: &Refs<'_>, parts: &[&str]) -> ApiResponse {
        let number = parts.get(1).and_then(|text| text.parse::<usize>().ok());
        let body = asked.body;
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        match (asked.method, number) {
            ("GET", None) => {
                let open = self.pulls.iter().enumerate().filter(|(_, pull)| {
                    pull.open && asked.path.contains(&format!("head=acme:{}&", pull.head))
                });
                json_answer(200, open.map(|(at, pull)| shown(at, pull)).collect())
            }
            ("POST", None) => {
                let pull = Pull {
                    head: text("head"),
                    base: text("base"),
                    title: text("title"),
                    open: true,
                    merged: false,
                };
                let same = |other: &Pull| other.open && other.head == pull.head;
                if self.pulls.iter().any(same) {
                    return fault(422, "A pull request already exists");
                }
                self.pulls.push(pull);
                let at = self.pulls.len() - 1;
                json_answer(201, shown(at, &self.pulls[at]))
            }
            (method, Some(number)) => {
                let pull = &mut self.pulls[number - 1];
                if method == "PATCH" {
                    if let Some(title) = body["title"].as_str() {
                        pull.title = title.to_owned();
                    }
                    pull.open &= body["state"] != "closed";
                }
                json_answer(200, shown(number - 1, pull))
            }
            _ => panic!("{}", asked.path),
        }
    }
}

impl Fake {
    pub fn pulls(&self) -> Vec<Pull> {
        self.with(|repository| repository.pulls.clone())
    }

    pub fn close_pull(&self, number: usize) {
        self.with(|repository| repository.pulls[number - 1].open = false);
    }

    /// Merges one, file by file: what it changed since the common commit wins.
    pub fn merge_pull(&self, number: usize) {
        self.with(|repository| {
            let pull = repository.pulls[number - 1].clone();
            let (ours, theirs) = (
                repository.branches[&pull.base],
                repository.branches[&pull.head],
            );
            let before = repository.before(ours);
            let mut base = theirs;
            while !before.contains(&base) {
                base = repository.commits[&base].parents[0];
            }
            let files = |at| repository.trees[&repository.commits[&at].tree].clone();
            let (mut merged, base, new) = (files(ours), files(base), files(theirs));
            merged.retain(|path, _| new.contains_key(path) || !base.contains_key(path));
            let changed = new
                .into_iter()
                .filter(|(path, oid)| base.get(path) != Some(oid));
            merged.extend(changed);
            let tree = repository.store_tree(merged);
            let commit = repository.store_commit(tree, vec![ours, theirs], "Merge".to_owned(), "");
            repository.branches.insert(pull.base.clone(), commit);
            let pull = &mut repository.pulls[number - 1];
            (pull.open, pull.merged) = (false, true);
        });
    }
}
