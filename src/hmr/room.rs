//! The relay of one app: which sockets listen, what they are told, who has to go. Events in, actions out.

mod limits;
mod protocol;
mod socket;
#[cfg(test)]
mod tests;

pub use limits::{Bucket, Limits};
pub use protocol::{Identifier, Protocol, Reason, Said, choose, disconnect, ping, reject, welcome};
pub use socket::Entry;

use overskill_protocol::{Envelope, EnvelopeKind};
use protocol::{From, about, data};
use socket::{Kept, Socket, Subscription};
use std::collections::{BTreeMap, HashMap};

/// A socket's name within the room.
pub type SocketId = u32;

/// What is to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sends a frame to sockets.
    Send(Vec<SocketId>, String),
    /// Keeps with a socket what [`Room::kept`] gives for it.
    Keep(SocketId),
    /// Ends a connection, with a close code and why.
    Close(SocketId, u16, &'static str),
}

/// The log of updates.
pub trait Log {
    /// Which life of it this is, and its newest version.
    fn head(&self) -> Result<(String, u64), Unreadable>;
    /// What followed `seq`, or one `full-reload`; a `build-error` that holds now is last.
    fn since(&self, epoch: &str, seq: u64) -> Result<Vec<Envelope>, Unreadable>;
    /// Until when a token opens the app.
    fn opens(&self, token: &str, now: u64) -> Option<u64>;
}

/// The log can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// An app's room.
#[derive(Debug)]
pub struct Room {
    limits: Limits,
    slug: String,
    private: bool,
    sockets: BTreeMap<SocketId, Socket>,
}

impl Room {
    /// An empty room.
    pub fn new(limits: Limits, slug: String, private: bool) -> Self {
        Self {
            limits,
            slug,
            private,
            sockets: BTreeMap::new(),
        }
    }

    /// How many sockets there are.
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Whether no more fit.
    pub fn is_full(&self) -> bool {
        self.sockets.len() >= self.limits.sockets
    }

    /// Whether a socket is in it.
    pub fn has(&self, id: SocketId) -> bool {
        self.sockets.contains_key(&id)
    }

    /// What to keep with a socket for [`Room::wake`].
    pub fn kept(&self, id: SocketId) -> Option<Vec<u8>> {
        let kept = &self.sockets.get(&id)?.kept;
        Some(serde_json::to_vec(kept).expect("texts and numbers always serialise"))
    }

    /// Takes a socket in as it was kept; false where that can't be read.
    pub fn wake(&mut self, id: SocketId, kept: &[u8], now: u64) -> bool {
        let kept = serde_json::from_slice::<Kept>(kept).ok();
        let socket = kept.map(|kept| Socket::new(kept, &self.limits, now));
        socket
            .map(|socket| self.sockets.insert(id, socket))
            .is_some()
    }

    /// A socket came. `session` is what [`Room::session`] gave when a client of that session left.
    pub fn enter(
        &mut self,
        id: SocketId,
        entry: Entry,
        session: Option<&[u8]>,
        log: &impl Log,
        now: u64,
    ) -> Vec<Action> {
        let Entry {
            protocol,
            own,
            until,
            sid,
        } = entry;
        let earlier = session.and_then(|text| serde_json::from_slice::<Vec<String>>(text).ok());
        let restored: Option<Vec<Subscription>> = earlier.map(|identifiers| {
            let all = identifiers.into_iter().take(self.limits.subscriptions);
            all.filter_map(|identifier| {
                let (_, shown) = self.admit(&identifier, until, log, now)?;
                Some(Subscription(identifier, shown))
            })
            .collect()
        });
        let names = restored.as_ref().map(|restored| {
            let names = restored.iter().map(|subscription| subscription.0.clone());
            names.collect::<Vec<_>>()
        });
        let frame = welcome(sid.as_deref(), names.as_deref());
        let kept = Kept {
            protocol,
            own,
            until,
            sid,
            since: now,
            subscriptions: restored.unwrap_or_default(),
        };
        self.sockets
            .insert(id, Socket::new(kept, &self.limits, now));
        vec![Action::Keep(id), Action::Send(vec![id], frame)]
    }

