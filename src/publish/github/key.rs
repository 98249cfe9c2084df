//! The App's private key, as GitHub gives it and as the platform wants it.

use base64::{Engine, engine::general_purpose::STANDARD};

/// `rsaEncryption` with no parameters, as PKCS#8 names the kind of a key.
const RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// The bytes of a key in PEM, in PKCS#8. GitHub's are in PKCS#1 and are wrapped. Line ends may be written as `\n`.
pub fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let pem = pem.replace("\\n", "\n");
    let lines = pem.lines().map(str::trim);
    let body: String = lines.filter(|line| !line.starts_with("-----")).collect();
    let key = STANDARD.decode(body).ok()?;
    // Both are a sequence that begins with a version; what follows is an integer in one and a sequence in the other.
    let inside = contents(&key)?;
    match inside.get(..4)? {
        [0x02, 0x01, 0x00, 0x30] => Some(key),
        [0x02, 0x01, 0x00, 0x02] => {
            let mut wrapped = vec![0x02, 0x01, 0x00];
            wrapped.extend_from_slice(&RSA);
            wrapped.extend_from_slice(&tagged(0x04, &key));
            Some(tagged(0x30, &wrapped))
        }
        _ => None,
    }
}

/// What is in a sequence.
fn contents(der: &[u8]) -> Option<&[u8]> {
    let (tag, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let skip = if *length < 0x80 {
        0
    } else {
        usize::from(*length & 0x7f)
    };
    (*tag == 0x30).then(|| rest.get(skip..))?
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut all = vec![tag];
    let length = body.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(7)..];
    if body.len() >= 0x80 {
        all.push(0x80 | length.len() as u8);
    }
    all.extend_from_slice(length);
    all.extend_from_slice(body);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_told() {
        for text in [
            "",
            "no",
            "-----BEGIN X-----\nAAAA\n-----END X-----",
            "MAA=",
            "MIIB",
        ] {
            assert_eq!(pkcs8(text), None, "{text}");
        }
    }

    #[test]
    fn the_older_form_is_wrapped_and_the_newer_one_stays() {
        let older = tagged(
            0x30,
            &[&[0x02, 0x01, 0x00, 0x02, 0x82, 0x01, 0x01][..], &[7; 300]].concat(),
        );
        let pem = format!(
            "-----BEGIN-----\\n{}\\n-----END-----\\n",
            STANDARD.encode(&older)
        );
        let wrapped = pkcs8(&pem).unwrap();
        assert_eq!(wrapped[..4], [0x30, 0x82, 0x01, 0x4d]);
        assert!(wrapped.ends_with(&older));
        let pem = format!(
            "-----BEGIN-----\n{}\n-----END-----",
            STANDARD.encode(&wrapped)
        );
        assert_eq!(pkcs8(&pem), Some(wrapped));
    }
}
