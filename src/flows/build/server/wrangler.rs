//! What an app says of its Worker to Wrangler: `wrangler.json`, `.jsonc` or `.toml`. What `package.json` says wins.

use super::toml;
use crate::build::Source;
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const NAMES: [&str; 3] = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];
/// How many variables, flags and routes are taken, and how long a variable may be as JSON.
const LISTED: usize = 100;
const LENGTH: usize = 5 << 10;

/// Keys whose entries become bindings that servers are not given here; what those are, and the property that names them.
const BINDINGS: [(&str, &str, &str); 20] = [
    ("ai", "Workers AI", "binding"),
    ("analytics_engine_datasets", "a dataset", "binding"),
    ("browser", "a browser", "binding"),
    ("d1_databases", "a D1 database", "binding"),
    ("dispatch_namespaces", "a dispatch namespace", "binding"),
    ("durable_objects", "a Durable Object", "name"),
    ("hyperdrive", "a database over Hyperdrive", "binding"),
    ("images", "Images", "binding"),
    ("kv_namespaces", "a KV namespace", "binding"),
    ("mtls_certificates", "a certificate", "binding"),
    ("pipelines", "a pipeline", "binding"),
    ("queues", "a queue", "binding"),
    ("r2_buckets", "an R2 bucket", "binding"),
    ("ratelimits", "a rate limiter", "name"),
    ("secrets_store_secrets", "a stored secret", "binding"),
    ("send_email", "a sender of mail", "name"),
    ("services", "another Worker", "binding"),
    ("vectorize", "a Vectorize index", "binding"),
    ("worker_loaders", "a Worker Loader", "binding"),
    ("workflows", "a workflow", "binding"),
];

/// What is used of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wrangler {
    /// A file of the app.
    pub main: Option<ModulePath>,
    /// What goes to the Worker before files are looked for.
    pub first: Vec<String>,
    /// As what it finds the app's files.
    pub assets: Option<String>,
    pub vars: BTreeMap<String, Value>,
    pub compatibility_date: Option<String>,
    pub compatibility_flags: Vec<String>,
}

impl Wrangler {
    /// Reads it; what isn't given here comes beside.
    pub fn read(source: &Source<'_>) -> (Self, Vec<Diagnostic>) {
        let found = NAMES.into_iter().find_map(|name| {
            let path = ModulePath::parse(name, &Default::default()).ok()?;
            Some((path, source.text_at(name)?))
        });
        let Some((path, text)) = found else {
            return Default::default();
        };
        let said = match path.extension() == "toml" {
            true => toml::read(&text),
            false => serde_json::from_str(&overskill_packages::plain_json(&text)).ok(),
        };
        let Some(Value::Object(said)) = said else {
            let told = format!("`{path}` can't be read, so nothing of it holds.");
            let told = Diagnostic::warning("server-settings", told).in_file(&path);
            return (Self::default(), vec![told]);
        };
        let told = missing(&said).map(|missing| {
            let told = format!("`{path}` asks for what server code is not given here: {missing}.");
            Diagnostic::warning("server-bindings-missing", told)
                .in_file(&path)
                .hint("Bindings among these are `undefined` in `env`. What there is: variables, secrets, `fetch`, and the app's files.")
        });
        (Self::of(&said, source), told.into_iter().collect())
    }

    fn of(said: &Map<String, Value>, source: &Source<'_>) -> Self {
        let text = |of: &Map<String, Value>, key: &str| of.get(key)?.as_str().map(str::to_owned);
        let assets = said.get("assets").and_then(Value::as_object);
        let first = match assets.and_then(|it| it.get("run_worker_first")) {
            Some(Value::Bool(true)) => vec!["/*".to_owned()],
            Some(Value::Array(routes)) => texts(routes),
            _ => Vec::new(),
        };
        let main = text(said, "main").and_then(|name| {
            let path = name.trim_start_matches("./");
            let path = ModulePath::parse(path, &Default::default()).ok()?;
            source.files.contains_key(&path).then_some(path)
        });
        let vars = said.get("vars").and_then(Value::as_object);
        let vars = vars.into_iter().flatten().take(LISTED);
        let vars = vars.filter(|(_, value)| value.to_string().len() <= LENGTH);
        let flags = said.get("compatibility_flags").and_then(Value::as_array);
        let mut flags = flags.map(|flags| texts(flags)).unwrap_or_default();
        // Node's modules are always there; what is not finished is not for apps.
        flags.retain(|flag| !flag.contains("nodejs_") && flag != "experimental");
        Self {
            main,
            first,
            assets: assets.and_then(|it| text(it, "binding")),
            vars: vars
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            compatibility_date: text(said, "compatibility_date"),
            compatibility_flags: flags,
        }
    }
}

fn texts(list: &[Value]) -> Vec<String> {
    let texts = list.iter().filter_map(Value::as_str).take(LISTED);
    texts.map(str::to_owned).collect()
}

/// What is asked for and not given.
fn missing(said: &Map<String, Value>) -> Option<String> {
    let mut all = Vec::new();
    for (key, what, name) in BINDINGS {
        // Some are in a list within.
        let list = said.get(key).map(|it| {
            let within = it.get("bindings").or_else(|| it.get("producers"));
            within.unwrap_or(it)
        });
        let entries = match list {
            Some(Value::Array(list)) => &list[..],
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let names = entries.iter().filter_map(|it| it.get(name)?.as_str());
        all.extend(names.map(|name| format!("`{name}` ({what})")));
    }
    let crons = said.get("triggers").and_then(|it| it.get("crons"));
    if crons
        .and_then(Value::as_array)
        .is_some_and(|it| !it.is_empty())
    {
        all.push("`triggers.crons` (nothing runs by the clock)".to_owned());
    }
    (!all.is_empty()).then(|| all.join(", "))
}
