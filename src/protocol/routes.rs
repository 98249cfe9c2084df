//! The calls of the control plane: one table that the router obeys and that `/openapi.json` shows.

/// A call, by who may make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Without a token.
    Public(PublicCall),
    /// With the admin's token.
    Admin(AdminCall),
    /// With the admin's token or the app's own.
    App(AppCall),
}

/// What anyone may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum PublicCall {
    Health,
    OpenApi,
}

/// What only the admin may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum AdminCall {
    CreateApp,
    ListApps,
    Metrics,
    ReadAudit,
    ReadUsage,
}

/// What may be called on one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum AppCall {
    ReadApp,
    ChangeApp,
    DeleteApp,
    ListFiles,
    ReplaceFiles,
    PatchFiles,
    ReadFile,
    WriteFile,
    DeleteFile,
    ReadDiagnostics,
    ReadPackages,
    ReadErrors,
    ReadLive,
    Sync,
    CreateDeployment,
    ListVersions,
    ListDeployments,
    ReadDeployment,
    Publish,
    ReadPublished,
    Unpublish,
    ActivateDeployment,
    CollectDeployments,
    ReadVariables,
    SetVariables,
    ListSecrets,
    SetSecret,
    DeleteSecret,
    ReadAppAudit,
    ReadAppUsage,
    Broadcast,
    ReadGithub,
    SetGithub,
    RemoveGithub,
    PushGithub,
}

/// One call's address and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Which call.
    pub call: Call,
    /// The HTTP method; `HEAD` goes where `GET` does.
    pub method: &'static str,
    /// The address. `{slug}`, `{deployment}` and `{secret}` are one segment; `{path}`, at the end only, is all that is left.
    pub path: &'static str,
    /// Its name in generated clients.
    pub id: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Statuses with which it can be refused, besides those that every call of its kind has.
    pub refusals: &'static [u16],
}

use AdminCall::*;
use AppCall::*;
use PublicCall::*;

const AUDIT: &str = "/v1/audit";
const USAGE: &str = "/v1/usage";
const METRICS: &str = "/metrics";
const APPS: &str = "/v1/apps";
const APP: &str = "/v1/apps/{slug}";
const FILES: &str = "/v1/apps/{slug}/files";
const FILE: &str = "/v1/apps/{slug}/files/{path}";
const DIAGNOSTICS: &str = "/v1/apps/{slug}/diagnostics";
const PACKAGES: &str = "/v1/apps/{slug}/packages";
const ERRORS: &str = "/v1/apps/{slug}/errors";
const LIVE: &str = "/v1/apps/{slug}/live";
const SYNC: &str = "/v1/apps/{slug}/sync";
const VARIABLES: &str = "/v1/apps/{slug}/variables";
const SECRETS: &str = "/v1/apps/{slug}/secrets";
const SECRET: &str = "/v1/apps/{slug}/secrets/{secret}";
const APP_AUDIT: &str = "/v1/apps/{slug}/audit";
const APP_USAGE: &str = "/v1/apps/{slug}/usage";
const BROADCAST: &str = "/v1/apps/{slug}/broadcast";
const GITHUB: &str = "/v1/apps/{slug}/github";
const PUSH: &str = "/v1/apps/{slug}/github/push";
const VERSIONS: &str = "/v1/apps/{slug}/versions";
const DEPLOYMENTS: &str = "/v1/apps/{slug}/deployments";
const DEPLOYMENT: &str = "/v1/apps/{slug}/deployments/{deployment}";
const PUBLISH: &str = "/v1/apps/{slug}/deployments/{deployment}/publish";
const ACTIVATE: &str = "/v1/apps/{slug}/deployments/{deployment}/activate";
const COLLECT: &str = "/v1/apps/{slug}/collect";

