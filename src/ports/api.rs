//! A server that is asked for more than to give something.

use crate::Fault;
use std::collections::BTreeMap;

/// A request of any method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiRequest {
    /// In capitals.
    pub method: &'static str,
    /// Where.
    pub url: String,
    /// Names in lower case. May hold secrets: never logged.
    pub headers: Vec<(&'static str, String)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
}

/// What it is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiResponse {
    /// The status; any of them is an answer.
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Servers with an API.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Api {
    /// Sends one request; nothing is tried again here, and no redirect is followed.
    ///
    /// # Errors
    /// When there is no answer: whether the server did what it was asked is not known then.
    async fn call(&self, request: ApiRequest) -> Result<ApiResponse, Fault>;
}
