//! GitHub in memory: Git's object model, as far as the calls that are made of it reach, and every way in which a call can
//! fail.

pub mod actions;
mod answers;
mod pulls;

use super::rig::Time;
use crate::github::Oid;
use answers::{Refs, fault, json_answer};
use overskill_ports::{Api, ApiRequest, ApiResponse, Clock, Fault};
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::pending,
    rc::Rc,
};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Failure {
    /// It never arrives.
    Unreached,
    /// It does what it says, and the answer is lost.
    AnswerLost,
    /// The server fails before it does anything.
    Broken,
    /// Whoever calls crashes before it arrives.
    CrashBefore,
    /// Whoever calls crashes once it has done what it says.
    CrashAfter,
    /// It is refused for a while, in seconds.
    Limited {
        after: Option<u64>,
        reset: Option<u64>,
    },
}

#[derive(Debug, Clone)]
pub struct Commit {
    pub tree: Oid,
    pub parents: Vec<Oid>,
    pub message: String,
}

#[derive(Debug, Default)]
pub struct Repository {
    pub description: String,
    pub blobs: BTreeMap<Oid, Vec<u8>>,
    /// Every tree with all that is below it, by path.
    pub trees: BTreeMap<Oid, BTreeMap<String, Oid>>,
    pub commits: BTreeMap<Oid, Commit>,
    pub branches: BTreeMap<String, Oid>,
    pub pulls: Vec<pulls::Pull>,
    pub runs: Vec<actions::Run>,
    pub artifacts: Vec<actions::Artifact>,
}

pub struct Fake {
    pub clock: Rc<Time>,
    pub repositories: RefCell<BTreeMap<String, Repository>>,
    token: Cell<u64>,
    expires: Cell<f64>,
    asked: RefCell<Vec<(&'static str, String)>>,
    failures: RefCell<BTreeMap<usize, Failure>>,
    on: RefCell<Vec<(String, Failure)>>,
    outage: Cell<f64>,
    hands: RefCell<Option<[String; 3]>>,
}

impl Fake {
    pub fn new(clock: Rc<Time>) -> Self {
        Self {
            clock,
            repositories: RefCell::default(),
            token: Cell::new(0),
            expires: Cell::new(0.0),
            asked: RefCell::default(),
            failures: RefCell::default(),
            on: RefCell::default(),
            outage: Cell::new(0.0),
            hands: RefCell::default(),
        }
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.asked.borrow().len()
    }

    /// How many there were of a kind.
    pub fn count(&self, method: &str, part: &str) -> usize {
        let asked = self.asked.borrow();
        let those = asked
            .iter()
            .filter(|(was, path)| *was == method && path.contains(part));
        those.count()
    }

    /// Makes the call of this number, from 1 on, fail.
    pub fn fail_at(&self, number: usize, how: Failure) {
        self.failures.borrow_mut().insert(number, how);
    }

    /// Makes the next call whose address has this part fail.
    pub fn fail_on(&self, part: &str, how: Failure) {
        self.on.borrow_mut().push((part.to_owned(), how));
    }

    /// Nothing is answered for so many seconds.
    pub fn down_for(&self, seconds: f64) {
        self.outage.set(self.clock.now() + seconds * 1000.0);
    }

    /// Takes the token back.
    pub fn revoke(&self) {
        self.token.set(self.token.get() + 1);
    }

    pub fn make_repository(&self, name: &str, description: &str) {
        let repository = Repository {
            description: description.to_owned(),
            ..Repository::default()
        };
        self.repositories
            .borrow_mut()
            .insert(name.to_owned(), repository);
    }

    /// Runs `work` on the only repository.
    pub fn with<T>(&self, work: impl FnOnce(&mut Repository) -> T) -> T {
        let mut all = self.repositories.borrow_mut();
        work(all.values_mut().next().expect("there is a repository"))
    }

    pub fn head(&self, branch: &str) -> Oid {
        self.with(|repository| repository.branches[branch])
    }

    /// The files of a branch.
    pub fn files(&self, branch: &str) -> BTreeMap<String, String> {
        self.with(|repository| {
            let commit = &repository.commits[&repository.branches[branch]];
            let text = |oid: &Oid| String::from_utf8(repository.blobs[oid].clone()).unwrap();
            let files = repository.trees[&commit.tree].iter();
            files.map(|(path, oid)| (path.clone(), text(oid))).collect()
        })
    }

    /// The messages of a branch's commits, the newest first, along first parents.
    pub fn history(&self, branch: &str) -> Vec<String> {
        self.with(|repository| {
            let mut at = repository.branches.get(branch).copied();
            let mut messages = Vec::new();
            while let Some(commit) = at.map(|at| &repository.commits[&at]) {
                messages.push(commit.message.clone());
                at = commit.parents.first().copied();
            }
            messages
        })
    }

    pub fn message(&self, branch: &str) -> String {
        self.history(branch).remove(0)
    }

