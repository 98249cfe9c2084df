//! The ports over the platform, for both Workers that use them: R2, the registry by `fetch`, the compiler by its service
//! binding, the clock.

mod api;
pub mod later;
mod media;
pub mod tally;

pub use api::Servers;
pub use media::media_type;

use futures_util::{
    StreamExt,
    future::{Either, select},
    pin_mut,
};
use overskill_flows::{packages::Rate, usage::Meter};
use overskill_module::{
    CompileBatch, CompileReply, PostcssAnswer, PostcssQuestion, SassAnswer, SassQuestion,
    TailwindAnswer, TailwindQuestion,
};
use overskill_ports::{Ask, Blobs, Clock, Compiler, Fault, Fetched, Http, Store};
use serde::{Serialize, de::DeserializeOwned};
use std::{cell::Cell, time::Duration};
use worker::{
    Delay, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    js_sys::Uint8Array,
};

/// How long one call of the compiler may take; a batch takes milliseconds.
const COMPILE: Duration = Duration::from_secs(30);
/// How long one answer of the registry may take.
const REGISTRY: Duration = Duration::from_secs(60);
/// How often a failing registry is asked.
const TRIES: u32 = 4;
/// No question is put again later than this after it was first put, however long the registry says to wait.
const LONGEST_MILLISECONDS: f64 = 20_000.0;

fn fault(error: worker::Error) -> Fault {
    Fault(error.to_string())
}

/// The time as the platform shows it: it stands still while a request computes, except locally.
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> f64 {
        worker::Date::now().as_millis() as f64
    }
}

/// The bucket `BLOBS`.
pub struct Bucket<'a> {
    /// Where the binding is.
    pub env: &'a Env,
}

impl Blobs for Bucket<'_> {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        tally::count(Meter::StoreReads, 1.0);
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        let Some(object) = bucket.get(key).execute().await.map_err(fault)? else {
            return Ok(None);
        };
        match object.body() {
            Some(body) => body.bytes().await.map(Some).map_err(fault),
            None => Err(Fault(format!("{key} came without its bytes"))),
        }
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        tally::count(Meter::StoreWrites, 1.0);
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        bucket
            .put(key, bytes)
            .execute()
            .await
            .map(drop)
            .map_err(fault)
    }
}

impl Store for Bucket<'_> {
    async fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, Fault> {
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        let (mut listed, mut cursor) = (Vec::new(), None);
        loop {
            let mut page = bucket.list().prefix(folder).limit(1000);
            if let Some(cursor) = cursor {
                page = page.cursor(cursor);
            }
            let page = page.execute().await.map_err(fault)?;
            let objects = page.objects();
            listed.extend(objects.iter().map(|object| (object.key(), object.size())));
            cursor = page.cursor();
            if !page.truncated() || cursor.is_none() {
                return Ok(listed);
            }
        }
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), Fault> {
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        bucket.delete_multiple(keys).await.map_err(fault)
    }
}

impl Bucket<'_> {
    /// The size of what is under a key; `None` when there is nothing.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        let object = bucket.head(key).await.map_err(fault)?;
        Ok(object.map(|object| object.size()))
    }

    /// Deletes a key; one that isn't there is no failure.
    pub async fn delete_one(&self, key: &str) -> Result<(), Fault> {
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        bucket.delete(key).await.map_err(fault)
    }

    /// Deletes every key that starts with `folder`.
    pub async fn delete_folder(&self, folder: &str) -> Result<(), Fault> {
        let bucket = self.env.bucket("BLOBS").map_err(fault)?;
        loop {
            // A list is of the class of writes; deleting is free.
            tally::count(Meter::StoreWrites, 1.0);
            let page = bucket.list().prefix(folder).limit(1000);
            let page = page.execute().await.map_err(fault)?;
            let keys: Vec<String> = page.objects().iter().map(worker::Object::key).collect();
            if keys.is_empty() {
                return Ok(());
            }
            bucket.delete_multiple(keys).await.map_err(fault)?;
        }
    }
}

/// The Worker behind the binding `COMPILER`.
pub struct BoundCompiler<'a> {
    env: &'a Env,
    /// How often it had Tailwind's design for a sheet prepared.
    pub designs: Cell<Rate>,
    /// The most memory that the WebAssembly it compiled with held, in bytes.
    pub memory: Cell<u64>,
}

