//! The two ways in which server code runs.

use super::{Place, Program};
use crate::{
    auth::random_hex, config::sealer, reply::Failure, secrets, servers::deployed_server,
    session::ask,
};
use futures_util::{StreamExt, stream};
use overskill_flows::{deploy::content_key, sealing::opened_variables};
use overskill_model::ContentHasher;
use overskill_platform::Bucket;
use overskill_ports::Blobs;
use overskill_protocol::{Command, Outcome, Refusal, ServerCode, ServerModuleKind, script_name};
use serde_json::json;
use worker::{
    Env,
    js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array},
    wasm_bindgen::{self, JsValue, prelude::*},
    wasm_bindgen_futures::future_to_promise,
    web_sys,
};

/// How many modules are read at a time.
const READS: usize = 8;

#[wasm_bindgen(module = "/src/edge/servers/runtime.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn load(
        loader: &JsValue,
        id: &str,
        read: &Function,
        policy: &str,
        limits: &str,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    fn warm(loader: &JsValue, id: &str, read: &Function, policy: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(catch)]
    fn dispatch(
        dispatcher: &JsValue,
        loader: &JsValue,
        name: &str,
        read: &Function,
        policy: &str,
        limits: &str,
    ) -> Result<JsValue, JsValue>;

    /// Sends a request on with these headers; its body is not touched.
    pub(super) fn forward(
        fetcher: &JsValue,
        request: &web_sys::Request,
        url: &str,
        headers: &web_sys::Headers,
    ) -> Promise;
}

/// Something that runs server code.
pub(super) trait Backend {
    /// What takes requests to `program`. Nothing waits here: it is loaded when it is first asked something.
    fn fetcher(&self, program: &Program) -> Result<JsValue, Failure>;
}

/// The Worker Loader: code is loaded when it is first needed, under an id that means nothing else.
pub(super) struct Loader<'a> {
    pub env: &'a Env,
}

/// A dispatch namespace, in which deployments have been published.
pub(super) struct Dispatch<'a> {
    pub env: &'a Env,
}

impl Loader<'_> {
    /// Has a program loaded that nobody asks yet.
    pub fn warm(&self, program: &Program) -> Result<(), Failure> {
        let loader = bound(self.env, "LOADER");
        if loader.is_undefined() {
            return Ok(());
        }
        let read = reader(self.env, program);
        warm(&loader, &id(self.env, program), &read, &program.policy).map_err(broken)
    }
}

impl Backend for Loader<'_> {
    fn fetcher(&self, program: &Program) -> Result<JsValue, Failure> {
        let loader = bound(self.env, "LOADER");
        if loader.is_undefined() {
            return Err(unbound());
        }
        let read = reader(self.env, program);
        let id = id(self.env, program);
        load(&loader, &id, &read, &program.policy, &limits(program)).map_err(broken)
    }
}

impl Backend for Dispatch<'_> {
    fn fetcher(&self, program: &Program) -> Result<JsValue, Failure> {
        let Place::Deployment(deployment) = &program.place else {
            return Err(Failure::Fault("only deployments are published".to_owned()));
        };
        let (dispatcher, loader) = (bound(self.env, "DISPATCHER"), bound(self.env, "LOADER"));
        if dispatcher.is_undefined() && loader.is_undefined() {
            return Err(unbound());
        }
        let name = script_name(&program.app, deployment);
        let read = reader(self.env, program);
        let (policy, limits) = (&program.policy, limits(program));
        dispatch(&dispatcher, &loader, &name, &read, policy, &limits).map_err(broken)
    }
}

fn unbound() -> Failure {
    let detail = "Server code is not run here: there is no Worker Loader (`LOADER` in wrangler.toml, which takes a paid plan).";
    Refusal::new(501, "servers-unavailable", detail).into()
}

fn bound(env: &Env, name: &str) -> JsValue {
    let value = Reflect::get(env, &name.into());
    value.unwrap_or(JsValue::UNDEFINED)
}

fn broken(error: JsValue) -> Failure {
    Failure::Fault(format!("server code can't be asked: {error:?}"))
}

fn limits(program: &Program) -> String {
    let limits = program.routed.server.limits;
    json!({"cpuMs": limits.cpu_ms, "subRequests": limits.sub_requests}).to_string()
}

/// What the loader knows it by: of this app alone, and another one for whatever could make it run otherwise. What it
/// holds of this Worker is of this version of it.
fn id(env: &Env, program: &Program) -> String {
    let version = Reflect::get(&bound(env, "VERSION"), &"id".into());
    let version = version.ok().and_then(|id| id.as_string());
    let server = &program.routed.server;
    let hash = ContentHasher::new()
        .field(server.hash.bytes())
        .field(program.routed.variables.bytes())
        .field(&program.policy)
        .field(program.secrets.to_string())
        .field(version.unwrap_or_else(|| "0".to_owned()))
        .finish();
    let place = match &program.place {
        Place::Live => "live",
        Place::Deployment(id) => id,
    };
    format!("{}:{place}:{hash}", program.app)
}

