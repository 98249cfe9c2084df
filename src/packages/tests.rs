//! Names and integrity here; versions, lockfiles and files of packages by topic.

mod files;
mod lockfile;
mod managers;
mod overrides;
mod properties;
mod versions;

use crate::{
    Integrity, Lock, LockedPackage, Lockfile, Packument, Spec, Want, declared_dependencies,
    is_builtin, packument_url, split_specifier, valid_name,
};

#[test]
fn specifiers_split_into_package_and_subpath() {
    for (specifier, expected) in [
        ("react", Some(("react", "."))),
        (
            "react/jsx-dev-runtime",
            Some(("react", "./jsx-dev-runtime")),
        ),
        ("@scope/name", Some(("@scope/name", "."))),
        ("@scope/name/a/b.css", Some(("@scope/name", "./a/b.css"))),
        ("buffer/", Some(("buffer", "."))),
        ("@scope", None),
        ("@/components/x", None),
        ("./a", None),
        ("../a", None),
        ("/a", None),
        ("#a", None),
        ("", None),
        ("node:fs", None),
        ("https://evil.example/x", None),
        ("a\\b", None),
        ("a b", None),
        ("a%2f..%2f", None),
        ("\u{e9}", None),
    ] {
        let split = split_specifier(specifier);
        let split = split.as_ref().map(|(name, path)| (*name, path.as_str()));
        assert_eq!(split, expected, "{specifier}");
    }
}

#[test]
fn names_that_would_leave_the_registry_are_none() {
    for name in [
        "",
        ".",
        "..",
        ".hidden",
        "@",
        "@/",
        "@a",
        "@a/",
        "@/a",
        "@a/b/c",
        "@a/..",
        "@../a",
        "a/b",
        "a?b",
        "a#b",
        "a:b",
        "a@b",
        "a b",
        "a\nb",
        "a\0",
        "\u{202e}a",
        "%2e%2e",
        "a\\b",
    ] {
        assert!(!valid_name(name), "{name:?}");
    }
    assert!(!valid_name(&"a".repeat(215)));
    for name in [
        "a",
        "A-b_c.d",
        "@a/b",
        "__proto__",
        "constructor",
        "lodash.debounce",
    ] {
        assert!(valid_name(name), "{name}");
    }
}

#[test]
fn nodes_own_modules_are_known() {
    for name in [
        "fs",
        "node:fs",
        "fs/promises",
        "node:anything",
        "events",
        "path",
    ] {
        assert!(is_builtin(name), "{name}");
    }
    for name in ["react", "process/", "buffer/", "fs-extra", "./fs"] {
        assert!(!is_builtin(name), "{name}");
    }
}

