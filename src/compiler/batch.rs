//! A batch's bytes → its reply's bytes.

use overskill_model::ModulePath;
use overskill_module::{CompileBatch, CompileOptions, CompileReply, CompileSource, CompiledModule};

/// Compiles every source of a batch; the error says what is wrong with the batch.
pub(crate) fn answer(body: &[u8]) -> Result<Vec<u8>, String> {
    let batch: CompileBatch = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let modules: Result<Vec<CompiledModule>, String> = batch
        .sources
        .iter()
        .map(|source| {
            let CompileSource { path, options, .. } = source;
            let options = batch
                .options
                .get(*options)
                .ok_or_else(|| format!("`{path}` names options that are not there"))?;
            Ok(compile(path, &source.text, options))
        })
        .collect();
    let reply = CompileReply {
        modules: modules?,
        memory_bytes: memory_bytes(),
    };
    serde_json::to_vec(&reply).map_err(|error| error.to_string())
}

fn compile(path: &ModulePath, text: &str, options: &CompileOptions) -> CompiledModule {
    match path.extension().as_str() {
        "css" | "pcss" | "postcss" | "scss" | "sass" | "less" | "styl" | "stylus" => {
            overskill_styles::compile(path, text, options)
        }
        _ => overskill_compile::compile(path, text, options),
    }
}

/// What the instance holds. It never shrinks, so the edge can tell when a fresh one is due.
fn memory_bytes() -> u64 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size(0) as u64 * 65_536;
    #[cfg(not(target_arch = "wasm32"))]
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_answered_in_its_order() {
        let body = br#"{"options":[{}],"sources":[
            {"path":"b.ts","text":"export const b: number = 1","options":0},
            {"path":"a.json","text":"{\"x\":1}","options":0}]}"#;
        let reply: CompileReply = serde_json::from_slice(&answer(body).unwrap()).unwrap();
        let exports = |at: usize| reply.modules[at].facts.exports.last().unwrap().name.clone();
        assert_eq!((exports(0), exports(1)), ("b".to_owned(), "x".to_owned()));
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        for body in [
            "",
            "{}",
            r#"{"options":[],"sources":[{"path":"a.ts","text":"","options":0}]}"#,
            r#"{"options":[{}],"sources":[{"path":"../a.ts","text":"","options":0}]}"#,
        ] {
            assert!(answer(body.as_bytes()).is_err(), "{body}");
        }
    }
}
