//! What open pages are told of builds, and the log of it: pages that were away ask for what they missed.

use super::{
    parts::Parts,
    sql,
    tree::{Answer, Stop, Tree, json},
};
use overskill_diagnostics::Diagnostic;
use overskill_flows::build::{Change, Preview};
use overskill_hmr::{Entry, Log, Missed as FromLog};
use overskill_model::ContentHash;
use overskill_protocol::{
    Envelope, EnvelopeKind, LiveState, Missed, Outcome, Position, Status, Timings, UpdateTimings,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use worker::SqlStorage;

/// How many updates are kept with their timings.
const RECENT: usize = 20;

/// Why a page is loaded anew that no patch can bring up to date.
const MISSED: &str = "the page has missed more than can be replayed";

/// An envelope, and for those on the object's own socket the patch that it is about.
pub(super) struct Told {
    pub envelope: Envelope,
    pub code: Option<String>,
    /// The contents that the log has to keep for it: address, hash, bytes.
    kept: Vec<(String, ContentHash, Vec<u8>)>,
}

impl Told {
    /// One that the log doesn't keep.
    pub fn of(envelope: Envelope) -> Self {
        Self {
            envelope,
            code: None,
            kept: Vec::new(),
        }
    }
}

/// The log and what it refers to.
#[derive(Default)]
pub(super) struct Updates {
    log: Log,
    counted: Counted,
}

/// How updates went.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
struct Counted {
    updates: u64,
    last_hot_reload_at: Option<u64>,
    recent: VecDeque<UpdateTimings>,
}

impl Updates {
    /// What was stored.
    pub fn load(sql: &SqlStorage) -> Result<Self, Stop> {
        let rows = sql::rows(sql, "SELECT entry FROM log", vec![])?;
        let entries = rows.into_iter().filter_map(sql::text);
        let entries = entries.filter_map(|text| serde_json::from_str(&text).ok());
        let counted = sql::state(sql, "updates")?;
        Ok(Self {
            log: Log::new(entries.collect()),
            counted: counted
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
        })
    }

    /// The content under an address that an update named.
    pub fn find(&self, address: &str) -> Option<ContentHash> {
        self.log.content(address)
    }

    /// Every content that the log names.
    pub fn named(&self) -> impl Iterator<Item = String> {
        self.log.contents().map(ToString::to_string)
    }
}

impl Tree {
    /// What takes pages that show the newest build to `preview`, which is then that of `version`.
    pub(super) fn change(&self, version: u64, mut preview: Preview) -> (Preview, Change) {
        let before = self.previews.first().map(|(_, before)| before);
        let change = match before {
            Some(before) => preview.change_from(before),
            None => Change::Reload {
                reason: "the app builds for the first time".to_owned(),
            },
        };
        preview.since = match (before, &change) {
            (Some(before), Change::Nothing) => before.since,
            _ => version,
        };
        (preview, change)
    }

    /// What they are told of it.
    pub(super) fn told(
        &self,
        version: u64,
        change: &Change,
        was_failed: bool,
        now: u64,
    ) -> Option<Told> {
        let envelope = |kind| Envelope::new(kind, self.epoch.clone(), version, self.base(), now);
        match change {
            Change::Nothing if was_failed => Some(Told::of(envelope(EnvelopeKind::BuildOk))),
            Change::Nothing => None,
            Change::Reload { reason } => {
                let mut envelope = envelope(EnvelopeKind::FullReload);
                envelope.reason = Some(reason.clone());
                Some(Told::of(envelope))
            }
            Change::Patch(patch) => {
                let mut envelope = envelope(match patch.styles_only {
                    true => EnvelopeKind::CssUpdate,
                    false => EnvelopeKind::ComponentUpdate,
                });
                envelope.paths.clone_from(&patch.paths);
                envelope.url = Some(patch.url.clone());
                envelope.hash = Some(patch.hash.short());
                let code = patch.code.clone().into_bytes();
                let mut kept = vec![(patch.url.clone(), ContentHash::of(&code), code)];
                if let Some((address, text)) = &patch.map {
                    let bytes = text.clone().into_bytes();
                    kept.push((address.clone(), ContentHash::of(&bytes), bytes));
                }
                Some(Told {
                    envelope: envelope.bounded(),
                    code: Some(patch.code.clone()),
                    kept,
                })
            }
        }
    }

    /// What pages are told of a version that doesn't build.
    pub(super) fn error(&self, version: u64, diagnostics: &[Diagnostic], now: u64) -> Envelope {
        let kind = EnvelopeKind::BuildError;
        let mut envelope = Envelope::new(kind, self.epoch.clone(), version, self.base(), now);
        let errors = diagnostics.iter().filter(|told| told.is_error()).cloned();
        envelope.diagnostics = Some(errors.collect());
        envelope.bounded()
    }

    /// The version from which on pages run what they run.
    fn base(&self) -> u64 {
        self.previews.first().map_or(0, |(_, newest)| newest.since)
    }

    /// Where a page stands that shows the newest build.
    pub(super) fn position(&self) -> Position {
        Position {
            epoch: self.epoch.clone(),
            seq: match self.previews.first() {
                Some((_, newest)) => newest.since,
                None => self.report.version,
            },
        }
    }

    /// Keeps what pages were told, so that those that were away get it, too.
    pub(super) fn keep(&mut self, told: &Told, timings: &Timings) -> Result<(), Stop> {
        let Envelope { kind, seq, at, .. } = told.envelope;
        let kept = match kind {
            EnvelopeKind::ComponentUpdate | EnvelopeKind::CssUpdate | EnvelopeKind::FullReload => {
                &told.kept
            }
            _ => return Ok(()),
        };
        let counted = &mut self.updates.counted;
        counted.updates += 1;
        if kind != EnvelopeKind::FullReload {
            counted.last_hot_reload_at = Some(at);
        }
        let Timings {
            resolve,
            compile,
            link,
            publish,
            ..
        } = *timings;
        let total = resolve + compile + link + publish;
        let timings = Timings { total, ..*timings };
        counted.recent.push_front(UpdateTimings {
            seq,
            kind,
            at,
            timings,
        });
        counted.recent.truncate(RECENT);
        let entry = Entry {
            envelope: told.envelope.clone(),
            contents: kept
                .iter()
                .map(|(address, hash, _)| (address.clone(), *hash))
                .collect(),
        };
        let written = (json(&entry), json(&self.updates.counted));
        let forgotten = self.updates.log.push(entry);
        let contents: Vec<(ContentHash, Vec<u8>)> = kept
            .iter()
            .map(|(_, hash, bytes)| (*hash, bytes.clone()))
            .collect();
        sql::transaction(&self.storage, move |sql| {
            for (hash, bytes) in &contents {
                Parts::Blobs.store(sql, &hash.to_string(), bytes)?;
            }
            let values = vec![(seq as i64).into(), written.0.into()];
            sql::run(
                sql,
                "INSERT OR REPLACE INTO log (seq, entry) VALUES (?, ?)",
                values,
            )?;
            for seq in forgotten {
                sql::run(
                    sql,
                    "DELETE FROM log WHERE seq = ?",
                    vec![(seq as i64).into()],
                )?;
            }
            sql::set(sql, "updates", &written.1)
        })?;
        Ok(())
    }

    /// What a page has missed that is at `at`.
    pub(super) fn missed(&self, at: &Position, now: u64) -> Missed {
        let version = self.report.version;
        let reload = |reason: &str| {
            let kind = EnvelopeKind::FullReload;
            let epoch = self.epoch.clone();
            let seq = self.position().seq;
            let mut envelope = Envelope::new(kind, epoch, seq, self.base(), now);
            envelope.reason = Some(reason.to_owned());
            vec![envelope]
        };
        let mut envelopes = if at.epoch != self.epoch || at.seq > self.version {
            reload("the app was restored from its store")
        } else {
            match self.updates.log.since(at.seq) {
                FromLog::Reload(reason) => reload(reason.as_deref().unwrap_or(MISSED)),
                FromLog::Updates(updates) if updates.is_empty() && self.base() > at.seq => {
                    reload(MISSED)
                }
                FromLog::Updates(updates) => updates,
            }
        };
        if self.report.status() == Status::Failed {
            envelopes.push(self.error(version, &self.report.diagnostics, now));
        } else if envelopes.is_empty() && at.seq < version {
            let kind = EnvelopeKind::BuildOk;
            envelopes.push(Envelope::new(
                kind,
                self.epoch.clone(),
                version,
                self.base(),
                now,
            ));
        }
        // After a crash a page may run what is not built again yet.
        let runs = Some(at.seq).filter(|seq| at.epoch == self.epoch && *seq <= self.version);
        Missed {
            at: Position {
                epoch: self.epoch.clone(),
                seq: version.max(runs.unwrap_or(0)),
            },
            envelopes,
        }
    }

    /// The same as an answer.
    pub(super) fn sync(&self, at: &Position, now: u64) -> Answer {
        (Outcome::Missed(self.missed(at, now)), Vec::new())
    }

    /// How live editing goes.
    pub(super) fn live(&self) -> LiveState {
        let Counted {
            updates,
            last_hot_reload_at,
            recent,
        } = &self.updates.counted;
        LiveState {
            hmr_enabled: true,
            hmr: Default::default(),
            version: self.version,
            at: Position {
                epoch: self.epoch.clone(),
                seq: self.report.version,
            },
            last_hot_reload_at: *last_hot_reload_at,
            updates: *updates,
            recent: recent.iter().cloned().collect(),
        }
    }
}
