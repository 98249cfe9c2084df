//! What a repository answers to calls on its objects and branches.

use super::{Commit, Repository};
use crate::github::{Oid, tests_tree};
use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_ports::ApiResponse;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct Refs<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub body: &'a Value,
}

pub fn json_answer(status: u16, body: Value) -> ApiResponse {
    ApiResponse {
        status,
        headers: BTreeMap::new(),
        body: body.to_string().into_bytes(),
    }
}

pub fn fault(status: u16, message: &str) -> ApiResponse {
    json_answer(status, json!({"message": message}))
}

fn oid(value: &Value) -> Oid {
    Oid::parse(value.as_str().unwrap()).unwrap()
}

impl Repository {
    pub fn store(&mut self, bytes: &[u8]) -> Oid {
        let oid = Oid::blob(bytes);
        self.blobs.insert(oid, bytes.to_vec());
        oid
    }

    pub fn store_tree(&mut self, files: BTreeMap<String, Oid>) -> Oid {
        let oid = tests_tree(&files);
        self.trees.insert(oid, files);
        oid
    }

    pub fn store_commit(&mut self, tree: Oid, parents: Vec<Oid>, message: String, by: &str) -> Oid {
        let oid = Oid::blob(format!("{tree} {parents:?} {message} {by}").as_bytes());
        let commit = Commit {
            tree,
            parents,
            message,
        };
        self.commits.insert(oid, commit);
        oid
    }

