//! The log of an app's updates, bounded by count and age: what a page that was away has missed.

use overskill_model::ContentHash;
use overskill_protocol::{Envelope, EnvelopeKind};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How many updates are kept.
const ENTRIES: usize = 128;
/// For how long, in milliseconds.
const AGE: u64 = 60 * 60 * 1000;

/// An update that pages were told of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What they were told, without `code`.
    pub envelope: Envelope,
    /// The contents it refers to: the patch, and its map.
    pub contents: Vec<(String, ContentHash)>,
}

/// The updates of the app's recent past, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
}

/// What a page has missed.
#[derive(Debug, Clone, PartialEq)]
pub enum Missed {
    /// These, in order; none when it is current.
    Updates(Vec<Envelope>),
    /// More than patches can bring: more than the log has, or one that reloads on the way; that says why.
    Reload(Option<String>),
}

impl Log {
    /// A log of what was stored, in any order.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| entry.envelope.seq);
        Self {
            entries: entries.into(),
        }
    }

    /// Adds an update; gives the numbers of those that are forgotten for it. One that has the same number replaces it.
    pub fn push(&mut self, entry: Entry) -> Vec<u64> {
        let (seq, now) = (entry.envelope.seq, entry.envelope.at);
        self.entries.retain(|known| known.envelope.seq != seq);
        self.entries.push_back(entry);
        let mut forgotten = Vec::new();
        while let Some(oldest) = self.entries.front() {
            let old = now.saturating_sub(oldest.envelope.at) > AGE;
            if self.entries.len() <= ENTRIES && !(old && self.entries.len() > 1) {
                break;
            }
            forgotten.extend(self.entries.pop_front().map(|entry| entry.envelope.seq));
        }
        forgotten
    }

    /// The newest update that changed what runs; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.entries.back().map_or(0, |entry| entry.envelope.seq)
    }

    /// What a page at `since` has missed.
    pub fn since(&self, since: u64) -> Missed {
        let missed: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.envelope.seq > since)
            .collect();
        let bridged = missed
            .first()
            .is_none_or(|entry| entry.envelope.base <= since);
        // What a reload brings needs no patch before it.
        let mut newest = missed.iter().rev();
        let reload = newest.find(|entry| entry.envelope.kind == EnvelopeKind::FullReload);
        match (bridged, reload) {
            (_, Some(entry)) => Missed::Reload(entry.envelope.reason.clone()),
            (false, None) => Missed::Reload(None),
            (true, None) => {
                Missed::Updates(missed.iter().map(|entry| entry.envelope.clone()).collect())
            }
        }
    }

    /// The content under an address that an update named.
    pub fn content(&self, address: &str) -> Option<ContentHash> {
        let mut contents = self.entries.iter().rev().flat_map(|entry| &entry.contents);
        contents
            .find(|(known, _)| known == address)
            .map(|(_, hash)| *hash)
    }

    /// Every content that an update refers to.
    pub fn contents(&self) -> impl Iterator<Item = &ContentHash> {
        let contents = self.entries.iter().flat_map(|entry| &entry.contents);
        contents.map(|(_, hash)| hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, base: u64, kind: EnvelopeKind, at: u64) -> Entry {
        let mut envelope = Envelope::new(kind, "e".to_owned(), seq, base, at);
        envelope.url = Some(format!("/{seq}"));
        Entry {
            contents: vec![(format!("/{seq}"), ContentHash::of(&seq.to_le_bytes()))],
            envelope,
        }
    }

    fn numbers(missed: Missed) -> Option<Vec<u64>> {
        match missed {
            Missed::Updates(updates) => Some(updates.iter().map(|it| it.seq).collect()),
            Missed::Reload(_) => None,
        }
    }

    #[test]
    fn a_page_gets_what_follows_where_it_is() {
        let mut log = Log::default();
        assert_eq!(numbers(log.since(7)), Some(vec![]));
        // Version 3 didn't build; 5 changed nothing.
        for (seq, base) in [(2, 1), (4, 2), (6, 4)] {
            log.push(entry(seq, base, EnvelopeKind::ComponentUpdate, seq));
        }
        let expected: [(u64, Option<Vec<u64>>); 8] = [
            (0, None),
            (1, Some(vec![2, 4, 6])),
            (2, Some(vec![4, 6])),
            (3, Some(vec![4, 6])),
            (4, Some(vec![6])),
            (5, Some(vec![6])),
            (6, Some(vec![])),
            (9, Some(vec![])),
        ];
        for (since, seqs) in expected {
            assert_eq!(numbers(log.since(since)), seqs, "since {since}");
        }
        assert_eq!(log.newest(), 6);
    }

    #[test]
    fn a_reload_on_the_way_stands_for_everything() {
        let mut log = Log::default();
        log.push(entry(2, 1, EnvelopeKind::ComponentUpdate, 0));
        log.push(entry(3, 2, EnvelopeKind::FullReload, 0));
        log.push(entry(4, 3, EnvelopeKind::CssUpdate, 0));
        assert_eq!(numbers(log.since(1)), None);
        assert_eq!(numbers(log.since(2)), None);
        assert_eq!(numbers(log.since(3)), Some(vec![4]));
    }

    #[test]
    fn it_is_bounded_by_count_and_by_age() {
        let mut log = Log::default();
        let mut forgotten = Vec::new();
        for seq in 1..=ENTRIES as u64 + 2 {
            forgotten.extend(log.push(entry(seq, seq - 1, EnvelopeKind::ComponentUpdate, seq)));
        }
        assert_eq!(forgotten, [1, 2]);
        assert_eq!(numbers(log.since(1)), None);
        assert_eq!(numbers(log.since(2)).map(|seqs| seqs.len()), Some(ENTRIES));
        assert_eq!(log.content("/1"), None);
        assert!(log.content("/3").is_some());
        let late = AGE + 100;
        let gone = log.push(entry(999, 130, EnvelopeKind::ComponentUpdate, late));
        assert_eq!(gone.len(), 97, "those of before {}", late - AGE);
        assert_eq!(log.contents().count(), ENTRIES + 1 - 97);
    }

    #[test]
    fn a_number_that_comes_again_replaces_what_it_was() {
        let mut log = Log::default();
        log.push(entry(2, 1, EnvelopeKind::ComponentUpdate, 0));
        log.push(entry(2, 0, EnvelopeKind::ComponentUpdate, 0));
        assert_eq!(numbers(log.since(0)), Some(vec![2]));
        let stored = log.entries.iter().cloned().rev().collect();
        assert_eq!(Log::new(stored), log);
    }
}
