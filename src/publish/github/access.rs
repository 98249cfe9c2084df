//! Requests as a GitHub App: its own token, the installation's, and what GitHub says of its limits.

use super::time;
use crate::backoff::Trouble;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use overskill_ports::{Api, ApiRequest, ApiResponse, Clock, Sign};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};

/// How long the App's own token is good, in seconds: GitHub takes ten minutes at most.
const SIGNED_SECONDS: f64 = 540.0;
/// GitHub's clock may be behind ours by so many seconds.
const SKEW_SECONDS: f64 = 60.0;
/// An installation's token is used until so long before it expires, in milliseconds: a request may take its time.
const SPARE: f64 = 300_000.0;
/// How long to leave GitHub alone when it has had enough and doesn't say for how long.
const ENOUGH: f64 = 60_000.0;

/// Which App this is, and where it is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The App's id or client id.
    pub app: String,
    /// Whose repositories it writes: an organisation, or a user.
    pub owner: String,
    /// The installation; looked up where it is absent.
    pub installation: Option<u64>,
    /// Where the API is, without a slash at the end.
    pub url: String,
}

/// What is remembered between requests, in memory only.
#[derive(Debug, Default)]
pub struct Access {
    token: RefCell<Option<(String, f64)>>,
    installation: Cell<Option<u64>>,
    /// No request before this time.
    blocked: Cell<f64>,
}

/// GitHub, for one App.
pub struct GitHub<'a, A, S, C> {
    /// Its server.
    pub api: &'a A,
    /// The App's key.
    pub key: &'a S,
    /// The time since 1970.
    pub clock: &'a C,
    /// Which App.
    pub credentials: &'a Credentials,
    /// What is remembered.
    pub access: &'a Access,
}

/// An answer that is neither a failure nor a limit.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Value,
    /// Where it sends whoever asks.
    pub location: Option<String>,
}

