//! Tokens that a Rails app mints with `ActiveSupport::MessageVerifier`: who may look at a private preview, and until when.

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;

/// What a token has to be for.
pub const PURPOSE: &str = "overskill-preview";
/// Longer ones are not read.
const LONGEST: usize = 4_096;
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// What is around a message that expires.
#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "_rails")]
    inner: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    /// Up to Rails 7.0: the message's JSON, encoded once more.
    message: Option<String>,
    /// From Rails 7.1 on: the message.
    data: Option<Value>,
    exp: Option<String>,
    pur: Option<String>,
}

/// Until when `token` opens the preview of `app`, in milliseconds since 1970; `None` if it does not do so at `now`.
pub fn opens(key: &str, token: &str, app: &str, now: u64) -> Option<u64> {
    if key.is_empty() || token.len() > LONGEST {
        return None;
    }
    // Text of the URL-safe alphabet may have dashes of its own.
    let (text, digest) = token.rsplit_once("--")?;
    if !authentic(key.as_bytes(), text.as_bytes(), &bytes_of_hex(digest)?) {
        return None;
    }
    let wrapped: Wrapped = serde_json::from_slice(&decoded(text)?).ok()?;
    let Metadata {
        message,
        data,
        exp,
        pur,
    } = wrapped.inner;
    let payload = match (data, message) {
        (Some(data), _) => data,
        (None, Some(message)) => serde_json::from_slice(&decoded(&message)?).ok()?,
        (None, None) => return None,
    };
    let until = milliseconds(&exp?)?;
    let fits = pur.as_deref() == Some(PURPOSE) && payload.get("app")? == app && now < until;
    fits.then_some(until)
}

/// Whether the digest is the text's, in a time that says nothing of where it isn't.
fn authentic(key: &[u8], text: &[u8], digest: &[u8]) -> bool {
    match digest.len() {
        32 => {
            let mut mac = keyed::<Hmac<Sha256>>(key);
            mac.update(text);
            mac.verify_slice(digest).is_ok()
        }
        20 => {
            let mut mac = keyed::<Hmac<Sha1>>(key);
            mac.update(text);
            mac.verify_slice(digest).is_ok()
        }
        _ => false,
    }
}

fn keyed<M: Mac + hmac::digest::KeyInit>(key: &[u8]) -> M {
    <M as Mac>::new_from_slice(key).expect("a key of HMAC has any length")
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let alphabet = match text.contains(['-', '_']) {
        true => URL_SAFE,
        false => STANDARD,
    };
    GeneralPurpose::new(&alphabet, LENIENT).decode(text).ok()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?))
        .collect()
}

