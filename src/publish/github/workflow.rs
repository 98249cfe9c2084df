//! The workflow that builds an app in its own repository.

/// Where it is.
pub const WORKFLOW_PATH: &str = ".github/workflows/overskill.yml";
/// Its file name, by which the API knows it.
pub(super) const NAME: &str = "overskill.yml";
/// What it says. The request's name in that of the run, and in that of its output, is how both are told from others.
pub(super) const TEXT: &str = include_str!("workflow.yml");
