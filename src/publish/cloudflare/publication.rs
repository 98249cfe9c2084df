//! A release on its way into the namespace: session, assets, script, and until it is seen there. One call a step.

use super::{
    account::Account,
    answer::{Problem, Reason, read},
    assets::{self, Asset, AssetHash, Contents},
    pace::{Chance, Pace},
    script::{self, Script},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use overskill_ports::{Api, ApiResponse};
use serde::{Deserialize, Serialize};

/// How long a session's tokens are good, where they don't say, in milliseconds.
const LIFE: f64 = 3_600_000.0;
/// A token that dies within this is taken for dead.
const MARGIN: f64 = 60_000.0;
/// How long a script that was taken may be reported missing.
const SETTLING: f64 = 10.0 * 60_000.0;
/// How often a session may be begun anew.
const SESSIONS: u32 = 8;
/// How often in a row a namespace may be missing: it may have been made just now.
const MISSING: u32 = 5;

/// What is published.
pub struct Release<'a> {
    /// The script's name.
    pub name: &'a str,
    /// Its assets.
    pub assets: &'a [(AssetHash, Asset)],
    /// Its code.
    pub script: &'a Script,
}

/// How far it is. Stored between steps; holds the session's tokens, so it is never shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Publication {
    /// What comes next.
    pub stage: Stage,
    /// When.
    pub pace: Pace,
    /// Sessions that were begun.
    pub sessions: u32,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A session has to be opened.
    #[default]
    Open,
    /// Assets have to be uploaded.
    Upload {
        /// What the session's uploads show.
        jwt: String,
        /// When that dies.
        dies: f64,
        /// What is left, in uploads.
        parts: Vec<Vec<String>>,
    },
    /// The script has to be uploaded.
    Put {
        /// What stands for the assets.
        jwt: String,
        /// When that dies.
        dies: f64,
    },
    /// The script was taken and has to be seen.
    Settle {
        /// Until when it may be missing.
        until: f64,
        /// How often it was looked for.
        looks: u32,
        /// The tag that only this upload has: what else is seen under the name was there before.
        #[serde(default)]
        tag: String,
    },
    /// It runs.
    Live,
    /// It never will.
    Failed,
}

#[derive(Deserialize)]
struct Session {
    jwt: Option<String>,
    buckets: Option<Vec<Vec<String>>>,
}

#[derive(Deserialize, Default)]
struct Uploaded {
    jwt: Option<String>,
}

