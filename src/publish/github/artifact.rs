//! What a run has put out: a zip that GitHub keeps elsewhere.

use super::{GitHub, Oid};
use crate::backoff::Trouble;
use overskill_model::ContentHash;
use overskill_ports::{Api, ApiRequest, Clock, Sign};
use serde_json::Value;

/// The largest that is fetched, in bytes.
pub const ARTIFACT_BYTES: u64 = 30 << 20;

/// An output, as GitHub lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its id.
    pub id: u64,
    /// The size of the zip, in bytes.
    pub bytes: u64,
    /// The hash of it, where GitHub tells.
    pub digest: Option<String>,
    /// Whether it was kept no longer.
    pub expired: bool,
    /// Whether it is of the run, the branch and the commit that were asked about.
    pub fits: bool,
}

fn read(found: &Value, run: u64, branch: &str, commit: Oid) -> Option<Artifact> {
    let of = &found["workflow_run"];
    let fits = of["id"].as_u64() == Some(run)
        && of["head_branch"] == branch
        && of["head_sha"].as_str() == Some(&*commit.to_string());
    Some(Artifact {
        id: found["id"].as_u64()?,
        bytes: found["size_in_bytes"].as_u64()?,
        digest: found["digest"].as_str().map(str::to_owned),
        expired: found["expired"] == true,
        fits,
    })
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// The output of a run by its name, where there is one.
    pub(crate) async fn artifact(
        &self,
        repository: &str,
        run: u64,
        name: &str,
        branch: &str,
        commit: Oid,
    ) -> Result<Option<Artifact>, Trouble> {
        let path = format!("{repository}/actions/runs/{run}/artifacts?name={name}&per_page=100");
        let answer = self.ask("GET", &path, None).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let listed = answer.body["artifacts"].as_array();
        let listed = listed.ok_or_else(|| answer.unexpected("the run's output"))?;
        let named = listed.iter().filter(|found| found["name"] == name);
        let named = named.filter_map(|found| read(found, run, branch, commit));
        // What a run was made to do again is newer.
        Ok(named.max_by_key(|artifact| artifact.id))
    }

    /// Fetches its zip, from where GitHub says. Whoever keeps it there is shown no token.
    pub(crate) async fn download(
        &self,
        repository: &str,
        artifact: &Artifact,
    ) -> Result<Vec<u8>, Trouble> {
        let path = format!("{repository}/actions/artifacts/{}/zip", artifact.id);
        let answer = self.ask("GET", &path, None).await?;
        let Some(url) = answer.location.clone().filter(|_| answer.status == 302) else {
            return Err(answer.unexpected("the output's address"));
        };
        let plain = self.credentials.url.starts_with("http://");
        if !(url.starts_with("https://") || plain && url.starts_with("http://")) {
            return Err(answer.unexpected("the output's address, which is none"));
        }
        let request = ApiRequest {
            method: "GET",
            url,
            headers: vec![("user-agent", "overskill-preview".to_owned())],
            body: Vec::new(),
        };
        let response = self.api.call(request).await?;
        let (status, zip) = (response.status, response.body);
        // An address holds for a minute: the next try has another.
        if status != 200 {
            return Err(Trouble::Fault(format!(
                "the output's store answered {status}"
            )));
        }
        let digest = || format!("sha256:{}", ContentHash::of(&zip));
        match &artifact.digest {
            Some(told) if *told != digest() => {
                Err(Trouble::Fault("the output came damaged".to_owned()))
            }
            _ => Ok(zip),
        }
    }
}
