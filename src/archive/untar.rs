//! The files of a tar. Names are returned as written: whether they are paths of an app is for the caller to say.

use crate::ArchiveError;
use std::io::Read;
use tar::{Archive, EntryType};

/// One file of a tar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TarEntry {
    /// Its name, without a leading `./`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Reads at most `limit` files. Folders are skipped; the same name may come twice.
///
/// # Errors
/// Refuses links, devices and pipes, and whatever is cut short.
pub fn untar(bytes: &[u8], limit: usize) -> Result<Vec<TarEntry>, ArchiveError> {
    let corrupt = |error: std::io::Error| ArchiveError::Corrupt(error.to_string());
    if !bytes.len().is_multiple_of(512) || bytes.is_empty() {
        return Err(ArchiveError::Corrupt(
            "its length is no whole number of blocks".to_owned(),
        ));
    }
    let mut files = Vec::new();
    let mut seen = 0;
    for entry in Archive::new(bytes).entries().map_err(corrupt)? {
        let mut entry = entry.map_err(corrupt)?;
        // Folders cost an entry too, or a million of them would be free.
        seen += 1;
        if seen > limit * 2 || files.len() == limit {
            return Err(ArchiveError::TooManyEntries(limit));
        }
        let raw = entry.path_bytes().into_owned();
        let name = String::from_utf8(raw).map_err(|error| {
            ArchiveError::Name(String::from_utf8_lossy(error.as_bytes()).into_owned())
        })?;
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            EntryType::Symlink | EntryType::Link => return Err(ArchiveError::Link(name)),
            _ => return Err(ArchiveError::Special(name)),
        }
        // What a header announces is not trusted with memory: only what is there is read.
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(corrupt)?;
        if content.len() as u64 != entry.size() {
            return Err(ArchiveError::Corrupt(format!("{name:?} is cut short")));
        }
        let name = name
            .strip_prefix("./")
            .map_or_else(|| name.clone(), str::to_owned);
        files.push(TarEntry {
            name,
            bytes: content,
        });
    }
    Ok(files)
}
