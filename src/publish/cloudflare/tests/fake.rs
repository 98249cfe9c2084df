//! Cloudflare's API in memory: its endpoints, its tokens that die, its script that is seen late, its limit.

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use overskill_ports::{Api, ApiRequest, ApiResponse, Fault};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

pub(super) const TOKEN: &str = "cf-token";
/// How many assets go into a bucket.
const BUCKET: usize = 2;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It never arrives.
    Lost,
    /// It does what it should, and nobody hears of it.
    Unheard,
    /// 500, as a gateway's page.
    Gateway,
    /// 429 with `Retry-After`.
    Limited,
    /// 401: the token died.
    Expired,
}

#[derive(Default)]
pub(super) struct Published {
    pub tags: Vec<String>,
    pub modules: BTreeMap<String, Vec<u8>>,
    pub metadata: Value,
    pub assets: BTreeMap<String, String>,
    visible_at: f64,
    gone_at: Option<f64>,
    /// The tags that are seen until then, where something was there before.
    older: Option<Vec<String>>,
}

#[derive(Default)]
pub(super) struct Fake {
    clock: Cell<f64>,
    pub calls: RefCell<Vec<String>>,
    pub bodies: RefCell<BTreeMap<String, String>>,
    pub uploads: RefCell<BTreeMap<String, u32>>,
    sessions: RefCell<BTreeMap<String, BTreeMap<String, String>>>,
    pub scripts: RefCell<BTreeMap<String, Published>>,
    pub failing: RefCell<BTreeMap<usize, Failure>>,
    /// How long a session's token lives, in milliseconds.
    pub life: Cell<f64>,
    /// How late a script is seen, in milliseconds.
    pub late: Cell<f64>,
    pub purged: RefCell<Vec<Value>>,
    pub puts: Cell<u32>,
    /// When it may be asked again after a 429.
    closed: Cell<f64>,
}

impl Fake {
    pub fn new() -> Self {
        let fake = Self::default();
        fake.clock.set(1_000_000.0);
        fake.life.set(3_600_000.0);
        fake
    }

    pub fn now(&self) -> f64 {
        self.clock.get()
    }

    pub fn wait_until(&self, due: f64) {
        self.clock.set(self.clock.get().max(due));
    }

