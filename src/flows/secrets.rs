//! An app's secrets: read from a caller, sealed at once, and opened for nobody but the app's server code.

use crate::{intake::from_json, sealing::Sealer};
use overskill_protocol::{Refusal, SetSecret, VariableName};

/// How many secrets an app may have.
pub const COUNT: usize = 128;
/// Longest value, in bytes: what the platform takes of a binding.
const VALUE_BYTES: usize = 5 << 10;
/// What a seal is for, ahead of whose and which it is.
const PURPOSE: &str = "overskill app secret";

/// A secret's name as it stands in an address.
///
/// # Errors
/// When it is none.
pub fn name(text: &str) -> Result<VariableName, Refusal> {
    VariableName::parse(text).ok_or_else(|| {
        let shown: String = text.chars().take(VariableName::BYTES).collect();
        let detail = format!(
            "{shown:?} is no name of a secret: those have letters, digits and underscores, no digit first, and {} characters at most.",
            VariableName::BYTES
        );
        Refusal::new(422, "invalid-secret", detail).fact("name", shown)
    })
}

/// The sealed value of a body.
///
/// # Errors
/// When it is no such body, or the value is none that an environment can hold.
pub fn sealed(
    body: &[u8],
    app: &str,
    name: &VariableName,
    sealer: &Sealer,
    nonce: [u8; Sealer::NONCE],
) -> Result<String, Refusal> {
    let SetSecret { value } = from_json(body)?;
    if value.len() > VALUE_BYTES {
        let (name, length) = (name.as_str(), value.len());
        let detail =
            format!("The value of `{name}` has {length} bytes; it may have {VALUE_BYTES}.");
        return Err(Refusal::new(413, "secret-too-large", detail)
            .fact("name", name)
            .fact("limit", VALUE_BYTES));
    }
    if value.contains('\0') {
        let detail = "The value has a NUL, which no environment can hold.";
        return Err(Refusal::new(422, "invalid-secret", detail).fact("name", name));
    }
    Ok(sealer.seal(&value, &[PURPOSE, app, name.as_str()], nonce))
}

/// The value of what was sealed for that app and name; `None` for anything else.
pub fn opened(sealed: &str, app: &str, name: &str, sealer: &Sealer) -> Option<String> {
    sealer.open(sealed, &[PURPOSE, app, name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_app_and_name_only() {
        let sealer = Sealer::new("a secret of the installation").unwrap();
        let key = name("API_KEY").unwrap();
        let seal = |body: &str| sealed(body.as_bytes(), "app_1", &key, &sealer, [1; 12]);
        let kept = seal(r#"{"value":"hunter2"}"#).unwrap();
        assert!(!kept.contains("hunter2"));
        assert_eq!(
            opened(&kept, "app_1", "API_KEY", &sealer).unwrap(),
            "hunter2"
        );
        assert_eq!(opened(&kept, "app_2", "API_KEY", &sealer), None);
        assert_eq!(opened(&kept, "app_1", "API_KEY2", &sealer), None);
        let long = format!(r#"{{"value":"{}"}}"#, "x".repeat(VALUE_BYTES + 1));
        for (body, status, code) in [
            ("{", 400, "invalid-json"),
            ("{}", 422, "invalid-body"),
            (r#"{"value":1}"#, 422, "invalid-body"),
            (r#"{"value":"","more":1}"#, 422, "invalid-body"),
            (r#"{"value":"\u0000"}"#, 422, "invalid-secret"),
            (&long, 413, "secret-too-large"),
        ] {
            let refusal = seal(body).unwrap_err();
            assert_eq!((refusal.status, &*refusal.code), (status, code), "{body}");
        }
        for bad in ["", "1A", "A-B", "A.B", "\u{c4}", "__proto__ "] {
            assert_eq!(name(bad).unwrap_err().code, "invalid-secret");
        }
    }
}
