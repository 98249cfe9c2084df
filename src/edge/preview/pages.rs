//! What a person is shown where there is no app to show.

use super::stamp::Stamp;
use crate::{
    reply::{self, Failure},
    runtime::LIVE,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_diagnostics::Diagnostic;
use overskill_model::{ContentHash, Slug};
use overskill_protocol::{BuildProgress, Waiting};
use std::fmt::Write;
use worker::Response;

/// How many problems are written out.
const SHOWN: usize = 50;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1c2024;background:#f7f7f5;margin:0;padding:8vh 6vw}\
main{max-width:60rem;margin:auto}h1{font-size:1.6rem;margin:0 0 .5rem}\
pre{background:#16181d;color:#e6e6e6;padding:1rem;overflow:auto;border-radius:6px;font:13px/1.5 ui-monospace,monospace}\
section{margin:1.5rem 0;padding-left:1rem;border-left:3px solid #b9bbb6}section.error{border-color:#c62828}\
section.warning{border-color:#c77700}progress{width:100%}h2{font:600 .95rem ui-monospace,monospace;margin:0}p{margin:.3rem 0}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#101114}}";

/// What such a page may load.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// No app has that label, or it was deleted.
pub(super) fn no_such_app(slug: &Slug) -> Result<Response, Failure> {
    let detail = format!(
        "<p>No app is called <b>{}</b>. It may have been deleted or renamed, or its address mistyped.</p>",
        escaped(slug.as_str())
    );
    document(404, "There is no such app", &detail, "")
}

/// The app has no deployment of that name that is served.
pub(super) fn no_such_deployment(slug: &Slug) -> Result<Response, Failure> {
    let detail = format!(
        "<p><b>{}</b> has no such deployment, or it could not be built.</p>",
        escaped(slug.as_str())
    );
    document(404, "There is no such deployment", &detail, "")
}

/// A host that can't be an app's.
pub(crate) fn nobody(label: &str) -> Result<Response, Failure> {
    let shown: String = label.chars().take(80).collect();
    let detail = format!(
        "<p><b>{}</b> is no address of an app: those have letters, digits and single hyphens.</p>",
        escaped(&shown)
    );
    document(404, "There is no such app", &detail, "")
}

/// The app is there and nothing was uploaded.
pub(super) fn empty(slug: &Slug, stamp: &Stamp<'_>) -> Result<Response, Failure> {
    let detail = format!(
        "<p><b>{}</b> is there, and nothing was uploaded to it yet. This page looks again by itself.</p>",
        escaped(slug.as_str())
    );
    following(404, "Nothing here yet", &detail, stamp)
}

/// Where the page of a first build asks how far it is.
pub(super) const PROGRESS: &str = "/__overskill/progress";

/// Asks twice a second, shows what it is told, and looks at the app once that is built.
const FOLLOW: &str = "const bar=document.querySelector('progress'),text=document.querySelector('[role=status]');\
const look=async()=>{try{const at=await(await fetch('/__overskill/progress')).json();\
if(!at.building)return location.reload();\
if(text.textContent!==at.text)text.textContent=at.text;\
if(at.total>1){bar.max=at.total;bar.value=at.done}else bar.removeAttribute('value')}catch{}setTimeout(look,500)};\
setTimeout(look,500)";

/// The first version is on its way.
pub(super) fn building(slug: &Slug, progress: Option<BuildProgress>) -> Result<Response, Failure> {
    let waiting = Waiting::of(true, progress);
    let reached = match waiting.total > 1 {
        true => format!(" value=\"{}\" max=\"{}\"", waiting.done, waiting.total),
        false => String::new(),
    };
    let detail = format!(
        "<p>The first version of <b>{}</b> is being built. This page looks again by itself.</p>\
<p role=\"status\">{}</p><progress aria-label=\"Build\"{reached}></progress>\
<noscript><meta http-equiv=\"refresh\" content=\"1\"></noscript><script>{FOLLOW}</script>",
        escaped(slug.as_str()),
        escaped(&waiting.text),
    );
    let mut response = document(503, "Just a moment", &detail, "")?;
    let script = STANDARD.encode(ContentHash::of(FOLLOW.as_bytes()).bytes());
    let policy = format!("{POLICY}; script-src 'sha256-{script}'; connect-src 'self'");
    let headers = response.headers_mut();
    headers.set("content-security-policy", &policy)?;
    Ok(response)
}

/// No version has built yet.
pub(super) fn failed(
    slug: &Slug,
    diagnostics: &[Diagnostic],
    stamp: &Stamp<'_>,
) -> Result<Response, Failure> {
    let mut detail = format!(
        "<p>No version of <b>{}</b> has built yet. This page looks again by itself.</p>",
        escaped(slug.as_str())
    );
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    for diagnostic in sorted.iter().take(SHOWN) {
        problem(&mut detail, diagnostic);
    }
    if sorted.len() > SHOWN {
        let _ = write!(detail, "<p>…and {} more.</p>", sorted.len() - SHOWN);
    }
    following(503, "This app does not build", &detail, stamp)
}

/// A private app, to someone who hasn't shown a token.
pub(super) fn private() -> Result<Response, Failure> {
    let detail = "<p>This preview is private. Open it from the editor, or with a link that carries a token.</p>";
    document(401, "This app is private", detail, "")
}

/// A failure of ours.
pub(crate) fn fault(request_id: &str) -> Result<Response, Failure> {
    let detail = format!(
        "<p>It is in our log as <code>{}</code>. Trying again may help.</p>",
        escaped(request_id)
    );
    document(500, "Something failed on our side", &detail, "")
}

fn problem(out: &mut String, diagnostic: &Diagnostic) {
    let (place, kind) = (diagnostic.place(), diagnostic.severity.name());
    let _ = write!(
        out,
        "<section class=\"{kind}\"><h2>{}{kind} {}</h2><p>{}</p>",
        escaped(&place),
        escaped(&diagnostic.code),
        escaped(&diagnostic.message)
    );
    if let Some(frame) = &diagnostic.frame {
        let _ = write!(out, "<pre>{}</pre>", escaped(frame));
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(out, "<p>{}</p>", escaped(hint));
    }
    out.push_str("</section>");
}

/// A page that is loaded anew as soon as there is something to show. Where no script runs it looks again by itself.
fn following(
    status: u16,
    title: &str,
    detail: &str,
    stamp: &Stamp<'_>,
) -> Result<Response, Failure> {
    let live = LIVE.address();
    let head = format!(
        "{}<script type=\"module\" src=\"{live}\"></script><noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>",
        stamp.element()
    );
    let mut response = document(status, title, detail, &head)?;
    let cable = stamp.cable_origin().unwrap_or_default();
    let policy = format!("{POLICY}; script-src 'self'; connect-src 'self' {cable}");
    let headers = response.headers_mut();
    headers.set("content-security-policy", &policy)?;
    headers.set("cache-control", "no-store")?;
    Ok(response)
}

fn document(status: u16, title: &str, detail: &str, head: &str) -> Result<Response, Failure> {
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}<title>{title}</title>\
<style>{STYLE}</style></head><body><main><h1>{title}</h1>{detail}</main></body></html>\n"
    );
    let mut response = reply::text(status, "text/html; charset=utf-8", text)?;
    response
        .headers_mut()
        .set("content-security-policy", POLICY)?;
    Ok(response)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}
