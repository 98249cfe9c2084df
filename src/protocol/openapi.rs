//! `/openapi.json`: the table of calls and the types of their bodies, as OpenAPI 3.1.

mod parameters;

use crate::{
    AdminCall::*, App, AppCall, AppCall::*, AppList, BuildEvent, Call, ChangeApp, CreateApp,
    CreatedApp, Diagnostics, Health, Listing, PackageList, Patch, Problem, PublicCall::*, ROUTES,
    Route, SecretList, SetVariables, ShownSecret, Tree, Variables, Written,
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// What a call on this API needs to know beyond its operations.
const ABOUT: &str = "Upload the files of a React app and see them run. Every answer carries `x-request-id`, which is \
    also in our log, and `Server-Timing`. A refused request changes nothing. `HEAD` is answered where `GET` is. Bodies \
    are sent without a content encoding. `RateLimit-Policy` and `RateLimit` tell what is left of quotas. No call takes \
    cookies or answers other origins' pages.";

/// The whole document.
pub fn openapi() -> Value {
    let mut schemas = Schemas {
        requests: generator(SchemaSettings::for_deserialize),
        responses: generator(SchemaSettings::for_serialize),
    };
    let problem = schemas.response::<Problem>();
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| {
            let parameters = parameters::of_path(route.path, &mut schemas);
            match parameters.is_empty() {
                true => json!({}),
                false => json!({"parameters": parameters}),
            }
        });
        path[route.method.to_ascii_lowercase()] = operation(route, &problem, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "OverSkill preview", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer",
                "description": "`ADMIN_TOKEN` for everything, an app's own token for that app.",
            }},
            "headers": {
                "request-id": {"description": "The request as it stands in our log.", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}},
                "server-timing": {"description": "Where the time went, in milliseconds.", "required": true, "schema": {"type": "string"}},
                "retry-after": {"description": "Seconds after which to try again.", "required": true, "schema": {"type": "integer"}},
                "ratelimit-policy": {"description": "The quotas, as draft-ietf-httpapi-ratelimit-headers has them.", "required": true, "schema": {"type": "string"}},
                "ratelimit": {"description": "What is left of them.", "required": true, "schema": {"type": "string"}},
                "www-authenticate": {"description": "The scheme to use.", "required": true, "schema": {"const": "Bearer"}},
                "etag": {"description": "The content's hash, in quotes.", "required": true, "schema": {"type": "string"}},
            },
        },
    })
}

/// Schemas of what is read and of what is written: a field with a default is optional in one and always there in the
/// other.
struct Schemas {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
}

fn generator(contract: impl FnOnce(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    contract(settings).into_generator()
}

impl Schemas {
    fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    fn response<T: JsonSchema>(&mut self) -> Value {
        self.responses.subschema_for::<T>().to_value()
    }

    fn components(mut self) -> Map<String, Value> {
        let mut all = self.responses.take_definitions(true);
        for (name, schema) in self.requests.take_definitions(true) {
            let same = all
                .insert(name, schema.clone())
                .is_none_or(|other| other == schema);
            assert!(same, "a type that goes both ways has one schema");
        }
        all
    }
}

fn operation(route: &Route, problem: &Value, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "responses": responses(route, problem, schemas),
        "security": match route.call {
            Call::Public(_) => json!([]),
            Call::Admin(_) | Call::App(_) => json!([{"token": []}]),
        },
    });
    if let Some(parameters) = parameters::of_query(route.call, schemas) {
        operation["parameters"] = parameters;
    }
    if let Some(content) = body(route.call, schemas) {
        operation["requestBody"] = json!({
            // No body is an empty file.
            "required": route.call != Call::App(WriteFile),
            "content": content,
        });
    }
    operation
}

