//! Traits for the outside world. Shells implement them over the platform, tests in memory.

mod api;
mod compiler;
mod http;
mod memory;
mod sign;

pub use api::{Api, ApiRequest, ApiResponse};
pub use compiler::LocalCompiler;
pub use http::MemoryHttp;
pub use memory::MemoryBlobs;
pub use sign::Sign;

use overskill_module::{
    CompileBatch, CompileReply, PostcssAnswer, PostcssQuestion, SassAnswer, SassQuestion,
    TailwindAnswer, TailwindQuestion,
};
use std::fmt;

/// The outside world failed; the caller may try again. Ours, not the author's and not the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// A store of immutable bytes by key (R2).
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Blobs {
    /// The bytes under `key`; `None` when there are none.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault>;
    /// Stores `bytes` under `key`, over what was there.
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), Fault>;
    /// The same for what can be made again: it may be stored later, when nobody waits for it.
    async fn keep(&self, key: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        self.put(key, bytes).await
    }
}

/// A store that also tells what it holds, and forgets.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Store: Blobs {
    /// Every key that starts with `folder`, with the size of what it holds, in bytes.
    async fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, Fault>;
    /// Deletes keys; those that aren't there are no failure.
    async fn delete(&self, keys: Vec<String>) -> Result<(), Fault>;
}

/// What is asked of a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Where.
    pub url: &'a str,
    /// The `Accept` header.
    pub accept: &'a str,
    /// Reading stops with a fault once the body passes this many bytes.
    pub limit: usize,
    /// What to show in `Authorization: Bearer`; never logged.
    pub token: Option<&'a str>,
    /// The tag of what is known already: the answer is 304 if that is still so.
    pub known: Option<&'a str>,
}

/// What a server answered to a GET.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The `ETag` header.
    pub tag: Option<String>,
}

/// The npm registry's side of HTTP.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Http {
    /// GETs.
    async fn get(&self, ask: Ask<'_>) -> Result<Fetched, Fault>;
}

/// The compiler Worker.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Compiler {
    /// Compiles every source of `batch`; the answer has one module each, in order.
    async fn compile(&self, batch: CompileBatch) -> Result<CompileReply, Fault>;
    /// Expands Tailwind in a style sheet, or tells what that needs.
    async fn tailwind(&self, question: &TailwindQuestion) -> Result<TailwindAnswer, Fault>;
    /// Makes CSS of a sheet in Sass, or tells what that needs.
    async fn sass(&self, question: &SassQuestion) -> Result<SassAnswer, Fault>;
    /// Reads a PostCSS configuration.
    async fn postcss(&self, question: &PostcssQuestion) -> Result<PostcssAnswer, Fault>;
}

/// A clock.
pub trait Clock {
    /// The time in milliseconds; only differences mean something.
    fn now(&self) -> f64;
}
