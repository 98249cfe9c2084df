//! An app, its store, a clock that is moved, and a GitHub: driven as the object drives them, from what was saved.

use super::fake::Fake;
use crate::{
    Publication, Settings, Settled, Trees, World,
    github::{Access, Credentials, GitHub, Known, Oid, Repository},
    step,
};
use overskill_model::ContentHash;
use overskill_ports::{Blobs, Clock, Fault, MemoryBlobs, Sign};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

pub struct Time(pub Cell<f64>);

impl Clock for Time {
    fn now(&self) -> f64 {
        self.0.get()
    }
}

pub struct Key;

impl Sign for Key {
    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(b"signed".to_vec())
    }
}

#[derive(Default)]
struct Shas(RefCell<BTreeMap<ContentHash, Oid>>);

impl Known for Shas {
    fn get(&self, hash: &ContentHash) -> Option<Oid> {
        self.0.borrow().get(hash).copied()
    }

    fn put(&self, hash: ContentHash, oid: Oid) {
        self.0.borrow_mut().insert(hash, oid);
    }
}

pub struct Rig {
    pub github: Fake,
    pub clock: Rc<Time>,
    pub settings: RefCell<Settings>,
    pub said: RefCell<Vec<(u64, String)>>,
    pub crashes: Cell<usize>,
    pub blobs: MemoryBlobs,
    pub settled: RefCell<Option<Settled>>,
    saved: RefCell<String>,
    access: RefCell<Access>,
    known: Shas,
    dice: Cell<u64>,
}

impl Trees for Rig {
    async fn newest(&self) -> Result<Option<Settled>, Fault> {
        Ok(self.settled.borrow().clone())
    }

    async fn messages(&self, after: u64, to: u64) -> Result<Vec<String>, Fault> {
        let said = self.said.borrow();
        let said = said.iter().rev().filter(|(at, _)| *at > after && *at <= to);
        Ok(said.map(|(_, text)| text.clone()).collect())
    }

    fn key(&self, hash: &ContentHash) -> String {
        hash.to_string()
    }

    fn place(&self, deployment: &str) -> String {
        format!("actions/{deployment}/")
    }
}

/// What a future comes to at once; `None` where it waits for ever.
pub fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

impl Rig {
    pub fn new() -> Self {
        let clock = Rc::new(Time(Cell::new(1_800_000_000_000.0)));
        let repository = Repository {
            name: "shop".to_owned(),
            branch: "main".to_owned(),
            private: true,
            adopt: false,
            mark: "OverSkill app_1".to_owned(),
        };
        let settings = Settings {
            repository,
            ..Settings::default()
        };
        Self {
            github: Fake::new(clock.clone()),
            clock,
            settings: RefCell::new(settings),
            said: RefCell::default(),
            crashes: Cell::new(0),
            blobs: MemoryBlobs::default(),
            settled: RefCell::default(),
            saved: RefCell::new("{}".to_owned()),
            access: RefCell::default(),
            known: Shas::default(),
            dice: Cell::new(7),
        }
    }

    pub fn publication(&self) -> Publication {
        serde_json::from_str(&self.saved.borrow()).unwrap()
    }

    fn save(&self, publication: &Publication) {
        self.saved
            .replace(serde_json::to_string(publication).unwrap());
    }

    pub fn change(&self, change: impl FnOnce(&mut Publication)) {
        let mut publication = self.publication();
        change(&mut publication);
        self.save(&publication);
    }

    /// A version settles.
    pub fn write(&self, version: u64, files: &[(&str, &str)]) {
        let mut by_path = BTreeMap::new();
        for (path, text) in files {
            let hash = ContentHash::of(text.as_bytes());
            let key = hash.to_string();
            now(self.blobs.put(&key, text.as_bytes().to_vec()))
                .unwrap()
                .unwrap();
            by_path.insert((*path).to_owned(), hash);
        }
        self.settled.replace(Some(Settled {
            version,
            files: by_path,
        }));
        let at = self.clock.now();
        self.change(|all| all.outbox.settled(version, at, 30_000.0));
    }

    pub fn hurry(&self) {
        let at = self.clock.now();
        self.change(|all| all.outbox.hurry(0, at));
    }

    pub fn change_settings(&self) {
        let at = self.clock.now();
        self.change(|all| all.changed(0, at));
    }

    pub fn ask_build(&self, request: &str, version: u64) {
        let at = self.clock.now();
        self.change(|all| all.ask_build(request.to_owned(), version, at));
    }

    /// The files of the newest version, as GitHub should have them.
    pub fn files(&self) -> BTreeMap<String, String> {
        let settled = self.settled.borrow().clone().unwrap();
        let text = |hash: &ContentHash| {
            let bytes = now(self.blobs.get(&hash.to_string())).unwrap().unwrap();
            String::from_utf8(bytes.unwrap()).unwrap()
        };
        let files = settled.files.iter();
        files
            .map(|(path, hash)| (path.clone(), text(hash)))
            .collect()
    }

    /// The versions of a branch's commits that are ours, the oldest first.
    pub fn versions(&self, branch: &str) -> Vec<u64> {
        let messages = self.github.history(branch);
        let version = |text: &String| {
            let (_, after) = text.split_once("OverSkill-Version: ")?;
            after.lines().next()?.parse().ok()
        };
        messages.iter().rev().filter_map(version).collect()
    }

    /// Lets simulated seconds pass; gives how many calls GitHub got. A step that never ends is a crash: what wasn't
    /// saved is gone, and after ten seconds it is begun anew.
    pub fn run_for(&self, seconds: f64) -> usize {
        let (calls, end) = (self.github.calls(), self.clock.now() + seconds * 1000.0);
        loop {
            let due = self.publication().due(self.clock.now());
            let Some(due) = due.filter(|due| *due <= end) else {
                self.clock.0.set(end);
                return self.github.calls() - calls;
            };
            self.clock.0.set(due.max(self.clock.now()));
            self.once();
        }
    }

    /// One step.
    fn once(&self) {
        let shared = RefCell::new(self.publication());
        let settings = self.settings.borrow().clone();
        let credentials = Credentials {
            app: "1".to_owned(),
            owner: "acme".to_owned(),
            installation: None,
            url: "https://github.test".to_owned(),
        };
        let random = || {
            let next = self
                .dice
                .get()
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            self.dice.set(next);
            (next >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let access = self.access.borrow();
        let world = World {
            github: GitHub {
                api: &self.github,
                key: &Key,
                clock: &*self.clock,
                credentials: &credentials,
                access: &access,
            },
            blobs: &self.blobs,
            trees: self,
            known: &self.known,
            settings: &settings,
            random: &random,
        };
        let save = |publication: &Publication| {
            self.save(publication);
            Ok(())
        };
        let ended = now(step(&shared, &world, &save));
        drop(access);
        match ended {
            Some(outcome) => outcome.unwrap(),
            None => {
                self.crashes.set(self.crashes.get() + 1);
                self.access.take();
                self.clock.0.set(self.clock.now() + 10_000.0);
            }
        }
    }
}