/// What gives the program's code when it is to be loaded: any number of times, or never.
fn reader(env: &Env, program: &Program) -> Function {
    let (env, program) = (env.clone(), program.clone());
    let read = move || {
        let (env, program) = (env.clone(), program.clone());
        future_to_promise(async move {
            match code(&env, &program).await {
                Ok(Some((code, contents))) => written(&code, &contents),
                Ok(None) => Ok(JsValue::NULL),
                Err(Failure::Refused(refusal)) => {
                    Err(worker::js_sys::Error::new(&refusal.code).into())
                }
                Err(Failure::Fault(cause)) => {
                    let id = random_hex(8);
                    worker::console_error!(
                        "{}",
                        json!({"event": "server", "id": id, "fault": cause})
                    );
                    let text = format!("the code could not be read ({id})");
                    Err(worker::js_sys::Error::new(&text).into())
                }
            }
        })
    };
    let closure = Closure::<dyn FnMut() -> Promise>::new(read);
    closure.into_js_value().unchecked_into()
}

type Code = Option<(ServerCode, Vec<Vec<u8>>)>;

/// The code, with the app's secrets over its variables. They are today's wherever it runs: one that was replaced is good
/// for nothing.
async fn code(env: &Env, program: &Program) -> Result<Code, Failure> {
    let code = match &program.place {
        Place::Live => of_preview(env, program).await?,
        Place::Deployment(id) => of_deployment(env, program, id).await?,
    };
    let Some((mut code, contents)) = code else {
        return Ok(None);
    };
    // Without any there is nothing to ask for.
    if program.secrets > 0 {
        let secrets = secrets::open(env, &program.app).await?;
        code.variables.extend(secrets);
    }
    Ok(Some((code, contents)))
}

async fn of_preview(env: &Env, program: &Program) -> Result<Code, Failure> {
    let command = Command::ReadServer {
        hash: program.routed.server.hash,
        variables: program.routed.variables,
    };
    match ask(env, &program.app, &command, &[]).await? {
        (Outcome::ServerCode(code), contents) => Ok(Some((*code, contents))),
        (other, _) => Err(crate::files::unexpected(&other)),
    }
}

async fn of_deployment(env: &Env, program: &Program, id: &str) -> Result<Code, Failure> {
    let Some(server) = deployed_server(env, &program.app, id).await? else {
        return Ok(None);
    };
    let text = server.variables.as_deref().unwrap_or("{}");
    let variables = opened_variables(sealer(env).as_ref(), &program.app, id, text);
    let variables = variables
        .ok_or_else(|| Failure::Fault("a deployment's variables can't be opened".to_owned()))?;
    let bucket = Bucket { env };
    let reads = server.modules.values().map(|module| {
        let key = content_key(&program.app, &module.hash.to_string());
        let bucket = &bucket;
        async move {
            let found = bucket
                .get(&key)
                .await
                .map_err(|fault| Failure::Fault(fault.0))?;
            found.ok_or_else(|| Failure::Fault(format!("{key} is not there")))
        }
    });
    let contents: Vec<Result<Vec<u8>, Failure>> =
        stream::iter(reads).buffered(READS).collect().await;
    let contents = contents.into_iter().collect::<Result<Vec<_>, Failure>>()?;
    Ok(Some((ServerCode { server, variables }, contents)))
}

/// The code as `runtime.js` takes it.
fn written(code: &ServerCode, contents: &[Vec<u8>]) -> Result<JsValue, JsValue> {
    let modules = Array::new();
    for ((name, module), bytes) in code.server.modules.iter().zip(contents) {
        let kind = match module.kind {
            ServerModuleKind::Script => "script",
            ServerModuleKind::Wasm => "wasm",
            ServerModuleKind::Data => "data",
        };
        let bytes = Uint8Array::from(&bytes[..]);
        modules.push(&Array::of3(&name.into(), &kind.into(), &bytes));
    }
    let env = Object::new();
    for (name, value) in &code.variables {
        Reflect::set(&env, &name.into(), &value.into())?;
    }
    let vars = serde_json::to_string(&code.server.vars).map_err(|it| it.to_string())?;
    let flags = code.server.compatibility_flags.iter();
    let flags: Array = flags.map(JsValue::from).collect();
    let written = Object::new();
    for (name, value) in [
        ("main", JsValue::from(&code.server.main)),
        ("date", JsValue::from(&code.server.compatibility_date)),
        ("flags", flags.into()),
        ("modules", modules.into()),
        ("vars", vars.into()),
        ("env", env.into()),
    ] {
        Reflect::set(&written, &name.into(), &value)?;
    }
    Ok(written.into())
}
