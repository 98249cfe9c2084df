//! The background Worker: what previews wait for but no socket must, and what nobody waits for. It has no address of its
//! own; it and its objects are reached through the edge's bindings.

mod packages;
mod published;
mod publisher;

pub use packages::PackageBuilder;
pub use published::Deployer;
pub use publisher::Publisher;

use overskill_protocol::openapi;
use worker::{Context, Env, Request, Response, Result, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, _: Env, _: Context) -> Result<Response> {
    // The document's generator is as large as a tenth of the edge, and seldom asked.
    match request.path().as_str() {
        "/openapi.json" => Response::from_json(&openapi()),
        _ => Response::error("there is nothing here", 404),
    }
}
