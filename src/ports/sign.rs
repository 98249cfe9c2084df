//! Signatures, made where the key is.

use crate::Fault;

/// A private RSA key that never leaves the platform.
#[expect(async_fn_in_trait, reason = "everything runs on one thread")]
pub trait Sign {
    /// The RSASSA-PKCS1-v1_5 signature with SHA-256 of `message`: what JSON Web Tokens call RS256.
    ///
    /// # Errors
    /// When the key is none.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault>;
}
