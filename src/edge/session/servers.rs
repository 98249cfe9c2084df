//! The app's server code as the object knows it: handed out to be run, and what it says told to those who edit the app.

use super::{
    Session, sql,
    tree::{Answer, Stop, Tree, json},
};
use crate::{config::sealer, servers::deployed_server};
use overskill_flows::{deploy::content_key, sealing::variables_purpose};
use overskill_hmr::take;
use overskill_model::{AppId, ContentHash};
use overskill_platform::Bucket;
use overskill_ports::Blobs;
use overskill_protocol::{
    Envelope, EnvelopeKind, Outcome, PageError, PageErrorKind, Refusal, Routed, RuntimeError,
    Server, ServerCode, ServerEvent, ServerLog, variables_hash,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What listeners go by.
const EVENT: &str = "overskill:server-log";
/// How many lines of all requests are passed on in a minute.
const LINES: u32 = 1_200;
/// Longest line, in characters.
const MESSAGE: usize = 2_000;
/// What a message may have besides its lines, in bytes.
const AROUND: usize = 400;
/// How many sets of variables are kept that were handed out.
const ENVIRONMENTS: usize = 8;
/// How many calls of a stack are told.
const CALLS: usize = 8;

/// A line as it is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    level: &'a str,
    message: String,
    at: u64,
    method: &'a str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<&'a str>,
    /// Innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<String>,
}

impl Tree {
    /// The server code of the newest build, where it `takes` what is asked.
    pub(super) fn routed(&mut self, takes: impl FnOnce(&Server) -> bool) -> Option<Box<Routed>> {
        let server = self.newest().filter(|it| takes(it))?.outline();
        self.asked = Some(server.hash);
        Some(Box::new(self.with_environment(server)))
    }

    fn newest(&self) -> Option<&Server> {
        let (_, newest) = self.previews.first()?;
        newest.server.as_ref()
    }

    /// The newest server code, where what was there before it was asked something: it will be, too.
    pub(super) fn awaited(&mut self) -> Option<Box<Routed>> {
        let server = self.newest()?;
        self.asked.filter(|asked| *asked != server.hash)?;
        let server = server.outline();
        self.asked = Some(server.hash);
        Some(Box::new(self.with_environment(server)))
    }

    /// Server code, and what it is to see.
    fn with_environment(&mut self, server: Server) -> Routed {
        let environment = self.environment();
        let variables = variables_hash(&environment);
        if !self.environments.iter().any(|(it, _)| *it == variables) {
            self.environments.truncate(ENVIRONMENTS - 1);
            self.environments.push_front((variables, environment));
        }
        Routed { server, variables }
    }

    /// What server code sees.
    fn environment(&self) -> BTreeMap<String, String> {
        let variables = self.variables.clone().into_iter();
        variables
            .map(|(name, value)| (String::from(name), value))
            .collect()
    }

    fn server(&self, hash: &ContentHash) -> Option<&Server> {
        let mut servers = self.previews.iter();
        servers.find_map(|(_, it)| it.server.as_ref().filter(|it| it.hash == *hash))
    }

    /// Hands server code out, if it is still what is meant.
    pub(super) fn read_server(
        &self,
        hash: &ContentHash,
        variables: &ContentHash,
    ) -> Result<Answer, Stop> {
        let mut known = self.environments.iter();
        let known = known.find(|(hash, _)| hash == variables);
        let environment = match known {
            Some((_, environment)) => Some(environment.clone()),
            // The object has slept meanwhile.
            None => Some(self.environment()).filter(|it| variables_hash(it) == *variables),
        };
        let Some((server, environment)) = self.server(hash).cloned().zip(environment) else {
            let detail = "The app has other server code by now.";
            return Err(Refusal::new(409, "server-changed", detail).into());
        };
        let modules = server.modules.values();
        let contents = modules.map(|module| self.content(&module.hash));
        let contents = contents.collect::<Result<Vec<_>, Stop>>()?;
        let code = ServerCode {
            server,
            variables: environment,
        };
        Ok((Outcome::ServerCode(Box::new(code)), contents))
    }
}

impl Session {
    /// What goes into a deployment's list for its server code to see.
    pub(super) fn sealed_variables(
        &self,
        app: &AppId,
        deployment: &str,
        variables: &BTreeMap<String, String>,
    ) -> String {
        let text = json(variables);
        match sealer(&self.env) {
            Some(sealer) => {
                let purpose = variables_purpose(app, deployment);
                sealer.seal(&text, &purpose, crate::auth::random())
            }
            None => text,
        }
    }

