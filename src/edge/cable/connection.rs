//! A client that is spoken to from here: it gets its pings, and each app that it listens to has a socket in its place.

use super::{
    Entrance,
    inbox::{Ear, Inbox, News},
    refused, unknown,
    upstream::{Passed, Upstream},
};
use crate::{
    auth::Caller,
    config::{Config, room_limits},
    reply::Failure,
    store,
};
use futures_util::future::{Either, select};
use overskill_hmr::room::{
    Bucket, Identifier, Limits, Protocol, Reason, Said, disconnect, ping, reject, welcome,
};
use overskill_model::Slug;
use overskill_protocol::Visibility;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    pin::pin,
    time::Duration,
};
use worker::{Date, Delay, Env, Response, WebSocketPair, wasm_bindgen_futures::spawn_local};

/// How often a client of Action Cable expects to hear something.
const BEAT: Duration = Duration::from_secs(3);
/// After how many beats the objects' sockets are asked whether they are there.
const PROBE: u32 = 3;
/// How many messages of a client may wait, on top of those that it may send at once.
const WAITING: usize = 16;
/// How many apps a client may listen to.
const APPS: usize = 8;

/// A client.
pub(super) struct Connection {
    env: Env,
    config: Config,
    limits: Limits,
    protocol: Protocol,
    /// Whom the upgrade's header stands for.
    caller: Option<Caller>,
    /// The only app that the page which asks may hear of.
    label: Option<String>,
    bucket: Bucket,
    sockets: WebSocketPair,
    inbox: Inbox<Option<u32>>,
    _ear: Ear,
    upstreams: BTreeMap<u32, Upstream>,
    next: u32,
    /// Which upstream an identifier is subscribed on.
    routes: HashMap<String, u32>,
    greeted: bool,
    pinged: u64,
}

/// Why a connection is over: the client went, or is sent away with a close code and why.
enum Over {
    Gone,
    Ended(u16, &'static str),
}

impl Connection {
    pub fn new(
        env: &Env,
        config: &Config,
        protocol: Protocol,
        caller: Option<Caller>,
        label: Option<String>,
    ) -> Result<Self, Failure> {
        let limits = room_limits(env)?;
        let sockets = WebSocketPair::new()?;
        let inbox = Inbox::new();
        let ear = inbox.listen(&sockets.server, None, limits.burst + WAITING);
        sockets.server.accept()?;
        Ok(Self {
            env: env.clone(),
            config: config.clone(),
            limits,
            protocol,
            caller,
            label,
            bucket: Bucket::full(&limits, Date::now().as_millis()),
            sockets,
            inbox,
            _ear: ear,
            upstreams: BTreeMap::new(),
            next: 0,
            routes: HashMap::new(),
            greeted: false,
            pinged: 0,
        })
    }

    /// Starts with one app, whose object answered; it greets the client.
    pub fn over(mut self, entrance: &Entrance, response: Response) -> Result<Response, Failure> {
        self.add(entrance, response)?;
        self.start()
    }

    /// Starts without any app.
    pub fn alone(mut self) -> Result<Response, Failure> {
        self.greeted = true;
        let _ = self.say(&welcome(None, None));
        self.start()
    }

    fn start(mut self) -> Result<Response, Failure> {
        let response = Response::from_websocket(self.sockets.client.clone())?;
        spawn_local(async move {
            if let Over::Ended(code, why) = self.run().await {
                let _ = self.sockets.server.close(Some(code), Some(why));
            }
        });
        Ok(response)
    }

    fn add(&mut self, entrance: &Entrance, response: Response) -> Result<u32, Failure> {
        let name = self.next;
        let upstream = Upstream::over(entrance, response, &self.limits, &self.inbox, name)?;
        self.upstreams.insert(name, upstream);
        self.next += 1;
        Ok(name)
    }

    async fn run(&mut self) -> Over {
        let mut beats = 0;
        let mut beat = Box::pin(Delay::from(BEAT));
        loop {
            let heard = match select(pin!(self.inbox.next()), &mut beat).await {
                Either::Left((news, _)) => Some(news),
                Either::Right(_) => None,
            };
            let step = match heard {
                Some((None, news)) => self.client_says(news).await,
                Some((Some(name), news)) => self.object_says(name, news),
                None => {
                    beat = Box::pin(Delay::from(BEAT));
                    beats += 1;
                    self.beat(beats % PROBE == 0)
                }
            };
            if let Err(over) = step {
                return over;
            }
        }
    }

    fn beat(&mut self, probe: bool) -> Result<(), Over> {
        self.pinged = (Date::now().as_millis() / 1000).max(self.pinged + 1);
        self.say(&ping(self.pinged))?;
        match !probe || self.upstreams.values().all(Upstream::probe) {
            true => Ok(()),
            false => Err(self.lost()),
        }
    }

