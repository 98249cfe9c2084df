//! What an app's owner sets for its builds: read from a caller, within bounds.

use crate::intake::from_json;
use overskill_protocol::{Refusal, SetVariables, VariableName};
use std::collections::BTreeMap;

/// How many variables an app may have.
const COUNT: usize = 256;
/// Longest value, in bytes.
const VALUE_BYTES: usize = 16 << 10;

/// The variables in a body, name to value.
///
/// # Errors
/// When it is no such body, or one of them is no variable.
pub fn from_body(body: &[u8]) -> Result<BTreeMap<VariableName, String>, Refusal> {
    let SetVariables { variables } = from_json(body)?;
    if variables.len() > COUNT {
        let detail = format!(
            "There are {} variables; an app may have {COUNT}.",
            variables.len()
        );
        return Err(Refusal::new(413, "too-many-variables", detail).fact("limit", COUNT));
    }
    variables.into_iter().map(checked).collect()
}

fn checked((name, value): (String, String)) -> Result<(VariableName, String), Refusal> {
    let shown: String = name.chars().take(VariableName::BYTES).collect();
    let Some(name) = VariableName::parse(&name) else {
        let detail = format!(
            "{shown:?} is no name of a variable: those have letters, digits and underscores, no digit first, and {} characters at most.",
            VariableName::BYTES
        );
        return Err(Refusal::new(422, "invalid-variable", detail).fact("name", shown));
    };
    if value.len() > VALUE_BYTES {
        let detail = format!(
            "The value of `{shown}` has {} bytes; it may have {VALUE_BYTES}.",
            value.len()
        );
        return Err(Refusal::new(413, "variable-too-large", detail)
            .fact("name", shown)
            .fact("limit", VALUE_BYTES));
    }
    if value.contains('\0') {
        let detail = format!("The value of `{shown}` has a NUL, which no environment can hold.");
        return Err(Refusal::new(422, "invalid-variable", detail).fact("name", shown));
    }
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_taken_or_refused_with_a_code() {
        let good = br#"{"variables":{"VITE_A":"1","_b":"","__proto__":"2"}}"#;
        assert_eq!(from_body(good).unwrap().len(), 3);
        assert_eq!(from_body(br#"{"variables":{}}"#).unwrap().len(), 0);
        let many: Vec<String> = (0..=COUNT).map(|n| format!(r#""A{n}":"""#)).collect();
        for (members, status, code) in [
            (r#""1A":"""#.to_owned(), 422, "invalid-variable"),
            (r#""":"""#.to_owned(), 422, "invalid-variable"),
            (r#""A-B":"""#.to_owned(), 422, "invalid-variable"),
            (r#""A=B":"""#.to_owned(), 422, "invalid-variable"),
            (r#""\u00c4":"""#.to_owned(), 422, "invalid-variable"),
            (
                format!(r#""{}":"""#, "A".repeat(129)),
                422,
                "invalid-variable",
            ),
            (r#""A":"\u0000""#.to_owned(), 422, "invalid-variable"),
            (
                format!(r#""A":"{}""#, "x".repeat(VALUE_BYTES + 1)),
                413,
                "variable-too-large",
            ),
            (many.join(","), 413, "too-many-variables"),
            (r#""A":1"#.to_owned(), 422, "invalid-body"),
            (r#""A":"1","A":"2""#.to_owned(), 422, "invalid-body"),
        ] {
            let body = format!(r#"{{"variables":{{{members}}}}}"#);
            let refusal = from_body(body.as_bytes()).unwrap_err();
            assert_eq!((refusal.status, &*refusal.code), (status, code), "{body}");
        }
    }
}
