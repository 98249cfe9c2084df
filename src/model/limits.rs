//! How much one app may hold. Each limit is a variable of the Worker with a stated default.

use serde::{Deserialize, Serialize};

/// The bounds on an app's tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Files in a tree (`MAX_FILES`).
    pub files: usize,
    /// Bytes in one file (`MAX_FILE_BYTES`).
    pub file_bytes: usize,
    /// Bytes in a tree, all files together (`MAX_TREE_BYTES`).
    pub tree_bytes: usize,
    /// Characters in one segment of a path (`MAX_PATH_SEGMENT`).
    pub path_segment: usize,
}

impl Limits {
    /// Characters in a whole path; fixed, so that a path fits a key of R2 (1,024 bytes) at any encoding.
    pub const PATH_BYTES: usize = 900;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 2_000,
            file_bytes: 10 << 20,
            tree_bytes: 50 << 20,
            path_segment: 200,
        }
    }
}
