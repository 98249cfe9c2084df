//! One commit: the contents that GitHub lacks, one tree, the commit itself. No branch is moved here.

use super::{
    Entry, GitHub, Oid, Plan,
    push::{Remote, Save},
    time,
};
use crate::backoff::Trouble;
use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_ports::{Api, Blobs, Clock, Sign};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Texts up to so many bytes go with the tree; each content that is sent by itself counts against GitHub's limits.
const SMALL: usize = 64 << 10;
/// So many bytes of them, at most.
const WITH_TREE: usize = 2 << 20;

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// Makes the commit of `plan` on top of `parent`. `near` is a tree that GitHub has and that is much like it.
    pub(crate) async fn commit(
        &self,
        plan: &Plan,
        parent: Oid,
        near: Oid,
        remote: &mut Remote,
        blobs: &impl Blobs,
        save: Save<'_>,
    ) -> Result<Oid, Trouble> {
        let repository = self.repository(remote);
        let had = self.contents(&repository, near).await?;
        let (mut entries, mut with_tree) = (Vec::with_capacity(plan.files.len()), 0);
        for (path, file) in &plan.files {
            let oid = file.oid;
            let mut entry = json!({"path": path, "mode": "100644", "type": "blob"});
            if had.contains(&oid) || remote.uploaded.contains(&oid) {
                entry["sha"] = json!(oid);
            } else {
                let bytes = file.source.bytes(blobs).await?;
                if Oid::blob(&bytes) != oid {
                    return Err(Trouble::Fault(format!("{path} was read damaged")));
                }
                let small =
                    !remote.apart && (1..=SMALL).contains(&bytes.len()) && with_tree < WITH_TREE;
                match String::from_utf8(bytes) {
                    Ok(text) if small => {
                        with_tree += text.len();
                        entry["content"] = json!(text);
                    }
                    other => {
                        let bytes = other.map_or_else(|error| error.into_bytes(), Vec::from);
                        self.upload(&repository, file, &bytes).await?;
                        remote.uploaded.insert(oid);
                        save(remote)?;
                        entry["sha"] = json!(oid);
                    }
                }
            }
            entries.push(entry);
        }
        self.store_tree(&repository, plan, parent, entries, remote, save)
            .await
    }

    async fn upload(&self, repository: &str, file: &Entry, bytes: &[u8]) -> Result<(), Trouble> {
        let body = json!({"content": STANDARD.encode(bytes), "encoding": "base64"});
        let path = format!("{repository}/git/blobs");
        let answer = self.ask("POST", &path, Some(body)).await?;
        match answer.text("/sha").and_then(Oid::parse) {
            Some(oid) if oid == file.oid => Ok(()),
            Some(_) => Err(Trouble::Fault("GitHub stored another content".to_owned())),
            None => Err(answer.unexpected("a content")),
        }
    }

    async fn store_tree(
        &self,
        repository: &str,
        plan: &Plan,
        parent: Oid,
        entries: Vec<Value>,
        remote: &mut Remote,
        save: Save<'_>,
    ) -> Result<Oid, Trouble> {
        // All of it, on top of nothing: what isn't there is deleted.
        let body = json!({"tree": entries});
        let path = format!("{repository}/git/trees");
        let answer = self.ask("POST", &path, Some(body)).await?;
        match answer.text("/sha").and_then(Oid::parse) {
            Some(tree) if tree == plan.tree => {}
            other => {
                // Contents that nothing names may have gone, and a text may not have been taken as it is: all anew, one
                // by one, before it is called a refusal.
                let again = !remote.apart;
                remote.uploaded.clear();
                remote.apart = true;
                save(remote)?;
                return Err(match (again, other) {
                    (true, _) => Trouble::Fault("GitHub did not take the tree as it is".to_owned()),
                    (false, None) => answer.unexpected("a tree"),
                    (false, Some(tree)) => Trouble::refused(
                        "tree-differs",
                        format!("GitHub made {tree} of the tree {}.", plan.tree),
                    ),
                });
            }
        }
        let signature = json!({"name": plan.author.name, "email": plan.author.email, "date": time::format(plan.at)});
        let body = json!({
            "message": plan.message, "tree": plan.tree, "parents": [parent],
            "author": signature, "committer": signature,
        });
        let path = format!("{repository}/git/commits");
        let answer = self.ask("POST", &path, Some(body)).await?;
        let commit = answer.text("/sha").and_then(Oid::parse);
        commit.ok_or_else(|| answer.unexpected("a commit"))
    }

    /// The contents that a tree of GitHub's names; none where it is too large to be listed.
    async fn contents(&self, repository: &str, tree: Oid) -> Result<BTreeSet<Oid>, Trouble> {
        let path = format!("{repository}/git/trees/{tree}?recursive=1");
        let answer = self.ask("GET", &path, None).await?;
        let entries = answer.body["tree"].as_array();
        let blobs = entries
            .into_iter()
            .flatten()
            .filter(|entry| entry["type"] == "blob");
        Ok(blobs
            .filter_map(|entry| Oid::parse(entry["sha"].as_str()?))
            .collect())
    }
}
