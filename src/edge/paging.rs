//! Lists that are read page by page: what their addresses ask for.

use crate::reply::Failure;
use overskill_protocol::Refusal;
use worker::Request;

/// Entries on a page, where nothing else is asked for, and at most.
const PAGE: usize = 100;

/// What stands in an address behind the question mark.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(request: &Request) -> Result<Self, Failure> {
        let url = request.url()?;
        let pairs = url.query_pairs().into_owned();
        Ok(Self(pairs.collect()))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// What of a closed set is asked for.
    pub fn one_of<T>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = (&'static str, T)>,
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let mut names = Vec::new();
        for (known, value) in known {
            if known == text {
                return Ok(Some(value));
            }
            names.push(known);
        }
        let detail = format!("`{name}` is one of {}.", names.join(", "));
        Err(Refusal::new(400, "invalid-filter", detail)
            .fact("parameter", name)
            .into())
    }

    /// How many entries are asked for.
    pub fn limit(&self) -> Result<usize, Failure> {
        let Some(text) = self.get("limit") else {
            return Ok(PAGE);
        };
        let limit = text.parse().ok().filter(|limit| (1..=PAGE).contains(limit));
        limit.ok_or_else(|| {
            let detail = format!("`limit` is a whole number from 1 to {PAGE}.");
            Refusal::new(400, "invalid-limit", detail).into()
        })
    }

    /// Where the page before ended.
    pub fn cursor<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        let Some(text) = self.get("cursor") else {
            return Ok(None);
        };
        read(text).map(Some).ok_or_else(|| bad_cursor().into())
    }
}

/// What is answered to a cursor that is none.
pub(crate) fn bad_cursor() -> Refusal {
    Refusal::new(400, "invalid-cursor", "The cursor is not one that we gave.")
}