    fn jwt(&self, kind: &str, name: &str) -> String {
        let claims =
            json!({"exp": (self.now() + self.life.get()) / 1000.0, "kind": kind, "script": name});
        format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    /// The script a token is for, unless it died or is of the other kind.
    fn owner(&self, jwt: &str, wanted: &str) -> Option<String> {
        let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        let alive = claims["exp"].as_f64()? * 1000.0 > self.now();
        (alive && claims["kind"] == wanted).then(|| claims["script"].as_str().unwrap().to_owned())
    }

    fn answer(&self, request: &ApiRequest) -> ApiResponse {
        let path = request
            .url
            .strip_prefix("https://api.test/client/v4/")
            .unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let shown = request
            .headers
            .iter()
            .find(|(name, _)| *name == "authorization");
        let shown = shown.unwrap().1.strip_prefix("Bearer ").unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        if let ["accounts", "acc", "workers", "assets", "upload"] = parts[..] {
            assert_eq!(query, "base64=true");
            return self.upload(request, shown);
        }
        if shown != TOKEN {
            return refused(403, 10000, "Authentication error");
        }
        match (request.method, &parts[..]) {
            ("POST", ["zones", "zone", "purge_cache"]) => {
                let body = serde_json::from_slice(&request.body).unwrap();
                self.purged.borrow_mut().push(body);
                good(200, json!({"id": "zone"}))
            }
            (
                method,
                [
                    "accounts",
                    "acc",
                    "workers",
                    "dispatch",
                    "namespaces",
                    "apps",
                    "scripts",
                    rest @ ..,
                ],
            ) => match (method, rest) {
                ("POST", [name, "assets-upload-session"]) => self.open(name, request),
                ("PUT", [name]) => self.put(name, request),
                ("GET", [name, "tags"]) => match self.tags(name) {
                    Some(tags) => good(200, json!(tags)),
                    None => refused(404, 10007, "workers.api.error.script_not_found"),
                },
                ("DELETE", [name]) => {
                    assert_eq!(query, "force=true");
                    if !self.seen(name) {
                        return refused(404, 10007, "workers.api.error.script_not_found");
                    }
                    let mut scripts = self.scripts.borrow_mut();
                    let script = scripts.get_mut(*name).unwrap();
                    script.gone_at = Some(self.now() + self.late.get());
                    good(200, Value::Null)
                }
                ("GET", []) => self.list(query),
                _ => refused(404, 7003, "Could not route"),
            },
            (_, ["accounts", "acc", "workers", "dispatch", "namespaces", ..]) => refused(
                404,
                100_119,
                "workers.api.error.dispatch_namespace_not_found",
            ),
            _ => refused(404, 7003, "Could not route"),
        }
    }

    pub fn seen(&self, name: &str) -> bool {
        self.tags(name).is_some()
    }

    /// The tags of what is seen under a name, which may be what was there before.
    fn tags(&self, name: &str) -> Option<Vec<String>> {
        let scripts = self.scripts.borrow();
        let script = scripts.get(name)?;
        match script.gone_at {
            Some(at) if at <= self.now() => None,
            _ if script.visible_at <= self.now() => Some(script.tags.clone()),
            _ => script.older.clone(),
        }
    }

    /// Whether what was sent last is seen.
    pub fn is_current(&self, name: &str) -> bool {
        self.seen(name) && self.scripts.borrow()[name].visible_at <= self.now()
    }

    fn open(&self, name: &str, request: &ApiRequest) -> ApiResponse {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let mut wanted = BTreeMap::new();
        for (path, entry) in body["manifest"].as_object().unwrap() {
            let hash = entry["hash"].as_str().unwrap();
            assert_eq!(hash.len(), 32);
            wanted.insert(path.clone(), hash.to_owned());
        }
        let known = self.bodies.borrow();
        let missing: BTreeSet<&String> = wanted
            .values()
            .filter(|hash| !known.contains_key(*hash))
            .collect();
        let missing: Vec<&String> = missing.into_iter().collect();
        let buckets: Vec<&[&String]> = missing.chunks(BUCKET).collect();
        let kind = if buckets.is_empty() { "done" } else { "upload" };
        let jwt = self.jwt(kind, name);
        let answer = good(200, json!({"jwt": jwt, "buckets": buckets}));
        self.sessions.borrow_mut().insert(name.to_owned(), wanted);
        answer
    }

    fn upload(&self, request: &ApiRequest, jwt: &str) -> ApiResponse {
        let Some(name) = self.owner(jwt, "upload") else {
            return refused(401, 10000, "Authentication error");
        };
        let mut bodies = self.bodies.borrow_mut();
        for (hash, kind, content) in multipart(request) {
            let bytes = STANDARD.decode(content).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            *self.uploads.borrow_mut().entry(hash.clone()).or_default() += 1;
            bodies.insert(hash, format!("{kind}\n{text}"));
        }
        let sessions = self.sessions.borrow();
        match sessions[&name]
            .values()
            .all(|hash| bodies.contains_key(hash))
        {
            true => good(201, json!({"jwt": self.jwt("done", &name)})),
            false => good(202, Value::Null),
        }
    }

    fn put(&self, name: &str, request: &ApiRequest) -> ApiResponse {
        let mut parts = multipart(request);
        let (first, kind, metadata) = parts.remove(0);
        assert_eq!(
            (first.as_str(), kind.as_str()),
            ("metadata", "application/json")
        );
        let metadata: Value = serde_json::from_slice(&metadata).unwrap();
        let jwt = metadata["assets"]["jwt"].as_str().unwrap();
        if self.owner(jwt, "done").as_deref() != Some(name) {
            return refused(401, 10021, "the assets' token is not valid");
        }
        let main = metadata["main_module"].as_str().unwrap();
        assert!(parts.iter().any(|(module, ..)| module == main));
        let tags = metadata["tags"].as_array().unwrap();
        let tags: Vec<String> = tags
            .iter()
            .map(|tag| tag.as_str().unwrap().to_owned())
            .collect();
        assert!(tags.len() <= 8 && tags.iter().all(|tag| !tag.contains([',', '&'])));
        let published = Published {
            tags,
            modules: parts
                .into_iter()
                .map(|(name, _, content)| (name, content))
                .collect(),
            assets: self.sessions.borrow()[name].clone(),
            metadata,
            visible_at: self.now() + self.late.get(),
            gone_at: None,
            older: self.tags(name),
        };
        self.puts.set(self.puts.get() + 1);
        self.scripts.borrow_mut().insert(name.to_owned(), published);
        good(200, json!({"id": name}))
    }

    /// Two scripts a page, whatever is asked.
    fn list(&self, query: &str) -> ApiResponse {
        let find = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key));
        let tag = find("tags=").unwrap().strip_suffix(":yes").unwrap();
        let from: usize = find("cursor=").map_or(0, |text| text.parse().unwrap());
        let scripts = self.scripts.borrow();
        let all: Vec<Value> = scripts
            .iter()
            .filter(|(name, script)| self.seen(name) && script.tags.iter().any(|each| each == tag))
            .map(|(name, script)| json!({"id": name, "tags": script.tags}))
            .collect();
        let page: Vec<&Value> = all.iter().skip(from).take(2).collect();
        let next = (from + 2 < all.len()).then(|| (from + 2).to_string());
        let body = json!({
            "success": true, "errors": [], "result": page, "result_info": {"cursor": next.unwrap_or_default()},
        });
        ApiResponse {
            status: 200,
            body: body.to_string().into_bytes(),
            ..ApiResponse::default()
        }
    }
}

