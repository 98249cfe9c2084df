//! The package builders of the background Worker, asked by an app's object.

use futures_util::StreamExt;
use overskill_flows::{
    build::Packages,
    packages::{Asked, PackageRequest, PackageSheets, Phase, Progress, Rates, SheetRequest, Told},
};
use overskill_packages::PackageSet;
use overskill_platform::Bucket;
use overskill_ports::{Blobs, Fault};
use overskill_protocol::{BuildPhase, BuildProgress, Frames};
use std::cell::Cell;
use worker::{Env, Method, Request, RequestInit};

/// The package builders behind the binding `PACKAGES`.
pub(crate) struct BoundPackages<'a> {
    pub env: &'a Env,
    /// Hears how far they are.
    pub hear: &'a dyn Fn(BuildProgress),
    /// How the caches did.
    pub rates: Cell<Rates>,
}

impl Packages for BoundPackages<'_> {
    async fn build(&self, request: PackageRequest) -> Result<PackageSet, Fault> {
        match self.ask(Asked::Set(Box::new(request))).await? {
            Told::Set(set, rates) => {
                self.rates.set(rates);
                Ok(*set)
            }
            told => Err(told.unexpected()),
        }
    }

    async fn chunk(&self, key: &str) -> Result<Vec<u8>, Fault> {
        let chunk = Bucket { env: self.env }.get(key).await?;
        chunk.ok_or_else(|| Fault(format!("{key} is not there")))
    }

    async fn sheets(&self, request: SheetRequest) -> Result<PackageSheets, Fault> {
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
    async fn ask(&self, asked: Asked) -> Result<Told, Fault> {
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
