//! What a run has put out, taken in: fetched, unpacked within bounds, and stored file by file.

use super::{LOOKS, Order, site::Site};
use crate::{
    backoff::Trouble,
    github::{ARTIFACT_BYTES, Known, Oid, Run},
    publication::Trees,
};
use overskill_archive::{Unzip, ZipLimits};
use overskill_model::ContentHash;
use overskill_ports::{Api, Blobs, Clock, Sign};
use overskill_protocol::{ACTIONS_OUTPUT, ActionsEnded, ActionsOutput};

/// What an output may hold.
const LIMITS: ZipLimits = ZipLimits {
    files: 2_000,
    file_bytes: 25 << 20,
    bytes: 100 << 20,
};
/// Paths that are ours on every host.
const OURS: &str = "__overskill/";

impl<A: Api, S: Sign, C: Clock, B: Blobs, T: Trees, K: Known> Site<'_, '_, A, S, C, B, T, K> {
    /// Takes the output of a run in that ended well.
    pub(super) async fn fetch(
        &self,
        order: &mut Order,
        run: &Run,
        commit: Oid,
    ) -> Result<(), Trouble> {
        let (github, place) = (&self.world.github, self.place(order));
        let (name, branch) = (format!("overskill-{}", order.id), order.branch());
        let artifact = github.artifact(&place, run.id, &name, &branch, commit);
        let Some(artifact) = artifact.await? else {
            order.looks += 1;
            if order.looks >= LOOKS {
                let why = format!("The run of GitHub's Actions put out nothing named `{name}`.");
                order.fail("actions-without-output", &why, self.now());
            } else {
                order.wait(self.now());
            }
            return Ok(());
        };
        let (code, why) = match artifact {
            _ if !artifact.fits => (
                "actions-output-foreign",
                "What the run of GitHub's Actions put out is another commit's.".to_owned(),
            ),
            _ if artifact.expired => (
                "actions-output-expired",
                "What the run of GitHub's Actions put out is not kept any more.".to_owned(),
            ),
            _ if artifact.bytes > ARTIFACT_BYTES => (
                "actions-output-too-large",
                format!(
                    "What the run of GitHub's Actions put out has {} bytes; {ARTIFACT_BYTES} are taken.",
                    artifact.bytes
                ),
            ),
            _ => {
                let zip = github.download(&place, &artifact).await?;
                return self.unpack(order, &zip).await;
            }
        };
        order.fail(code, &why, self.now());
        Ok(())
    }

    async fn unpack(&self, order: &mut Order, zip: &[u8]) -> Result<(), Trouble> {
        let folder = self.world.trees.place(&order.id);
        let refused = |why: String| {
            Trouble::refused(
                "actions-output-refused",
                format!("What the run of GitHub's Actions put out is not taken: {why}."),
            )
        };
        let files = Unzip::open(zip, LIMITS).map_err(|error| refused(error.to_string()))?;
        let (mut output, mut bytes) = (ActionsOutput::default(), 0);
        for file in files {
            let (path, content) = file.map_err(|error| refused(error.to_string()))?;
            if path.starts_with(OURS) {
                return Err(refused(format!("`{path}` is an address of ours")));
            }
            bytes += content.len();
            let hash = ContentHash::of(&content);
            self.world
                .blobs
                .put(&format!("{folder}{hash}"), content)
                .await?;
            output.files.insert(path, hash);
        }
        // Last, so that what it names is there.
        let list =
            serde_json::to_vec(&output).map_err(|error| Trouble::Fault(error.to_string()))?;
        let key = format!("{folder}{ACTIONS_OUTPUT}");
        self.world.blobs.put(&key, list).await?;
        let told = format!(
            "GitHub's Actions put out {} files, {bytes} bytes",
            output.files.len()
        );
        order.tell(self.now(), told);
        order.end(ActionsEnded::Built, self.now());
        Ok(())
    }
}