/// What a call takes, by media type.
fn body(call: Call, schemas: &mut Schemas) -> Option<Value> {
    let binary = |description: &str| json!({"schema": {"description": description}});
    Some(match call {
        Call::Admin(CreateApp) => {
            json!({"application/json": {"schema": schemas.request::<CreateApp>()}})
        }
        Call::App(ChangeApp) => {
            json!({"application/json": {"schema": schemas.request::<ChangeApp>()}})
        }
        Call::App(PatchFiles) => {
            json!({"application/json": {"schema": schemas.request::<Patch>()}})
        }
        Call::App(AppCall::SetVariables) => {
            json!({"application/json": {"schema": schemas.request::<SetVariables>()}})
        }
        Call::App(AppCall::SetSecret) => {
            json!({"application/json": {"schema": schemas.request::<crate::SetSecret>()}})
        }
        Call::App(ReplaceFiles) => json!({
            "application/json": {"schema": schemas.request::<Tree>()},
            "multipart/form-data": {"schema": {
                "type": "object",
                "description": "Every part is a file and has the file's path as its `filename`.",
                "additionalProperties": {"type": "array", "items": {"contentMediaType": "application/octet-stream"}},
            }},
            "application/x-tar": binary("A tar of the tree: files and folders, no links or devices."),
            "application/gzip": binary("The same, gzipped."),
        }),
        Call::App(CreateDeployment) => {
            json!({"application/json": {"schema": schemas.request::<crate::CreateDeployment>()}})
        }
        Call::App(CollectDeployments) => {
            json!({"application/json": {"schema": schemas.request::<crate::CollectDeployments>()}})
        }
        Call::App(AppCall::Broadcast) => {
            json!({"application/json": {"schema": schemas.request::<crate::Broadcast>()}})
        }
        Call::App(AppCall::SetGithub) => {
            json!({"application/json": {"schema": schemas.request::<crate::SetGithub>()}})
        }
        Call::App(AppCall::PushGithub) => {
            json!({"application/json": {"schema": schemas.request::<crate::PushGithub>()}})
        }
        Call::App(WriteFile) => {
            json!({"*/*": binary("The file's content as it is, whatever its type.")})
        }
        Call::Public(Health | OpenApi)
        | Call::Admin(ListApps | Metrics | ReadAudit | ReadUsage)
        | Call::App(
            ReadApp
            | DeleteApp
            | ListFiles
            | ReadFile
            | DeleteFile
            | ReadDiagnostics
            | ReadVariables
            | ReadPackages
            | ReadErrors
            | ReadLive
            | Sync
            | ListVersions
            | ListDeployments
            | ReadDeployment
            | ActivateDeployment
            | AppCall::Publish
            | AppCall::ReadPublished
            | AppCall::Unpublish
            | ListSecrets
            | DeleteSecret
            | ReadAppAudit
            | ReadAppUsage
            | ReadGithub
            | RemoveGithub,
        ) => {
            return None;
        }
    })
}

