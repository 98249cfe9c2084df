//! What is left of a quota, and the two header fields that tell of it.

use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A quota as it stands once a request is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaLeft {
    /// The quota's name.
    pub policy: String,
    /// How much it allows in a window.
    pub quota: u64,
    /// The window, in seconds.
    pub window: u64,
    /// What is counted, where that isn't requests.
    pub unit: Option<String>,
    /// How much of it is left.
    pub left: u64,
    /// In how many seconds all of it is there again.
    pub reset: u64,
}

/// `RateLimit-Policy` and `RateLimit`, as revision 10 of draft-ietf-httpapi-ratelimit-headers has them.
pub fn rate_limit_fields(quotas: &[QuotaLeft]) -> (String, String) {
    let (mut policies, mut left) = (String::new(), String::new());
    for quota in quotas {
        let comma = if policies.is_empty() { "" } else { ", " };
        let _ = write!(policies, "{comma}\"{}\";q={}", quota.policy, quota.quota);
        if let Some(unit) = &quota.unit {
            let _ = write!(policies, ";qu=\"{unit}\"");
        }
        let _ = write!(policies, ";w={}", quota.window);
        let _ = write!(
            left,
            "{comma}\"{}\";r={};t={}",
            quota.policy, quota.left, quota.reset
        );
    }
    (policies, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_told_as_structured_fields() {
        let calls = QuotaLeft {
            policy: "calls".to_owned(),
            quota: 100,
            window: 60,
            unit: None,
            left: 7,
            reset: 12,
        };
        let bytes = QuotaLeft {
            policy: "upload-bytes".to_owned(),
            quota: 5,
            window: 86_400,
            unit: Some("content-bytes".to_owned()),
            left: 0,
            reset: 3_600,
        };
        let (policies, left) = rate_limit_fields(&[calls, bytes]);
        assert_eq!(
            policies,
            r#""calls";q=100;w=60, "upload-bytes";q=5;qu="content-bytes";w=86400"#
        );
        assert_eq!(left, r#""calls";r=7;t=12, "upload-bytes";r=0;t=3600"#);
    }
}
