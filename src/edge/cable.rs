//! The relay's front door: `/__overskill/cable` on preview hosts, `/cable` on the control host. Our own clients go
//! through to the app's object, which sleeps between updates; all others are spoken to from here, as they want pings.

mod connection;
mod inbox;
mod upstream;

use crate::{
    apps,
    auth::Caller,
    config::Config,
    preview::shown,
    reply::{self, Failure},
    store::{self, AppRow},
};
use connection::Connection;
use overskill_flows::usage::Meter;
use overskill_hmr::{
    origin::{Page, page},
    room::{Protocol, choose},
};
use overskill_model::{AppId, Slug};
use overskill_platform::tally;
use overskill_protocol::{Door, Refusal, Visibility};
use serde::{Deserialize, Serialize};
use worker::{Env, Headers, Method, Request, RequestInit, Response};

/// Who comes into an app's object, and how. Only this Worker can send it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entrance {
    pub app: AppId,
    pub door: Door,
    pub protocol: Protocol,
    /// Whether it is our own client.
    pub own: bool,
    /// Until when it was shown to be let in, in milliseconds since 1970.
    pub until: Option<u64>,
    /// The session to take up again.
    pub sid: Option<String>,
}

impl Entrance {
    /// Where it is in a request to the object.
    pub const HEADER: &'static str = "x-overskill-entrance";

    fn new(app: &AppRow, protocol: Protocol, until: Option<u64>) -> Self {
        Self {
            app: app.id.clone(),
            door: apps::door(app),
            protocol,
            own: false,
            until,
            sid: None,
        }
    }

    /// Opens a socket to the object; the answer has it, or says why not.
    async fn knock(&self, env: &Env) -> Result<Response, Failure> {
        let stub = env.durable_object("APPS")?.get_by_name(self.app.as_str())?;
        let headers = Headers::new();
        headers.set("upgrade", "websocket")?;
        headers.set(Self::HEADER, &serde_json::to_string(self)?)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Get).with_headers(headers);
        let request = Request::new_with_init("https://object/cable", &init)?;
        tally::count(Meter::ObjectRequests, 1.0);
        Ok(stub.fetch_with_request(request).await?)
    }
}

/// What a client asks for in the address.
struct Asked {
    app: Option<String>,
    own: bool,
    sid: Option<String>,
    protocol: Protocol,
    /// The subprotocol to name in the answer.
    named: Option<&'static str>,
}

impl Asked {
    fn read(request: &Request) -> Result<Self, Failure> {
        let url = request.url()?;
        let parameter = |wanted: &str| {
            let mut pairs = url.query_pairs();
            pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        let headers = request.headers();
        let offered = headers.get("sec-websocket-protocol")?.unwrap_or_default();
        let (protocol, named) = choose(&offered);
        let restored = headers.get("x-anycable-restore-sid")?;
        Ok(Self {
            app: parameter("app"),
            own: parameter("client").as_deref() == Some("1"),
            sid: parameter("sid").or(restored).filter(|sid| !sid.is_empty()),
            protocol,
            named,
        })
    }

    /// Takes the client in where its app is known.
    async fn enter(
        self,
        app: &AppRow,
        until: Option<u64>,
        env: &Env,
        connection: impl FnOnce(Protocol) -> Result<Connection, Failure>,
    ) -> Result<Response, Failure> {
        let mut entrance = Entrance::new(app, self.protocol, until);
        entrance.own = self.own;
        entrance.sid = self.sid;
        let response = entrance.knock(env).await?;
        if response.status_code() != 101 {
            return Err(refused(response).await.into());
        }
        let response = match self.own {
            true => response,
            false => connection(self.protocol)?.over(&entrance, response)?,
        };
        named(response, self.named)
    }
}

/// Names the subprotocol that is spoken.
fn named(response: Response, protocol: Option<&str>) -> Result<Response, Failure> {
    let headers = Headers::new();
    if let Some(protocol) = protocol {
        headers.set("sec-websocket-protocol", protocol)?;
    }
    Ok(response.with_headers(headers))
}

/// Why the object let nobody in.
async fn refused(mut response: Response) -> Refusal {
    let detail = response.text().await.unwrap_or_default();
    match response.status_code() {
        404 => Refusal::new(404, "app-not-found", detail),
        _ => Refusal::new(503, "too-many-sockets", detail),
    }
}

/// The relay on an app's own host.
pub(crate) async fn on_preview(
    request: &Request,
    env: &Env,
    config: &Config,
    slug: &Slug,
) -> Result<Response, Failure> {
    if !upgrades(request)? {
        return wants_upgrade();
    }
    let origin = request.headers().get("origin")?;
    if !page(origin.as_deref(), &config.place()).may_see(slug.as_str()) {
        return Err(foreign().into());
    }
    let Some(app) = store::by_slug(env, slug).await? else {
        return Err(unknown().into());
    };
    config.seen.note(|known| known.app = Some(app.id.clone()));
    let until = match app.visibility {
        Visibility::Public => None,
        Visibility::Private => {
            let until = shown(request, env, config, &app).await?;
            let detail = "This preview is private: open its page with a token first.";
            let refusal = || Refusal::new(401, "unauthenticated", detail);
            Some(until.ok_or_else(refusal)?)
        }
    };
    let label = Some(slug.to_string());
    let connection = |protocol| Connection::new(env, config, protocol, None, label);
    let asked = Asked::read(request)?;
    asked.enter(&app, until, env, connection).await
}

/// The relay on the control host, for any app.
pub(crate) async fn on_control(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    if !upgrades(request)? {
        return wants_upgrade();
    }
    let origin = request.headers().get("origin")?;
    let place = config.place();
    let page = page(origin.as_deref(), &place);
    if page == Page::Foreign {
        return Err(foreign().into());
    }
    let caller = match request.headers().has("authorization")? {
        true => Some(Caller::of(request, env, config).await?),
        false => None,
    };
    let label = match page {
        Page::OfLabel(label) => Some(label.split("--").next().unwrap_or(label).to_owned()),
        _ => None,
    };
    let asked = Asked::read(request)?;
    let Some(wanted) = &asked.app else {
        if asked.own {
            let detail = "Say in `app` which app's relay is meant.";
            return Err(Refusal::new(400, "app-missing", detail).into());
        }
        let connection = Connection::new(env, config, asked.protocol, caller, label)?;
        return named(connection.alone()?, asked.named);
    };
    if !page.may_see(wanted) {
        return Err(foreign().into());
    }
    let slug = Slug::parse(wanted).map_err(|_| unknown())?;
    let app = store::by_slug(env, &slug).await?.ok_or_else(unknown)?;
    if let Some(caller) = &caller {
        caller.may(Some(&app.id))?;
    }
    let until = caller.as_ref().map(|_| u64::MAX);
    let connection = |protocol| Connection::new(env, config, protocol, caller, label);
    asked.enter(&app, until, env, connection).await
}

fn upgrades(request: &Request) -> Result<bool, Failure> {
    let upgrade = request.headers().get("upgrade")?.unwrap_or_default();
    Ok(request.inner().method() == "GET" && upgrade.eq_ignore_ascii_case("websocket"))
}

fn wants_upgrade() -> Result<Response, Failure> {
    let text = "The relay is a WebSocket.\n".to_owned();
    reply::text(426, "text/plain; charset=utf-8", text)
}

fn foreign() -> Refusal {
    let detail = "Pages of this origin may not listen here; `EDITOR_ORIGINS` names those that may besides the app's own.";
    Refusal::new(403, "foreign-origin", detail)
}

fn unknown() -> Refusal {
    Refusal::new(404, "app-not-found", "There is no such app.")
}