impl Api for Fake {
    async fn call(&self, request: ApiRequest) -> Result<ApiResponse, Fault> {
        assert!(self.now() >= self.closed.get(), "it was told to wait");
        let number = self.calls.borrow().len();
        let line = format!("{} {}", request.method, request.url);
        self.calls.borrow_mut().push(line);
        let failure = self.failing.borrow().get(&number).copied();
        match failure {
            None => Ok(self.answer(&request)),
            Some(Failure::Lost) => Err(Fault("no connection".to_owned())),
            Some(Failure::Unheard) => {
                self.answer(&request);
                Err(Fault("the connection broke".to_owned()))
            }
            Some(Failure::Gateway) => Ok(ApiResponse {
                status: 502,
                body: b"<html>bad gateway</html>".to_vec(),
                ..ApiResponse::default()
            }),
            Some(Failure::Expired) => Ok(refused(401, 10000, "Authentication error")),
            Some(Failure::Limited) => {
                self.closed.set(self.now() + 30_000.0);
                let mut answer = refused(429, 10429, "slow down");
                answer
                    .headers
                    .insert("retry-after".to_owned(), "30".to_owned());
                Ok(answer)
            }
        }
    }
}

fn good(status: u16, result: Value) -> ApiResponse {
    let body = json!({"success": true, "errors": [], "messages": [], "result": result});
    ApiResponse {
        status,
        body: body.to_string().into_bytes(),
        ..ApiResponse::default()
    }
}

pub(super) fn refused(status: u16, code: u32, message: &str) -> ApiResponse {
    let body =
        json!({"success": false, "errors": [{"code": code, "message": message}], "result": null});
    ApiResponse {
        status,
        body: body.to_string().into_bytes(),
        ..ApiResponse::default()
    }
}

/// A form's parts: name, media type, content.
fn multipart(request: &ApiRequest) -> Vec<(String, String, Vec<u8>)> {
    let kind = request
        .headers
        .iter()
        .find(|(name, _)| *name == "content-type");
    let boundary = kind
        .unwrap()
        .1
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let text = String::from_utf8(request.body.clone()).unwrap();
    let end = format!("--{boundary}--\r\n");
    let text = text.strip_suffix(&end).unwrap();
    let start = format!("--{boundary}\r\n");
    let parts = text.split(&start).skip(1);
    parts
        .map(|part| {
            let (head, content) = part.split_once("\r\n\r\n").unwrap();
            let name = head
                .split("; name=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let kind = head.split("content-type: ").nth(1).unwrap();
            let content = content.strip_suffix("\r\n").unwrap();
            (
                name.to_owned(),
                kind.trim().to_owned(),
                content.as_bytes().to_vec(),
            )
        })
        .collect()
}
