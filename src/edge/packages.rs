//! `PackageBuilder`: builds a set of npm packages away from the apps' objects. Named by what is asked, so that equal
//! requests share one build; it keeps nothing, R2 is the store.

#![allow(missing_docs, reason = "what the macro generates has none")]

use crate::{
    adapters::{BoundCompiler, Bucket, Registry, WallClock, within},
    later::{self, Later, Waiting},
};
use futures_util::{StreamExt, lock::Mutex};
use overskill_flows::{
    build::Packages,
    news::{News, Teller, news},
    packages::{
        PackageRequest, PackageSheets, Phase, Progress, Rates, SheetRequest, Supplies, Tally,
        build_packages, package_sheets,
    },
};
use overskill_model::ContentHash;
use overskill_packages::PackageSet;
use overskill_ports::{Blobs, Clock, Fault};
use overskill_protocol::{BuildPhase, BuildProgress, Frames, framed};
use serde::{Deserialize, Serialize};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object,
};

/// How long a phase is quiet between two pieces of news, in milliseconds.
const OFTEN: f64 = 50.0;

/// How long a build may take: an app's own registry may answer as slowly as it is let. What it did is kept.
const LONGEST: Duration = Duration::from_secs(300);

/// What a builder is asked for.
#[derive(Serialize, Deserialize)]
enum Asked {
    Set(Box<PackageRequest>),
    Sheets(Box<SheetRequest>),
}

impl Asked {
    fn key(&self) -> ContentHash {
        match self {
            Self::Set(request) => request.key(),
            Self::Sheets(request) => request.key(),
        }
    }
}

/// What a builder tells, one after the other; nothing follows what was asked for, or a fault.
#[derive(Serialize, Deserialize)]
enum Told {
    Progress(Progress),
    Set(Box<PackageSet>, Rates),
    Sheets(Box<PackageSheets>, Rates),
    Fault(String),
}

type Listeners = RefCell<BTreeMap<u64, Teller<Progress, Told>>>;

/// One build at a time; who waits hears how far it is, and then finds it built.
#[durable_object]
pub struct PackageBuilder {
    state: State,
    builder: Rc<Builder>,
}

struct Builder {
    env: Env,
    turn: Mutex<()>,
    listeners: Listeners,
    count: Cell<u64>,
}

impl DurableObject for PackageBuilder {
    fn new(state: State, env: Env) -> Self {
        let builder = Builder {
            env,
            turn: Mutex::new(()),
            listeners: Listeners::default(),
            count: Cell::new(0),
        };
        Self {
            state,
            builder: Rc::new(builder),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let asked: Asked = request.json().await?;
        let (teller, listener) = news();
        let builder = self.builder.clone();
        let number = builder.count.get();
        builder.count.set(number + 1);
        builder.listeners.borrow_mut().insert(number, teller);
        // Others may wait for the same build, and the next one finds what it did.
        self.state.wait_until(async move {
            let (told, waiting) = builder.build(&asked).await;
            let teller = builder.listeners.borrow_mut().remove(&number);
            if let Some(teller) = teller {
                teller.end(told);
            }
            later::put(&builder.env, waiting).await;
        });
        Response::from_stream(listener.map(|news| {
            let told = match news {
                News::Progress(progress) => Told::Progress(progress),
                News::End(told) => told,
            };
            Ok::<_, worker::Error>(framed(&serde_json::to_vec(&told)?))
        }))
    }
}

impl Builder {
    /// What came of it, and what is to be stored once that is told.
    async fn build(&self, asked: &Asked) -> (Told, Waiting) {
        let _turn = self.turn.lock().await;
        let env = &self.env;
        let tally = Tally::default();
        let last = Cell::new(None);
        let hear = |progress: Progress| {
            let now = WallClock.now();
            let (phase, often) = (progress.phase, |at| now - at < OFTEN);
            if last
                .get()
                .is_some_and(|(told, at)| told == phase && often(at))
            {
                return;
            }
            last.set(Some((phase, now)));
            for teller in self.listeners.borrow().values() {
                teller.tell(progress);
            }
        };
        let blobs = Later::new(env);
        let compiler = BoundCompiler::new(env);
        let supplies = Supplies {
            blobs: &blobs,
            http: &Registry,
            compiler: &compiler,
            clock: &WallClock,
            tally: &tally,
            hear: &hear,
        };
        let started = WallClock.now();
        let built = async {
            match asked {
                Asked::Set(request) => build_packages(request, &supplies)
                    .await
                    .map(|set| Told::Set(Box::new(set), tally.rates())),
                Asked::Sheets(request) => package_sheets(request, &supplies)
                    .await
                    .map(|sheets| Told::Sheets(Box::new(sheets), tally.rates())),
            }
        };
        let built = within(LONGEST, built).await;
        let line = serde_json::json!({
            "event": "packages", "ms": WallClock.now() - started, "caches": tally.rates(),
            "fault": built.as_ref().err().map(|fault| &fault.0), "compilerBytes": compiler.memory.get(),
        });
        worker::console_log!("{line}");
        let told = built.unwrap_or_else(|fault| Told::Fault(fault.0));
        (told, blobs.waiting())
    }
}

/// The package builders behind the binding `PACKAGES`.
pub(crate) struct BoundPackages<'a> {
    pub env: &'a Env,
    /// Hears how far they are.
    pub hear: &'a dyn Fn(BuildProgress),
    /// How the caches did.
    pub rates: Cell<Rates>,
}

