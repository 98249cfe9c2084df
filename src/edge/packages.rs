//! `PackageBuilder`: builds a set of npm packages away from the apps' objects. Named by what is asked, so that equal
//! requests share one build; it keeps nothing, R2 is the store.

#![allow(missing_docs, reason = "what the macro generates has none")]

use crate::adapters::{BoundCompiler, Bucket, Registry, WallClock, within};
use futures_util::{StreamExt, lock::Mutex};
use overskill_flows::{
    build::Packages,
    news::{News, Teller, news},
    packages::{PackageRequest, Phase, Progress, Rates, Supplies, Tally, build_packages},
};
use overskill_packages::PackageSet;
use overskill_ports::{Clock, Fault};
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

/// What a builder tells, one after the other; nothing follows a set or a fault.
#[derive(Serialize, Deserialize)]
enum Told {
    Progress(Progress),
    Set(Box<PackageSet>, Rates),
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
        let asked: PackageRequest = request.json().await?;
        let (teller, listener) = news();
        let builder = self.builder.clone();
        let number = builder.count.get();
        builder.count.set(number + 1);
        builder.listeners.borrow_mut().insert(number, teller);
        // Others may wait for the same build, and the next one finds what it did.
        self.state.wait_until(async move {
            let told = builder.build(&asked).await;
            let teller = builder.listeners.borrow_mut().remove(&number);
            if let Some(teller) = teller {
                teller.end(told);
            }
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
    async fn build(&self, asked: &PackageRequest) -> Told {
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
        let supplies = Supplies {
            blobs: &Bucket { env },
            http: &Registry,
            compiler: &BoundCompiler::new(env),
            clock: &WallClock,
            tally: &tally,
            hear: &hear,
        };
        let started = WallClock.now();
        let built = within(LONGEST, build_packages(asked, &supplies)).await;
        let line = serde_json::json!({
            "event": "packages", "ms": WallClock.now() - started, "caches": tally.rates(),
            "fault": built.as_ref().err().map(|fault| &fault.0),
        });
        worker::console_log!("{line}");
        match built {
            Ok(set) => Told::Set(Box::new(set), tally.rates()),
            Err(fault) => Told::Fault(fault.0),
        }
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
        let fault = |error: worker::Error| Fault(error.to_string());
        let builders = self.env.durable_object("PACKAGES").map_err(fault)?;
        let builder = builders
            .get_by_name(&request.key().to_string())
            .map_err(fault)?;
        let body = serde_json::to_string(&request).map_err(|error| Fault(error.to_string()))?;
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
                    Told::Set(set, rates) => {
                        self.rates.set(rates);
                        return Ok(*set);
                    }
                    Told::Fault(cause) => return Err(Fault(cause)),
                }
            }
        }
        Err(Fault("the package builder's answer broke off".to_owned()))
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
