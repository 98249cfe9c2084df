//! A deployment told while it runs: a line for each change and each piece of its log, the deployment itself last.

use super::find;
use crate::{
    config::Config,
    reply::{self, Failure},
    session::{Answers, listen},
    store::AppRow,
};
use futures_util::stream::unfold;
use overskill_protocol::{Command, Outcome};
use worker::{Env, Response};

/// What the last line is made of.
struct Last {
    app: AppRow,
    id: String,
    env: Env,
    config: Config,
}

impl Last {
    async fn line(&self, told: Result<(), Failure>) -> Vec<u8> {
        let found = match told {
            Ok(()) => find(&self.app, &self.id, &self.env, &self.config).await,
            Err(failure) => Err(failure),
        };
        let problem = match found {
            Ok(deployment) => return reply::line(&deployment),
            Err(Failure::Refused(refusal)) => refusal,
            Err(Failure::Fault(cause)) => {
                let id = &self.config.request_id;
                let told =
                    serde_json::json!({"requestId": id, "slug": self.app.slug, "fault": cause});
                worker::console_error!("{told}");
                reply::unexpected()
            }
        };
        reply::line(&problem.problem(&self.config.request_id))
    }
}

/// Follows a deployment until it is done. When nobody reads any more it goes on by itself.
pub(super) async fn follow(
    app: &AppRow,
    id: &str,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let command = Command::Follow { id: id.to_owned() };
    let answers = listen(env, &app.id, &command, &[]).await?;
    let last = Last {
        app: app.clone(),
        id: id.to_owned(),
        env: env.clone(),
        config: config.clone(),
    };
    let stream = unfold(
        Some((answers, last)),
        |state: Option<(Answers, Last)>| async {
            let (mut answers, last) = state?;
            Some(match answers.next().await {
                Ok(Outcome::DeploymentNews(news)) => (reply::line(&news), Some((answers, last))),
                Ok(_) => (last.line(Ok(())).await, None),
                Err(failure) => (last.line(Err(failure)).await, None),
            })
        },
    );
    reply::lines(stream)
}
