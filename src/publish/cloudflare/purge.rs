//! What is cached of a zone, purged by host and by address. One call a step.

use super::{
    account::{Zone, request, with_body},
    answer::{Reason, done},
    pace::{Chance, Pace},
};
use overskill_ports::Api;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Hosts, or addresses, in one request, on any plan.
pub const AT_ONCE: usize = 100;

/// What is left to purge.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Purge {
    /// Everything of these hosts.
    pub hosts: BTreeSet<String>,
    /// These addresses.
    pub files: BTreeSet<String>,
    /// When the next step is.
    pub pace: Pace,
}

impl Purge {
    /// Whether nothing is left.
    pub fn is_over(&self) -> bool {
        self.hosts.is_empty() && self.files.is_empty()
    }

    /// Adds to what is left.
    pub fn add(
        &mut self,
        hosts: impl IntoIterator<Item = String>,
        files: impl IntoIterator<Item = String>,
    ) {
        self.hosts.extend(hosts);
        self.files.extend(files);
        // What a host covers needs no purge of its own.
        let hosts = &self.hosts;
        self.files.retain(|file| {
            let host = file.split_once("://").map_or("", |(_, rest)| rest);
            let host = host.split(['/', '?', '#']).next().unwrap_or_default();
            !hosts.contains(host)
        });
    }

    /// Makes at most one call: hosts first. What the API refuses for good is let go, and stands in the pace as its problem.
    pub async fn step(&mut self, api: &impl Api, zone: &Zone, chance: Chance) {
        if self.is_over() || chance.now < self.pace.due {
            return;
        }
        let by_host = !self.hosts.is_empty();
        let left = if by_host {
            &mut self.hosts
        } else {
            &mut self.files
        };
        let batch: Vec<String> = left.iter().take(AT_ONCE).cloned().collect();
        let url = format!("{}/zones/{}/purge_cache", zone.api, zone.zone);
        let what = if by_host { "hosts" } else { "files" };
        let body = json!({what: batch}).to_string().into_bytes();
        let call = with_body(
            request("POST", url, &zone.token),
            "application/json".to_owned(),
            body,
        );
        let outcome = match api.call(call).await {
            Ok(response) => done(&response).map(|()| response),
            Err(fault) => Err(fault.into()),
        };
        let gone = match outcome {
            Ok(response) => {
                self.pace.succeeded(&response.headers, chance);
                true
            }
            Err(problem) => {
                let last = !matches!(problem.reason, Reason::Later | Reason::Limited);
                !self.pace.failed(problem, chance) || last
            }
        };
        if gone {
            for each in &batch {
                left.remove(each);
            }
        }
    }
}
