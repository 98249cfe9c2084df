//! A user Worker as it is uploaded: modules, bindings, tags; and the scripts of a namespace by tag.

use super::{
    account::{Account, with_body},
    answer::{Problem, read},
    multipart::Multipart,
};
use overskill_model::ContentHash;
use overskill_ports::{Api, ApiRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Scripts on a page of a list.
const PAGE: usize = 1000;

/// A script's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its modules; the first is the main one.
    pub modules: Vec<Module>,
    /// What it is given.
    pub bindings: Vec<Binding>,
    /// At most seven, without commas and ampersands: each upload has one more of its own.
    pub tags: Vec<String>,
    /// `2026-08-01`.
    pub compatibility_date: String,
    /// Flags on top of the date's.
    pub compatibility_flags: Vec<String>,
    /// Whether what it says is heard.
    pub speaks: bool,
}

/// A module of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// What others import it as.
    pub name: String,
    /// Its media type, which says what kind of module it is.
    pub media_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Module {
    /// An ECMAScript module.
    pub fn script(name: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            media_type: "application/javascript+module".to_owned(),
            content: code.into().into_bytes(),
        }
    }
}

/// What a script finds in its environment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Binding {
    /// Its static assets.
    Assets {
        /// As what.
        name: String,
    },
    /// A text that anyone who may read the script may read.
    PlainText {
        /// As what.
        name: String,
        /// The text.
        text: String,
    },
    /// Any JSON.
    Json {
        /// As what.
        name: String,
        /// The value.
        json: Value,
    },
    /// A text that can't be read back.
    SecretText {
        /// As what.
        name: String,
        /// The text; never logged.
        text: String,
    },
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Assets { name }
        | Self::PlainText { name, .. }
        | Self::Json { name, .. }
        | Self::SecretText { name, .. }) = self;
        f.write_str(name)
    }
}

/// What uploads a script with the assets of a finished session, under one more tag.
pub(super) fn put(
    account: &Account,
    name: &str,
    script: &Script,
    jwt: &str,
    tag: &str,
) -> ApiRequest {
    let tags = script.tags.iter().map(String::as_str);
    let tags: Vec<&str> = tags.chain([tag]).collect();
    let tail = account.tail.as_ref().filter(|_| script.speaks);
    let tails: Vec<Value> = tail
        .map(|name| json!({"service": name}))
        .into_iter()
        .collect();
    let metadata = json!({
        "tail_consumers": tails,
        "main_module": script.modules.first().map(|module| &module.name),
        "compatibility_date": script.compatibility_date,
        "compatibility_flags": script.compatibility_flags,
        "bindings": script.bindings,
        "tags": tags,
        // The script itself says what is where: `Accept` decides between a page and a 404.
        "assets": {"jwt": jwt, "config": {
            "html_handling": "none", "not_found_handling": "none", "run_worker_first": true,
        }},
    });
    let contents = script
        .modules
        .iter()
        .map(|module| ContentHash::of(&module.content).to_string());
    let contents: Vec<String> = contents.chain([metadata.to_string()]).collect();
    let mut body = Multipart::new(&contents.iter().map(String::as_str).collect::<Vec<_>>());
    body.add(
        "metadata",
        None,
        "application/json",
        metadata.to_string().as_bytes(),
    );
    for module in &script.modules {
        body.add(
            &module.name,
            Some(&module.name),
            &module.media_type,
            &module.content,
        );
    }
    let (kind, body) = body.finish();
    with_body(
        account.request("PUT", account.scripts(&format!("/{name}"))),
        kind,
        body,
    )
}

/// What asks for a script's tags.
pub(super) fn tags(account: &Account, name: &str) -> ApiRequest {
    account.request("GET", account.scripts(&format!("/{name}/tags")))
}

/// What deletes a script, whatever refers to it.
pub(super) fn delete(account: &Account, name: &str) -> ApiRequest {
    account.request("DELETE", account.scripts(&format!("/{name}?force=true")))
}

/// A script in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ScriptRow {
    /// Its name.
    pub id: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// The scripts of the namespace that have a tag, on all pages.
///
/// # Errors
/// What the API says. Nothing is tried again here.
pub async fn scripts_with(
    api: &impl Api,
    account: &Account,
    tag: &str,
) -> Result<Vec<ScriptRow>, Problem> {
    let mut scripts = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut query = format!("?tags={tag}:yes&limit={PAGE}");
        if !cursor.is_empty() {
            query.push_str(&format!("&cursor={cursor}"));
        }
        let response = api
            .call(account.request("GET", account.scripts(&query)))
            .await?;
        scripts.extend(read::<Vec<ScriptRow>>(&response)?);
        let envelope: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        match envelope["result_info"]["cursor"].as_str() {
            Some(next) if !next.is_empty() && next != cursor => cursor = next.to_owned(),
            _ => return Ok(scripts),
        }
    }
}
