//! Subresource integrity of tarballs.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Digest;
use std::fmt::Write;

/// Weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// What a tarball's bytes must hash to: the digests of the strongest algorithm that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrity {
    algorithm: Algorithm,
    digests: Vec<Vec<u8>>,
}

impl Integrity {
    /// Reads `sha512-…`, or several of them with spaces in between. `None` when there is nothing to go by.
    pub fn parse(text: &str) -> Option<Self> {
        let mut found: Vec<(Algorithm, Vec<u8>)> = text
            .split_whitespace()
            .filter_map(|part| {
                let (name, digest) = part.split_once('-')?;
                let (algorithm, length) = match name {
                    "sha1" => (Algorithm::Sha1, 20),
                    "sha256" => (Algorithm::Sha256, 32),
                    "sha384" => (Algorithm::Sha384, 48),
                    "sha512" => (Algorithm::Sha512, 64),
                    _ => return None,
                };
                let digest = digest.split('?').next().unwrap_or(digest);
                let bytes = STANDARD.decode(digest).ok()?;
                (bytes.len() == length).then_some((algorithm, bytes))
            })
            .collect();
        found.sort();
        let algorithm = found.last()?.0;
        let digests = found
            .into_iter()
            .filter(|(of, _)| *of == algorithm)
            .map(|(_, digest)| digest)
            .collect();
        Some(Self { algorithm, digests })
    }

    /// The form of old packages' `shasum`, 40 hexadecimal digits.
    pub fn of_shasum(shasum: &str) -> Option<String> {
        let digits = shasum.as_bytes();
        if digits.len() != 40 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let bytes: Option<Vec<u8>> = (0..40)
            .step_by(2)
            .map(|at| u8::from_str_radix(&shasum[at..at + 2], 16).ok())
            .collect();
        Some(format!("sha1-{}", STANDARD.encode(bytes?)))
    }

    /// Whether these are the bytes.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let digest = match self.algorithm {
            Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Algorithm::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Algorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        };
        self.digests.contains(&digest)
    }

    /// A name for files of that content: the algorithm and the digest in hexadecimal.
    pub fn file_name(&self) -> String {
        let mut name = match self.algorithm {
            Algorithm::Sha1 => "sha1-",
            Algorithm::Sha256 => "sha256-",
            Algorithm::Sha384 => "sha384-",
            Algorithm::Sha512 => "sha512-",
        }
        .to_owned();
        for byte in self.digests.iter().take(1).flatten() {
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}
