//! What registries say of packages: remembered during a build, and kept for everyone for a while.

use super::{VERSION, opened, request::Registry, sealed, supplies::Supplies};
use overskill_model::ContentHash;
use overskill_packages::{Packument, packument_url};
use overskill_ports::{Ask, Blobs, Clock, Fault, Http};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The largest packument that is read.
const PACKUMENT_BYTES: usize = 20 << 20;
/// How long an answer is taken for the newest, in milliseconds; older ones are asked about by their tag.
const FRESH: f64 = 300_000.0;

/// The answers of one build: it never sees two states of a package.
#[derive(Default)]
pub(super) struct Packuments {
    answers: BTreeMap<String, Option<Packument>>,
    /// Names that the store knew nothing of, so that nobody has built any version of them.
    unheard_of: BTreeSet<String>,
    /// Whether some were taken for the newest without asking.
    trusted: bool,
    /// Whether the registry is to be asked about all.
    insist: bool,
}

#[derive(Deserialize)]
struct Stored {
    tag: Option<String>,
    at: f64,
    packument: Packument,
}

#[derive(Serialize)]
struct ToStore<'a> {
    tag: &'a Option<String>,
    at: f64,
    packument: &'a Packument,
}

impl Packuments {
    /// What is remembered of `name`.
    pub fn known(&self, name: &str) -> Option<&Option<Packument>> {
        self.answers.get(name)
    }

    /// Remembers an answer; `None` for a package that the registry doesn't have.
    pub fn remember(&mut self, name: &str, answer: Answer) {
        self.trusted |= answer.trusted;
        if answer.new {
            self.unheard_of.insert(name.to_owned());
        }
        self.answers.insert(name.to_owned(), answer.packument);
    }

    /// The packages that the store knew nothing of.
    pub fn unheard_of(&self) -> &BTreeSet<String> {
        &self.unheard_of
    }

    /// Whether the registry is to be asked about all.
    pub fn insist(&self) -> bool {
        self.insist
    }

    /// Forgets what was not asked about. Says whether there was any: then it is worth trying again.
    pub fn ask_again(&mut self) -> bool {
        if !self.trusted {
            return false;
        }
        *self = Self {
            insist: true,
            unheard_of: std::mem::take(&mut self.unheard_of),
            ..Self::default()
        };
        true
    }
}

/// What a registry said.
pub(super) struct Answer {
    /// `None` when the registry has no such package.
    packument: Option<Packument>,
    /// Whether it said so a while ago.
    trusted: bool,
    /// Whether the store knew nothing of it.
    new: bool,
}

/// What the registry says of `name`; with `insist`, now.
pub(super) async fn packument<B: Blobs, H: Http, C, K: Clock>(
    registry: &Registry,
    name: &str,
    insist: bool,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<Answer, Fault> {
    let url = packument_url(&registry.url, name);
    let place = registry.place(&format!(
        "packuments/{}.json",
        ContentHash::of(format!("{VERSION} {url}").as_bytes())
    ));
    let stored: Option<Stored> = opened(supplies.blobs.get(&place).await?);
    let now = supplies.clock.now();
    let age = |stored: &Stored| now - stored.at;
    let fresh = |stored: &Stored| (0.0..FRESH).contains(&age(stored));
    let hit = !insist && stored.as_ref().is_some_and(fresh);
    supplies.tally.count(|rates| &mut rates.packuments, hit, 1);
    let stored = match stored {
        Some(stored) if hit => {
            return Ok(Answer {
                packument: Some(stored.packument),
                trusted: true,
                new: false,
            });
        }
        stored => stored,
    };
    let new = stored.is_none();
    let ask = Ask {
        url: &url,
        accept: Packument::ACCEPT,
        limit: PACKUMENT_BYTES,
        token: registry.token.as_deref(),
        known: stored.as_ref().and_then(|stored| stored.tag.as_deref()),
    };
    let answer = supplies.http.get(ask).await?;
    let (tag, packument) = match (answer.status, stored) {
        (304, Some(stored)) => (stored.tag, stored.packument),
        (200, _) => {
            let parsed = Packument::parse(name, &answer.body).map_err(|why| {
                Fault(format!(
                    "the registry's answer for {name} is unreadable: {why}"
                ))
            })?;
            (answer.tag, parsed)
        }
        (401 | 403 | 404 | 405 | 410 | 451, _) => {
            return Ok(Answer {
                packument: None,
                trusted: false,
                new,
            });
        }
        (status, _) => {
            return Err(Fault(format!("the registry answered {status} for {name}")));
        }
    };
    let (tag, at) = (&tag, now);
    let bytes = super::json(&ToStore {
        tag,
        at,
        packument: &packument,
    });
    supplies.blobs.keep(&place, sealed(&bytes)).await?;
    Ok(Answer {
        packument: Some(packument),
        trusted: false,
        new,
    })
}