/// Reads ISO 8601 as Rails writes it: `2026-11-26T01:02:03.456Z`, or with an offset in hours and minutes.
fn milliseconds(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let whole = |text: &str, digits: usize| -> Option<i64> {
        let plain = text.len() == digits && text.bytes().all(|at| at.is_ascii_digit());
        text.parse().ok().filter(|_| plain)
    };
    let mut date = date.split('-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let (year, month, day) = (whole(year, 4)?, whole(month, 2)?, whole(day, 2)?);
    let (time, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => return None,
    };
    let offset = match offset {
        "Z" => 0,
        _ => {
            let (hours, minutes) = offset[1..].split_once(':')?;
            let minutes = whole(hours, 2)? * 60 + whole(minutes, 2)?;
            if offset.starts_with('-') {
                -minutes
            } else {
                minutes
            }
        }
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.split(':');
    let (hour, minute, second) = (time.next()?, time.next()?, time.next()?);
    let (hour, minute, second) = (whole(hour, 2)?, whole(minute, 2)?, whole(second, 2)?);
    let in_range = date.next().is_none()
        && time.next().is_none()
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range || fraction.is_empty() || !fraction.bytes().all(|at| at.is_ascii_digit()) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset;
    u64::try_from((minutes * 60 + second) * 1000 + fraction).ok()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that a leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose;
    use serde_json::json;

    const KEY: &str = "a key for tests";
    const NOW: u64 = 1_795_651_200_000;
    const LATER: &str = "2026-11-26T01:00:00.500Z";

    fn digest(key: &str, text: &str) -> Vec<u8> {
        let mut mac = keyed::<Hmac<Sha256>>(key.as_bytes());
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn signed(text: &str) -> String {
        format!("{text}--{}", hex(&digest(KEY, text)))
    }

    fn token(value: Value) -> String {
        signed(&general_purpose::STANDARD.encode(value.to_string()))
    }

    fn wrapped(data: Value, exp: &str, pur: &str) -> Value {
        json!({"_rails": {"data": data, "exp": exp, "pur": pur}})
    }

    #[test]
    fn both_envelopes_of_rails_open_until_they_expire() {
        let until = milliseconds(LATER).unwrap();
        let new = token(wrapped(json!({"app": "shop"}), LATER, PURPOSE));
        let message = general_purpose::STANDARD.encode(r#"{"app":"shop"}"#);
        let old = token(json!({"_rails": {"message": message, "exp": LATER, "pur": PURPOSE}}));
        for token in [new, old] {
            assert_eq!(opens(KEY, &token, "shop", until - 1), Some(until));
            assert_eq!(opens(KEY, &token, "shop", until), None);
            assert_eq!(opens(KEY, &token, "other", NOW), None);
            assert_eq!(opens("another key", &token, "shop", NOW), None);
            assert_eq!(opens("", &token, "shop", NOW), None);
        }
    }

    #[test]
    fn the_url_safe_alphabet_and_sha1_are_read() {
        let value = wrapped(json!({"app": "shop", "x": "???>>>~~~"}), LATER, PURPOSE).to_string();
        let text = general_purpose::URL_SAFE_NO_PAD.encode(value);
        assert!(text.contains(['-', '_']));
        assert!(opens(KEY, &signed(&text), "shop", 0).is_some());
        let mut mac = keyed::<Hmac<Sha1>>(KEY.as_bytes());
        mac.update(text.as_bytes());
        let sha1 = format!("{text}--{}", hex(&mac.finalize().into_bytes()));
        assert!(opens(KEY, &sha1, "shop", 0).is_some());
    }

    #[test]
    fn anything_else_opens_nothing() {
        let app = || json!({"app": "shop"});
        let good = token(wrapped(app(), LATER, PURPOSE));
        let (text, digest) = good.rsplit_once("--").unwrap();
        let cut = &digest[..62];
        for bad in [
            token(wrapped(app(), LATER, "login")),
            token(json!({"_rails": {"data": app(), "pur": PURPOSE}})),
            token(json!({"_rails": {"data": app(), "exp": LATER}})),
            token(json!({"_rails": {"data": app(), "exp": null, "pur": PURPOSE}})),
            token(json!({"_rails": {"exp": LATER, "pur": PURPOSE}})),
            token(app()),
            token(wrapped(json!("shop"), LATER, PURPOSE)),
            token(wrapped(json!({"app": ["shop"]}), LATER, PURPOSE)),
            format!("{text}--{cut}"),
            format!("{text}--{cut}zz"),
            format!("{text}--"),
            format!("{text}{digest}"),
            format!("x{good}"),
            signed("not base64!"),
            "--".to_owned(),
            String::new(),
            format!("{}{good}", "A".repeat(LONGEST)),
        ] {
            assert_eq!(opens(KEY, &bad, "shop", 0), None, "{bad}");
        }
    }

    #[test]
    fn times_are_read_as_rails_writes_them() {
        for (text, read) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00.25Z", Some(951_825_600_250)),
            ("2026-11-26T01:00:00.000+01:00", Some(1_795_651_200_000)),
            ("2026-11-25T23:30:00-00:30", Some(1_795_651_200_000)),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-26 00:00:00Z", None),
            ("2026-11-26T00:00:00", None),
            ("2026-11-26T00:00:00.Z", None),
            ("2026-11-26T00:00:00.xZ", None),
            ("2026-11-26T00:00Z", None),
            ("2026-11-26T+1:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("", None),
        ] {
            assert_eq!(milliseconds(text), read, "{text}");
        }
    }
}
