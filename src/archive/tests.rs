//! Archives as callers and attackers write them.

use crate::{ArchiveError, PackageLimits, gunzip, is_gzip, unpack_package, untar};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use tar::{Builder, EntryType, Header};

fn header(kind: EntryType, size: u64, name: &str) -> Header {
    let mut header = Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn archive(entries: &[(EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (kind, name, bytes) in entries {
        builder
            .append(&header(*kind, bytes.len() as u64, name), *bytes)
            .unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_are_read_with_names_as_written() {
    let long = format!("src/{}.ts", "x".repeat(150));
    let mut builder = Builder::new(Vec::new());
    let mut long_header = Header::new_gnu();
    long_header.set_size(1);
    builder
        .append_data(&mut long_header, &long, &b"1"[..])
        .unwrap();
    let rest = archive(&[
        (EntryType::Directory, "src/", b""),
        (EntryType::Regular, "./a.ts", b"two"),
        (EntryType::Regular, "../x", b""),
    ]);
    let mut bytes = builder.into_inner().unwrap();
    bytes.truncate(bytes.len() - 1024);
    bytes.extend(rest);
    let names: Vec<_> = untar(&bytes, 10)
        .unwrap()
        .into_iter()
        .map(|entry| (entry.name, entry.bytes.len()))
        .collect();
    assert_eq!(names, [(long, 1), ("a.ts".into(), 3), ("../x".into(), 0)]);
}

#[test]
fn what_is_no_file_is_refused() {
    for (kind, code) in [
        (EntryType::Symlink, "archive-link"),
        (EntryType::Link, "archive-link"),
        (EntryType::Char, "archive-device"),
        (EntryType::Block, "archive-device"),
        (EntryType::Fifo, "archive-device"),
    ] {
        let bytes = archive(&[(EntryType::Regular, "a", b"1"), (kind, "bad", b"")]);
        assert_eq!(untar(&bytes, 10).unwrap_err().code(), code, "{kind:?}");
    }
}

#[test]
fn damage_and_excess_are_refused() {
    let good = archive(&[
        (EntryType::Regular, "a", &[7; 2000]),
        (EntryType::Regular, "b", b""),
    ]);
    assert!(untar(&good, 2).is_ok());
    assert_eq!(untar(&good, 1), Err(ArchiveError::TooManyEntries(1)));
    assert_eq!(
        untar(&good[..1024], 2).unwrap_err().code(),
        "archive-corrupt"
    );
    assert_eq!(
        untar(&good[..1000], 2).unwrap_err().code(),
        "archive-corrupt"
    );
    assert_eq!(untar(b"", 2).unwrap_err().code(), "archive-corrupt");
    assert_eq!(
        untar(&[b'x'; 1024], 2).unwrap_err().code(),
        "archive-corrupt"
    );
    let mut lying = header(EntryType::Regular, u64::MAX >> 2, "a")
        .as_bytes()
        .to_vec();
    lying.extend([0; 1024]);
    assert_eq!(untar(&lying, 2).unwrap_err().code(), "archive-corrupt");
}

#[test]
fn gzip_is_expanded_up_to_the_limit() {
    let bomb = gzip(&vec![0; 10 << 20]);
    assert!(is_gzip(&bomb) && bomb.len() < 100_000);
    assert_eq!(gunzip(&bomb, 1 << 20), Err(ArchiveError::TooLarge(1 << 20)));
    let one = gzip(b"one");
    assert_eq!(gunzip(&one, 3).unwrap(), b"one");
    assert_eq!(
        gunzip(&one[..one.len() - 4], 3).unwrap_err().code(),
        "archive-corrupt"
    );
}

#[test]
fn a_package_is_unpacked_without_what_npm_skips() {
    let files = archive(&[
        (EntryType::XGlobalHeader, "pax_global_header", b""),
        (EntryType::Directory, "package/", b""),
        (EntryType::Regular, "package/index.js", b"old"),
        (EntryType::Regular, "./package/lib/a.js", b"a"),
        (EntryType::Regular, "other/index.js", b"new"),
        (EntryType::Regular, "package/index.d.ts", b"types"),
        (EntryType::Regular, "package/../../etc/passwd", b"x"),
        (EntryType::Regular, "/etc/passwd", b"x"),
        (EntryType::Regular, "toplevel", b"x"),
        (EntryType::Symlink, "package/link", b""),
        (EntryType::Char, "package/device", b""),
    ]);
    let keep = |name: &str, _| name.ends_with(".js");
    let found = unpack_package(&gzip(&files), &PackageLimits::default(), &keep).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            ("index.d.ts", None),
            ("index.js", Some(&b"new"[..])),
            ("lib/a.js", Some(b"a")),
        ]
    );
}

#[test]
fn a_hostile_package_is_refused() {
    let limits = PackageLimits {
        entries: 3,
        expanded_bytes: 1 << 20,
        kept_bytes: 1000,
    };
    let files = |count: usize, bytes: &[u8]| {
        let names: Vec<String> = (0..count).map(|at| format!("package/{at}.js")).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|name| (EntryType::Regular, name.as_str(), bytes))
            .collect();
        gzip(&archive(&entries))
    };
    let unpack = |bytes: &[u8], all: bool| {
        unpack_package(bytes, &limits, &|_, _| all).map_err(|error| error.code())
    };
    assert!(unpack(&files(3, b"x"), true).is_ok());
    assert_eq!(unpack(&files(4, b"x"), true), Err("too-many-files"));
    assert_eq!(
        unpack(&files(2, &[b'x'; 600]), true),
        Err("archive-too-large")
    );
    assert!(unpack(&files(2, &[b'x'; 600]), false).is_ok());
    assert_eq!(
        unpack(&files(1, &vec![0; 2 << 20]), false),
        Err("archive-too-large")
    );
    let good = files(1, &[b'x'; 900]);
    for broken in [&good[..good.len() / 2], b"", b"nonsense", &gzip(b"")] {
        assert_eq!(unpack(broken, true), Err("archive-corrupt"));
    }
}
