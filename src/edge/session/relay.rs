//! The relay: the app's sockets, which hibernate with the object, and the room that decides about them.

mod sessions;
mod wire;

use super::{
    Session,
    sql::{set, state},
    tree::Stop,
};
use crate::{
    auth::{random, random_hex},
    cable::Entrance,
    config::{room_limits, signing_key},
};
use overskill_hmr::{
    message_verifier::opens,
    room::{Action, Entry, Log, Reason, Room, SocketId, Unreadable},
};
use overskill_protocol::{Door, Envelope, EnvelopeKind, Outcome, Refusal};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Weak,
    time::Duration,
};
use wire::Wire;
use worker::{
    Date, Delay, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    WebSocketRequestResponsePair,
};

/// What our clients send while nothing happens; the platform answers it without waking the object.
const PING: &str = r#"{"command":"ping"}"#;
/// How often those are looked for that went silent, at most, in milliseconds.
const SWEEP: u64 = 10_000;
/// Where SQLite has who may look.
const DOOR: &str = "door";

/// The sockets. Nothing of it is read before it is needed: most wakings are for something else.
pub(super) struct Relay {
    session: Weak<Session>,
    open: RefCell<Option<Open>>,
    swept: Cell<u64>,
}

/// The room and its sockets, once they are in memory.
struct Open {
    room: Room,
    door: Door,
    wires: HashMap<SocketId, Wire>,
}

impl Relay {
    pub fn new(session: Weak<Session>, state: &State) -> Self {
        // One that was set before the object slept says how far it is.
        if state.get_websocket_auto_response().is_none() {
            answer_pings(state, &serde_json::json!({"type": "ping"}));
        }
        Self {
            session,
            open: RefCell::new(None),
            swept: Cell::new(0),
        }
    }
}

impl Relay {
    /// The object that it is of.
    pub fn session(&self) -> Option<std::rc::Rc<Session>> {
        self.session.upgrade()
    }
}

/// Without it pings wake the object, which goes well, too.
fn answer_pings(state: &State, answer: &serde_json::Value) {
    if let Ok(pair) = WebSocketRequestResponsePair::new(PING, &answer.to_string()) {
        state.set_websocket_auto_response(&pair);
    }
}

fn now() -> u64 {
    Date::now().as_millis()
}

/// The log as the room reads it.
struct Journal<'a> {
    session: &'a Session,
    slug: &'a str,
    key: Option<String>,
}

impl Log for Journal<'_> {
    fn head(&self) -> Result<(String, u64), Unreadable> {
        let head = |tree: &mut super::Tree| Ok((tree.epoch.clone(), tree.version));
        self.session.with(head).map_err(unreadable)
    }

    fn since(&self, epoch: &str, seq: u64) -> Result<Vec<Envelope>, Unreadable> {
        self.session.since(epoch, seq).map_err(unreadable)
    }

    fn opens(&self, token: &str, now: u64) -> Option<u64> {
        opens(self.key.as_deref()?, token, self.slug, now)
    }
}

fn unreadable(stop: Stop) -> Unreadable {
    if let Stop::Fault(cause) = stop {
        worker::console_error!("{}", serde_json::json!({"event": "relay", "fault": cause}));
    }
    Unreadable
}

impl Session {
    /// Takes a socket in.
    pub(super) async fn enter(&self, request: &Request) -> worker::Result<Response> {
        match self.try_enter(request).await {
            Ok(response) => Ok(response),
            Err(Stop::Refused(refusal)) => Response::error(refusal.detail, refusal.status),
            Err(Stop::Fault(cause)) => Err(worker::Error::RustError(cause)),
        }
    }

