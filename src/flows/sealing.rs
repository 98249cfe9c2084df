//! Secrets at rest: sealed with AES-256-GCM under a key derived from the installation's own secret, and bound to what
//! they are for, so that a sealed one opens nowhere else.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use overskill_model::AppId;
use sha2::Sha256;
use std::collections::BTreeMap;

/// Shorter secrets are guessed.
const SECRET_BYTES: usize = 16;
/// What a sealed text starts with; another way to seal would have another.
const VERSION: &str = "v1.";

/// Seals and opens.
pub struct Sealer {
    cipher: Aes256Gcm,
    names: Hkdf<Sha256>,
}

impl Sealer {
    /// How long a nonce is, in bytes.
    pub const NONCE: usize = 12;

    /// With keys derived from `secret`; `None` for one that is too short to be one.
    pub fn new(secret: &str) -> Option<Self> {
        if secret.len() < SECRET_BYTES {
            return None;
        }
        let names = Hkdf::<Sha256>::new(None, secret.as_bytes());
        let mut key = [0; 32];
        let fits = names.expand(b"overskill sealing", &mut key);
        fits.expect("a key is no longer than HKDF gives");
        Some(Self {
            cipher: Aes256Gcm::new(&key.into()),
            names,
        })
    }

    /// Seals a text that is for `purpose`. A nonce is random, and is used once.
    pub fn seal(&self, text: &str, purpose: &[&str], nonce: [u8; Self::NONCE]) -> String {
        let about = joined(purpose);
        let payload = Payload {
            msg: text.as_bytes(),
            aad: &about,
        };
        let sealed = self.cipher.encrypt(&nonce.into(), payload);
        let sealed = sealed.expect("a secret is no longer than the cipher takes");
        let bytes = [&nonce[..], &sealed].concat();
        format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens what was sealed for `purpose`; `None` for anything else.
    pub fn open(&self, sealed: &str, purpose: &[&str]) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(VERSION)?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<{ Self::NONCE }>()?;
        let about = joined(purpose);
        let payload = Payload {
            msg: sealed,
            aad: &about,
        };
        let text = self.cipher.decrypt(nonce.into(), payload).ok()?;
        String::from_utf8(text).ok()
    }

    /// A name that only those can tell who know all of `parts` and the secret: 32 hexadecimal digits.
    pub fn name(&self, parts: &[&str]) -> String {
        let info = joined(&[&["overskill name"], parts].concat());
        let mut name = [0; 16];
        let fits = self.names.expand(&info, &mut name);
        fits.expect("a name is no longer than HKDF gives");
        name.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Texts as bytes that no other texts have.
fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

/// What sealed variables of a deployment's server code are bound to.
pub fn variables_purpose<'a>(app: &'a AppId, deployment: &'a str) -> [&'a str; 3] {
    ["server variables", app.as_str(), deployment]
}

/// The variables of a deployment's server code: sealed, or as JSON where there was no key.
pub fn opened_variables(
    sealer: Option<&Sealer>,
    app: &AppId,
    deployment: &str,
    text: &str,
) -> Option<BTreeMap<String, String>> {
    if let Ok(plain) = serde_json::from_str(text) {
        return Some(plain);
    }
    let opened = sealer?.open(text, &variables_purpose(app, deployment))?;
    serde_json::from_str(&opened).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of the installation";

    #[test]
    fn what_is_sealed_opens_for_what_it_was_sealed_for_and_for_nothing_else() {
        let sealer = Sealer::new(SECRET).unwrap();
        let sealed = sealer.seal("s3cret", &["app_1", "https://r.example/"], [7; 12]);
        assert!(!sealed.contains("s3cret"));
        let open = |sealer: &Sealer, sealed: &str, purpose: &[&str]| sealer.open(sealed, purpose);
        let purpose = ["app_1", "https://r.example/"];
        assert_eq!(open(&sealer, &sealed, &purpose).unwrap(), "s3cret");
        let again = Sealer::new(SECRET).unwrap();
        assert_eq!(open(&again, &sealed, &purpose).unwrap(), "s3cret");
        let other = Sealer::new("another secret, of another").unwrap();
        assert_eq!(open(&other, &sealed, &purpose), None);
        for purpose in [
            ["app_2", "https://r.example/"],
            ["app_1", "https://evil.example/"],
            ["app_1h", "ttps://r.example/"],
        ] {
            assert_eq!(open(&sealer, &sealed, &purpose), None);
        }
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(open(&sealer, &changed, &purpose), None, "{at}");
            assert_eq!(open(&sealer, &sealed[..at], &purpose), None, "{at}");
        }
        let other_nonce = sealer.seal("s3cret", &purpose, [8; 12]);
        assert_ne!(other_nonce, sealed);
    }

    #[test]
    fn names_tell_nothing_and_differ_with_each_part() {
        let sealer = Sealer::new(SECRET).unwrap();
        let name = sealer.name(&["https://r.example/", "s3cret"]);
        assert_eq!(name.len(), 32);
        assert_eq!(name, sealer.name(&["https://r.example/", "s3cret"]));
        assert_ne!(name, sealer.name(&["https://r.example/s", "3cret"]));
        assert_ne!(name, sealer.name(&["https://r.example/", "s3cre"]));
        assert!(Sealer::new("short").is_none());
    }
}
