//! Whatever text becomes a path of an app stays inside the app.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overskill_model::{Limits, ModulePath};

fuzz_target!(|text: &str| {
    let limits = Limits::default();
    // The first line is a file, the rest a specifier in it.
    let (file, specifier) = text.split_once('\n').unwrap_or((text, "./x"));
    let Ok(path) = ModulePath::parse(file, &limits) else {
        return;
    };
    assert_eq!(path.as_str(), file);
    inside(&path);
    if let Some(joined) = path.join(specifier) {
        inside(&joined);
        assert_eq!(
            joined.join("./x").map(|at| at.folder().to_owned()),
            joined.join("./y").map(|at| at.folder().to_owned())
        );
    }
    if let Some(joined) = path.with_suffix(specifier) {
        inside(&joined);
    }
});

fn inside(path: &ModulePath) {
    let text = path.as_str();
    assert!(!text.is_empty() && text.len() <= Limits::PATH_BYTES);
    assert!(!text.starts_with('/') && !text.contains(['\\', '\0', '\n', '\r']));
    assert!(
        text.split('/')
            .all(|segment| !matches!(segment, "" | "." | ".."))
    );
    let drive = text.as_bytes()[0].is_ascii_alphabetic() && text.as_bytes().get(1) == Some(&b':');
    assert!(!drive, "{text:?}");
    // It is the same path when it is read again, as it is out of a manifest.
    let generous = Limits {
        path_segment: usize::MAX,
        ..Limits::default()
    };
    assert_eq!(ModulePath::parse(text, &generous).as_ref(), Ok(path));
    let folder = path.folder();
    assert!(text.ends_with(path.name()) && text.starts_with(folder));
    assert_eq!(path.join(&format!("/{text}")).as_ref(), Some(path));
}
