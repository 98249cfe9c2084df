//! Every byte that crosses a boundary: the HTTP calls and their bodies, and object commands; types and tables only.

mod actions;
mod apps;
mod audit;
mod command;
mod deployments;
mod envelope;
mod errors;
mod files;
mod frames;
mod github;
mod health;
mod live;
mod openapi;
mod packages;
mod problem;
mod progress;
mod published;
mod quotas;
mod registries;
mod routes;
mod secrets;
mod server;
mod unique;
mod usage;
mod variables;
mod versions;
mod whole;

pub use actions::{
    ACTIONS_OUTPUT, ACTIONS_SOURCE, ActionsBuild, ActionsEnded, ActionsOutput, ActionsSource,
};
pub use apps::{App, AppList, ChangeApp, CreateApp, CreatedApp, NAME_CHARACTERS, Visibility};
pub use audit::{AuditEntry, AuditPage};
pub use command::{Asked, Command, Door, Malformed, Outcome, Unserved, decode, encode};
pub use deployments::{
    Builder, CollectDeployments, Collected, CreateDeployment, Deployment, DeploymentChange,
    DeploymentLine, DeploymentList, DeploymentNews, DeploymentState, MESSAGE_CHARACTERS, Tier,
};
pub use envelope::{Broadcast, Broadcasted, EVENT_CHARACTERS, Envelope, EnvelopeKind};
pub use errors::{ErrorFrame, PageError, PageErrorKind, ReportErrors, RuntimeError, RuntimeErrors};
pub use files::{Content, Diagnostics, FileInfo, Listing, Patch, Status, Timings, Tree, Written};
pub use frames::{Frames, framed};
pub use github::{
    CO_AUTHORS, Github, GithubCommit, GithubError, GithubPull, GithubRun, GithubStatus,
    PublisherCommand, PushGithub, SetGithub,
};
pub use health::{Health, HealthStatus, HealthWarning};
pub use live::{Hmr, LiveState, Missed, Position, Relay, UpdateTimings};
pub use openapi::openapi;
pub use packages::{AskedAs, AskedBy, ChosenPackage, PackageList};
pub use problem::{Problem, Refusal};
pub use progress::{BuildEvent, BuildPhase, BuildProgress, Waiting};
pub use published::{
    DeployerAnswer, DeployerCommand, DeployerRequest, PublishError, PublishState, Published,
};
pub use quotas::{QuotaLeft, rate_limit_fields};
pub use registries::{
    Scope, SealedRegistries, SealedRegistry, SetRegistries, SetRegistry, ShownRegistries,
    ShownRegistry,
};
pub use routes::{AdminCall, AppCall, Call, Found, PublicCall, ROUTES, Route, find};
pub use secrets::{SecretList, SetSecret, ShownSecret};
pub use server::{
    Outbound, Routed, Server, ServerCode, ServerEvent, ServerLimits, ServerLine, ServerLog,
    ServerModule, ServerModuleKind, ServerThrown, script_name, variables_hash,
};
pub use usage::{AllUsage, AppUsage, Forecast, Metered, UsageDay, UsageOfApp};
pub use variables::{SetVariables, VariableName, Variables};
pub use versions::{CHANGED_PATHS, Version, VersionCause, VersionList, VersionTold};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_written_twice_is_refused() {
        let once = r#"{"files":{"a":"1","b":{"base64":"AA=="}}}"#;
        assert_eq!(serde_json::from_str::<Tree>(once).unwrap().files.len(), 2);
        let twice = r#"{"files":{"a":"1","a":"2"}}"#;
        let error = serde_json::from_str::<Tree>(twice).unwrap_err().to_string();
        assert!(error.contains("`a` is there twice"), "{error}");
    }

    #[test]
    fn a_base_version_is_any_whole_number() {
        let read = |text: &str| {
            let body = format!(r#"{{"baseVersion":{text}}}"#);
            serde_json::from_str::<Patch>(&body).map(|patch| patch.base_version)
        };
        for (text, version) in [
            ("3", Some(3)),
            ("3.0", Some(3)),
            ("3e0", Some(3)),
            ("null", None),
        ] {
            assert_eq!(read(text).unwrap(), version, "{text}");
        }
        assert_eq!(read("18446744073709551615").unwrap(), Some(u64::MAX));
        for text in ["-1", "1.5", "1e300", "true", "\"3\""] {
            assert!(read(text).unwrap_err().is_data(), "{text}");
        }
        assert_eq!(
            serde_json::from_str::<Patch>("{}").unwrap(),
            Patch::default()
        );
    }

    #[test]
    fn a_refusal_is_sent_as_problem_json() {
        let problem = Refusal::new(409, "version-conflict", "The app is at version 3.")
            .fact("version", 3)
            .problem("r1");
        assert_eq!(
            serde_json::to_value(problem).unwrap(),
            serde_json::json!({
                "type": "urn:overskill:problem:version-conflict", "title": "Conflict", "status": 409,
                "detail": "The app is at version 3.", "code": "version-conflict", "requestId": "r1", "version": 3,
            })
        );
    }
}