    async fn client_says(&mut self, news: News) -> Result<(), Over> {
        let text = match news {
            News::Text(text) => text,
            News::Binary => String::new(),
            News::Gone => return Err(Over::Gone),
            News::TooMuch => return Err(self.refuse(1008, "too many messages")),
        };
        if !self.bucket.take(&self.limits, Date::now().as_millis()) {
            return Err(self.refuse(1008, "too many messages"));
        }
        if text.len() > self.limits.frame {
            return Err(self.refuse(1009, "too large a message"));
        }
        let Some(said) = Said::read(&text) else {
            return Ok(());
        };
        let route = self.routes.get(&said.identifier).copied();
        let route = match (said.command.as_str(), route) {
            ("subscribe", None) => match self.route(&said.identifier).await {
                Some(route) => route,
                None => return self.say(&reject(&said.identifier)),
            },
            (_, None) => return Ok(()),
            ("unsubscribe", Some(route)) => {
                self.routes.remove(&said.identifier);
                route
            }
            // What the object is told of what came through is ours to say.
            ("message", Some(_)) => return Ok(()),
            (_, Some(route)) => route,
        };
        match self.upstreams.get(&route).is_some_and(|it| it.say(&text)) {
            true => Ok(()),
            false => Err(self.lost()),
        }
    }

    /// The upstream for a new subscription; `None` where it is not to be.
    async fn route(&mut self, identifier: &str) -> Option<u32> {
        let read = Identifier::read(identifier)?;
        let fits = self.routes.len() < self.limits.subscriptions;
        let may = self
            .label
            .as_ref()
            .is_none_or(|label| *label == read.app_id);
        let slug = Slug::parse(&read.app_id).ok().filter(|_| fits && may)?;
        // What Rails signed is the object's to read; an app's own token is looked up here.
        let token = read.token.filter(|token| !token.contains("--"));
        let known = self
            .upstreams
            .iter()
            .find(|(_, upstream)| upstream.slug == slug && (upstream.shown || token.is_none()));
        let route = match known {
            Some((name, _)) => *name,
            None => self.open(&slug, token).await?,
        };
        self.routes.insert(identifier.to_owned(), route);
        Some(route)
    }

    async fn open(&mut self, slug: &Slug, token: Option<String>) -> Option<u32> {
        if self.upstreams.len() >= APPS {
            return None;
        }
        match self.try_open(slug, token).await {
            Ok(name) => Some(name),
            Err(failure) => {
                if let Failure::Fault(cause) = failure {
                    worker::console_error!("{}", json!({"event": "cable", "fault": cause}));
                }
                None
            }
        }
    }

    async fn try_open(&mut self, slug: &Slug, token: Option<String>) -> Result<u32, Failure> {
        let app = store::by_slug(&self.env, slug).await?.ok_or_else(unknown)?;
        let given = match (token, &self.caller) {
            _ if app.visibility == Visibility::Public => None,
            (Some(token), _) => Some(Caller::of_token(&token, &self.env, &self.config).await?),
            (None, _) => None,
        };
        let caller = given.as_ref().or(self.caller.as_ref());
        let shown = caller.is_some_and(|caller| caller.may(Some(&app.id)).is_ok());
        let entrance = Entrance::new(&app, self.protocol, shown.then_some(u64::MAX));
        let response = entrance.knock(&self.env).await?;
        if response.status_code() != 101 {
            return Err(refused(response).await.into());
        }
        self.add(&entrance, response)
    }

    fn object_says(&mut self, name: u32, news: News) -> Result<(), Over> {
        let Some(upstream) = self.upstreams.get(&name) else {
            return Ok(());
        };
        let text = match news {
            News::Text(text) => text,
            News::Binary => return Ok(()),
            News::Gone | News::TooMuch => return Err(self.lost()),
        };
        match upstream.read(&text) {
            Passed::On => self.say(&text),
            Passed::Kept => Ok(()),
            Passed::Welcome => match std::mem::replace(&mut self.greeted, true) {
                true => Ok(()),
                false => {
                    self.restored(name, &text);
                    self.say(&text)
                }
            },
            Passed::Rejected(identifier) => {
                self.routes.remove(&identifier);
                self.say(&text)
            }
            // Its other apps are none of the client's concern here.
            Passed::Disconnect { of_app: true } if self.upstreams.len() > 1 => {
                self.upstreams.remove(&name);
                let routes = std::mem::take(&mut self.routes).into_iter();
                let (ended, kept) = routes.partition::<HashMap<_, _>, _>(|(_, to)| *to == name);
                self.routes = kept;
                ended
                    .keys()
                    .try_for_each(|identifier| self.say(&reject(identifier)))
            }
            Passed::Disconnect { .. } => {
                self.say(&text)?;
                Err(Over::Ended(1000, "disconnected"))
            }
        }
    }

    /// Notes the subscriptions that hold again.
    fn restored(&mut self, name: u32, welcome: &str) {
        let frame: Value = serde_json::from_str(welcome).unwrap_or_default();
        let restored = frame["restored_ids"].as_array().into_iter().flatten();
        let restored =
            restored.filter_map(|identifier| Some((identifier.as_str()?.to_owned(), name)));
        self.routes.extend(restored);
    }

    fn say(&self, text: &str) -> Result<(), Over> {
        let said = self.sockets.server.send_with_str(text);
        said.map_err(|_| Over::Gone)
    }

    fn lost(&self) -> Over {
        let _ = self.say(&disconnect(Reason::ServerRestart, true));
        Over::Ended(1012, "come back")
    }

    fn refuse(&self, code: u16, why: &'static str) -> Over {
        let _ = self.say(&disconnect(Reason::InvalidRequest, false));
        Over::Ended(code, why)
    }
}
