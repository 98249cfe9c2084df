//! What the Worker asks of an app's object, and what it is answered: a JSON header, then raw contents.

use crate::{
    BuildProgress, Builder, Collected, DeploymentNews, Envelope, FileInfo, Listing, LiveState,
    Missed, PackageList, Position, QuotaLeft, Refusal, ReportErrors, Routed, RuntimeErrors,
    SealedRegistries, ServerCode, ServerLog, Status, Tier, Timings, VariableName, Variables,
    VersionList, Waiting,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHash, Limits, ModulePath};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// What a preview is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The address's path, decoded, with its leading slash.
    pub path: String,
    /// Whether a person goes there, so that the app's own router may know it.
    pub navigation: bool,
    /// Whether it is to change nothing.
    pub reads: bool,
    /// Contents that the browser has already; they are not sent again.
    pub known: Vec<ContentHash>,
    /// Whether only files are meant: it is the server code that asks.
    pub files: bool,
}

/// Everything that can be asked. The set is closed: an object answers nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "command")]
pub enum Command {
    /// One atomic batch; the message's contents are those of `upsert`, in order.
    Write {
        /// Whether files that are not in `upsert` go.
        replace: bool,
        /// Files to add or replace.
        upsert: Vec<ModulePath>,
        /// Files to remove.
        delete: Vec<ModulePath>,
        /// The version it is based on.
        base_version: Option<u64>,
        /// The bounds to keep.
        limits: Limits,
    },
    /// What builds are to see from now on; answered as a write, since it makes a version.
    SetVariables {
        /// Name to value.
        variables: BTreeMap<VariableName, String>,
    },
    /// What builds see.
    ReadVariables,
    /// What was chosen of npm.
    ReadPackages,
    /// Where packages are from now on.
    SetRegistries {
        /// Which of several changes is the newest.
        revision: u64,
        /// Where.
        registries: SealedRegistries,
    },
    /// The current tree.
    List,
    /// One file; answered with its content.
    Read {
        /// Which.
        path: ModulePath,
    },
    /// What the author is told of the current version.
    Diagnose,
    /// What the preview has under an address; answered with its content.
    Serve(Asked),
    /// Server code that is to be run; answered with the contents of its modules.
    ReadServer {
        /// Which.
        hash: ContentHash,
        /// What the variables are told by that it is to see.
        variables: ContentHash,
    },
    /// What server code said.
    ServerLog {
        /// All of it.
        log: ServerLog,
    },
    /// What a page has missed that is at a place in the log.
    Sync {
        /// Where it is.
        at: Position,
    },
    /// How live editing goes.
    ReadLive,
    /// Run-time errors of an open page; answered with what is kept of them, in the same order.
    ReportErrors {
        /// What it reports.
        report: ReportErrors,
    },
    /// The run-time errors that open pages reported.
    ReadErrors,
    /// How far the first build is.
    Wait,
    /// The versions that can be deployed.
    ReadVersions {
        /// Only those before this one.
        before: Option<u64>,
        /// How many.
        limit: usize,
    },
    /// Build a version, and store what it is made of as a deployment. Durable once it is answered.
    Deploy {
        /// The deployment's name within the app.
        id: String,
        /// How it is built.
        tier: Tier,
        /// The version that it is of; the current one when absent.
        version: Option<u64>,
        /// What people are told of it.
        message: Option<String>,
        /// What the caller tells it from others by.
        key: Option<String>,
        /// Who wants it.
        actor: String,
        /// Who builds it first.
        builder: Builder,
        /// Whether GitHub's Actions take over where it does not build here.
        fallback: bool,
        /// Whether to answer when it is done, and not when it is recorded.
        wait: bool,
    },
    /// Tell how a deployment goes, until it is done.
    Follow {
        /// Which.
        id: String,
    },
    /// Let go of what no deployment needs that is to be kept.
    Collect {
        /// Whether only to say what would go.
        dry_run: bool,
        /// How many of each tier are kept besides the live one.
        keep: u32,
        /// For how many days.
        days: u32,
    },
    /// Tell open previews something of the caller's own.
    Broadcast {
        /// The name that listeners go by.
        event: String,
        /// JSON as text, so that it is as deep here as it was there.
        data: String,
    },
    /// What the app is called from now on, and who may look.
    Admit(Door),
    /// Forget everything, for good.
    Destroy,
}

/// What an app's object has to know of what D1 knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// The app's slug.
    pub slug: String,
    /// Whether only those may look who show that they may.
    pub private: bool,
    /// When that was decided, in milliseconds since 1970: of two, the newer one holds.
    pub told: u64,
}

/// Why the preview has nothing under an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Unserved {
    /// No such file.
    Missing,
    /// Nothing was uploaded yet.
    Empty {
        /// Where the log is.
        at: Position,
    },
    /// The first version is being built.
    Building {
        /// How far that is.
        progress: Option<BuildProgress>,
    },
    /// The app is under another address.
    Elsewhere {
        /// Its path, with a slash at both ends.
        address: String,
    },
    /// No version has built yet.
    Failed {
        /// Where the log is.
        at: Position,
        /// What is wrong with the current one.
        diagnostics: Vec<Diagnostic>,
    },
}

