//! What calls take in their addresses.

use super::Schemas;
use crate::{AdminCall::*, AppCall::*, Call, DeploymentState, Tier, VariableName};
use overskill_model::{ModulePath, Slug};
use serde_json::{Value, json};

/// What is in the address of a call.
pub(super) fn of_path(path: &str, schemas: &mut Schemas) -> Vec<Value> {
    let described = [
        ("slug", "The app's slug.", schemas.request::<Slug>()),
        (
            "path",
            "The file's path; its slashes may be sent as they are or as `%2F`.",
            schemas.request::<ModulePath>(),
        ),
        (
            "deployment",
            "The deployment's id.",
            json!({"type": "string"}),
        ),
        (
            "secret",
            "The secret's name.",
            schemas.request::<VariableName>(),
        ),
    ];
    let named = described
        .into_iter()
        .filter(|(name, ..)| path.contains(&format!("{{{name}}}")));
    named
        .map(|(name, description, schema)| {
            json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
        })
        .collect()
}

/// What is in the query of a call.
pub(super) fn of_query(call: Call, schemas: &mut Schemas) -> Option<Value> {
    let parameter = |name: &str, schema: Value, description: &str| json!({"name": name, "in": "query", "schema": schema, "description": description});
    let cursor =
        |schema: Value| parameter("cursor", schema, "What the page before gave as `cursor`.");
    let place = || cursor(json!({"type": "integer", "minimum": 1}));
    let limit = || {
        let range = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 100});
        parameter("limit", range, "How many on a page.")
    };
    let day = |name: &str, description: &str| {
        parameter(
            name,
            json!({"type": "string", "format": "date"}),
            description,
        )
    };
    let days = || {
        let first = day(
            "from",
            "The first day in UTC; the first of the month where it is absent.",
        );
        [
            first,
            day(
                "to",
                "The last day; today where it is absent. At most 366 days.",
            ),
        ]
    };
    let needed = |name: &str, schema: Value, description: &str| {
        let mut parameter = parameter(name, schema, description);
        parameter["required"] = json!(true);
        parameter
    };
    Some(match call {
        Call::Admin(ListApps) => json!([cursor(schemas.request::<Slug>())]),
        Call::App(Sync) => json!([
            needed(
                "epoch",
                json!({"type": "string", "minLength": 1, "maxLength": 64}),
                "Which life of the log the page's place is in."
            ),
            needed(
                "since",
                json!({"type": "integer", "minimum": 0, "maximum": u64::MAX}),
                "The page's place."
            ),
        ]),
        Call::Admin(ReadAudit) => {
            let app = "Only what was about this app, by its id or a slug that it was asked for by; deleted ones too.";
            json!([place(), parameter("app", json!({"type": "string"}), app)])
        }
        Call::App(ReadAppAudit) => json!([place()]),
        Call::App(ListVersions) => json!([place(), limit()]),
        Call::App(ListDeployments) => {
            let tier = schemas.request::<Tier>();
            let state = schemas.request::<DeploymentState>();
            let text = json!({"type": "string", "pattern": "^[0-9]+-[0-9a-f]{16}$"});
            json!([
                cursor(text),
                limit(),
                parameter("tier", tier, "Only those of this tier."),
                parameter("state", state, "Only those that are so now."),
            ])
        }
        Call::App(ReadAppUsage) => json!(days()),
        Call::Admin(ReadUsage) => {
            let [from, to] = days();
            json!([from, to, cursor(json!({"type": "string"}))])
        }
        _ => return None,
    })
}
