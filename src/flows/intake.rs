//! From an upload's body to a batch: every path checked, every size bounded.

mod multipart;

use crate::tree::Batch;
use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_archive::{ArchiveError, gunzip, is_gzip, untar};
use overskill_model::{Limits, ModulePath};
use overskill_protocol::{Content, Patch, Refusal, Tree};
use serde::de::DeserializeOwned;

/// A whole tree as JSON.
pub fn tree_from_json(body: &[u8], limits: &Limits) -> Result<Batch, Refusal> {
    let tree: Tree = from_json(body)?;
    tree_from_entries(decoded(tree.files)?, limits)
}

/// A patch as JSON.
pub fn patch_from_json(body: &[u8], limits: &Limits) -> Result<Batch, Refusal> {
    let patch: Patch = from_json(body)?;
    let delete = patch
        .delete
        .iter()
        .map(|text| path(text, limits))
        .collect::<Result<_, _>>()?;
    let upsert = checked(decoded(patch.upsert)?, limits)?;
    Ok(Batch {
        replace: false,
        upsert,
        delete,
        base_version: patch.base_version,
    })
}

/// A whole tree as a tar, gzipped or not.
pub fn tree_from_tar(body: &[u8], limits: &Limits) -> Result<Batch, Refusal> {
    let refuse = |error: ArchiveError| {
        let status = match error {
            ArchiveError::Corrupt(_) => 400,
            ArchiveError::TooLarge(_) | ArchiveError::TooManyEntries(_) => 413,
            ArchiveError::Link(_)
            | ArchiveError::Special(_)
            | ArchiveError::Name(_)
            | ArchiveError::Outside(_) => 422,
        };
        Refusal::new(
            status,
            error.code(),
            format!("The upload is refused: {error}."),
        )
    };
    let expanded;
    let bytes = if is_gzip(body) {
        expanded = gunzip(body, framed_bytes(limits)).map_err(refuse)?;
        &expanded
    } else {
        body
    };
    let files = untar(bytes, limits.files).map_err(refuse)?;
    tree_from_entries(
        files
            .into_iter()
            .map(|file| (file.name, file.bytes))
            .collect(),
        limits,
    )
}

/// A whole tree as `multipart/form-data`; `content_type` is the header as it came, for its boundary.
pub fn tree_from_form(content_type: &str, body: &[u8], limits: &Limits) -> Result<Batch, Refusal> {
    tree_from_entries(multipart::parts(content_type, body, limits.files)?, limits)
}

/// How long a tar or a form of a tree within `limits` may be: the contents, and for each file its headers and padding.
pub fn framed_bytes(limits: &Limits) -> usize {
    limits.tree_bytes + limits.files * 4096 + (1 << 20)
}

/// A whole tree as named contents: the parts of a form, the entries of an archive.
pub fn tree_from_entries(
    entries: Vec<(String, Vec<u8>)>,
    limits: &Limits,
) -> Result<Batch, Refusal> {
    let upsert = checked(entries, limits)?;
    Ok(Batch {
        replace: true,
        upsert,
        ..Batch::default()
    })
}

/// One file.
pub fn file(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Batch, Refusal> {
    let upsert = checked(vec![(name.to_owned(), bytes)], limits)?;
    Ok(Batch {
        upsert,
        ..Batch::default()
    })
}

/// A path as a caller wrote it.
pub fn path(text: &str, limits: &Limits) -> Result<ModulePath, Refusal> {
    ModulePath::parse(text, limits).map_err(|invalid| {
        let shown: String = text.chars().take(200).collect();
        let detail = format!("{shown:?} is no path of an app: {}.", invalid.reason());
        Refusal::new(422, "invalid-path", detail).fact("path", shown)
    })
}

/// Reads a JSON body, telling bad syntax (400) from the wrong shape (422).
pub fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Refusal::new(400, "invalid-json", "The body is not UTF-8."))?;
    serde_json::from_str(text).map_err(|error| {
        let (status, code) = if error.is_data() {
            (422, "invalid-body")
        } else {
            (400, "invalid-json")
        };
        Refusal::new(status, code, format!("The body cannot be read: {error}."))
    })
}

fn checked(
    entries: Vec<(String, Vec<u8>)>,
    limits: &Limits,
) -> Result<Vec<(ModulePath, Vec<u8>)>, Refusal> {
    entries
        .into_iter()
        .map(|(name, bytes)| Ok((path(&name, limits)?, bytes)))
        .collect()
}

fn decoded(entries: Vec<(String, Content)>) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let decode = |(name, content): (String, Content)| match content {
        Content::Text(text) => Ok((name, text.into_bytes())),
        Content::Base64 { base64 } => match STANDARD.decode(base64) {
            Ok(bytes) => Ok((name, bytes)),
            Err(_) => {
                let shown: String = name.chars().take(200).collect();
                let refusal = Refusal::new(
                    422,
                    "invalid-base64",
                    format!("The content of {shown:?} is not base64."),
                );
                Err(refusal.fact("path", shown))
            }
        },
    };
    entries.into_iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_or_refused_with_a_code() {
        let limits = Limits::default();
        let good = br#"{"files":{"a.ts":"x","b.png":{"base64":"AAE="}}}"#;
        assert_eq!(tree_from_json(good, &limits).unwrap().upsert[1].1, [0, 1]);
        for (body, status, code) in [
            (&b"{"[..], 400, "invalid-json"),
            (b"\xff", 400, "invalid-json"),
            (b"[]", 422, "invalid-body"),
            (br#"{"files":{"a":1}}"#, 422, "invalid-body"),
            (br#"{"files":{"a":"","a":""}}"#, 422, "invalid-body"),
            (br#"{"files":{},"more":1}"#, 422, "invalid-body"),
            (br#"{"files":{"../a":""}}"#, 422, "invalid-path"),
            (br#"{"files":{"a\u0000":""}}"#, 422, "invalid-path"),
            (br#"{"files":{"a":{"base64":"*"}}}"#, 422, "invalid-base64"),
        ] {
            let refusal = tree_from_json(body, &limits).unwrap_err();
            assert_eq!(
                (refusal.status, &*refusal.code),
                (status, code),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        let deep = format!("{{\"files\":{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(
            tree_from_json(deep.as_bytes(), &limits).unwrap_err().code,
            "invalid-json"
        );
        let patch = patch_from_json(
            br#"{"upsert":{"a":""},"delete":["b"],"baseVersion":3}"#,
            &limits,
        )
        .unwrap();
        assert_eq!(patch.base_version, Some(3));
        assert_eq!(
            patch_from_json(br#"{"delete":["/b"]}"#, &limits)
                .unwrap_err()
                .code,
            "invalid-path"
        );
    }
}