fn responses(route: &Route, problem: &Value, schemas: &mut Schemas) -> Value {
    let json = |schema: Value| json!({"application/json": {"schema": schema}});
    let (status, description, content) = match route.call {
        Call::Public(Health) => ("200", "It runs.", json(schemas.response::<Health>())),
        Call::Public(OpenApi) => ("200", "The document.", json(json!({"type": "object"}))),
        Call::Admin(CreateApp) => (
            "201",
            "The app, and its token this once.",
            json(schemas.response::<CreatedApp>()),
        ),
        Call::Admin(Metrics) => {
            let text = json!({"text/plain": {"schema": {"type": "string", "description": "Prometheus's text format, version 0.0.4."}}});
            ("200", "The metrics.", text)
        }
        Call::Admin(ListApps) => ("200", "One page.", json(schemas.response::<AppList>())),
        Call::App(ReadApp | ChangeApp) => ("200", "The app.", json(schemas.response::<App>())),
        Call::App(DeleteApp) => ("204", "It is gone.", Value::Null),
        Call::App(ListFiles) => ("200", "The files.", json(schemas.response::<Listing>())),
        Call::App(ReplaceFiles | PatchFiles | WriteFile | DeleteFile | AppCall::SetVariables) => {
            ("200", "The version that the write made.", written(schemas))
        }
        Call::App(ListSecrets) => ("200", "The names.", json(schemas.response::<SecretList>())),
        Call::App(AppCall::SetSecret) => {
            ("200", "It is set.", json(schemas.response::<ShownSecret>()))
        }
        Call::App(DeleteSecret) => ("204", "It is gone.", Value::Null),
        Call::Admin(ReadAudit) | Call::App(ReadAppAudit) => (
            "200",
            "One page.",
            json(schemas.response::<crate::AuditPage>()),
        ),
        Call::Admin(ReadUsage) => (
            "200",
            "What was used.",
            json(schemas.response::<crate::AllUsage>()),
        ),
        Call::App(ReadAppUsage) => (
            "200",
            "What was used.",
            json(schemas.response::<crate::AppUsage>()),
        ),
        Call::App(CreateDeployment) => (
            "201",
            "The deployment, done. A request with the `Idempotency-Key` of another one gets that one's.",
            json(schemas.response::<crate::Deployment>()),
        ),
        Call::App(ListVersions) => (
            "200",
            "One page.",
            json(schemas.response::<crate::VersionList>()),
        ),
        Call::App(ListDeployments) => (
            "200",
            "One page.",
            json(schemas.response::<crate::DeploymentList>()),
        ),
        Call::App(CollectDeployments) => (
            "200",
            "What went, or would go.",
            json(schemas.response::<crate::Collected>()),
        ),
        Call::App(ReadDeployment | ActivateDeployment) => (
            "200",
            "The deployment.",
            json(schemas.response::<crate::Deployment>()),
        ),
        Call::App(AppCall::Publish) => (
            "202",
            "It will be published; how far it is. The same again changes nothing.",
            json(schemas.response::<crate::Published>()),
        ),
        Call::App(AppCall::ReadPublished) => (
            "200",
            "How far it is.",
            json(schemas.response::<crate::Published>()),
        ),
        Call::App(AppCall::Unpublish) => (
            "202",
            "It will be removed; how far that is.",
            json(schemas.response::<crate::Published>()),
        ),
        Call::App(ReadGithub | AppCall::SetGithub) => (
            "200",
            "How it is published.",
            json(schemas.response::<crate::Github>()),
        ),
        Call::App(RemoveGithub) => ("204", "It is published no more.", Value::Null),
        Call::App(AppCall::PushGithub) => (
            "202",
            "It is under way.",
            json(schemas.response::<crate::Github>()),
        ),
        Call::App(AppCall::Broadcast) => (
            "200",
            "To how many sockets it was sent.",
            json(schemas.response::<crate::Broadcasted>()),
        ),
        Call::App(ReadErrors) => {
            let mut content = json(schemas.response::<crate::RuntimeErrors>());
            content["text/markdown"] = json!({"schema": {"type": "string", "description": "The same, made to be pasted into a prompt."}});
            ("200", "The errors, the newest first.", content)
        }
        Call::App(ReadLive) => (
            "200",
            "The state.",
            json(schemas.response::<crate::LiveState>()),
        ),
        Call::App(Sync) => (
            "200",
            "The envelopes, or one `full-reload`.",
            json(schemas.response::<crate::Missed>()),
        ),
        Call::App(ReadPackages) => (
            "200",
            "The packages.",
            json(schemas.response::<PackageList>()),
        ),
        Call::App(ReadVariables) => (
            "200",
            "The variables.",
            json(schemas.response::<Variables>()),
        ),
        Call::App(ReadFile) => {
            let file = json!({"application/octet-stream": {"schema": {"description": "The content as it was written."}}});
            ("200", "The file.", file)
        }
        Call::App(ReadDiagnostics) => {
            let mut content = json(schemas.response::<Diagnostics>());
            content["text/markdown"] = json!({"schema": {"type": "string", "description": "The same, made to be pasted into a prompt."}});
            ("200", "The diagnostics.", content)
        }
    };
    let mut headers = headers(&[
        ("x-request-id", "request-id"),
        ("server-timing", "server-timing"),
    ]);
    if route.call == Call::App(ReadFile) {
        headers["etag"] = reference("etag");
    }
    let mut responses = json!({status: {"description": description, "headers": headers}});
    if !content.is_null() {
        responses[status]["content"] = content;
    }
    if route.call == Call::App(CreateDeployment) {
        responses["202"] = responses[status].clone();
        let description =
            "The deployment, recorded: it goes on by itself. So with `Prefer: respond-async`.";
        responses["202"]["description"] = description.into();
    }
    for status in refusals(route) {
        responses[status.to_string()] = refusal(status, problem);
    }
    responses
}

