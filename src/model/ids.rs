//! Identities that outlive names: an app keeps its id when its slug is freed and taken again.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::fmt;

/// An app's identity: `app_` and 32 lowercase hexadecimal digits, drawn at random at creation, never used twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^app_[0-9a-f]{32}$"))]
pub struct AppId(String);

/// The text is not an app id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAppId;

impl AppId {
    /// Names a new app from 128 random bits.
    pub fn from_random(bits: u128) -> Self {
        Self(format!("app_{bits:032x}"))
    }

    /// Reads an id written by [`AppId::from_random`].
    pub fn parse(text: &str) -> Result<Self, InvalidAppId> {
        let digits = text.strip_prefix("app_").ok_or(InvalidAppId)?;
        let valid = digits.len() == 32
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAppId)
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AppId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| D::Error::custom("not an app id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_nothing_else_does() {
        let id = AppId::from_random(0xabc);
        assert_eq!(AppId::parse(id.as_str()), Ok(id));
        for wrong in [
            "",
            "app_",
            "app_ABC",
            "app_../../x",
            "tok_00000000000000000000000000000abc",
        ] {
            assert!(AppId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
