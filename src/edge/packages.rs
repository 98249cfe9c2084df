//! `PackageBuilder`: builds a set of npm packages away from the apps' objects. Named by what is asked, so that equal
//! requests share one build; it keeps nothing, R2 is the store.

#![allow(missing_docs, reason = "what the macro generates has none")]

use crate::adapters::{BoundCompiler, Bucket, Registry, WallClock};
use futures_util::lock::Mutex;
use overskill_flows::{
    build::Packages,
    packages::{
        PackageRequest, PackageSheets, SheetRequest, Supplies, Tally, build_packages,
        package_sheets,
    },
};
use overskill_model::ContentHash;
use overskill_packages::PackageSet;
use overskill_ports::{Clock, Fault};
use serde::{Serialize, de::DeserializeOwned};
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object,
};

/// Where sheets are asked for.
const SHEETS: &str = "/sheets";

/// One build at a time; who waits finds it built.
#[durable_object]
pub struct PackageBuilder {
    env: Env,
    turn: Mutex<()>,
}

impl DurableObject for PackageBuilder {
    fn new(_: State, env: Env) -> Self {
        Self {
            env,
            turn: Mutex::new(()),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let sheets = request.path() == SHEETS;
        let body = request.bytes().await?;
        let _turn = self.turn.lock().await;
        let env = &self.env;
        let tally = Tally::default();
        let supplies = Supplies {
            blobs: &Bucket { env },
            http: &Registry,
            compiler: &BoundCompiler { env },
            clock: &WallClock,
            tally: &tally,
            hear: &|_| {},
        };
        let started = WallClock.now();
        if sheets {
            let asked: SheetRequest = serde_json::from_slice(&body)?;
            return match package_sheets(&asked, &supplies).await {
                Ok(sheets) => Response::from_json(&sheets),
                Err(fault) => Response::error(fault.0, 503),
            };
        }
        let asked: PackageRequest = serde_json::from_slice(&body)?;
        let built = build_packages(&asked, &supplies).await;
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
        self.ask("/", &request.key(), &request).await
    }

    async fn sheets(&self, request: SheetRequest) -> std::result::Result<PackageSheets, Fault> {
        self.ask(SHEETS, &request.key(), &request).await
    }
}

impl BoundPackages<'_> {
    /// One call of the builder that is named by a key.
    async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        key: &ContentHash,
        question: &impl Serialize,
    ) -> std::result::Result<A, Fault> {
        let fault = |error: worker::Error| Fault(error.to_string());
        let builders = self.env.durable_object("PACKAGES").map_err(fault)?;
        let builder = builders.get_by_name(&key.to_string()).map_err(fault)?;
        let body = serde_json::to_string(question).map_err(|error| Fault(error.to_string()))?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body.into()));
        let address = format!("https://packages{path}");
        let call = Request::new_with_init(&address, &init).map_err(fault)?;
        let mut response = builder.fetch_with_request(call).await.map_err(fault)?;
        match response.status_code() {
            200 => response.json().await.map_err(fault),
            _ => Err(Fault(response.text().await.map_err(fault)?)),
        }
    }
}
