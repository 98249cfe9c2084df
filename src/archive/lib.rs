//! tar and gzip, read within bounds.
