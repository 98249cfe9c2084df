//! Whatever makes a version of an app: asked of its object, answered when it is built, with news of the build ahead of
//! that where the caller takes lines.

use crate::{
    config::Config,
    files::unexpected,
    reply::{self, Failure},
    servers,
    session::{Answers, ask, listen},
    store::AppRow,
};
use futures_util::stream::unfold;
use overskill_flows::tree::Batch;
use overskill_platform::WallClock;
use overskill_ports::Clock;
use overskill_protocol::{BuildEvent, BuildProgress, Command, Outcome, Written};
use worker::{Env, Response};

/// Writes a batch of files.
pub(crate) async fn write(
    app: &AppRow,
    batch: Batch,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let (paths, contents): (Vec<_>, Vec<_>) = batch.upsert.into_iter().unzip();
    let command = Command::Write {
        replace: batch.replace,
        upsert: paths,
        delete: batch.delete,
        base_version: batch.base_version,
        limits: config.limits,
    };
    make(app, &command, &contents, env, config).await
}

/// Asks for something that makes a version.
pub(crate) async fn make(
    app: &AppRow,
    command: &Command,
    contents: &[Vec<u8>],
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let about = About {
        started: WallClock.now(),
        app: app.clone(),
        env: env.clone(),
        config: config.clone(),
    };
    if config.lines {
        let mut answers = listen(env, &app.id, command, contents).await?;
        // What is refused is refused before anything is written, and answered as anywhere else.
        let first = answers.next().await?;
        return lines(answers, first, about);
    }
    let (outcome, _) = ask(env, &app.id, command, contents).await?;
    if let Outcome::Written { quotas, .. } = &outcome {
        config.seen.left(quotas.iter().cloned());
    }
    let written = about.written(outcome)?;
    let mut response = reply::json(200, &written)?;
    response
        .headers_mut()
        .set("server-timing", &written.timings.header())?;
    Ok(response)
}

/// What an answer says besides the outcome.
struct About {
    started: f64,
    app: AppRow,
    env: Env,
    config: Config,
}

impl About {
    fn written(&self, outcome: Outcome) -> Result<Written, Failure> {
        let Outcome::Written {
            version,
            epoch,
            changed,
            status,
            diagnostics,
            update,
            mut timings,
            quotas: _,
            server,
        } = outcome
        else {
            return Err(unexpected(&outcome));
        };
        timings.total = WallClock.now() - self.started;
        if let Some(server) = server {
            servers::warm(&self.env, &self.config, &self.app, *server)?;
        }
        Ok(Written {
            version,
            epoch,
            seq: version,
            status,
            preview_url: self.config.preview_url(&self.app.slug),
            changed,
            diagnostics,
            update,
            timings,
        })
    }

    /// The last line: the answer, or the problem.
    fn last(&self, outcome: Result<Outcome, Failure>) -> Vec<u8> {
        let problem = match outcome.and_then(|outcome| self.written(outcome)) {
            Ok(written) => return reply::line(&written),
            Err(Failure::Refused(refusal)) => refusal,
            Err(Failure::Fault(cause)) => {
                let (id, slug) = (&self.config.request_id, &self.app.slug);
                let told = serde_json::json!({"requestId": id, "slug": slug, "fault": cause});
                worker::console_error!("{told}");
                reply::unexpected()
            }
        };
        reply::line(&problem.problem(&self.config.request_id))
    }
}

/// The answer as lines. When nobody reads them any more the object goes on by itself.
fn lines(answers: Answers, first: Outcome, about: About) -> Result<Response, Failure> {
    let state = Some((answers, Some(first), about));
    let stream = unfold(state, |state| async move {
        let (mut answers, first, about) = state?;
        let next = match first {
            Some(first) => Ok(first),
            None => answers.next().await,
        };
        Some(match next {
            Ok(Outcome::Progress(progress)) => (news(progress), Some((answers, None, about))),
            last => (about.last(last), None),
        })
    });
    reply::lines(stream)
}

fn news(progress: BuildProgress) -> Vec<u8> {
    reply::line(&BuildEvent::Progress(progress))
}
