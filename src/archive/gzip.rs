//! gzip, expanded up to a limit.

use crate::ArchiveError;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// Whether the bytes start as gzip does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Expands gzip, all members of it.
///
/// # Errors
/// Once it passes `limit` bytes, and when its checksum doesn't hold.
pub fn gunzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, ArchiveError> {
    let mut expanded = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(limit as u64 + 1);
    reader
        .read_to_end(&mut expanded)
        .map_err(|error| ArchiveError::Corrupt(error.to_string()))?;
    if expanded.len() > limit {
        return Err(ArchiveError::TooLarge(limit));
    }
    Ok(expanded)
}
