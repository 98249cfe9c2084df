//! The factory's tree → text and source map.

use crate::source::Source;
use swc_core::common::{
    BytePos, FileName, LineCol, SourceMap, source_map::SourceMapGenConfig, sync::Lrc,
};
use swc_core::ecma::ast::{Decl, EsVersion, Expr, Stmt};
use swc_core::ecma::codegen::{
    Config, Emitter, Node,
    text_writer::{JsWriter, WriteJs, omit_trailing_semi},
};

/// Code, and its map where one is wanted.
pub(crate) struct Printed {
    pub(crate) code: String,
    pub(crate) map: String,
}

/// Prints an expression. `compact` text has no layout; maps are for people who read the other kind.
pub(crate) fn print(
    source: &Source<'_>,
    map: &Lrc<SourceMap>,
    factory: &Expr,
    compact: bool,
    mapped: bool,
) -> Result<Printed, String> {
    let mut bytes = Vec::new();
    let mut positions: Vec<(BytePos, LineCol)> = Vec::new();
    {
        let mut writer = JsWriter::new(
            map.clone(),
            "\n",
            &mut bytes,
            mapped.then_some(&mut positions),
        );
        writer.set_indent_str("  ");
        let writer: Box<dyn WriteJs> = match compact {
            true => Box::new(omit_trailing_semi(writer)),
            false => Box::new(writer),
        };
        let mut emitter = Emitter {
            cfg: Config::default().with_minify(compact),
            cm: map.clone(),
            comments: None,
            wr: writer,
        };
        factory
            .emit_with(&mut emitter)
            .map_err(|error| error.to_string())?;
    }
    let code = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let map = match mapped {
        true => encode(map, &positions, source)?,
        false => String::new(),
    };
    Ok(Printed { code, map })
}

/// Prints a statement as production has it: minified, with the semicolon that it needs before another one.
///
/// With `mapped`, it comes with the places that its bytes come from.
pub(crate) fn print_statement(
    map: &Lrc<SourceMap>,
    statement: &Stmt,
    mapped: bool,
) -> Result<(String, Places), String> {
    let mut bytes = Vec::new();
    let mut positions: Vec<(BytePos, LineCol)> = Vec::new();
    {
        let positions = mapped.then_some(&mut positions);
        let writer = JsWriter::new(map.clone(), "\n", &mut bytes, positions);
        let mut emitter = Emitter {
            cfg: Config::default()
                .with_minify(true)
                .with_target(EsVersion::Es2022),
            cm: map.clone(),
            comments: None,
            wr: omit_trailing_semi(writer),
        };
        statement
            .emit_with(&mut emitter)
            .map_err(|error| error.to_string())?;
    }
    let mut code = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    if is_open(statement) && !code.ends_with(';') {
        code.push(';');
    }
    let places = places(map, &code, &positions);
    Ok((code, places))
}

/// A byte of the code; the line and the column that it comes from, from 0.
pub(crate) type Places = Vec<(u32, u32, u32)>;

fn places(map: &SourceMap, code: &str, positions: &[(BytePos, LineCol)]) -> Places {
    let lines: Vec<usize> = std::iter::once(0)
        .chain(code.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let mut places = Places::new();
    for (position, at) in positions {
        if position.is_dummy() || position.is_reserved_for_comments() {
            continue;
        }
        let Some(line) = lines.get(at.line as usize) else {
            continue;
        };
        // Columns are counted as source maps count them.
        let mut units = 0;
        let inside = code[*line..].char_indices().find(|(_, each)| {
            let found = units >= at.col;
            units += each.len_utf16() as u32;
            found
        });
        let byte = line + inside.map_or(0, |(byte, _)| byte);
        let origin = map.lookup_char_pos(*position);
        let place = (byte as u32, origin.line as u32 - 1, origin.col.0 as u32);
        match places.last_mut() {
            Some(last) if last.0 == place.0 => *last = place,
            Some(last) if last.0 > place.0 => {}
            _ => places.push(place),
        }
    }
    places
}

/// Whether a statement ends where the next one says so.
fn is_open(statement: &Stmt) -> bool {
    match statement {
        Stmt::Block(_) | Stmt::Switch(_) | Stmt::Try(_) => false,
        Stmt::Decl(Decl::Fn(_) | Decl::Class(_)) => false,
        Stmt::If(branch) => is_open(branch.alt.as_deref().unwrap_or(&branch.cons)),
        Stmt::For(each) => is_open(&each.body),
        Stmt::ForIn(each) => is_open(&each.body),
        Stmt::ForOf(each) => is_open(&each.body),
        Stmt::While(each) => is_open(&each.body),
        Stmt::With(with) => is_open(&with.body),
        Stmt::Labeled(labelled) => is_open(&labelled.body),
        _ => true,
    }
}

fn encode(
    map: &SourceMap,
    positions: &[(BytePos, LineCol)],
    source: &Source<'_>,
) -> Result<String, String> {
    let names = Names {
        name: source.name(),
    };
    let mut bytes = Vec::new();
    map.build_source_map(positions, None, names)
        .to_writer(&mut bytes)
        .map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

struct Names {
    name: String,
}

impl SourceMapGenConfig for Names {
    fn file_name_to_source(&self, _: &FileName) -> String {
        self.name.clone()
    }

    fn inline_sources_content(&self, _: &FileName) -> bool {
        true
    }

    fn skip(&self, file: &FileName) -> bool {
        // Texts that swc parsed for itself, such as pragmas.
        !matches!(file, FileName::Real(_))
    }
}