/// Every call there is.
#[rustfmt::skip]
pub const ROUTES: [Route; 42] = [
    route(Call::Public(Health), "GET", "/healthz", "health", "Whether the Worker runs", &[]),
    route(Call::Public(OpenApi), "GET", "/openapi.json", "openApi", "This document", &[]),
    route(Call::Admin(CreateApp), "POST", APPS, "createApp", "Create an app", &[400, 409, 413, 415, 422]),
    route(Call::Admin(ListApps), "GET", APPS, "listApps", "List the apps, by slug, page by page", &[400]),
    route(Call::Admin(Metrics), "GET", METRICS, "metrics", "What was counted of builds and caches, as Prometheus reads it; some seconds behind", &[]),
    route(Call::Admin(ReadAudit), "GET", AUDIT, "readAudit", "Who asked for which change of any app, the newest first", &[400]),
    route(Call::Admin(ReadUsage), "GET", USAGE, "readUsage", "What all apps used in some days, and what that costs", &[400]),
    route(Call::App(ReadApp), "GET", APP, "readApp", "Read an app", &[]),
    route(Call::App(ChangeApp), "PATCH", APP, "changeApp", "Change an app; what is absent stays", &[400, 409, 413, 415, 422]),
    route(Call::App(DeleteApp), "DELETE", APP, "deleteApp", "Delete an app with all its files and tokens", &[]),
    route(Call::App(ListFiles), "GET", FILES, "listFiles", "List the files of the current version", &[]),
    route(Call::App(ReplaceFiles), "PUT", FILES, "replaceFiles", "Replace the whole tree, atomically", &[400, 413, 415, 422]),
    route(Call::App(PatchFiles), "PATCH", FILES, "patchFiles", "Write and delete files in one atomic batch", &[400, 409, 413, 415, 422]),
    route(Call::App(ReadFile), "GET", FILE, "readFile", "Read one file", &[422]),
    route(Call::App(WriteFile), "PUT", FILE, "writeFile", "Write one file", &[413, 415, 422]),
    route(Call::App(DeleteFile), "DELETE", FILE, "deleteFile", "Delete one file", &[422]),
    route(Call::App(ReadDiagnostics), "GET", DIAGNOSTICS, "readDiagnostics", "What the author of the current version is told", &[]),
    route(Call::App(ReadPackages), "GET", PACKAGES, "readPackages", "What was chosen of npm, and why", &[]),
    route(Call::App(ReadErrors), "GET", ERRORS, "readErrors", "The recent run-time errors of open previews, mapped to source", &[]),
    route(Call::App(ReadLive), "GET", LIVE, "readLive", "How live editing goes: whether it is on, and the newest updates", &[]),
    route(Call::App(Sync), "GET", SYNC, "sync", "What an open preview has missed since a place in the log", &[400]),
    route(Call::App(ReadVariables), "GET", VARIABLES, "readVariables", "Read the variables that builds of the app see", &[]),
    route(Call::App(SetVariables), "PUT", VARIABLES, "setVariables", "Set the variables, all of them, and build the app anew", &[400, 413, 415, 422]),
    route(Call::App(ListSecrets), "GET", SECRETS, "listSecrets", "List the names of the secrets that the app's server code gets", &[]),
    route(Call::App(SetSecret), "PUT", SECRET, "setSecret", "Set a secret; its value is never shown again", &[400, 413, 415, 422]),
    route(Call::App(DeleteSecret), "DELETE", SECRET, "deleteSecret", "Delete a secret", &[422]),
    route(Call::App(ReadAppAudit), "GET", APP_AUDIT, "readAppAudit", "Who asked for which change of the app, the newest first", &[400]),
    route(Call::App(ReadAppUsage), "GET", APP_USAGE, "readAppUsage", "What the app used, day by day, and what that costs", &[400]),
    route(Call::App(Broadcast), "POST", BROADCAST, "broadcast", "Tell the app's open previews something of your own", &[400, 413, 415, 422]),
    route(Call::App(ReadGithub), "GET", GITHUB, "readGithub", "How the app is published to a repository on GitHub, and how far that is", &[]),
    route(Call::App(SetGithub), "PUT", GITHUB, "setGithub", "Publish the app to a repository on GitHub: every version that settles becomes a commit, in the background", &[400, 409, 413, 415, 422]),
    route(Call::App(RemoveGithub), "DELETE", GITHUB, "removeGithub", "Publish the app no more; the repository stays", &[]),
    route(Call::App(PushGithub), "POST", PUSH, "pushGithub", "Commit what is not committed yet without waiting for it to settle, and run the workflow if that is wanted", &[400, 409, 413, 415, 422]),
    route(Call::App(CreateDeployment), "POST", DEPLOYMENTS, "createDeployment", "Build a version for good, under an address of its own", &[400, 409, 413, 415, 422]),
    route(Call::App(ActivateDeployment), "POST", ACTIVATE, "activateDeployment", "Make a deployment the one that its tier's address serves", &[409]),
    route(Call::App(CollectDeployments), "POST", COLLECT, "collectDeployments", "Let go of deployments beyond what is kept, and of what no other one needs", &[400, 413, 415, 422]),
    route(Call::App(ListVersions), "GET", VERSIONS, "listVersions", "List the versions that can be deployed, the newest first, page by page", &[400]),
    route(Call::App(ListDeployments), "GET", DEPLOYMENTS, "listDeployments", "List the deployments, the newest first, page by page", &[400]),
    route(Call::App(ReadDeployment), "GET", DEPLOYMENT, "readDeployment", "Read a deployment", &[]),
    route(Call::App(Publish), "POST", PUBLISH, "publish", "Have a production deployment published to Workers for Platforms", &[409]),
    route(Call::App(ReadPublished), "GET", PUBLISH, "readPublished", "How far a deployment's publishing is", &[]),
    route(Call::App(Unpublish), "DELETE", PUBLISH, "unpublish", "Have a published deployment removed", &[]),
];

