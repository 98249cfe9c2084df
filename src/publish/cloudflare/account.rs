//! Where Cloudflare's API is, and whom it knows us as.

use overskill_ports::ApiRequest;
use std::fmt;

/// Cloudflare's API, as its documentation has it.
pub const API: &str = "https://api.cloudflare.com/client/v4";

/// A dispatch namespace of an account, and the token that may write to it.
#[derive(Clone)]
pub struct Account {
    /// Without a slash at its end.
    pub api: String,
    /// The account's id.
    pub account: String,
    /// The dispatch namespace.
    pub namespace: String,
    /// The API's token; never logged.
    pub token: String,
    /// The Worker that hears what scripts with server code say.
    pub tail: Option<String>,
}

/// A zone whose cache can be purged.
#[derive(Clone)]
pub struct Zone {
    /// Without a slash at its end.
    pub api: String,
    /// The zone's id.
    pub zone: String,
    /// The API's token; never logged.
    pub token: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.namespace, self.account)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zone {}", self.zone)
    }
}

impl Account {
    /// The address of the account's own calls.
    pub(super) fn url(&self, rest: &str) -> String {
        format!("{}/accounts/{}/workers/{rest}", self.api, self.account)
    }

    /// The address of the namespace's scripts.
    pub(super) fn scripts(&self, rest: &str) -> String {
        self.url(&format!(
            "dispatch/namespaces/{}/scripts{rest}",
            self.namespace
        ))
    }

    pub(super) fn request(&self, method: &'static str, url: String) -> ApiRequest {
        request(method, url, &self.token)
    }
}

/// A request that shows a token.
pub(super) fn request(method: &'static str, url: String, token: &str) -> ApiRequest {
    ApiRequest {
        method,
        url,
        headers: vec![
            ("authorization", format!("Bearer {token}")),
            ("accept", "application/json".to_owned()),
            ("user-agent", "overskill-preview".to_owned()),
        ],
        body: Vec::new(),
    }
}

/// The same with a body.
pub(super) fn with_body(mut request: ApiRequest, kind: String, body: Vec<u8>) -> ApiRequest {
    request.headers.push(("content-type", kind));
    request.body = body;
    request
}
