//! An app's server code: what is built of it, how it is run, and what it says while it runs.

use overskill_model::{AppId, ContentHash};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Server code that can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// What all of it is told by: equal where the modules, and how they are run, are.
    pub hash: ContentHash,
    /// The module that exports its handler.
    pub main: String,
    /// Its modules by name.
    pub modules: BTreeMap<String, ServerModule>,
    /// The source maps of its scripts, by the scripts' names.
    pub maps: BTreeMap<String, ContentHash>,
    /// Paths that go to it: a star stands for anything. Those after a `!` don't.
    pub routes: Vec<String>,
    /// Whether it is asked, too, for what the app has no file for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rest: bool,
    /// As what it finds the app's files.
    #[serde(default = "assets")]
    pub assets: String,
    /// Whom it may speak to.
    pub outbound: Outbound,
    /// How the runtime is to behave: as it did on that day.
    pub compatibility_date: String,
    /// What it is to do besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compatibility_flags: Vec<String>,
    /// How much of the runtime it may use.
    pub limits: ServerLimits,
    /// Variables that the app's own files set: texts, or any JSON.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, Value>,
    /// For a deployment, the variables that it was made with: sealed, where there is a key, else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
}

/// One of its modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerModule {
    /// What it is to the runtime.
    pub kind: ServerModuleKind,
    /// Its content.
    pub hash: ContentHash,
}

/// What a module is to the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerModuleKind {
    /// An ECMAScript module.
    Script,
    /// WebAssembly.
    Wasm,
    /// Bytes.
    Data,
}

/// Whom server code may speak to over the network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outbound {
    /// Nobody.
    Off,
    /// Everyone but this installation.
    #[default]
    Open,
    /// These hosts; `*.` in front means all below.
    Hosts(Vec<String>),
}

/// How much of the runtime a request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerLimits {
    /// Processor time, in milliseconds.
    pub cpu_ms: u32,
    /// Requests to others.
    pub sub_requests: u32,
    /// Until it has to begin its answer, in milliseconds.
    pub answer_ms: u32,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            cpu_ms: 1_000,
            sub_requests: 50,
            answer_ms: 30_000,
        }
    }
}

impl Server {
    /// As what server code finds the app's files where it doesn't say otherwise.
    pub const ASSETS: &str = "ASSETS";

    /// Every content that it is made of.
    pub fn contents(&self) -> impl Iterator<Item = ContentHash> {
        let modules = self.modules.values().map(|module| module.hash);
        modules.chain(self.maps.values().copied())
    }

    /// The same without what only running it takes.
    pub fn outline(&self) -> Self {
        Self {
            modules: BTreeMap::new(),
            maps: BTreeMap::new(),
            routes: Vec::new(),
            vars: BTreeMap::new(),
            ..self.clone()
        }
    }
}

fn assets() -> String {
    Server::ASSETS.to_owned()
}

/// What a deployment's server code is called in a dispatch namespace.
pub fn script_name(app: &AppId, deployment: &str) -> String {
    format!("{app}-{deployment}")
}

/// What variables are told by.
pub fn variables_hash(variables: &BTreeMap<String, String>) -> ContentHash {
    let text = serde_json::to_vec(variables).expect("a map with text keys always serialises");
    ContentHash::of(&text)
}

/// A request is the server code's to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// Which, without its modules.
    pub server: Server,
    /// What the variables are told by that it is to see.
    pub variables: ContentHash,
}

/// Server code to be loaded; the contents of its modules follow, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCode {
    /// Which.
    pub server: Server,
    /// What it sees.
    pub variables: BTreeMap<String, String>,
}

/// What server code said and threw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerLog {
    /// Which code.
    pub hash: ContentHash,
    /// The deployment that it is of, where it isn't the live preview's.
    #[serde(default)]
    pub deployment: Option<String>,
    /// Request by request.
    pub events: Vec<ServerEvent>,
}

/// What happened in one request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerEvent {
    /// The request's method.
    #[serde(default)]
    pub method: String,
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// How it ended, in the platform's words.
    #[serde(default)]
    pub outcome: String,
    /// What it said.
    #[serde(default)]
    pub lines: Vec<ServerLine>,
    /// What it threw, and nobody caught.
    #[serde(default)]
    pub thrown: Vec<ServerThrown>,
}

/// A line of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerLine {
    /// `log`, `warn`, `error`, `info` or `debug`.
    pub level: String,
    /// What was said, arguments separated by blanks.
    pub message: String,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Where an error among the arguments was made.
    #[serde(default)]
    pub stack: Option<String>,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerThrown {
    /// The error's class.
    pub name: String,
    /// What it says.
    pub message: String,
    /// As the runtime has it.
    #[serde(default)]
    pub stack: Option<String>,
}
