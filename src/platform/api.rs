//! Servers with an API, over `fetch`.

use crate::{bounded, fault, within};
use overskill_ports::{Api, ApiRequest, ApiResponse, Fault};
use std::{collections::BTreeMap, time::Duration};
use worker::{Fetch, Headers, Method, Request, RequestInit, RequestRedirect, js_sys::Uint8Array};

/// How long one call may take: an upload of some megabytes.
const LONGEST: Duration = Duration::from_secs(120);
/// The most that is read of an answer, in bytes.
const ANSWER: usize = 32 << 20;

/// Whatever server is asked.
pub struct Servers;

impl Api for Servers {
    async fn call(&self, request: ApiRequest) -> Result<ApiResponse, Fault> {
        within(LONGEST, once(request)).await
    }
}

async fn once(request: ApiRequest) -> Result<ApiResponse, Fault> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(fault)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method.to_owned()))
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    if !request.body.is_empty() {
        init.with_body(Some(Uint8Array::from(&request.body[..]).into()));
    }
    let request = Request::new_with_init(&request.url, &init).map_err(fault)?;
    let mut response = Fetch::Request(request).send().await.map_err(fault)?;
    let headers: BTreeMap<String, String> = response.headers().entries().collect();
    let status = response.status_code();
    let body = match status {
        // Without a body there is no stream.
        204 | 205 | 304 => Vec::new(),
        _ => bounded(&mut response, ANSWER).await?,
    };
    Ok(ApiResponse {
        status,
        headers,
        body,
    })
}