    /// Somebody commits a file to a branch.
    pub fn human(&self, branch: &str, path: &str, text: &str) -> Oid {
        self.with(|repository| {
            let parent = repository.branches[branch];
            let mut files = repository.trees[&repository.commits[&parent].tree].clone();
            files.insert(path.to_owned(), repository.store(text.as_bytes()));
            let tree = repository.store_tree(files);
            let commit =
                repository.store_commit(tree, vec![parent], format!("By hand: {path}"), "");
            repository.branches.insert(branch.to_owned(), commit);
            commit
        })
    }

    /// Somebody commits a file to `main` right before the next call whose address has this part.
    pub fn human_before(&self, part: &str, path: &str, text: &str) {
        self.hands
            .replace(Some([part, path, text].map(str::to_owned)));
    }

    /// Somebody makes the first commit of an empty repository.
    pub fn begin(&self, path: &str, text: &str) {
        self.with(|repository| {
            let blob = repository.store(text.as_bytes());
            let tree = repository.store_tree(BTreeMap::from([(path.to_owned(), blob)]));
            let commit = repository.store_commit(tree, Vec::new(), "Hello".to_owned(), "");
            repository.branches.insert("main".to_owned(), commit);
        });
    }

    fn note(&self, method: &'static str, path: &str) {
        self.asked.borrow_mut().push((method, path.to_owned()));
    }

    fn failure(&self, path: &str) -> Option<Failure> {
        if self.clock.now() < self.outage.get() {
            return Some(Failure::Unreached);
        }
        let mut on = self.on.borrow_mut();
        if let Some(at) = on.iter().position(|(part, _)| path.contains(&**part)) {
            return Some(on.remove(at).1);
        }
        self.failures.borrow_mut().remove(&self.calls())
    }

    fn limited(&self, after: Option<u64>, reset: Option<u64>) -> ApiResponse {
        let mut response = json_answer(
            403,
            serde_json::json!({"message": "You have exceeded a secondary rate limit."}),
        );
        if let Some(after) = after {
            response
                .headers
                .insert("retry-after".to_owned(), after.to_string());
        }
        if let Some(reset) = reset {
            let at = (self.clock.now() / 1000.0) as u64 + reset;
            response
                .headers
                .insert("x-ratelimit-remaining".to_owned(), "0".to_owned());
            response
                .headers
                .insert("x-ratelimit-reset".to_owned(), at.to_string());
        }
        response
    }

    fn answer(&self, method: &str, path: &str, token: &str, body: &Value) -> ApiResponse {
        let refs = Refs { method, path, body };
        if path.ends_with("/installation") {
            return json_answer(200, serde_json::json!({"id": 5}));
        }
        if path == "/app/installations/5/access_tokens" {
            self.token.set(self.token.get() + 1);
            self.expires.set(self.clock.now() + 3_600_000.0);
            let expires = crate::github::tests_time(self.expires.get());
            let token = format!("t{}", self.token.get());
            return json_answer(
                201,
                serde_json::json!({"token": token, "expires_at": expires}),
            );
        }
        let good = token == format!("Bearer t{}", self.token.get());
        if !good || self.clock.now() >= self.expires.get() {
            return fault(401, "Bad credentials");
        }
        if method == "POST" && path == "/orgs/acme/repos" {
            let name = body["name"].as_str().unwrap();
            if self.repositories.borrow().contains_key(name) {
                return fault(422, "name already exists on this account");
            }
            self.make_repository(name, body["description"].as_str().unwrap());
            return json_answer(201, serde_json::json!({"name": name}));
        }
        let Some(rest) = path.strip_prefix("/repos/acme/") else {
            return fault(404, "Not Found");
        };
        let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let mut all = self.repositories.borrow_mut();
        match all.get_mut(name) {
            None => fault(404, "Not Found"),
            Some(repository) => repository.answer(&refs, rest),
        }
    }
}

impl Api for Fake {
    async fn call(&self, request: ApiRequest) -> Result<ApiResponse, Fault> {
        let Some(path) = request.url.strip_prefix("https://github.test") else {
            return self.elsewhere(&request).await;
        };
        self.note(request.method, path);
        let hand = self
            .hands
            .borrow_mut()
            .take_if(|[part, ..]| path.contains(&**part));
        if let Some([_, path, text]) = hand {
            self.human("main", &path, &text);
        }
        let failure = self.failure(path);
        match failure {
            Some(Failure::Unreached) => return Err(Fault("no route".to_owned())),
            Some(Failure::Broken) => return Ok(fault(502, "Server Error")),
            Some(Failure::CrashBefore) => pending().await,
            Some(Failure::Limited { after, reset }) => return Ok(self.limited(after, reset)),
            _ => {}
        }
        let token = request
            .headers
            .iter()
            .find(|(name, _)| *name == "authorization");
        let token = token.map(|(_, value)| &**value).unwrap_or_default();
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        let answer = self.answer(request.method, path, token, &body);
        match failure {
            Some(Failure::AnswerLost) => Err(Fault("the connection was lost".to_owned())),
            Some(Failure::CrashAfter) => pending().await,
            _ => Ok(answer),
        }
    }
}