/// Everything that can be answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// The batch is durable.
    Written {
        /// The version that it made.
        version: u64,
        /// Which life of the log this is.
        epoch: String,
        /// The paths whose content is not what it was.
        changed: Vec<ModulePath>,
        /// Whether it builds.
        status: Status,
        /// What the author is told.
        diagnostics: Vec<Diagnostic>,
        /// What open previews are told, where they are told something.
        update: Option<Box<Envelope>>,
        /// Where the time went.
        timings: Timings,
        /// What is left of the app's quotas.
        quotas: Vec<QuotaLeft>,
        /// New server code that somebody is likely to ask soon.
        server: Option<Box<Routed>>,
    },
    /// What a page has missed.
    Missed(Missed),
    /// Run-time errors.
    Errors(RuntimeErrors),
    /// How live editing goes; whether it is on is not the object's to know.
    Live(LiveState),
    /// What builds see.
    Variables(Variables),
    /// What was chosen of npm.
    Packages(PackageList),
    /// The versions that can be deployed.
    Versions(VersionList),
    /// The tree.
    Listed(Listing),
    /// The file; its content follows.
    Read(FileInfo),
    /// What the author is told.
    Diagnosed {
        /// The version it is about.
        version: u64,
        /// Whether it builds.
        status: Status,
        /// In order.
        diagnostics: Vec<Diagnostic>,
    },
    /// What the preview has; its content follows, unless the browser has it.
    Served {
        /// Its content.
        hash: ContentHash,
        /// Whether the address never changes what it names.
        immutable: bool,
        /// Where in the log the app's page stands, where it is that rather than a file.
        page: Option<Position>,
    },
    /// The app's server code answers.
    Routed(Box<Routed>),
    /// Server code; the contents of its modules follow.
    ServerCode(Box<ServerCode>),
    /// How far the build is; the outcome proper follows, where the asker listens.
    Progress(BuildProgress),
    /// How far the first build is.
    Waiting(Waiting),
    /// The preview has nothing to send.
    Unserved(Unserved),
    /// It is so from now on.
    Configured,
    /// The deployment is recorded, under this name: another's where that has the key.
    Deployed {
        /// Its name.
        id: String,
    },
    /// How a deployment goes.
    DeploymentNews(DeploymentNews),
    /// What went.
    Collected(Collected),
    /// It was told.
    Broadcasted {
        /// To how many sockets.
        delivered: u64,
        /// What they were sent.
        update: Box<Envelope>,
    },
    /// Nothing is left.
    Destroyed,
    /// No; nothing was changed.
    Refused(Refusal),
    /// The object failed; nothing is known to have changed.
    Fault {
        /// Why, for the log.
        cause: String,
    },
}

/// The message was cut short or is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

#[derive(Serialize, Deserialize)]
struct Header<T> {
    body: T,
    lengths: Vec<usize>,
}

/// Writes a message: length of the header (u32, little-endian), the header, the contents.
pub fn encode<T: Serialize, B: AsRef<[u8]>>(body: &T, contents: &[B]) -> Vec<u8> {
    let lengths = contents
        .iter()
        .map(|content| content.as_ref().len())
        .collect();
    let header = serde_json::to_vec(&Header { body, lengths }).expect("messages always serialise");
    let total = 4
        + header.len()
        + contents
            .iter()
            .map(|content| content.as_ref().len())
            .sum::<usize>();
    let mut message = Vec::with_capacity(total);
    message.extend_from_slice(&(header.len() as u32).to_le_bytes());
    message.extend_from_slice(&header);
    for content in contents {
        message.extend_from_slice(content.as_ref());
    }
    message
}

/// Reads a message.
///
/// # Errors
/// When lengths and bytes don't agree to the last byte.
pub fn decode<T: DeserializeOwned>(message: &[u8]) -> Result<(T, Vec<Vec<u8>>), Malformed> {
    let (size, rest) = message.split_first_chunk::<4>().ok_or(Malformed)?;
    let (header, mut rest) = rest
        .split_at_checked(u32::from_le_bytes(*size) as usize)
        .ok_or(Malformed)?;
    let header: Header<T> = serde_json::from_slice(header).map_err(|_| Malformed)?;
    let mut contents = Vec::with_capacity(header.lengths.len());
    for length in header.lengths {
        let (content, tail) = rest.split_at_checked(length).ok_or(Malformed)?;
        contents.push(content.to_vec());
        rest = tail;
    }
    if rest.is_empty() {
        Ok((header.body, contents))
    } else {
        Err(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_trip_and_nothing_less_does() {
        let message = encode(&Command::List, &[&b"one"[..], b"", b"\0\xff"]);
        let (command, contents) = decode::<Command>(&message).unwrap();
        assert_eq!(command, Command::List);
        assert_eq!(contents, [&b"one"[..], b"", b"\0\xff"]);
        for end in 0..message.len() {
            assert_eq!(decode::<Command>(&message[..end]), Err(Malformed), "{end}");
        }
        assert_eq!(
            decode::<Command>(&[message, vec![0]].concat()),
            Err(Malformed)
        );
        assert_eq!(decode::<Command>(&[0xff; 8]), Err(Malformed));
    }
}
