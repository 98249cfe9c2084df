//! Archives as callers and attackers write them.

mod unzip;

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

/// One header and its content, with fields of the header overwritten as an attacker would.
fn forged(kind: EntryType, name: &str, content: &[u8], forge: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = header(kind, content.len() as u64, name);
    forge(&mut header);
    let padding = vec![0; content.len().next_multiple_of(512) - content.len()];
    [header.as_bytes(), content, &padding].concat()
}

fn ended(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

#[test]
fn names_from_extensions_are_returned_as_written() {
    let keep = |_: &mut Header| {};
    let file = || forged(EntryType::Regular, "innocent", b"1", keep);
    let record = |text: &str| forged(EntryType::XHeader, "pax", text.as_bytes(), keep);
    let long = format!("{}x\0", "../".repeat(60));
    for (extension, name) in [
        (record("13 path=../x\n"), "../x"),
        (record("20 path=/etc/passwd\n"), "/etc/passwd"),
        (record("13 path=a\0/x\n"), "a\0/x"),
        (
            forged(
                EntryType::GNULongName,
                "././@LongLink",
                long.as_bytes(),
                keep,
            ),
            long.trim_end_matches('\0'),
        ),
    ] {
        let files = untar(&ended(&[extension, file()]), 9).unwrap();
        assert_eq!(files[0].name, name);
    }
    for broken in ["99 path=../x\n", "path", "-1 path=x\n", "13 size=99999\n"] {
        let found = untar(&ended(&[record(broken), file()]), 9);
        let fine = match &found {
            Ok(files) => files[0].name == "innocent" && files[0].bytes == b"1",
            Err(error) => error.code() == "archive-corrupt",
        };
        assert!(fine, "{broken:?}: {found:?}");
    }
}

#[test]
fn forged_headers_are_refused() {
    let size = |field: &'static [u8; 12]| {
        move |header: &mut Header| {
            header.as_old_mut().size = *field;
            header.set_cksum();
        }
    };
    let refused = |name: &str, entry: Vec<u8>| {
        let error = untar(&ended(&[entry]), 9).unwrap_err();
        assert_eq!(error.code(), "archive-corrupt", "{name}: {error}");
    };
    let regular = EntryType::Regular;
    for field in [
        b"77777777777\0",
        b"777777777777",
        b"-0000000001\0",
        b"00000000x01\0",
        b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        refused(
            &format!("{field:?}"),
            forged(regular, "a", b"1", size(field)),
        );
    }
    refused(
        "checksum",
        forged(regular, "a", b"1", |header| {
            header.as_old_mut().cksum = *b"0000007\0"
        }),
    );
    let sparse = forged(EntryType::GNUSparse, "a", b"", |header| {
        let gnu = header.as_gnu_mut().unwrap();
        gnu.realsize = *b"77777777777\0";
        header.set_cksum();
    });
    assert!(matches!(
        untar(&ended(&[sparse]), 9).unwrap_err().code(),
        "archive-device" | "archive-corrupt"
    ));
}

#[test]
fn what_a_tar_holds_is_bounded_by_what_it_is() {
    let folders = vec![(EntryType::Directory, "d/", &b""[..]); 21];
    assert_eq!(
        untar(&archive(&folders), 10),
        Err(ArchiveError::TooManyEntries(10))
    );
    let twice = archive(&[
        (EntryType::Regular, "a", b"1"),
        (EntryType::Regular, "./a", b"2"),
    ]);
    assert_eq!(
        untar(&twice, 10)
            .unwrap()
            .iter()
            .filter(|file| file.name == "a")
            .count(),
        2
    );
    let members = [gzip(&[0; 600]), gzip(&[0; 600])].concat();
    assert_eq!(gunzip(&members, 1000), Err(ArchiveError::TooLarge(1000)));
    assert_eq!(
        gunzip(&[&gzip(b"1")[..], b"junk"].concat(), 9)
            .unwrap_err()
            .code(),
        "archive-corrupt"
    );
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
