//! GitHub's REST API, as a GitHub App sees it.

mod access;
mod actions;
mod artifact;
mod branches;
mod commit;
mod key;
mod objects;
mod plan;
mod pull;
mod push;
mod runs;
mod time;
mod workflow;

pub use access::{Access, Credentials, GitHub};
pub use actions::{Build, Run};
pub use artifact::{ARTIFACT_BYTES, Artifact};
pub use key::pkcs8;
pub use objects::Oid;
pub use plan::{Entry, Known, Names, Plan, Source, plan};
pub use pull::Pull;
pub use push::{Pushed, Remote, Repository, Side, Written};
pub use runs::Ran;
pub use workflow::WORKFLOW_PATH;

#[cfg(test)]
pub(crate) fn tests_time(milliseconds: f64) -> String {
    time::format(milliseconds)
}

#[cfg(test)]
pub(crate) fn tests_tree(files: &std::collections::BTreeMap<String, Oid>) -> Oid {
    let files = files.iter().map(|(path, oid)| (&**path, *oid));
    objects::tree(files).expect("no path is a folder and a file")
}
