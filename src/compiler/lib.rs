//! The compiler Worker: decode, compile, encode.

mod batch;
mod erase;

use worker::{Context, Env, Method, Request, Response, Result, event};

// A compile is allocations first of all, and the standard library's allocator is slow at them here.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Takes a `CompileBatch` by POST; at `/erase`, what the JavaScript half asks. Only the service binding reaches it.
#[event(fetch)]
async fn fetch(mut request: Request, _: Env, _: Context) -> Result<Response> {
    if request.method() != Method::Post {
        return Response::error("POST a batch", 405);
    }
    let body = request.bytes().await?;
    let answer = match request.path().as_str() {
        "/erase" => erase::answer(&body),
        _ => batch::answer(&body),
    };
    match answer {
        Ok(reply) => {
            let mut response = Response::from_bytes(reply)?;
            response
                .headers_mut()
                .set("content-type", "application/json")?;
            Ok(response)
        }
        Err(problem) => Response::error(problem, 400),
    }
}
