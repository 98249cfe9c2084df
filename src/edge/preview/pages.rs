//! What a person is shown where there is no app to show.

use crate::reply::{self, Failure};
use overskill_diagnostics::Diagnostic;
use overskill_model::Slug;
use std::fmt::Write;
use worker::Response;

/// How many problems are written out.
const SHOWN: usize = 50;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1c2024;background:#f7f7f5;margin:0;padding:8vh 6vw}\
main{max-width:60rem;margin:auto}h1{font-size:1.6rem;margin:0 0 .5rem}\
pre{background:#16181d;color:#e6e6e6;padding:1rem;overflow:auto;border-radius:6px;font:13px/1.5 ui-monospace,monospace}\
section{margin:1.5rem 0;padding-left:1rem;border-left:3px solid #b9bbb6}section.error{border-color:#c62828}\
section.warning{border-color:#c77700}h2{font:600 .95rem ui-monospace,monospace;margin:0}p{margin:.3rem 0}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#101114}}";

/// No app has that label, or it was deleted.
pub(super) fn no_such_app(slug: &Slug) -> Result<Response, Failure> {
    let detail = format!(
        "<p>No app is called <b>{}</b>. It may have been deleted or renamed, or its address mistyped.</p>",
        escaped(slug.as_str())
    );
    document(404, "There is no such app", &detail, None)
}

/// A host that can't be an app's.
pub(crate) fn nobody(label: &str) -> Result<Response, Failure> {
    let shown: String = label.chars().take(80).collect();
    let detail = format!(
        "<p><b>{}</b> is no address of an app: those have letters, digits and single hyphens.</p>",
        escaped(&shown)
    );
    document(404, "There is no such app", &detail, None)
}

/// The app is there and nothing was uploaded.
pub(super) fn empty(slug: &Slug) -> Result<Response, Failure> {
    let detail = format!(
        "<p><b>{}</b> is there, and nothing was uploaded to it yet. This page looks again by itself.</p>",
        escaped(slug.as_str())
    );
    document(404, "Nothing here yet", &detail, Some(2))
}

/// The first version is on its way.
pub(super) fn building(slug: &Slug) -> Result<Response, Failure> {
    let detail = format!(
        "<p>The first version of <b>{}</b> is being built. This page looks again by itself.</p>",
        escaped(slug.as_str())
    );
    document(503, "Just a moment", &detail, Some(1))
}

/// No version has built yet.
pub(super) fn failed(slug: &Slug, diagnostics: &[Diagnostic]) -> Result<Response, Failure> {
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
    document(503, "This app does not build", &detail, Some(3))
}

/// A private app, to someone who hasn't shown a token.
pub(super) fn private() -> Result<Response, Failure> {
    let detail = "<p>This preview is private. Open it from the editor, or with a link that carries a token.</p>";
    document(401, "This app is private", detail, None)
}

/// A failure of ours.
pub(crate) fn fault(request_id: &str) -> Result<Response, Failure> {
    let detail = format!(
        "<p>It is in our log as <code>{}</code>. Trying again may help.</p>",
        escaped(request_id)
    );
    document(500, "Something failed on our side", &detail, None)
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

fn document(
    status: u16,
    title: &str,
    detail: &str,
    refresh: Option<u32>,
) -> Result<Response, Failure> {
    let refresh = refresh.map_or_else(String::new, |seconds| {
        format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">")
    });
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{refresh}<title>{title}</title>\
<style>{STYLE}</style></head><body><main><h1>{title}</h1>{detail}</main></body></html>\n"
    );
    let mut response = reply::text(status, "text/html; charset=utf-8", text)?;
    response.headers_mut().set(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'",
    )?;
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
