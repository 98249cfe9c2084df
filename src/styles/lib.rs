//! Style sheets in; CSS, facts and diagnostics out.