    async fn try_enter(&self, request: &Request) -> Result<Response, Stop> {
        let entrance = request.headers().get(Entrance::HEADER)?;
        let entrance: Entrance = serde_json::from_str(&entrance.unwrap_or_default())
            .map_err(|error| Stop::Fault(error.to_string()))?;
        if self.with(|tree| Ok(tree.app.is_none()))? {
            self.restore(&entrance.app).await?;
        }
        self.with(|tree| tree.alive())?;
        // Nothing awaits from here on.
        self.admit(entrance.door)?;
        self.opened(|open| {
            if open.room.is_full() {
                let detail = "The app has as many sockets as it may have.";
                return Err(Refusal::new(503, "too-many-sockets", detail).into());
            }
            let pair = WebSocketPair::new()?;
            let mut id = u32::from_le_bytes(random());
            while open.room.has(id) {
                id = id.wrapping_add(1);
            }
            let extended = entrance.protocol == overskill_hmr::room::Protocol::Extended;
            let session = match entrance.sid.filter(|_| extended) {
                Some(sid) => self.take_session(&sid, now())?,
                None => None,
            };
            let entry = Entry {
                protocol: entrance.protocol,
                own: entrance.own,
                until: entrance.until,
                sid: extended.then(|| random_hex(16)),
            };
            self.state
                .accept_websocket_with_tags(&pair.server, &[&id.to_string()]);
            open.wires.insert(id, Wire::of(&pair.server));
            let log = self.journal(&open.door);
            let actions = open.room.enter(id, entry, session.as_deref(), &log, now());
            open.perform(actions);
            Ok(Response::from_websocket(pair.client)?)
        })
    }

    /// A client said something.
    pub(super) fn heard(&self, socket: &WebSocket, message: WebSocketIncomingMessage) {
        let Some(id) = self.id(socket) else { return };
        let text = match &message {
            WebSocketIncomingMessage::String(text) => Some(text.as_str()),
            WebSocketIncomingMessage::Binary(_) => None,
        };
        let heard = self.opened(|open| {
            let log = self.journal(&open.door);
            let actions = open.room.hear(id, text, &log, now());
            open.perform(actions);
            Ok(())
        });
        told(heard);
    }

    /// A client went.
    pub(super) fn left(&self, socket: &WebSocket) {
        // Where the platform has answered its goodbye already, this does nothing.
        Wire::of(socket).close(1000, "");
        let Some(id) = self.id(socket) else { return };
        let left = self.opened(|open| {
            let session = open.room.session(id);
            open.room.leave(id);
            open.wires.remove(&id);
            match session {
                Some((sid, session)) => self.keep_session(&sid, &session, now()),
                None => Ok(()),
            }
        });
        told(left);
    }

    /// Tells everyone who listens; gives to how many it was sent. Our own clients get `code`, the patch's text, with it.
    pub(super) fn announce(&self, envelope: &Envelope, code: Option<&str>) -> usize {
        if self.relay.open.borrow().is_none() && self.state.get_websockets().is_empty() {
            return 0;
        }
        // Who missed it, and hears nothing else, learns of it so.
        if envelope.kind != EnvelopeKind::Custom {
            let answer =
                serde_json::json!({"type": "ping", "seq": envelope.seq, "kind": envelope.kind});
            answer_pings(&self.state, &answer);
        }
        let sent = self.opened(|open| {
            let actions = open.room.announce(envelope, code, now());
            open.perform(actions);
            Ok(open.room.listeners())
        });
        // What is sent leaves when this turn ends: looking for silent ones has time until then.
        if now().saturating_sub(self.relay.swept.get()) > SWEEP
            && let Some(session) = self.relay.session.upgrade()
        {
            self.relay.swept.set(now());
            self.state.wait_until(async move {
                Delay::from(Duration::ZERO).await;
                session.sweep();
            });
        }
        told(sent).unwrap_or(0)
    }

    /// Tells those who showed that they may see the app: what only they are to know of one that everyone may see.
    pub(super) fn announce_to_shown(&self, envelope: &Envelope) -> Result<(), Stop> {
        if self.relay.open.borrow().is_none() && self.state.get_websockets().is_empty() {
            return Ok(());
        }
        self.opened(|open| {
            let actions = open.room.confide(envelope, now());
            open.perform(actions);
            Ok(())
        })
    }

    fn sweep(&self) {
        told(self.opened(|open| {
            let wires = &open.wires;
            let heard = |id| wires.get(&id)?.answered(&self.state);
            let actions = open.room.forget_silent(heard, now());
            open.perform(actions);
            Ok(())
        }));
    }

    /// Sends everyone away.
    pub(super) fn disconnect_all(&self, reason: Reason, reconnect: bool) -> Result<(), Stop> {
        self.opened(|open| {
            let actions = open.room.clear(reason, reconnect);
            open.perform(actions);
            Ok(())
        })
    }