    /// A commit and all before it.
    pub fn before(&self, commit: Oid) -> BTreeSet<Oid> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![commit]);
        while let Some(at) = next.pop() {
            if seen.insert(at) {
                next.extend(&self.commits[&at].parents);
            }
        }
        seen
    }

    pub fn answer(&mut self, asked: &Refs<'_>, rest: &str) -> ApiResponse {
        let empty = self.branches.is_empty();
        let body = asked.body;
        let (rest, _) = rest.split_once('?').unwrap_or((rest, ""));
        let parts: Vec<_> = rest.split('/').collect();
        match (asked.method, &parts[..]) {
            ("GET", [""]) => json_answer(
                200,
                json!({"description": self.description, "default_branch": "main"}),
            ),
            ("GET", ["branches"]) => {
                let names = self.branches.keys().map(|name| json!({"name": name}));
                json_answer(200, names.collect())
            }
            ("PUT", ["contents", ..]) => self.put(&rest["contents/".len()..], body),
            ("POST" | "GET", ["pulls", ..]) | ("PATCH", ["pulls", ..]) => {
                self.on_pulls(asked, &parts)
            }
            (_, ["actions", ..]) => self.on_actions(asked, &parts),
            (_, ["git", ..]) if empty => fault(409, "Git Repository is empty."),
            ("GET", ["git", "ref", "heads", ..]) => {
                match self.branches.get(&rest["git/ref/heads/".len()..]) {
                    Some(at) => json_answer(200, json!({"object": {"sha": at}})),
                    None => fault(404, "Not Found"),
                }
            }
            ("GET", ["git", "commits", name]) => match self.commits.get(&Oid::parse(name).unwrap())
            {
                Some(commit) => {
                    let parents: Value =
                        commit.parents.iter().map(|at| json!({"sha": at})).collect();
                    json_answer(
                        200,
                        json!({"tree": {"sha": commit.tree}, "parents": parents}),
                    )
                }
                None => fault(404, "Not Found"),
            },
            ("GET", ["git", "trees", name]) => {
                let files = &self.trees[&Oid::parse(name).unwrap()];
                let entries = files
                    .iter()
                    .map(|(path, oid)| json!({"path": path, "type": "blob", "sha": oid}));
                json_answer(200, json!({"tree": entries.collect::<Value>()}))
            }
            ("GET", ["compare", range]) => self.compare(range),
            ("POST", ["git", "blobs"]) => {
                let bytes = STANDARD.decode(body["content"].as_str().unwrap()).unwrap();
                json_answer(201, json!({"sha": self.store(&bytes)}))
            }
            ("POST", ["git", "trees"]) => self.make_tree(body),
            ("POST", ["git", "commits"]) => {
                let parents: Vec<_> = body["parents"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(oid)
                    .collect();
                let known = self.trees.contains_key(&oid(&body["tree"]))
                    && parents
                        .iter()
                        .all(|parent| self.commits.contains_key(parent));
                if !known {
                    return fault(422, "Tree SHA does not exist");
                }
                let message = body["message"].as_str().unwrap().to_owned();
                let by = body["author"].to_string();
                let made = self.store_commit(oid(&body["tree"]), parents, message, &by);
                json_answer(201, json!({"sha": made}))
            }
            ("POST", ["git", "refs"]) => {
                let name = body["ref"]
                    .as_str()
                    .unwrap()
                    .strip_prefix("refs/heads/")
                    .unwrap();
                if self.branches.contains_key(name) {
                    return fault(422, "Reference already exists");
                }
                self.branches.insert(name.to_owned(), oid(&body["sha"]));
                json_answer(201, json!({}))
            }
            ("DELETE", ["git", "refs", "heads", ..]) => {
                match self.branches.remove(&rest["git/refs/heads/".len()..]) {
                    Some(_) => ApiResponse {
                        status: 204,
                        ..ApiResponse::default()
                    },
                    None => fault(422, "Reference does not exist"),
                }
            }
            ("PATCH", ["git", "refs", "heads", ..]) => {
                assert_eq!(body["force"], false);
                let (name, to) = (&rest["git/refs/heads/".len()..], oid(&body["sha"]));
                let at = self.branches[name];
                if !self.before(to).contains(&at) {
                    return fault(422, "Update is not a fast forward");
                }
                self.branches.insert(name.to_owned(), to);
                json_answer(200, json!({}))
            }
            _ => panic!("{} {}", asked.method, asked.path),
        }
    }

    fn put(&mut self, path: &str, body: &Value) -> ApiResponse {
        let head = self.branches.get("main").copied();
        let mut files = head.map_or_else(BTreeMap::new, |head| {
            self.trees[&self.commits[&head].tree].clone()
        });
        if files.contains_key(path) {
            return fault(422, "\"sha\" wasn't supplied.");
        }
        let bytes = STANDARD.decode(body["content"].as_str().unwrap()).unwrap();
        files.insert(path.to_owned(), self.store(&bytes));
        let tree = self.store_tree(files);
        let message = body["message"].as_str().unwrap().to_owned();
        let commit = self.store_commit(tree, head.into_iter().collect(), message, "");
        self.branches.insert("main".to_owned(), commit);
        json_answer(201, json!({}))
    }

    fn make_tree(&mut self, body: &Value) -> ApiResponse {
        assert!(body.get("base_tree").is_none());
        let mut files = BTreeMap::new();
        for entry in body["tree"].as_array().unwrap() {
            let oid = match entry["content"].as_str() {
                Some(text) => self.store(text.as_bytes()),
                None => oid(&entry["sha"]),
            };
            if !self.blobs.contains_key(&oid) {
                return fault(422, "tree.sha is not a valid blob");
            }
            files.insert(entry["path"].as_str().unwrap().to_owned(), oid);
        }
        json_answer(201, json!({"sha": self.store_tree(files)}))
    }

    fn compare(&self, range: &str) -> ApiResponse {
        let (base, head) = range.split_once("...").unwrap();
        let (base, head) = (Oid::parse(base).unwrap(), Oid::parse(head).unwrap());
        if !self.commits.contains_key(&base) {
            return fault(404, "Not Found");
        }
        let status = match self.before(head).contains(&base) {
            true if base == head => "identical",
            true => "ahead",
            false => "diverged",
        };
        json_answer(200, json!({"status": status}))
    }
}
