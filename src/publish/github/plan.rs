//! What a repository is to hold: an app's files by Git's names for them, and the workflow.

use super::{Oid, objects, workflow};
use crate::backoff::Trouble;
use overskill_model::ContentHash;
use overskill_ports::Blobs;
use std::collections::BTreeMap;

/// Where a file's content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Here.
    Text(&'static str),
    /// In the store, under this key.
    Stored(String),
}

/// A file of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Git's name for its content.
    pub oid: Oid,
    /// Where that is.
    pub source: Source,
}

/// Whom a commit is by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The author's name.
    pub name: String,
    /// The author's address.
    pub email: String,
}

/// What is to be committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The app's version.
    pub version: u64,
    /// Path to file.
    pub files: BTreeMap<String, Entry>,
    /// Git's name for the whole.
    pub tree: Oid,
    /// The commit's message.
    pub message: String,
    /// Whom it is by.
    pub author: Names,
    /// When, in milliseconds since 1970: the same for every try, so that its commit is the same.
    pub at: f64,
    /// Paths that Git can't hold.
    pub left_out: Vec<String>,
}

/// Git's names for contents that were read before.
pub trait Known {
    /// The name, where it is known.
    fn get(&self, hash: &ContentHash) -> Option<Oid>;
    /// Remembers one.
    fn put(&self, hash: ContentHash, oid: Oid);
}

/// Whether Git refuses a path: its own folder's name, as file systems may read it.
fn unfit(path: &str) -> bool {
    path.split('/').any(|name| {
        let name = name.trim_end_matches(['.', ' ']);
        name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
    })
}

/// Makes the plan of files that the store holds under `key`. Only contents that no plan had before are read.
pub async fn plan(
    version: u64,
    files: &BTreeMap<String, ContentHash>,
    workflow: bool,
    key: impl Fn(&ContentHash) -> String,
    blobs: &impl Blobs,
    known: &impl Known,
) -> Result<Plan, Trouble> {
    let (mut entries, mut left_out) = (BTreeMap::new(), Vec::new());
    for (path, hash) in files {
        if unfit(path) {
            left_out.push(path.clone());
            continue;
        }
        let oid = match known.get(hash) {
            Some(oid) => oid,
            None => {
                let oid = Oid::blob(&read(blobs, &key(hash)).await?);
                known.put(*hash, oid);
                oid
            }
        };
        let source = Source::Stored(key(hash));
        entries.insert(path.clone(), Entry { oid, source });
    }
    if workflow {
        // An app that has the file has its own reasons.
        entries
            .entry(workflow::WORKFLOW_PATH.to_owned())
            .or_insert_with(|| Entry {
                oid: Oid::blob(workflow::TEXT.as_bytes()),
                source: Source::Text(workflow::TEXT),
            });
    }
    let named = entries.iter().map(|(path, entry)| (&**path, entry.oid));
    let tree = objects::tree(named).ok_or_else(|| {
        Trouble::refused(
            "path-conflict",
            "A path of the app is a file and a folder at once.",
        )
    })?;
    Ok(Plan {
        version,
        files: entries,
        tree,
        message: format!("Version {version}"),
        author: Names::default(),
        at: 0.0,
        left_out,
    })
}

async fn read(blobs: &impl Blobs, key: &str) -> Result<Vec<u8>, Trouble> {
    let bytes = blobs.get(key).await?;
    // A newer version, which dropped it, is on its way.
    bytes.ok_or_else(|| Trouble::Fault(format!("{key} is not there any more")))
}

impl Source {
    /// The content.
    pub(super) async fn bytes(&self, blobs: &impl Blobs) -> Result<Vec<u8>, Trouble> {
        match self {
            Self::Text(text) => Ok(text.as_bytes().to_vec()),
            Self::Stored(key) => read(blobs, key).await,
        }
    }
}
