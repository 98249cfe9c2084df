//! One module in; code, facts, map and diagnostics out.
