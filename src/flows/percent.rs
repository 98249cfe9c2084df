//! Percent-encoding, as paths have it in URLs.

/// A URL's path as text; `None` when its percent-encoding is not that of UTF-8.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || (rest.next()? as char).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utf8_is_decoded() {
        assert_eq!(percent_decoded("/a%20b/%C3%BC"), Some("/a b/ü".to_owned()));
        for wrong in ["%", "%2", "%zz", "%ff", "%+1"] {
            assert_eq!(percent_decoded(wrong), None, "{wrong}");
        }
    }
}