impl Publication {
    /// Whether nothing comes any more.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Live | Stage::Failed)
    }

    /// Makes at most one call, unless it is too early for one.
    pub async fn step(
        &mut self,
        api: &impl Api,
        account: &Account,
        release: &Release<'_>,
        contents: &impl Contents,
        chance: Chance,
    ) {
        if self.is_over() || chance.now < self.pace.due {
            return;
        }
        if let Stage::Upload { dies, .. } | Stage::Put { dies, .. } = self.stage
            && dies - MARGIN <= chance.now
        {
            self.stage = Stage::Open;
        }
        match self.call(api, account, release, contents, chance).await {
            Ok((stage, response)) => {
                let looks = match &stage {
                    Stage::Settle { looks, .. } => *looks,
                    _ => 0,
                };
                self.stage = stage;
                self.pace.succeeded(&response.headers, chance);
                if looks > 0 {
                    self.pace.pause(looks, chance);
                }
            }
            Err(problem) => self.fail(problem, chance),
        }
    }

    async fn call(
        &mut self,
        api: &impl Api,
        account: &Account,
        release: &Release<'_>,
        contents: &impl Contents,
        chance: Chance,
    ) -> Result<(Stage, ApiResponse), Problem> {
        let now = chance.now;
        match &self.stage {
            Stage::Open => {
                if self.sessions >= SESSIONS {
                    let told = "Its assets could not be uploaded in any of the sessions.";
                    return Err(Problem::ours(Reason::Refused, told));
                }
                let request = assets::open(account, release.name, release.assets);
                let response = api.call(request).await?;
                let session: Session = read(&response)?;
                let Some(jwt) = session.jwt else {
                    let told = "a session without a token";
                    return Err(Problem::ours(Reason::Later, told));
                };
                self.sessions += 1;
                let dies = dies(&jwt, now);
                let parts = assets::parts(session.buckets.unwrap_or_default(), release.assets);
                let stage = match parts.is_empty() {
                    true => Stage::Put { jwt, dies },
                    false => Stage::Upload { jwt, dies, parts },
                };
                Ok((stage, response))
            }
            Stage::Upload {
                jwt,
                dies: until,
                parts,
            } => {
                let Some((part, rest)) = parts.split_first() else {
                    let told = "nothing is left to upload, and nothing stands for it";
                    return Err(Problem::ours(Reason::Token, told));
                };
                let request = assets::upload(account, jwt, part, release.assets, contents).await?;
                let response = api.call(request).await?;
                let uploaded: Option<Uploaded> = read(&response)?;
                let stage = match uploaded.unwrap_or_default().jwt {
                    Some(jwt) if !jwt.is_empty() => Stage::Put {
                        dies: dies(&jwt, now),
                        jwt,
                    },
                    // Without what stands for all of them, another session tells what is still missing.
                    _ if rest.is_empty() => Stage::Open,
                    _ => Stage::Upload {
                        jwt: jwt.clone(),
                        dies: *until,
                        parts: rest.to_vec(),
                    },
                };
                Ok((stage, response))
            }
            Stage::Put { jwt, .. } => {
                let tag = upload(chance);
                let request = script::put(account, release.name, release.script, jwt, &tag);
                let response = api.call(request).await?;
                super::answer::done(&response)?;
                let (until, looks) = (now + SETTLING, 0);
                Ok((Stage::Settle { until, looks, tag }, response))
            }
            Stage::Settle { until, looks, tag } => {
                let response = api.call(script::tags(account, release.name)).await?;
                let seen = match read::<Vec<String>>(&response) {
                    Ok(tags) => tags.contains(tag),
                    Err(problem) if problem.reason == Reason::Missing => false,
                    Err(problem) => return Err(problem),
                };
                let stage = match seen {
                    true => Stage::Live,
                    false if now >= *until => Stage::Open,
                    false => Stage::Settle {
                        until: *until,
                        looks: looks + 1,
                        tag: tag.clone(),
                    },
                };
                Ok((stage, response))
            }
            Stage::Live | Stage::Failed => unreachable!("nothing is called when it is over"),
        }
    }

    /// What a problem means depends on what was called.
    fn fail(&mut self, problem: Problem, chance: Chance) {
        let reason = problem.reason;
        let patient = self.pace.failed(problem, chance);
        let inside = matches!(self.stage, Stage::Upload { .. } | Stage::Put { .. });
        self.stage = match reason {
            Reason::Refused => Stage::Failed,
            _ if !patient => Stage::Failed,
            // The session's token, which is made anew; the account's was good for opening it.
            Reason::Token | Reason::Missing if inside => Stage::Open,
            Reason::Token => Stage::Failed,
            Reason::Missing if self.pace.failures >= MISSING => Stage::Failed,
            _ => std::mem::take(&mut self.stage),
        };
    }
}

/// The tag of an upload. Another try, also of the same, has another one.
fn upload(chance: Chance) -> String {
    let random = (chance.random * f64::from(u32::MAX)) as u32;
    format!("upload-{:x}-{random:08x}", chance.now as u64)
}

/// When a token dies, as it says itself.
fn dies(jwt: &str, now: f64) -> f64 {
    let claims = || {
        let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        claims["exp"].as_f64()
    };
    claims().map_or(now + LIFE, |seconds| seconds * 1000.0)
}
