//! Zips as `actions/upload-artifact` and attackers write them.

use crate::{ArchiveError, Unzip, ZipLimits};
use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

const LIMITS: ZipLimits = ZipLimits {
    files: 4,
    file_bytes: 1000,
    bytes: 2500,
};

/// One entry, written as a stream is: what its sizes are stands behind it.
struct Entry<'a> {
    name: &'a [u8],
    content: &'a [u8],
    mode: u32,
    flags: u16,
    /// What its directory says of its size.
    size: Option<u32>,
}

fn entry<'a>(name: &'a str, content: &'a [u8]) -> Entry<'a> {
    Entry {
        name: name.as_bytes(),
        content,
        mode: 0o100_644,
        flags: 0x0808,
        size: None,
    }
}

fn zipped(entries: &[Entry<'_>]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = bytes.len() as u32;
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
        deflated.write_all(entry.content).unwrap();
        let deflated = deflated.finish().unwrap();
        let mut crc = Crc::new();
        crc.update(entry.content);
        let size = entry.size.unwrap_or(entry.content.len() as u32);
        let sums = [crc.sum(), deflated.len() as u32, size].map(u32::to_le_bytes);
        let name = (entry.name.len() as u16).to_le_bytes();
        let shared = [
            &[20, 0][..],
            &entry.flags.to_le_bytes(),
            &[8, 0, 0, 0, 0x21, 0],
        ];
        bytes.extend(
            [
                &b"PK\x03\x04"[..],
                &shared.concat(),
                &[0; 12],
                &name,
                &[0; 2],
            ]
            .concat(),
        );
        bytes.extend([entry.name, &deflated, b"PK\x07\x08", &sums.concat()].concat());
        directory.extend(
            [
                &b"PK\x01\x02"[..],
                &[20, 3],
                &shared.concat(),
                &sums.concat(),
            ]
            .concat(),
        );
        directory.extend([&name[..], &[0; 8]].concat());
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend([&at.to_le_bytes()[..], entry.name].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (size, at) = (directory.len() as u32, bytes.len() as u32);
    bytes.extend(directory);
    bytes.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count].concat());
    bytes.extend([size.to_le_bytes(), at.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    Unzip::open(bytes, LIMITS)?.collect()
}

#[test]
fn files_are_read_and_folders_are_none() {
    let folder = Entry {
        mode: 0o040_755,
        ..entry("assets/", b"")
    };
    let files = [
        folder,
        entry("index.html", b"<p>"),
        entry("assets/größe.js", &[7; 900]),
        entry(".well-known/x", b""),
    ];
    let names = read(&zipped(&files)).unwrap();
    let names: Vec<_> = names.iter().map(|(name, it)| (&**name, it.len())).collect();
    let wanted = [
        ("index.html", 3),
        ("assets/größe.js", 900),
        (".well-known/x", 0),
    ];
    assert_eq!(names, wanted);
    assert_eq!(read(&zipped(&[])), Ok(Vec::new()));
}

#[test]
fn what_leads_out_is_a_link_or_cannot_be_told_is_refused() {
    for name in [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "a//x",
        "./x",
        "a\\..\\x",
        "C:/x",
        "a/..",
        "",
        "..",
        "\0",
    ] {
        let told = read(&zipped(&[entry("fine", b"1"), entry(name, b"2")]));
        assert_eq!(told, Err(ArchiveError::Outside(name.to_owned())), "{name}");
    }
    for (mode, refusal) in [
        (0o120_777, ArchiveError::Link("x".to_owned())),
        (0o010_644, ArchiveError::Special("x".to_owned())),
    ] {
        let odd = Entry {
            mode,
            ..entry("x", b"/etc/passwd")
        };
        assert_eq!(read(&zipped(&[odd])), Err(refusal));
    }
    let sealed = Entry {
        flags: 0x0809,
        ..entry("x", b"1")
    };
    assert!(read(&zipped(&[sealed])).is_err());
    let unnamed = Entry {
        name: b"\xff",
        ..entry("x", b"1")
    };
    assert!(matches!(
        read(&zipped(&[unnamed])),
        Err(ArchiveError::Name(_))
    ));
    // Of two with one name there is one.
    let twice = read(&zipped(&[entry("x", b"1"), entry("x", b"2")]));
    assert_eq!(twice, Ok(vec![("x".to_owned(), b"2".to_vec())]));
}

#[test]
fn bombs_end_at_the_limits_whatever_they_say_of_themselves() {
    let large = vec![0; 1 << 20];
    for size in [None, Some(10)] {
        let bomb = Entry {
            size,
            ..entry("bomb", &large)
        };
        let told = read(&zipped(&[bomb]));
        assert!(told.is_err(), "{size:?}");
    }
    let each = [0; 900];
    let many: Vec<_> = ["a", "b", "c"].map(|name| entry(name, &each)).into();
    assert_eq!(read(&zipped(&many)), Err(ArchiveError::TooLarge(2500)));
    let names: Vec<_> = (0..5).map(|n| n.to_string()).collect();
    let many: Vec<_> = names.iter().map(|name| entry(name, b"")).collect();
    assert_eq!(read(&zipped(&many)), Err(ArchiveError::TooManyEntries(4)));
    let names: Vec<_> = (0..100).map(|n| format!("{n}/")).collect();
    let many: Vec<_> = names.iter().map(|name| entry(name, b"")).collect();
    assert_eq!(read(&zipped(&many)), Err(ArchiveError::TooManyEntries(4)));
}

#[test]
fn what_is_cut_short_or_changed_is_told() {
    let whole = zipped(&[entry("a", b"some text"), entry("b", b"more")]);
    for end in 0..whole.len() {
        assert!(read(&whole[..end]).is_err(), "{end}");
    }
    let mut changed = whole.clone();
    let at = 30 + 1 + 2;
    changed[at] ^= 0x10;
    assert!(read(&changed).is_err());
}
