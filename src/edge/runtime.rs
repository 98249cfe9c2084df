//! The runtime that pages load, as `src/client` builds it.

use overskill_model::ContentHash;
use std::sync::OnceLock;

/// Its script.
pub(crate) const CODE: &str = include_str!("../client/dist/runtime.js");

/// The address that names this very script.
pub(crate) fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let hash = ContentHash::of(CODE.as_bytes());
        format!("/__overskill/runtime-{}.js", hash.short())
    })
}
