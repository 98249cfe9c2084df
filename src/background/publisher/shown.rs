//! How publishing goes, as it is shown.

use overskill_protocol::{GithubCommit, GithubError, GithubPull, GithubRun, GithubStatus};
use overskill_publish::{
    Publication, Told,
    github::{Build, Credentials},
};

/// Where people look at what the API at `url` is of: `api.github.com` is GitHub's own, `/api/v3` is below Enterprise's.
fn site(url: &str) -> String {
    let url = url.strip_suffix("/api/v3").unwrap_or(url);
    url.replace("://api.github.com", "://github.com")
}

fn error(told: &Told) -> GithubError {
    GithubError {
        code: told.code.clone(),
        detail: told.detail.clone(),
        at: told.at as u64,
    }
}

fn run(build: &Build) -> GithubRun {
    let run = build.run.as_ref();
    GithubRun {
        version: build.version,
        asked_at: build.asked as u64,
        status: run.map_or_else(|| "waiting".to_owned(), |run| run.status.clone()),
        conclusion: run.and_then(|run| run.conclusion.clone()),
        url: run.map(|run| run.url.clone()),
        error: build.tries.told.as_ref().map(error),
    }
}

pub fn status(all: &Publication, credentials: &Credentials, now: f64) -> GithubStatus {
    let (outbox, remote) = (&all.outbox, &all.remote);
    let name = &remote.repository.name;
    let page = format!("{}/{}/{name}", site(&credentials.url), credentials.owner);
    GithubStatus {
        missing: Vec::new(),
        owner: Some(credentials.owner.clone()),
        commit: all.commit.as_ref().map(|commit| GithubCommit {
            sha: commit.sha.to_string(),
            version: commit.version,
            branch: commit.branch.clone(),
            url: format!("{page}/commit/{}", commit.sha),
            left_out: commit.left_out.clone(),
        }),
        pending_version: outbox.pending.as_ref().map(|pending| pending.version),
        error: outbox.tries.told.as_ref().map(error),
        failures: outbox.tries.failed,
        next_at: all.due(now).map(|at| at.ceil() as u64),
        pull_request: remote.side.as_ref().and_then(|side| {
            let pull = side.pull.as_ref()?;
            Some(GithubPull {
                number: pull.number,
                url: pull.url.clone(),
                branch: side.branch.clone(),
            })
        }),
        run: all.build.as_ref().map(run),
        url: (!name.is_empty()).then_some(page),
    }
}