    /// Takes notice of who may look, unless something newer is known.
    pub(super) fn admit(&self, door: Door) -> Result<(), Stop> {
        self.opened(|open| {
            if open.door == door || open.door.told > door.told {
                return Ok(());
            }
            self.with(|tree| Ok(set(&tree.sql, DOOR, &super::tree::json(&door))?))?;
            let actions = open.room.change(door.slug.clone(), door.private);
            open.door = door;
            open.perform(actions);
            Ok(())
        })
    }

    /// Sends something of the caller's own.
    pub(super) fn broadcast(&self, event: String, data: &str) -> Result<Outcome, Stop> {
        let (epoch, seq) = self.with(|tree| {
            tree.alive()?;
            Ok((tree.epoch.clone(), tree.version))
        })?;
        let mut envelope = Envelope::new(EnvelopeKind::Custom, epoch, seq, seq, now());
        envelope.event = Some(event);
        let data = serde_json::from_str(data).map_err(|error| Stop::Fault(error.to_string()))?;
        envelope.data = Some(data);
        let length = super::tree::json(&envelope).len();
        if length > Envelope::BYTES {
            let limit = Envelope::BYTES;
            let detail =
                format!("With what is around it, it has {length} bytes; {limit} are let through.");
            return Err(Refusal::new(413, "broadcast-too-large", detail)
                .fact("limit", limit)
                .into());
        }
        let delivered = self.announce(&envelope, None) as u64;
        let update = Box::new(envelope);
        Ok(Outcome::Broadcasted { delivered, update })
    }

    fn journal<'a>(&'a self, door: &'a Door) -> Journal<'a> {
        Journal {
            session: self,
            slug: &door.slug,
            key: signing_key(&self.env),
        }
    }

    fn id(&self, socket: &WebSocket) -> Option<SocketId> {
        self.state.get_tags(socket).first()?.parse().ok()
    }

    /// Runs `work` on the room, which is put together from what the platform kept where it isn't in memory.
    fn opened<T>(&self, work: impl FnOnce(&mut Open) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut slot = self.relay.open.borrow_mut();
        let open = match &mut *slot {
            Some(open) => open,
            None => slot.insert(self.woken()?),
        };
        work(open)
    }

    fn woken(&self) -> Result<Open, Stop> {
        // An object that has no tables yet has no sockets either.
        let door = state(&self.state.storage().sql(), DOOR).ok().flatten();
        let door: Door = door
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let limits = room_limits(&self.env).map_err(|failure| match failure {
            crate::reply::Failure::Refused(refusal) => Stop::Refused(refusal),
            crate::reply::Failure::Fault(cause) => Stop::Fault(cause),
        })?;
        let mut room = Room::new(limits, door.slug.clone(), door.private);
        let mut wires = HashMap::new();
        for socket in self.state.get_websockets() {
            let wire = Wire::of(&socket);
            if !wire.is_open() {
                continue;
            }
            let kept = wire.kept();
            match self.id(&socket).zip(kept) {
                Some((id, kept)) if room.wake(id, &kept, now()) => {
                    wires.insert(id, wire);
                }
                // Another Worker's: its client comes back to this one's.
                _ => wire.close(1012, "come back"),
            }
        }
        if !room.is_empty() {
            let line = serde_json::json!({"event": "relay", "woken": room.len()});
            worker::console_log!("{line}");
        }
        Ok(Open { room, door, wires })
    }
}

impl Open {
    /// Does what the room decided. A socket that can't be written to is gone.
    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send(ids, frame) => {
                    let frame = wire::text(&frame);
                    for id in ids {
                        let sent = self.wires.get(&id).is_some_and(|wire| wire.send(&frame));
                        if !sent {
                            self.wires.remove(&id);
                            self.room.leave(id);
                        }
                    }
                }
                Action::Keep(id) => {
                    if let (Some(wire), Some(kept)) = (self.wires.get(&id), self.room.kept(id)) {
                        wire.keep(&kept);
                    }
                }
                Action::Close(id, code, why) => {
                    if let Some(wire) = self.wires.remove(&id) {
                        wire.close(code, why);
                    }
                }
            }
        }
    }
}

/// Notes what failed; there is nobody to tell it to.
fn told<T>(outcome: Result<T, Stop>) -> Option<T> {
    outcome.map_err(unreadable).ok()
}