const fn route(
    call: Call,
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    refusals: &'static [u16],
) -> Route {
    Route {
        call,
        method,
        path,
        id,
        summary,
        refusals,
    }
}

impl Call {
    /// Its row of the table.
    pub fn route(self) -> &'static Route {
        let mut rows = ROUTES.iter().filter(|route| route.call == self);
        rows.next().expect("every call is in the table")
    }
}

/// What an address and a method mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// A call, with the values of its path's parameters as they were written; empty where it has none.
    Call {
        /// Which.
        call: Call,
        /// `{slug}`.
        slug: &'a str,
        /// `{path}`, or what else stands behind the slug.
        path: &'a str,
    },
    /// The address takes other methods.
    NotAllowed {
        /// Those, as the `Allow` header lists them.
        allowed: String,
    },
    /// There is no such address.
    Nothing,
}

/// Looks up a request's method and path.
pub fn find<'a>(method: &str, path: &'a str) -> Found<'a> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut allowed = Vec::new();
    for route in &ROUTES {
        let Some((slug, path)) = route.matches(path) else {
            continue;
        };
        if route.method == method {
            let call = route.call;
            return Found::Call { call, slug, path };
        }
        allowed.push(route.method);
        if route.method == "GET" {
            allowed.push("HEAD");
        }
    }
    match allowed.is_empty() {
        true => Found::Nothing,
        false => Found::NotAllowed {
            allowed: allowed.join(", "),
        },
    }
}

impl Route {
    fn matches<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let (mut slug, mut other, mut rest) = ("", "", path);
        let mut template = self.path;
        while let Some((before, after)) = template.split_once('{') {
            rest = rest.strip_prefix(before)?;
            let (name, after) = after.split_once('}')?;
            if name == "path" {
                return Some((slug, rest));
            }
            let (segment, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            match name {
                "slug" => slug = segment,
                _ => other = segment,
            }
            rest = tail;
            template = after;
        }
        (rest == template).then_some((slug, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_found_at_its_address() {
        for route in &ROUTES {
            let path = route.path.replace("{slug}", "s").replace("{path}", "a/b");
            let path = path.replace("{deployment}", "d").replace("{secret}", "d");
            let Found::Call { call, slug, path } = find(route.method, &path) else {
                panic!("{path} is not found");
            };
            assert_eq!(call, route.call);
            assert_eq!(slug == "s", route.path.contains("{slug}"));
            assert_eq!(path == "a/b", route.path.contains("{path}"));
            let named = ["{deployment}", "{secret}"].map(|name| route.path.contains(name));
            assert_eq!(path == "d", named.contains(&true));
            assert_eq!(call.route(), route);
        }
    }

    #[test]
    fn other_addresses_and_methods_are_told_apart() {
        let allowed = |method, path| match find(method, path) {
            Found::NotAllowed { allowed } => allowed,
            found => panic!("{found:?}"),
        };
        assert_eq!(allowed("POST", "/v1/apps/s/files"), "GET, HEAD, PUT, PATCH");
        assert_eq!(allowed("get", "/healthz"), "GET, HEAD");
        assert_eq!(allowed("PROPFIND", "/v1/apps"), "POST, GET, HEAD");
        let health = Call::Public(Health);
        assert!(matches!(find("HEAD", "/healthz"), Found::Call { call, .. } if call == health));
        for path in [
            "",
            "/",
            "/v1",
            "/v1/appsx",
            "//v1/apps",
            "/healthz/",
            "/v1/apps/s/file",
            "/v1/apps/s/",
        ] {
            assert_eq!(find("GET", path), Found::Nothing, "{path}");
        }
        for (path, slug, file) in [
            ("/v1/apps/", "", ""),
            ("/v1/apps/s/files/", "s", ""),
            ("/v1/apps/s/files//a/", "s", "/a/"),
        ] {
            assert!(
                matches!(find("GET", path), Found::Call { slug: s, path: f, .. } if (s, f) == (slug, file)),
                "{path}"
            );
        }
    }
}
