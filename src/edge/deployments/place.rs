//! A place in the list of an app's deployments, which stays where it is whatever comes and goes.

use super::rows::Row;
use std::fmt;

/// Right behind a deployment, which needn't be there any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// When it was asked for.
    pub at: u64,
    /// Its name.
    pub id: String,
}

impl Place {
    pub fn of(row: &Row) -> Self {
        Self {
            at: row.created_at,
            id: row.id.clone(),
        }
    }

    /// Reads one that was shown.
    pub fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let named = id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit());
        let at = at.parse().ok().filter(|_| digits(at) && named)?;
        // What is more than numbers of JavaScript can be.
        (at < 1 << 53).then(|| Self {
            at,
            id: id.to_owned(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}
