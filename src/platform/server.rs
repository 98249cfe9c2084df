//! Servers with an API, over `fetch`.

use crate::{bounded, fault, within};
use overskill_ports::{Api, ApiRequest, ApiResponse, Fault};
use std::{collections::BTreeMap, time::Duration};
use worker::{Fetch, Headers, Method, Request, RequestInit, RequestRedirect, js_sys::Uint8Array};

/// How long one call may take.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const ANSWER_BYTES: usize = 32 << 20;

/// Whatever server a request names.
pub struct Server;

impl Api for Server {
    async fn call(&self, request: ApiRequest) -> Result<ApiResponse, Fault> {
        within(LONGEST, send(request)).await
    }
}

async fn send(asked: ApiRequest) -> Result<ApiResponse, Fault> {
    let headers = Headers::new();
    for (name, value) in &asked.headers {
        headers.set(name, value).map_err(fault)?;
    }
    let mut init = RequestInit::new();
    // What a request shows is for the server that it names.
    init.with_method(Method::from(asked.method.to_owned()))
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    if !asked.body.is_empty() {
        init.with_body(Some(Uint8Array::from(&asked.body[..]).into()));
    }
    let request = Request::new_with_init(&asked.url, &init).map_err(fault)?;
    let mut response = Fetch::Request(request).send().await.map_err(fault)?;
    let headers: BTreeMap<String, String> = response.headers().entries().collect();
    let status = response.status_code();
    let body = match status {
        // Without a body there is no stream.
        204 | 205 | 304 => Vec::new(),
        _ => bounded(&mut response, ANSWER_BYTES).await?,
    };
    Ok(ApiResponse {
        status,
        headers,
        body,
    })
}
