//! Static assets: what each is called, the manifest of a session, and the bodies that carry them.

use super::{
    account::{Account, with_body},
    multipart::Multipart,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_model::{AppId, ContentHash, ContentHasher};
use overskill_ports::{ApiRequest, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Bytes that are carried at once, before they are encoded: a Worker holds them twice and has 128 MB.
pub(super) const AT_ONCE: u64 = 20 << 20;
/// Largest asset, as the platform has it.
pub const LARGEST_ASSET: u64 = 25 << 20;
/// Most assets of a script on a paid plan.
pub const MOST_ASSETS: usize = 100_000;

/// A file that is served as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its address, `/assets/app.js`, decoded.
    pub path: String,
    /// Its content.
    pub content: ContentHash,
    /// Its size in bytes.
    pub size: u64,
    /// The `Content-Type` it is served with.
    pub media_type: String,
}

/// What the namespace knows an asset by: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetHash(pub String);

impl AssetHash {
    /// Assets are shared by all scripts of a namespace, so that who knows a content's hash could have it served as their
    /// own: the app's id is part of ours, and the media type, which is stored with the content.
    pub fn of(app: &AppId, asset: &Asset) -> Self {
        let hash = ContentHasher::new()
            .field("overskill asset")
            .field(app.as_str())
            .field(asset.content.bytes())
            .field(&asset.media_type);
        Self(hash.finish().to_string()[..32].to_owned())
    }
}

/// Where contents are.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Contents {
    /// The bytes with this hash.
    async fn read(&self, content: &ContentHash) -> Result<Vec<u8>, Fault>;
}

/// What opens a session: it is answered with the hashes that have to be uploaded.
pub(super) fn open(account: &Account, script: &str, assets: &[(AssetHash, Asset)]) -> ApiRequest {
    let manifest: Map<String, Value> = assets
        .iter()
        .map(|(hash, asset)| {
            (
                encoded(&asset.path),
                json!({"hash": hash, "size": asset.size}),
            )
        })
        .collect();
    let url = account.scripts(&format!("/{script}/assets-upload-session"));
    let body = json!({"manifest": manifest}).to_string().into_bytes();
    with_body(
        account.request("POST", url),
        "application/json".to_owned(),
        body,
    )
}

/// A path as an address has it, segment by segment.
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' => text.push(byte as char),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                text.push(byte as char)
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Buckets as they are uploaded: those that hold more than can be carried are cut.
pub(super) fn parts(buckets: Vec<Vec<String>>, assets: &[(AssetHash, Asset)]) -> Vec<Vec<String>> {
    let sizes: BTreeMap<&str, u64> = assets
        .iter()
        .map(|(hash, asset)| (hash.0.as_str(), asset.size))
        .collect();
    let mut parts = Vec::new();
    for bucket in buckets {
        let (mut part, mut bytes) = (Vec::new(), 0);
        for hash in bucket {
            let next = sizes.get(hash.as_str()).copied().unwrap_or_default();
            if !part.is_empty() && bytes + next > AT_ONCE {
                parts.push(std::mem::take(&mut part));
                bytes = 0;
            }
            bytes += next;
            part.push(hash);
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// What uploads one part, under the session's own token.
pub(super) async fn upload(
    account: &Account,
    jwt: &str,
    part: &[String],
    assets: &[(AssetHash, Asset)],
    contents: &impl Contents,
) -> Result<ApiRequest, Fault> {
    let names: Vec<&str> = part.iter().map(String::as_str).collect();
    let mut body = Multipart::new(&names);
    for hash in names {
        let mut found = assets.iter().filter(|(known, _)| known.0 == hash);
        let Some((_, asset)) = found.next() else {
            return Err(Fault(format!("the API asks for {hash}, which is no asset")));
        };
        let bytes = contents.read(&asset.content).await?;
        let text = STANDARD.encode(bytes);
        body.add(hash, Some(hash), &asset.media_type, text.as_bytes());
    }
    let (kind, body) = body.finish();
    let mut request = account.request("POST", account.url("assets/upload?base64=true"));
    for (name, value) in &mut request.headers {
        if *name == "authorization" {
            *value = format!("Bearer {jwt}");
        }
    }
    Ok(with_body(request, kind, body))
}