impl Answer {
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer)?.as_str()
    }

    pub fn message(&self) -> &str {
        self.text("/message").unwrap_or_default()
    }

    /// The trouble with an answer that was not foreseen.
    pub fn unexpected(&self, what: &str) -> Trouble {
        let detail = format!(
            "GitHub answered {} to {what}: {}",
            self.status,
            self.message()
        );
        Trouble::refused("github-refused", detail)
    }
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// One request as the installation. Answers are 2xx, 302, 404, 409 and 422; everything else is trouble.
    pub(super) async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, Trouble> {
        let token = self.token().await?;
        let answer = self.send(method, path, &token, body.as_ref()).await?;
        if answer.status != 401 {
            return self.granted(answer, method, path);
        }
        // Taken back before its time: another one, once.
        self.access.token.take();
        let token = self.token().await?;
        let answer = self.send(method, path, &token, body.as_ref()).await?;
        self.granted(answer, method, path)
    }

    fn granted(&self, answer: Answer, method: &str, path: &str) -> Result<Answer, Trouble> {
        let said = || format!("{method} {path}: {}", answer.message());
        match answer.status {
            200..=299 | 302 | 404 | 409 | 422 => Ok(answer),
            401 => Err(Trouble::refused("github-unauthorized", said())),
            403 => Err(Trouble::refused("github-forbidden", said())),
            301..=308 => Err(Trouble::refused(
                "github-moved",
                format!("The repository was renamed or moved. {}", said()),
            )),
            _ => Err(answer.unexpected(&format!("{method} {path}"))),
        }
    }

    async fn send(
        &self,
        method: &'static str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Trouble> {
        let now = self.clock.now();
        let blocked = self.access.blocked.get();
        if now < blocked {
            let detail = "GitHub's limit is used up.".to_owned();
            return Err(Trouble::Wait {
                until: blocked,
                detail,
            });
        }
        let mut headers = vec![
            ("accept", "application/vnd.github+json".to_owned()),
            ("x-github-api-version", "2022-11-28".to_owned()),
            ("user-agent", "overskill-preview".to_owned()),
            ("authorization", format!("Bearer {token}")),
        ];
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let request = ApiRequest {
            method,
            url: format!("{}{path}", self.credentials.url),
            headers,
            body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
        };
        let mut response = self.api.call(request).await?;
        self.limits(&response)?;
        let location = response.headers.remove("location");
        let body = match response.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&response.body).unwrap_or_default(),
        };
        let status = response.status;
        if status >= 500 {
            let said = body["message"].as_str().unwrap_or_default();
            return Err(Trouble::Fault(format!("GitHub answered {status}: {said}")));
        }
        Ok(Answer {
            status,
            body,
            location,
        })
    }

    /// Obeys what an answer says of limits: the one of an hour, and those against bursts.
    fn limits(&self, response: &ApiResponse) -> Result<(), Trouble> {
        let number = |name: &str| response.headers.get(name)?.trim().parse::<f64>().ok();
        let now = self.clock.now();
        let after = number("retry-after").map(|seconds| now + seconds * 1000.0);
        let used_up = number("x-ratelimit-remaining") == Some(0.0);
        let reset = number("x-ratelimit-reset").map(|seconds| seconds * 1000.0);
        let reset = reset.filter(|reset| used_up && *reset > now);
        let said = String::from_utf8_lossy(&response.body).to_lowercase();
        let refused = match response.status {
            429 => true,
            403 => after.is_some() || used_up || said.contains("rate limit"),
            503 => after.is_some(),
            _ => false,
        };
        let until = match (refused, after, reset) {
            (true, Some(after), _) => after,
            (_, _, Some(reset)) => reset,
            (true, None, None) => now + ENOUGH,
            (false, ..) => return Ok(()),
        };
        self.access
            .blocked
            .set(self.access.blocked.get().max(until));
        match refused {
            true => Err(Trouble::Wait {
                until,
                detail: format!("GitHub answered {} and asks to wait.", response.status),
            }),
            false => Ok(()),
        }
    }

    /// The installation's token, asked for when there is none that is good for a while.
    async fn token(&self) -> Result<String, Trouble> {
        let now = self.clock.now();
        let kept = self.access.token.borrow().clone();
        if let Some((token, expires)) = kept
            && now + SPARE < expires
        {
            return Ok(token);
        }
        let signed = self.signed().await?;
        let installation = self.installation(&signed).await?;
        let path = format!("/app/installations/{installation}/access_tokens");
        let answer = self.send("POST", &path, &signed, None).await?;
        let (token, expires) = (answer.text("/token"), answer.text("/expires_at"));
        let expires = expires.and_then(time::parse);
        match (answer.status, token, expires) {
            (200 | 201, Some(token), Some(expires)) => {
                let token = token.to_owned();
                self.access.token.replace(Some((token.clone(), expires)));
                Ok(token)
            }
            _ => {
                self.access.installation.take();
                Err(unauthorized(&answer, "a token of the installation"))
            }
        }
    }

    async fn installation(&self, signed: &str) -> Result<u64, Trouble> {
        let known = self.credentials.installation;
        if let Some(id) = known.or(self.access.installation.get()) {
            return Ok(id);
        }
        let owner = &self.credentials.owner;
        for kind in ["orgs", "users"] {
            let path = format!("/{kind}/{owner}/installation");
            let answer = self.send("GET", &path, signed, None).await?;
            match (answer.status, answer.body["id"].as_u64()) {
                (200, Some(id)) => {
                    self.access.installation.set(Some(id));
                    return Ok(id);
                }
                (404, _) => {}
                _ => return Err(unauthorized(&answer, "the App's installation")),
            }
        }
        let detail = format!("The GitHub App is not installed for `{owner}`.");
        Err(Trouble::refused("github-not-installed", detail))
    }

    /// The App's own token: a JSON Web Token that its key signs.
    async fn signed(&self) -> Result<String, Trouble> {
        let now = (self.clock.now() / 1000.0).floor();
        let claims = json!({
            "iat": (now - SKEW_SECONDS) as i64, "exp": (now + SIGNED_SECONDS) as i64, "iss": self.credentials.app,
        });
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let header = json!({"alg": "RS256", "typ": "JWT"}).to_string();
        let message = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        let signature = self.key.sign(message.as_bytes()).await;
        let signature =
            signature.map_err(|fault| Trouble::refused("github-key-unusable", fault.0))?;
        Ok(format!("{message}.{}", encode(&signature)))
    }
}

fn unauthorized(answer: &Answer, what: &str) -> Trouble {
    let detail = format!(
        "GitHub answered {} when asked for {what}: {}",
        answer.status,
        answer.message()
    );
    Trouble::refused("github-unauthorized", detail)
}