    /// Takes in what server code said: exceptions are kept, all of it is told to who edits the app.
    pub(super) async fn server_log(&self, app: &AppId, log: ServerLog) -> Result<Answer, Stop> {
        let maps = self.server_maps(app, &log).await?;
        let map = |script: &str| maps.get(script.strip_prefix("/__overskill/")?).cloned();
        let names: Vec<&String> = maps.keys().collect();
        let now = worker::Date::now().as_millis();
        let addressed = |stack: &str| {
            // Stacks name modules as they were loaded.
            let mut stack = stack.to_owned();
            for name in &names {
                stack = stack.replace(name.as_str(), &format!("server:///__overskill/{name}"));
            }
            stack
        };
        let mapped = |kept: &mut _, seq, event: &ServerEvent, errors: Vec<PageError>| {
            let reported = errors.into_iter().map(|mut error| {
                error.stack = error.stack.as_deref().map(addressed);
                error.url = Some(event.url.clone());
                error
            });
            let mut taken = take(kept, seq, reported.collect(), now, &map);
            // Names are short in what is linked.
            let frames = taken.iter_mut().flat_map(|error| &mut error.frames);
            for frame in frames.filter(|frame| frame.path.is_some()) {
                frame.function = None;
            }
            taken
        };
        let mut lines = Vec::new();
        for event in &log.events {
            let thrown = event.thrown.iter().map(|thrown| PageError {
                kind: PageErrorKind::Server,
                name: Some(thrown.name.clone()),
                message: thrown.message.clone(),
                stack: thrown.stack.clone(),
                url: None,
            });
            let thrown = thrown.collect();
            let taken = self.with(|tree| {
                tree.alive()?;
                let mut kept = tree.errors()?;
                let taken = mapped(&mut kept, tree.version, event, thrown);
                if !taken.is_empty() {
                    sql::set(&tree.sql, "errors", &json(&kept))?;
                }
                Ok(taken)
            })?;
            let line = |level, message: &str, at, frames| Line {
                level,
                message: message.chars().take(MESSAGE).collect(),
                at,
                method: &event.method,
                url: event.url.chars().take(MESSAGE).collect(),
                deployment: log.deployment.as_deref(),
                frames,
            };
            for said in &event.lines {
                let frames_of = said.stack.as_ref().map(|stack| {
                    let error = PageError {
                        kind: PageErrorKind::Server,
                        name: None,
                        message: String::new(),
                        stack: Some(stack.clone()),
                        url: None,
                    };
                    mapped(&mut Default::default(), 0, event, vec![error])
                });
                let calls = frames_of.iter().flatten().flat_map(calls);
                lines.push(line(
                    said.level.as_str(),
                    &said.message,
                    said.at,
                    calls.collect(),
                ));
            }
            for error in &taken {
                let name = error.name.as_deref().unwrap_or("Error");
                let message = format!("{name}: {}", error.message);
                lines.push(line("exception", &message, now, calls(error).collect()));
            }
            if !matches!(
                &*event.outcome,
                "ok" | "exception" | "" | "responseStreamDisconnected" | "canceled"
            ) {
                let message = format!("The request was ended: {}.", event.outcome);
                lines.push(line("error", &message, now, Vec::new()));
            }
        }
        self.confide(lines, now)?;
        Ok((Outcome::Configured, Vec::new()))
    }

    /// Tells it in messages that are small enough.
    fn confide(&self, lines: Vec<Line<'_>>, now: u64) -> Result<(), Stop> {
        let (minute, told) = self.lines.get();
        let told = if minute == now / 60_000 { told } else { 0 };
        let left = LINES.saturating_sub(told) as usize;
        self.lines
            .set((now / 60_000, told.saturating_add(lines.len() as u32)));
        let (epoch, seq) = self.with(|tree| Ok((tree.epoch.clone(), tree.version)))?;
        let mut waiting: Vec<serde_json::Value> = Vec::new();
        let mut size = 0;
        let tell = |lines: &mut Vec<serde_json::Value>| {
            if lines.is_empty() {
                return Ok(());
            }
            let mut envelope = Envelope::new(EnvelopeKind::Custom, epoch.clone(), seq, seq, now);
            envelope.event = Some(EVENT.to_owned());
            envelope.data = Some(serde_json::json!({"lines": std::mem::take(lines)}));
            self.announce_to_shown(&envelope)
        };
        for line in lines.into_iter().take(left) {
            let mut line = line;
            let mut text = json(&line);
            if text.len() > Envelope::BYTES - AROUND {
                line.message = line.message.chars().take(MESSAGE / 8).collect();
                line.url = line.url.chars().take(MESSAGE / 8).collect();
                line.frames.truncate(1);
                text = json(&line);
            }
            if size + text.len() > Envelope::BYTES - AROUND {
                tell(&mut waiting)?;
                size = 0;
            }
            size += text.len() + 1;
            waiting.push(serde_json::to_value(&line).unwrap_or_default());
        }
        tell(&mut waiting)
    }

    /// The source maps of what said it, by the modules' names.
    async fn server_maps(
        &self,
        app: &AppId,
        log: &ServerLog,
    ) -> Result<BTreeMap<String, String>, Stop> {
        let stacks = log.events.iter().flat_map(|event| {
            let lines = event.lines.iter().filter_map(|line| line.stack.as_ref());
            lines.chain(event.thrown.iter().filter_map(|it| it.stack.as_ref()))
        });
        if stacks.count() == 0 {
            return Ok(BTreeMap::new());
        }
        let known = self.with(|tree| {
            let server = tree.server(&log.hash);
            let maps = server.iter().flat_map(|server| &server.maps);
            let maps = maps.filter_map(|(name, hash)| {
                let text = String::from_utf8(tree.content(hash).ok()?).ok()?;
                Some((name.clone(), text))
            });
            Ok(maps.collect::<BTreeMap<_, _>>())
        })?;
        let Some(deployment) = log.deployment.as_ref().filter(|_| known.is_empty()) else {
            return Ok(known);
        };
        let Ok(Some(server)) = deployed_server(&self.env, app, deployment).await else {
            return Ok(known);
        };
        let bucket = Bucket { env: &self.env };
        let mut maps = BTreeMap::new();
        for (name, hash) in &server.maps {
            let key = content_key(app, &hash.to_string());
            if let Ok(Some(bytes)) = bucket.get(&key).await
                && let Ok(text) = String::from_utf8(bytes)
            {
                maps.insert(name.clone(), text);
            }
        }
        Ok(maps)
    }
}

fn calls(error: &RuntimeError) -> impl Iterator<Item = String> {
    let own = error.frames.iter().filter_map(|frame| {
        let path = frame.path.as_ref()?;
        Some(format!("{path}:{}:{}", frame.line, frame.column))
    });
    own.take(CALLS)
}