    /// A socket's session as it can be taken up again, under its name.
    pub fn session(&self, id: SocketId) -> Option<(String, Vec<u8>)> {
        let kept = &self.sockets.get(&id)?.kept;
        let names = kept
            .subscriptions
            .iter()
            .map(|subscription| &subscription.0);
        let names: Vec<_> = names.collect();
        let sid = kept.sid.clone().filter(|_| !names.is_empty())?;
        Some((
            sid,
            serde_json::to_vec(&names).expect("texts always serialise"),
        ))
    }

    /// A socket went.
    pub fn leave(&mut self, id: SocketId) {
        self.sockets.remove(&id);
    }

    /// A socket said something; `text` is nothing where it was binary.
    pub fn hear(
        &mut self,
        id: SocketId,
        text: Option<&str>,
        log: &impl Log,
        now: u64,
    ) -> Vec<Action> {
        let limits = self.limits;
        let Some(socket) = self.sockets.get_mut(&id) else {
            return Vec::new();
        };
        if !socket.bucket.take(&limits, now) {
            return self.dismiss(id, Reason::InvalidRequest, false, 1008, "too many messages");
        }
        let Some(text) = text else {
            return Vec::new();
        };
        if text.len() > limits.frame {
            return self.dismiss(
                id,
                Reason::InvalidRequest,
                false,
                1009,
                "too large a message",
            );
        }
        let Some(said) = Said::read(text) else {
            return Vec::new();
        };
        match said.command.as_str() {
            "subscribe" => self.subscribe(id, &said, log, now),
            "unsubscribe" => match socket.place(&said.identifier) {
                Some(at) => {
                    socket.kept.subscriptions.remove(at);
                    vec![Action::Keep(id)]
                }
                None => Vec::new(),
            },
            "message" => {
                let known = socket.place(&said.identifier).is_some();
                if let Some(seq) = said.acknowledged().filter(|_| known) {
                    socket.acknowledges(seq);
                }
                Vec::new()
            }
            "history" if socket.place(&said.identifier).is_some() => self.history(id, &said, log),
            _ => Vec::new(),
        }
    }

    fn subscribe(&mut self, id: SocketId, said: &Said, log: &impl Log, now: u64) -> Vec<Action> {
        let Some(socket) = self.sockets.get(&id) else {
            return Vec::new();
        };
        let identifier = &said.identifier;
        let confirm = Action::Send(vec![id], about("confirm_subscription", identifier));
        let mut actions = Vec::new();
        if socket.place(identifier).is_some() {
            // The client did not hear of it yet.
            actions.push(confirm);
        } else {
            let extended = socket.kept.protocol == Protocol::Extended;
            let fits = socket.kept.subscriptions.len() < self.limits.subscriptions
                && identifier.len() <= self.limits.identifier;
            let admitted = self.admit(identifier, socket.kept.until, log, now);
            let Some((read, until)) = admitted.filter(|_| fits) else {
                return vec![Action::Send(vec![id], reject(identifier))];
            };
            let replayed = match (&said.history, extended) {
                // What it asks for comes after the confirmation.
                (Some(_), true) => Ok(Vec::new()),
                _ => missed(log, &read.from()).map(|(missed, _)| missed),
            };
            let Ok(replayed) = replayed else {
                return self.dismiss(
                    id,
                    Reason::ServerRestart,
                    true,
                    1011,
                    "the log can't be read",
                );
            };
            let socket = self.sockets.get_mut(&id).expect("it was there just now");
            socket
                .kept
                .subscriptions
                .push(Subscription(identifier.clone(), until));
            if self.kept(id).is_none_or(|kept| kept.len() > Limits::KEPT) {
                let socket = self.sockets.get_mut(&id).expect("it was there just now");
                socket.kept.subscriptions.pop();
                return vec![Action::Send(vec![id], reject(identifier))];
            }
            actions.push(Action::Keep(id));
            actions.extend(self.replay(id, identifier, &replayed));
            actions.push(confirm);
        }
        if said.history.is_some() {
            actions.extend(self.history(id, said, log));
        }
        actions
    }

