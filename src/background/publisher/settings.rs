//! What the installation and the app's owner have set, and the app's trees.

use overskill_flows::stored;
use overskill_model::{AppId, ContentHash};
use overskill_platform::Bucket;
use overskill_ports::{Blobs, Fault};
use overskill_publish::{
    Settings, Settled, Trees,
    github::{Credentials, Names, Repository},
};
use serde::Deserialize;
use worker::{Env, wasm_bindgen::JsValue};

/// How long a version settles, in seconds, where GITHUB_SETTLE_SECONDS doesn't say.
const SETTLE_SECONDS: f64 = 30.0;
/// How long GitHub's Actions may take for a deployment, in minutes, where ACTIONS_MINUTES doesn't say.
const ACTIONS_MINUTES: f64 = 30.0;
/// What people said of versions, in one commit.
const MESSAGES: u32 = 20;
/// Whom commits are by, where GITHUB_AUTHOR doesn't say.
const AUTHOR: &str = "OverSkill <overskill@users.noreply.github.com>";

fn text(env: &Env, name: &str) -> Option<String> {
    let value = env.var(name).ok().map(|var| var.to_string());
    value.filter(|value| !value.trim().is_empty())
}

/// What the installation has of GitHub.
pub struct Installation {
    pub credentials: Credentials,
    pub key: String,
}

/// It, or the names of what is missing.
pub fn installation(env: &Env) -> Result<Installation, Vec<String>> {
    let names = ["GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_OWNER"];
    let [app, key, owner] = names.map(|name| text(env, name).ok_or_else(|| name.to_owned()));
    match (app, key, owner) {
        (Ok(app), Ok(key), Ok(owner)) => {
            let url = text(env, "GITHUB_API_URL");
            let url = url.unwrap_or_else(|| "https://api.github.com".to_owned());
            let id = text(env, "GITHUB_INSTALLATION_ID");
            let credentials = Credentials {
                app: app.trim().to_owned(),
                owner: owner.trim().to_owned(),
                installation: id.and_then(|id| id.trim().parse().ok()),
                url: url.trim().trim_end_matches('/').to_owned(),
            };
            Ok(Installation { credentials, key })
        }
        (app, key, owner) => {
            let missing = [app.err(), key.err(), owner.err()];
            Err(missing.into_iter().flatten().collect())
        }
    }
}

/// How long a version settles, in milliseconds.
pub fn settle(env: &Env) -> f64 {
    let seconds = text(env, "GITHUB_SETTLE_SECONDS");
    let seconds = seconds.and_then(|text| text.trim().parse::<f64>().ok());
    let seconds = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.unwrap_or(SETTLE_SECONDS) * 1000.0
}

/// How long GitHub's Actions may take for a deployment, in milliseconds.
pub fn longest(env: &Env) -> f64 {
    let minutes = text(env, "ACTIONS_MINUTES");
    let minutes = minutes.and_then(|text| text.trim().parse::<f64>().ok());
    let minutes = minutes.filter(|minutes| (0.01..=1440.0).contains(minutes));
    minutes.unwrap_or(ACTIONS_MINUTES) * 60_000.0
}

/// A row of `github`.
#[derive(Deserialize)]
struct Row {
    repository: String,
    branch: String,
    private: u8,
    workflow: u8,
    adopt: u8,
    co_authors: String,
}

/// How an app is published; `None` where it isn't, or is gone.
pub async fn settings(env: &Env, app: &AppId) -> Result<Option<Settings>, Fault> {
    let row = async {
        env.d1("DB")?
            .prepare("SELECT * FROM github WHERE app_id = ?")
            .bind(&[app.as_str().into()])?
            .first::<Row>(None)
            .await
    };
    let row = row.await.map_err(|error| Fault(error.to_string()))?;
    let author = text(env, "GITHUB_AUTHOR").unwrap_or_else(|| AUTHOR.to_owned());
    let (name, email) = author.split_once('<').unwrap_or((&author, "overskill"));
    let author = Names {
        name: name.trim().to_owned(),
        email: email.trim_end().trim_end_matches('>').trim().to_owned(),
    };
    Ok(row.map(|row| Settings {
        repository: Repository {
            name: row.repository,
            branch: row.branch,
            private: row.private != 0,
            adopt: row.adopt != 0,
            mark: format!("OverSkill {app}"),
        },
        workflow: row.workflow != 0,
        author,
        co_authors: serde_json::from_str(&row.co_authors).unwrap_or_default(),
    }))
}

/// Whether there is such an app.
pub async fn lives(env: &Env, app: &AppId) -> Result<bool, Fault> {
    let found = async {
        env.d1("DB")?
            .prepare("SELECT 1 AS there FROM apps WHERE id = ?")
            .bind(&[app.as_str().into()])?
            .first::<u8>(Some("there"))
            .await
    };
    let found = found.await.map_err(|error| Fault(error.to_string()))?;
    Ok(found.is_some())
}

/// An app's trees in R2, and what D1 has of its versions.
pub struct Stored<'a> {
    pub env: &'a Env,
    pub app: &'a AppId,
}

#[derive(Deserialize)]
struct Said {
    message: String,
}

impl Trees for Stored<'_> {
    async fn newest(&self) -> Result<Option<Settled>, Fault> {
        let bucket = Bucket { env: self.env };
        let Some(bytes) = bucket.get(&stored::manifest_key(self.app)).await? else {
            return Ok(None);
        };
        let manifest: stored::Manifest =
            serde_json::from_slice(&bytes).map_err(|error| Fault(error.to_string()))?;
        let files = manifest.files.into_iter();
        let files = files.map(|(path, info)| (path.to_string(), info.hash));
        Ok(Some(Settled {
            version: manifest.version,
            files: files.collect(),
        }))
    }

    async fn messages(&self, after: u64, to: u64) -> Result<Vec<String>, Fault> {
        let number = |value| JsValue::from_f64(value as f64);
        let said = async {
            self.env
                .d1("DB")?
                .prepare("SELECT message FROM deployments WHERE app_id = ? AND version > ? AND version <= ? AND message IS NOT NULL GROUP BY message ORDER BY max(created_at) DESC LIMIT ?")
                .bind(&[self.app.as_str().into(), number(after), number(to), MESSAGES.into()])?
                .all()
                .await?
                .results::<Said>()
        };
        let said = said.await.map_err(|error| Fault(error.to_string()))?;
        Ok(said.into_iter().map(|said| said.message).collect())
    }

    fn key(&self, hash: &ContentHash) -> String {
        stored::blob_key(self.app, &hash.to_string())
    }

    fn place(&self, deployment: &str) -> String {
        stored::actions_folder(self.app, deployment)
    }
}