impl Packages for BoundPackages<'_> {
    async fn build(&self, request: PackageRequest) -> std::result::Result<PackageSet, Fault> {
        match self.ask(Asked::Set(Box::new(request))).await? {
            Told::Set(set, rates) => {
                self.rates.set(rates);
                Ok(*set)
            }
            told => Err(told.unexpected()),
        }
    }

    async fn chunk(&self, key: &str) -> std::result::Result<Vec<u8>, Fault> {
        let chunk = Bucket { env: self.env }.get(key).await?;
        chunk.ok_or_else(|| Fault(format!("{key} is not there")))
    }

    async fn sheets(&self, request: SheetRequest) -> std::result::Result<PackageSheets, Fault> {
        match self.ask(Asked::Sheets(Box::new(request))).await? {
            Told::Sheets(sheets, rates) => {
                self.rates.set(rates);
                Ok(*sheets)
            }
            told => Err(told.unexpected()),
        }
    }
}

impl BoundPackages<'_> {
    /// One call of the builder that is named by what is asked: how it ends.
    async fn ask(&self, asked: Asked) -> std::result::Result<Told, Fault> {
        let fault = |error: worker::Error| Fault(error.to_string());
        let builders = self.env.durable_object("PACKAGES").map_err(fault)?;
        let builder = builders
            .get_by_name(&asked.key().to_string())
            .map_err(fault)?;
        let body = serde_json::to_string(&asked).map_err(|error| Fault(error.to_string()))?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body.into()));
        let call = Request::new_with_init("https://packages/", &init).map_err(fault)?;
        let mut response = builder.fetch_with_request(call).await.map_err(fault)?;
        let mut stream = response.stream().map_err(fault)?;
        let mut frames = Frames::default();
        while let Some(bytes) = stream.next().await {
            frames.push(&bytes.map_err(fault)?);
            while let Some(message) = frames.next_message() {
                let told = serde_json::from_slice(&message);
                match told.map_err(|error| Fault(error.to_string()))? {
                    Told::Progress(progress) => (self.hear)(shown(progress)),
                    told => return Ok(told),
                }
            }
        }
        Err(Fault("the package builder's answer broke off".to_owned()))
    }
}

impl Told {
    /// The fault that it is where something else is awaited.
    fn unexpected(self) -> Fault {
        match self {
            Self::Fault(cause) => Fault(cause),
            _ => Fault("the package builder answered another question".to_owned()),
        }
    }
}

fn shown(Progress { phase, done, total }: Progress) -> BuildProgress {
    BuildProgress {
        phase: match phase {
            Phase::Resolve => BuildPhase::Resolve,
            Phase::Fetch => BuildPhase::Fetch,
            Phase::Compile => BuildPhase::Packages,
        },
        done: done as u64,
        total: total as u64,
    }
}
