//! `PackageBuilder`: builds a set of npm packages away from the apps' objects. Named by what is asked, so that equal
//! requests share one build; it keeps nothing, R2 is the store.

#![allow(missing_docs, reason = "what the macro generates has none")]

use futures_util::{StreamExt, lock::Mutex};
use overskill_flows::{
    news::{News, Teller, news},
    packages::{Asked, Progress, Supplies, Tally, Told, build_packages, package_sheets},
};
use overskill_platform::{
    BoundCompiler, Registry, WallClock,
    later::{self, Later, Waiting},
    within,
};
use overskill_ports::Clock;
use overskill_protocol::framed;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// How long a phase is quiet between two pieces of news, in milliseconds.
const OFTEN: f64 = 50.0;

/// How long a build may take: an app's own registry may answer as slowly as it is let. What it did is kept.
const LONGEST: Duration = Duration::from_secs(300);

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
