//! Whole numbers as JSON has them: `3.0` is one, though Rust's integers don't read it.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Number;

/// The largest whole number up to which a float names every one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number of at least 0, or nothing.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let whole = |float: f64| (0.0..=EXACT).contains(&float) && float.fract() == 0.0;
    let float = || {
        number
            .as_f64()
            .filter(|float| whole(*float))
            .map(|float| float as u64)
    };
    match number.as_u64().or_else(float) {
        Some(whole) => Ok(Some(whole)),
        None => Err(D::Error::custom(format_args!(
            "{number} is no whole number of at least 0"
        ))),
    }
}