    /// Reads an identifier; gives until when what it shows opens the app, `None` if it may not be subscribed to.
    fn admit(
        &self,
        identifier: &str,
        until: Option<u64>,
        log: &impl Log,
        now: u64,
    ) -> Option<(Identifier, Option<u64>)> {
        let read = Identifier::read(identifier).filter(|read| read.app_id == self.slug)?;
        let shown = read
            .token
            .as_deref()
            .and_then(|token| log.opens(token, now));
        let open = !self.private || shown.is_some() || until.is_some_and(|until| now < until);
        open.then_some((read, shown))
    }

    /// Answers what a client of the extended protocol missed.
    fn history(&mut self, id: SocketId, said: &Said, log: &impl Log) -> Vec<Action> {
        let (Some(socket), Some(history)) = (self.sockets.get(&id), &said.history) else {
            return Vec::new();
        };
        if socket.kept.protocol != Protocol::Extended {
            return Vec::new();
        }
        match missed(log, &history.from(&self.stream())) {
            Ok((missed, whole)) => {
                let mut actions = self.replay(id, &said.identifier, &missed);
                let kind = if whole {
                    "confirm_history"
                } else {
                    "reject_history"
                };
                actions.push(Action::Send(vec![id], about(kind, &said.identifier)));
                actions
            }
            Err(Unreadable) => self.dismiss(
                id,
                Reason::ServerRestart,
                true,
                1011,
                "the log can't be read",
            ),
        }
    }

    fn replay(&self, id: SocketId, identifier: &str, missed: &[Envelope]) -> Vec<Action> {
        let Some(socket) = self.sockets.get(&id) else {
            return Vec::new();
        };
        let (protocol, stream) = (socket.kept.protocol, self.stream());
        let frames = missed.iter().map(|envelope| {
            let message = written(envelope);
            let frame = data(identifier, &message, protocol, &stream, envelope);
            Action::Send(vec![id], frame)
        });
        frames.collect()
    }

    /// Tells all who listen. `code` is the patch's text, for our own clients. Those who may not hear it any more, or don't
    /// keep up, go.
    pub fn announce(&mut self, envelope: &Envelope, code: Option<&str>, now: u64) -> Vec<Action> {
        let plain = written(envelope);
        let with_code = code.map(|code| {
            let code = Some(code.to_owned());
            written(&Envelope {
                code,
                ..envelope.clone()
            })
        });
        let stream = self.stream();
        let mut overdue = Vec::new();
        let mut listeners: HashMap<(&str, Protocol, bool), Vec<SocketId>> = HashMap::new();
        for (id, socket) in &mut self.sockets {
            if let Some(reason) = socket.overdue(self.private, &self.limits, now) {
                overdue.push((*id, reason));
                continue;
            }
            if socket.kept.subscriptions.is_empty() {
                continue;
            }
            socket.sends(envelope);
            let (protocol, own) = (socket.kept.protocol, socket.kept.own);
            for Subscription(identifier, _) in &socket.kept.subscriptions {
                let alike = (identifier.as_str(), protocol, own);
                listeners.entry(alike).or_default().push(*id);
            }
        }
        let mut actions: Vec<_> = listeners
            .into_iter()
            .map(|((identifier, protocol, own), ids)| {
                let message = with_code.as_ref().filter(|_| own).unwrap_or(&plain);
                Action::Send(ids, data(identifier, message, protocol, &stream, envelope))
            })
            .collect();
        for (id, reason) in overdue {
            actions.extend(match reason {
                Reason::Unauthorized => self.dismiss(id, reason, false, 1008, "no longer let in"),
                _ => self.dismiss(id, reason, true, 1013, "too far behind"),
            });
        }
        actions
    }