impl Compiler for BoundCompiler<'_> {
    async fn compile(&self, batch: CompileBatch) -> Result<CompileReply, Fault> {
        let reply: CompileReply = self.ask("compile", &batch).await?;
        self.memory.set(self.memory.get().max(reply.memory_bytes));
        Ok(reply)
    }

    async fn tailwind(&self, question: &TailwindQuestion) -> Result<TailwindAnswer, Fault> {
        let answer: TailwindAnswer = self.ask("tailwind", question).await?;
        let mut designs = self.designs.get();
        designs.count(answer.prepared, 1);
        self.designs.set(designs);
        Ok(answer)
    }

    async fn sass(&self, question: &SassQuestion) -> Result<SassAnswer, Fault> {
        self.ask("sass", question).await
    }

    async fn postcss(&self, question: &PostcssQuestion) -> Result<PostcssAnswer, Fault> {
        self.ask("postcss", question).await
    }
}

impl<'a> BoundCompiler<'a> {
    /// The compiler of this environment.
    pub fn new(env: &'a Env) -> Self {
        Self {
            env,
            designs: Cell::default(),
            memory: Cell::default(),
        }
    }

    /// One call: JSON there and back.
    async fn ask<A: DeserializeOwned>(
        &self,
        what: &str,
        question: &impl Serialize,
    ) -> Result<A, Fault> {
        let body = serde_json::to_vec(question).map_err(|error| Fault(error.to_string()))?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_body(Some(Uint8Array::from(&body[..]).into()));
        let address = format!("https://compiler/{what}");
        let request = Request::new_with_init(&address, &init).map_err(fault)?;
        let compiler = self.env.service("COMPILER").map_err(fault)?;
        let call = async {
            let mut response = compiler.fetch_request(request).await.map_err(fault)?;
            let answer = response.bytes().await.map_err(fault)?;
            match response.status_code() {
                200 => serde_json::from_slice(&answer).map_err(|error| Fault(error.to_string())),
                status => {
                    let said: String = String::from_utf8_lossy(&answer).chars().take(200).collect();
                    Err(Fault(format!("the compiler answered {status}: {said}")))
                }
            }
        };
        within(COMPILE, call).await
    }
}

/// The npm registry over `fetch`.
pub struct Registry;

impl Http for Registry {
    async fn get(&self, ask: Ask<'_>) -> Result<Fetched, Fault> {
        let started = WallClock.now();
        let mut failure = Fault("the registry was not asked".to_owned());
        let mut wait = 0;
        for attempt in 0..TRIES {
            if attempt > 0 {
                // What waits in step would come back in step.
                let spread = wait / 4 * u64::from(ask.url.len() as u32 % 5) / 4;
                Delay::from(Duration::from_millis(wait + spread)).await;
            }
            wait = 200 << attempt;
            match within(REGISTRY, once(ask)).await {
                Ok((answer, after)) if answer.status == 429 || answer.status >= 500 => {
                    failure = Fault(format!("the registry answered {}", answer.status));
                    wait = wait.max(after.unwrap_or_default());
                }
                Ok((answer, _)) => return Ok(answer),
                Err(fault) => failure = fault,
            }
            if WallClock.now() - started + wait as f64 > LONGEST_MILLISECONDS {
                break;
            }
        }
        Err(failure)
    }
}

/// The answer, and the milliseconds after which it says to try again.
async fn once(ask: Ask<'_>) -> Result<(Fetched, Option<u64>), Fault> {
    let headers = Headers::new();
    headers.set("accept", ask.accept).map_err(fault)?;
    if let Some(token) = ask.token {
        let shown = format!("Bearer {token}");
        headers.set("authorization", &shown).map_err(fault)?;
    }
    if let Some(tag) = ask.known {
        headers.set("if-none-match", tag).map_err(fault)?;
    }
    let mut init = RequestInit::new();
    // Only the configured registries are ever contacted, whoever they point to.
    init.with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(ask.url, &init).map_err(fault)?;
    let mut response = Fetch::Request(request).send().await.map_err(fault)?;
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let tag = header("etag");
    let after = header("retry-after").and_then(|text| text.trim().parse::<u64>().ok());
    let after = after.map(|seconds| seconds.saturating_mul(1000));
    let status = response.status_code();
    let body = match status {
        // Without a body there is no stream.
        204 | 304 => Vec::new(),
        _ => bounded(&mut response, ask.limit).await?,
    };
    Ok((Fetched { status, body, tag }, after))
}

async fn bounded(response: &mut Response, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    let mut stream = response.stream().map_err(fault)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(fault)?;
        if body.len() + chunk.len() > limit {
            return Err(Fault(format!("an answer of more than {limit} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What `work` comes to, unless it takes longer than it may; then it is given up.
pub async fn within<T>(
    longest: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let delay = Delay::from(longest);
    pin_mut!(work, delay);
    match select(work, delay).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(Fault(format!("no answer within {} s", longest.as_secs()))),
    }
}
