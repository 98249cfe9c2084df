//! The background Worker: what previews wait for but no socket must, and what nobody waits for. It has no address of its
//! own; its objects are reached through the edge's bindings.

mod packages;
mod publisher;

pub use packages::PackageBuilder;
pub use publisher::Publisher;

use worker::{Context, Env, Request, Response, Result, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(_: Request, _: Env, _: Context) -> Result<Response> {
    Response::error("there is nothing here", 404)
}