    /// Tells only those who showed that they may see the app, whether or not everyone may.
    pub fn confide(&self, envelope: &Envelope, now: u64) -> Vec<Action> {
        let message = written(envelope);
        let stream = self.stream();
        let holds = |until: &Option<u64>| until.is_some_and(|until| now < until);
        let mut actions = Vec::new();
        for (id, socket) in &self.sockets {
            for Subscription(identifier, shown) in &socket.kept.subscriptions {
                if holds(shown) || holds(&socket.kept.until) {
                    let protocol = socket.kept.protocol;
                    let frame = data(identifier, &message, protocol, &stream, envelope);
                    actions.push(Action::Send(vec![*id], frame));
                }
            }
        }
        actions
    }

    /// Lets go of those that were not heard of for long; `heard` says when a socket last pinged.
    pub fn forget_silent(
        &mut self,
        heard: impl Fn(SocketId) -> Option<u64>,
        now: u64,
    ) -> Vec<Action> {
        let silent = self.sockets.iter().filter(|(id, socket)| {
            let last = heard(**id).unwrap_or(0).max(socket.kept.since);
            now.saturating_sub(last) > self.limits.silence as u64 * 1000
        });
        let silent: Vec<_> = silent.map(|(id, _)| *id).collect();
        let gone = silent
            .into_iter()
            .flat_map(|id| self.dismiss(id, Reason::ServerRestart, true, 1001, "nothing heard"));
        gone.collect()
    }

    /// The app's name or who may look has changed; who is here has to show again that they may.
    pub fn change(&mut self, slug: String, private: bool) -> Vec<Action> {
        let renamed = self.slug != slug;
        let closed = private && !self.private;
        (self.slug, self.private) = (slug, private);
        match (closed, renamed) {
            (true, _) => self.clear(Reason::Unauthorized, false),
            (false, true) => self.clear(Reason::Remote, true),
            (false, false) => Vec::new(),
        }
    }

    /// Sends everyone away.
    pub fn clear(&mut self, reason: Reason, reconnect: bool) -> Vec<Action> {
        let ids: Vec<_> = std::mem::take(&mut self.sockets).into_keys().collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let frame = disconnect(reason, reconnect);
        let closes = ids
            .iter()
            .map(|id| Action::Close(*id, 1000, "disconnected"));
        let closes: Vec<_> = closes.collect();
        [vec![Action::Send(ids, frame)], closes].concat()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        let listens = |socket: &&Socket| !socket.kept.subscriptions.is_empty();
        self.sockets.values().filter(listens).count()
    }

    fn dismiss(
        &mut self,
        id: SocketId,
        reason: Reason,
        reconnect: bool,
        code: u16,
        why: &'static str,
    ) -> Vec<Action> {
        self.sockets.remove(&id);
        vec![
            Action::Send(vec![id], disconnect(reason, reconnect)),
            Action::Close(id, code, why),
        ]
    }

    /// What places in the log are places of, for clients of the extended protocol that listen to several apps.
    fn stream(&self) -> String {
        format!("preview:{}", self.slug)
    }
}

/// What a client missed, and whether that is all.
fn missed(log: &impl Log, from: &From<'_>) -> Result<(Vec<Envelope>, bool), Unreadable> {
    let (epoch, seq) = log.head()?;
    Ok(match from {
        From::Place(known, after) => (log.since(known, *after)?, *known == epoch),
        From::Now => (log.since(&epoch, seq)?, true),
        From::Time(after) => after_time(log, &epoch, seq, *after)?,
    })
}

/// What was told since a time, and whether that is all; looked for from the end, as it is mostly nothing.
fn after_time(
    log: &impl Log,
    epoch: &str,
    seq: u64,
    after: u64,
) -> Result<(Vec<Envelope>, bool), Unreadable> {
    let mut back = 1;
    loop {
        let mut all = log.since(epoch, seq.saturating_sub(back))?;
        let first = all.first();
        let unknown = first.is_some_and(|first| first.kind == EnvelopeKind::FullReload);
        if unknown || back >= seq || first.is_some_and(|first| first.at < after) {
            // What is wrong now is told whenever it went wrong.
            all.retain(|each| {
                each.kind == EnvelopeKind::BuildError || !unknown && each.at >= after
            });
            return Ok((all, !unknown));
        }
        back *= 2;
    }
}

fn written(envelope: &Envelope) -> String {
    serde_json::to_string(envelope).expect("an envelope always serialises")
}