#[test]
fn integrity_is_verified_by_the_strongest_digest() {
    let sha512 = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
    let sha1 = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
    for (text, good) in [
        (sha512.to_owned(), true),
        (sha1.to_owned(), true),
        (format!("{sha1} {sha512}"), true),
        (format!("{sha512}?option"), true),
        // The weak one fits and the strong one doesn't.
        (format!("{sha1} sha256-{}=", "A".repeat(43)), false),
        // Either of two strong ones will do.
        (format!("sha512-{}== {sha512}", "A".repeat(86)), true),
        (format!("sha512-{}==", "A".repeat(86)), false),
    ] {
        let integrity = Integrity::parse(&text).unwrap();
        assert_eq!(integrity.matches(b""), good, "{text}");
        assert!(!integrity.matches(b"x"), "{text}");
        assert!(
            integrity
                .file_name()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
    }
    for nothing in [
        "",
        "md5-1B2M2Y8AsgTpgAmY7PhCfg==",
        "sha512-",
        "sha512-AAAA",
        "sha512",
        "sha512-../../x",
    ] {
        assert_eq!(Integrity::parse(nothing), None, "{nothing}");
    }
    assert_eq!(
        Integrity::of_shasum("da39a3ee5e6b4b0d3255bfef95601890afd80709").as_deref(),
        Some(sha1)
    );
    assert_eq!(Integrity::of_shasum("da39"), None);
    assert_eq!(Integrity::of_shasum(&"\u{e9}".repeat(20)), None);
}

#[test]
fn tarballs_are_only_ever_asked_of_the_registry() {
    for tarball in [
        "https://evil.example/steal.tgz",
        "https://evil.example/x/-/../../../admin.tgz",
        "https://evil.example/x/-/a/b.tgz",
        "https://evil.example/x/-/a.tgz?token=1",
        "https://evil.example/x/-/a%2f.tgz",
        "http://169.254.169.254/-/x-1.0.0.exe",
        "file:///etc/passwd",
        "",
    ] {
        let body = format!(
            r#"{{"versions": {{"1.0.0": {{"dist": {{"tarball": "{tarball}", "shasum": "{}"}}}}}}}}"#,
            "0".repeat(40)
        );
        let packument = Packument::parse("@s/x", body.as_bytes()).unwrap();
        assert_eq!(
            packument.releases[0]
                .locked
                .tarball_url("https://registry.example/npm/"),
            "https://registry.example/npm/@s/x/-/x-1.0.0.tgz",
            "{tarball}"
        );
    }
    assert_eq!(
        packument_url("https://r.example/", "@s/x"),
        "https://r.example/@s%2fx"
    );
    assert_eq!(
        packument_url("https://r.example", "x"),
        "https://r.example/x"
    );
}

#[test]
fn versions_that_cannot_be_verified_or_named_are_left_out() {
    let body = r#"{
        "dist-tags": {"latest": "1.0.0", "odd": 3},
        "versions": {
            "1.0.0": {"dist": {"shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}},
            "1.0.1": {"dist": {}},
            "1.0.2": {},
            "1.0.3": {"dist": {"integrity": "md5-x", "shasum": "nothing"}},
            "1.0.4": {"dist": {"shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}, "os": ["darwin"]},
            "1.0.5": {"dist": {"shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}, "dependencies": [], "deprecated": false},
            "../../x": {"dist": {"shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}},
            "not a version": {}
        }
    }"#;
    let packument = Packument::parse("x", body.as_bytes()).unwrap();
    let versions: Vec<_> = packument
        .releases
        .iter()
        .map(|at| at.locked.version.as_str())
        .collect();
    assert_eq!(versions, ["1.0.0", "1.0.5"]);
    assert!(packument.releases.iter().all(|at| !at.deprecated));
    for broken in ["", "{\"versions\": 1}", "<html>"] {
        assert!(
            Packument::parse("x", broken.as_bytes()).is_err(),
            "{broken}"
        );
    }
}

#[test]
fn what_no_registry_has_is_no_spec() {
    for text in [
        "file:../x",
        "link:./x",
        "workspace:*",
        "git+ssh://git@example.com/x.git",
        "github:a/b",
        "a/b",
        "https://evil.example/x.tgz",
        "npm:../x@1",
        "npm:@1",
        "npm:",
        "catalog:",
    ] {
        assert!(Spec::parse("x", text).is_err(), "{text}");
    }
    assert!(Spec::parse("x", &"1 || ".repeat(200)).is_err());
    assert!(Spec::parse("../x", "1").is_err());
    for (text, name, version) in [
        ("^1.2.3", "x", "1.9.0"),
        ("npm:@s/y@~2.0.0", "@s/y", "2.0.9"),
        ("npm:y", "y", "7.0.0"),
        (">=1 <=2", "x", "2.9.9"),
        ("<=1.2.x", "x", "1.2.9"),
        ("1 || 3", "x", "3.1.0"),
        ("1.0.0 - 2.0.0", "x", "1.5.0"),
        ("v1.0.0", "x", "1.0.0"),
        ("=1.0.0", "x", "1.0.0"),
        ("", "x", "9.9.9"),
        ("1.x", "x", "1.1.1"),
        ("1.2.3-beta.2", "x", "1.2.3-beta.2"),
    ] {
        let spec = Spec::parse("x", text).unwrap();
        assert_eq!(spec.name, name, "{text}");
        assert!(
            spec.want.allows(&version.parse().unwrap()),
            "{text} {version}"
        );
    }
    assert_eq!(
        Spec::parse("x", "next").unwrap().want,
        Want::Tag("next".into())
    );
    for (text, version) in [
        ("^1.2.3", "2.0.0"),
        ("^0.2.3", "0.3.0"),
        ("~1.2.3", "1.3.0"),
        ("*", "1.0.0-beta.1"),
        ("<=1.2", "1.3.0"),
        ("^1.0.0", "1.5.0-beta.1"),
    ] {
        let spec = Spec::parse("x", text).unwrap();
        assert!(
            !spec.want.allows(&version.parse().unwrap()),
            "{text} {version}"
        );
    }
}

#[test]
fn an_apps_own_ranges_are_read_from_three_fields() {
    let declared = declared_dependencies(
        r#"{"dependencies": {"a": "1", "b": 2}, "devDependencies": {"a": "2", "c": "3"}, "optionalDependencies": {"d": "4"}, "peerDependencies": {"e": "5"}}"#,
    )
    .unwrap();
    let listed: Vec<String> = declared
        .iter()
        .map(|(name, range)| format!("{name}@{range}"))
        .collect();
    assert_eq!(listed, ["a@1", "c@3", "d@4"]);
    assert_eq!(
        declared_dependencies("{").unwrap_err().code,
        "package-json-invalid"
    );
    assert!(declared_dependencies("[]").unwrap().is_empty());
}

fn parse_lock(text: &str) -> Result<Lock, Box<overskill_diagnostics::Diagnostic>> {
    let name = "package-lock.json";
    Lockfile { name, text }.parse(&Default::default())
}

fn locked(key: &str) -> LockedPackage {
    let (name, version) = key.rsplit_once('@').unwrap();
    let body = format!(
        r#"{{"versions": {{"{version}": {{"dist": {{"shasum": "{}"}}}}}}}}"#,
        "0".repeat(40)
    );
    Packument::parse(name, body.as_bytes()).unwrap().releases[0]
        .locked
        .clone()
}

#[test]
fn a_registry_may_live_under_a_path() {
    assert_eq!(
        locked("x@1.0.0+build.5").tarball_url("https://r.example/npm"),
        "https://r.example/npm/x/-/x-1.0.0.tgz"
    );
}
