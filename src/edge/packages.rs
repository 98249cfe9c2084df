//! `PackageBuilder`: builds a set of npm packages away from the apps' objects. Named by what is asked, so that equal
//! requests share one build; it keeps nothing, R2 is the store.

#![allow(missing_docs, reason = "what the macro generates has none")]

use crate::{
    adapters::{BoundCompiler, Registry, WallClock},
    later::{self, Later},
};
use futures_util::lock::Mutex;
use overskill_flows::{
    build::Packages,
    packages::{PackageRequest, Supplies, Tally, build_packages},
};
use overskill_packages::PackageSet;
use overskill_ports::{Clock, Fault};
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object,
};

/// One build at a time; who waits finds it built.
#[durable_object]
pub struct PackageBuilder {
    state: State,
    env: Env,
    turn: Mutex<()>,
}

impl DurableObject for PackageBuilder {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            turn: Mutex::new(()),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let asked: PackageRequest = request.json().await?;
        let _turn = self.turn.lock().await;
        let env = &self.env;
        let tally = Tally::default();
        let blobs = Later::new(env);
        let supplies = Supplies {
            blobs: &blobs,
            http: &Registry,
            compiler: &BoundCompiler { env },
            clock: &WallClock,
            tally: &tally,
            hear: &|_| {},
        };
        let started = WallClock.now();
        let built = build_packages(&asked, &supplies).await;
        self.state
            .wait_until(later::put(env.clone(), blobs.waiting()));
        let line = serde_json::json!({
            "event": "packages", "ms": WallClock.now() - started, "caches": tally.rates(),
            "fault": built.as_ref().err().map(|fault| &fault.0),
        });
        worker::console_log!("{line}");
        match built {
            Ok(set) => Response::from_json(&set),
            Err(fault) => Response::error(fault.0, 503),
        }
    }
}

/// The package builders behind the binding `PACKAGES`.
pub(crate) struct BoundPackages<'a> {
    pub env: &'a Env,
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
        match response.status_code() {
            200 => response.json().await.map_err(fault),
            _ => Err(Fault(response.text().await.map_err(fault)?)),
        }
    }
}
