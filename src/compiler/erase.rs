//! A configuration's TypeScript → its text without types, for the JavaScript half.

use overskill_compile::erase_types;
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Question {
    path: ModulePath,
    text: String,
}

#[derive(Serialize)]
struct Answer {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Box<Diagnostic>>,
}

/// Answers `{path, text}` with `{text}`, and the `problem` of a text that can't be read.
pub(crate) fn answer(body: &[u8]) -> Result<Vec<u8>, String> {
    let question: Question = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let answer = match erase_types(&question.path, &question.text) {
        Ok(text) => Answer {
            text,
            problem: None,
        },
        Err(problem) => Answer {
            text: String::new(),
            problem: Some(problem),
        },
    };
    serde_json::to_vec(&answer).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_or_its_problem_is_given() {
        let ask = |text: &str| {
            let body = serde_json::json!({"path": "a.config.ts", "text": text}).to_string();
            String::from_utf8(answer(body.as_bytes()).unwrap()).unwrap()
        };
        assert_eq!(ask("let a: A"), r#"{"text":"let a   "}"#);
        assert!(ask("const =").contains(r#""line":1"#));
        assert!(answer(b"{}").is_err());
    }
}