/// What a write is answered with, by what the caller accepts.
fn written(schemas: &mut Schemas) -> Value {
    let (written, problem) = (schemas.response::<Written>(), schemas.response::<Problem>());
    let event = schemas.response::<BuildEvent>();
    json!({
        "application/json": {"schema": written},
        "application/x-ndjson": {"schema": {
            "description": "Lines, each a JSON value, for those who name this type in `Accept`: how far the build is, and at last the answer, or the problem if that turned up once the write was durable.",
            "oneOf": [event, written, problem],
        }},
    })
}

/// The statuses of all refusals of a call; 500 is a fault of ours.
fn refusals(route: &Route) -> Vec<u16> {
    let common: &[u16] = match route.call {
        Call::Public(_) => &[500],
        Call::Admin(_) => &[401, 403, 429, 500, 503],
        Call::App(_) => &[401, 403, 404, 429, 500, 503],
    };
    let mut all = [common, route.refusals].concat();
    all.sort_unstable();
    all
}

fn refusal(status: u16, problem: &Value) -> Value {
    let mut headers = headers(&[
        ("x-request-id", "request-id"),
        ("server-timing", "server-timing"),
    ]);
    match status {
        401 => headers["www-authenticate"] = reference("www-authenticate"),
        429 => {
            for name in ["retry-after", "ratelimit-policy", "ratelimit"] {
                headers[name] = reference(name);
            }
        }
        503 => headers["retry-after"] = reference("retry-after"),
        _ => {}
    }
    json!({
        "description": crate::problem::title(status),
        "headers": headers,
        "content": {"application/problem+json": {"schema": problem}},
    })
}

fn headers(named: &[(&str, &str)]) -> Value {
    named
        .iter()
        .map(|(name, component)| ((*name).to_owned(), reference(component)))
        .collect()
}

fn reference(header: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{header}")})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(name: &str) -> Value {
        openapi()["components"]["schemas"][name].clone()
    }

    #[test]
    fn requests_say_what_may_be_left_out_and_answers_what_is_always_there() {
        let create = schema("CreateApp");
        assert_eq!(create["required"], json!(["slug"]));
        assert_eq!(create["additionalProperties"], json!(false));
        assert_eq!(create["properties"]["hmr"]["default"], json!(true));
        let patch = schema("Patch");
        assert_eq!(patch.get("required"), None);
        assert_eq!(
            patch["properties"]["baseVersion"]["type"],
            json!(["integer", "null"])
        );
        let written = schema("Written");
        let required = written["required"].as_array().unwrap();
        for name in ["previewUrl", "update", "diagnostics"] {
            assert!(required.contains(&json!(name)), "{name}");
        }
        let diagnostic = schema("Diagnostic");
        assert_eq!(diagnostic["required"].as_array().unwrap().len(), 10);
        assert_eq!(
            diagnostic["properties"]["endLine"]["type"],
            json!(["integer", "null"])
        );
        assert_eq!(schema("AppList")["required"], json!(["apps"]));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(value: &Value, document: &Value) {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(target)) = members.get("$ref") {
                        let pointer = target.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{target}");
                    }
                    members.values().for_each(|member| check(member, document));
                }
                Value::Array(items) => items.iter().for_each(|item| check(item, document)),
                _ => {}
            }
        }
        let document = openapi();
        check(&document, &document);
    }
}
