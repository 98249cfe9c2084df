//! Headers that every answer has: what keeps apps' pages apart from each other, from the editor and from the control
//! plane. `flows/fences.rs` has the rules.

use crate::config::Config;
use overskill_flows::fences::frame_ancestors;
use worker::{Headers, Result};

/// A policy under which nothing of the control plane's answers runs, or is shown within another page.
const INERT: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// On an app's host. What the app's own server says stands, but for whom it may be framed by, which is narrowed. No `Cross-Origin-Opener-Policy`: it would cut off the pages of sign-in windows.
pub(crate) fn on_preview(headers: &Headers, config: &Config) -> Result<()> {
    // Of several policies each is kept to, so an app's own stays whole.
    headers.append("content-security-policy", &frame_ancestors(&config.place()))?;
    let own = [
        ("cross-origin-resource-policy", "same-origin"),
        ("origin-agent-cluster", "?1"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
    ];
    for (name, value) in own {
        if !headers.has(name)? {
            headers.set(name, value)?;
        }
    }
    Ok(())
}

/// On the control plane's host. No header lets another origin's page read an answer: what calls it is a server.
pub(crate) fn on_control(headers: &Headers) -> Result<()> {
    for (name, value) in [
        ("content-security-policy", INERT),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ] {
        if !headers.has(name)? {
            headers.set(name, value)?;
        }
    }
    Ok(())
}
