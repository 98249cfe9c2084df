//! Whatever bytes are uploaded as an archive, or come from a registry as one, are read within the limits.
#![no_main]

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use overskill_archive::{PackageLimits, unpack_package};
use overskill_flows::intake::tree_from_tar;
use overskill_model::Limits;
use std::io::Write;

fuzz_target!(|bytes: &[u8]| {
    let Some((mode, bytes)) = bytes.split_last() else {
        return;
    };
    // Random headers have wrong checksums, and would get no further than that.
    let bytes = if mode & 1 == 1 {
        repaired(bytes)
    } else {
        bytes.to_vec()
    };
    let bytes = if mode & 2 == 2 {
        gzipped(&bytes)
    } else {
        bytes
    };
    let limits = Limits {
        files: 20,
        file_bytes: 4096,
        tree_bytes: 16384,
        path_segment: 50,
    };
    if let Ok(batch) = tree_from_tar(&bytes, &limits) {
        assert!(batch.upsert.len() <= limits.files);
        assert!(batch.upsert.iter().all(|(path, content)| {
            content.len() <= limits.file_bytes && !path.as_str().split('/').any(|part| part == "..")
        }));
    }
    let package = PackageLimits {
        entries: 20,
        expanded_bytes: 65536,
        kept_bytes: 16384,
    };
    if let Ok(files) = unpack_package(&bytes, &package, &|_, size| size < 8192) {
        let kept: usize = files.values().flatten().map(Vec::len).sum();
        assert!(files.len() <= package.entries && kept as u64 <= package.kept_bytes);
        assert!(files.keys().all(|name| {
            !name.starts_with('/') && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
        }));
    }
});

/// Every header with the checksum that it should have.
fn repaired(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while let Some(header) = bytes.get_mut(at..at + 512) {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size = std::str::from_utf8(&header[124..135]).unwrap_or("");
        let size = usize::from_str_radix(size.trim_matches([' ', '\0']), 8).unwrap_or(0);
        at = (at + 512).saturating_add(size.div_ceil(512) * 512);
    }
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}
