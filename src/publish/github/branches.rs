//! The repository and its branches, as far as they can be had.

use super::{
    GitHub, Oid, Plan, objects,
    push::{Remote, Repository, Save},
    time,
};
use crate::backoff::Trouble;
use overskill_ports::{Api, Blobs, Clock, Sign};
use serde_json::json;

/// A branch's newest commit.
pub(super) struct Head {
    pub commit: Oid,
    pub tree: Oid,
    /// Whether there is none before it.
    pub first: bool,
}

/// What there is of a branch.
pub(super) enum Found {
    At(Head),
    /// The repository has other branches only.
    NoBranch,
    /// The repository has nothing.
    Empty,
}

impl<A: Api, S: Sign, C: Clock> GitHub<'_, A, S, C> {
    /// Whether a branch's head is a commit, or stands on it.
    pub(super) async fn holds(
        &self,
        remote: &Remote,
        commit: Oid,
        head: &Head,
    ) -> Result<bool, Trouble> {
        if commit == head.commit {
            return Ok(true);
        }
        let path = format!(
            "{}/compare/{commit}...{}?per_page=1",
            self.repository(remote),
            head.commit
        );
        let answer = self.ask("GET", &path, None).await?;
        Ok(matches!(
            answer.text("/status"),
            Some("ahead" | "identical")
        ))
    }

    pub(super) async fn head(&self, remote: &Remote, branch: &str) -> Result<Found, Trouble> {
        let repository = self.repository(remote);
        let path = format!("{repository}/git/ref/heads/{}", escaped(branch));
        let answer = self.ask("GET", &path, None).await?;
        let commit = match (
            answer.status,
            answer.text("/object/sha").and_then(Oid::parse),
        ) {
            (200, Some(commit)) => commit,
            (409, _) => return Ok(Found::Empty),
            (404, _) if branch.starts_with("overskill/") => return Ok(Found::NoBranch),
            (404, _) => return self.without_branch(remote).await,
            _ => return Err(answer.unexpected("the branch's head")),
        };
        let path = format!("{repository}/git/commits/{commit}");
        let answer = self.ask("GET", &path, None).await?;
        let tree = answer.text("/tree/sha").and_then(Oid::parse);
        let parents = answer.body["parents"].as_array();
        Ok(Found::At(Head {
            commit,
            tree: tree.ok_or_else(|| answer.unexpected("the head's commit"))?,
            first: parents.is_some_and(Vec::is_empty),
        }))
    }

    /// A branch that isn't there: so may be any, or the whole repository.
    async fn without_branch(&self, remote: &Remote) -> Result<Found, Trouble> {
        let repository = self.repository(remote);
        let answer = self
            .ask("GET", &format!("{repository}/branches?per_page=1"), None)
            .await?;
        match (answer.status, answer.body.as_array()) {
            (200, Some(branches)) if branches.is_empty() => Ok(Found::Empty),
            (200, Some(_)) => Ok(Found::NoBranch),
            (409, _) => Ok(Found::Empty),
            (404, _) => Err(Trouble::refused(
                "repository-gone",
                format!(
                    "The repository `{}` is gone, or the App may not see it any more.",
                    remote.repository.name
                ),
            )),
            _ => Err(answer.unexpected("the branches")),
        }
    }

    /// The branch is begun where the default one is.
    pub(super) async fn branch_off(
        &self,
        remote: &mut Remote,
        branch: &str,
    ) -> Result<(), Trouble> {
        let repository = self.repository(remote);
        let answer = self.ask("GET", &repository, None).await?;
        let default = answer.text("/default_branch").unwrap_or("main").to_owned();
        if default == branch {
            return Err(Trouble::Fault("the default branch is not there".to_owned()));
        }
        match self.head(remote, &default).await? {
            Found::At(head) => {
                self.make_branch(remote, branch, head.commit).await?;
                // What an empty repository was begun with is ours on every branch.
                Ok(())
            }
            _ => Err(Trouble::Fault("the default branch is not there".to_owned())),
        }
    }

    /// The commit that a branch of our own is at.
    pub(crate) async fn branch_head(
        &self,
        remote: &Remote,
        branch: &str,
    ) -> Result<Option<Oid>, Trouble> {
        match self.head(remote, branch).await? {
            Found::At(head) => Ok(Some(head.commit)),
            Found::NoBranch | Found::Empty => Ok(None),
        }
    }

    /// `false` where it is there already.
    pub(crate) async fn make_branch(
        &self,
        remote: &Remote,
        branch: &str,
        at: Oid,
    ) -> Result<bool, Trouble> {
        let path = format!("{}/git/refs", self.repository(remote));
        let body = json!({"ref": format!("refs/heads/{branch}"), "sha": at});
        let answer = self.ask("POST", &path, Some(body)).await?;
        match answer.status {
            201 => Ok(true),
            422 => Ok(false),
            _ => Err(answer.unexpected("a branch")),
        }
    }

    /// `false` where that would have left something out, or isn't allowed.
    pub(super) async fn move_branch(
        &self,
        remote: &Remote,
        branch: &str,
        to: Oid,
    ) -> Result<bool, Trouble> {
        let path = format!(
            "{}/git/refs/heads/{}",
            self.repository(remote),
            escaped(branch)
        );
        let body = json!({"sha": to, "force": false});
        let answer = self.ask("PATCH", &path, Some(body)).await?;
        match answer.status {
            200 => Ok(true),
            409 | 422 => Ok(false),
            _ => Err(answer.unexpected("the branch to be moved")),
        }
    }

    /// The first commit of an empty repository, which its objects can't be written without.
    pub(super) async fn begin(
        &self,
        plan: &Plan,
        remote: &mut Remote,
        blobs: &impl Blobs,
        save: Save<'_>,
    ) -> Result<(), Trouble> {
        let small = plan.files.iter().find(|(path, _)| !path.contains('/'));
        let Some((name, file)) = small.or(plan.files.iter().next()) else {
            return Err(Trouble::refused("app-empty", "The app has no files."));
        };
        remote.begun = objects::tree([(&**name, file.oid)]);
        save(remote)?;
        let bytes = file.source.bytes(blobs).await?;
        let path = format!("{}/contents/{}", self.repository(remote), escaped(name));
        let signature = json!({"name": plan.author.name, "email": plan.author.email, "date": time::format(plan.at)});
        // An app of one file is whole with it.
        let message = if plan.files.len() == 1 {
            &*plan.message
        } else {
            "Begin"
        };
        let body = json!({
            "message": message, "content": base64(&bytes), "author": signature, "committer": signature,
        });
        let answer = self.ask("PUT", &path, Some(body)).await?;
        match answer.status {
            // There by now, or somebody is at it: what is there is looked at again.
            200 | 201 | 409 | 422 => Ok(()),
            _ => Err(answer.unexpected("a first commit")),
        }
    }

    /// Finds the repository, or makes it.
    pub(super) async fn find_or_make(&self, remote: &Remote) -> Result<(), Trouble> {
        let Repository {
            name,
            private,
            adopt,
            mark,
            ..
        } = &remote.repository;
        let answer = self.ask("GET", &self.repository(remote), None).await?;
        match answer.status {
            200 => {
                let marked = answer
                    .text("/description")
                    .is_some_and(|text| text.contains(&**mark));
                if marked || *adopt {
                    return Ok(());
                }
                let detail = format!(
                    "There is a repository `{name}` that wasn't made for this app. An admin can choose it, or another name."
                );
                return Err(Trouble::refused("repository-exists", detail));
            }
            404 => {}
            _ => return Err(answer.unexpected("the repository")),
        }
        let body =
            json!({"name": name, "private": private, "description": mark, "auto_init": false});
        let owner = &self.credentials.owner;
        let mut answer = self
            .ask("POST", &format!("/orgs/{owner}/repos"), Some(body.clone()))
            .await?;
        if answer.status == 404 {
            // The owner is no organisation.
            answer = self.ask("POST", "/user/repos", Some(body)).await?;
        }
        match answer.status {
            201 => Ok(()),
            // It was made a moment ago, and the answer was lost.
            422 => Err(Trouble::Fault(format!(
                "the repository was not made: {}",
                answer.message()
            ))),
            _ => Err(answer.unexpected("a new repository")),
        }
    }

    /// The repository's address.
    pub(super) fn repository(&self, remote: &Remote) -> String {
        format!(
            "/repos/{}/{}",
            self.credentials.owner, remote.repository.name
        )
    }
}

fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// A path within an address.
fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(byte as char);
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
