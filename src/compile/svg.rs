//! An SVG as a React component, as SVGR makes one: its markup becomes JSX, and that is compiled like any other.
//!
//! Input: `<svg width="8"><g stroke-width="2"/></svg>`.
//! Output, before it is compiled: `const SvgLogo = (props) => <svg width={8} {...props}><g strokeWidth={2}/></svg>`.

mod markup;
mod names;

use crate::{
    language::{Dialect, Kind},
    script,
    source::Source,
};
use markup::{Element, Node};
use overskill_diagnostics::Diagnostic;
use overskill_module::{CompileOptions, CompiledModule, Jsx, Spread, Svgr};
use std::fmt::Write;

pub(crate) fn compile(source: &Source<'_>, options: &CompileOptions) -> CompiledModule {
    let root = match markup::read(source.text) {
        Ok(root) => root,
        Err(problem) => {
            let error = Diagnostic::error("svg-unreadable", problem.message);
            return CompiledModule::failed(vec![source.at_offsets(error, problem.span)]);
        }
    };
    let component = component(&name_of(source.path.name()), &root, &options.svgr);
    let dialect = Dialect {
        typescript: false,
        jsx: true,
        kind: Kind::Module,
    };
    let options = CompileOptions {
        jsx: Jsx::default(),
        ..options.clone()
    };
    let mut module = script::compile(&Source::new(source.path, &component), dialect, &options);
    // The positions are those of a text that no one wrote.
    module.map.clear();
    if let Some(first) = module.diagnostics.first() {
        let error = Diagnostic::error(
            "svg-unreadable",
            format!("No component can be made of it: {}", first.message),
        );
        return CompiledModule::failed(vec![error.in_file(source.path)]);
    }
    module
}

/// `Svg` and the file's name in Pascal case.
fn name_of(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let kept = |each: &char| each.is_ascii_alphanumeric() || matches!(each, ' ' | '_' | '-');
    let stem: String = stem.chars().filter(kept).collect();
    let words = stem.split([' ', '_', '-']);
    let mut name = String::from("Svg");
    for word in words {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name
}

fn component(name: &str, root: &Element, svgr: &Svgr) -> String {
    let mut out = String::from("import * as React from \"react\";\n");
    let mut taken = String::new();
    for (wanted, tag) in [(svgr.title_prop, "title"), (svgr.desc_prop, "desc")] {
        if wanted {
            let _ = write!(taken, "{tag}, {tag}Id, ");
        }
    }
    let props = match (taken.as_str(), svgr.expand_props) {
        ("", Spread::None) => String::new(),
        ("", _) => "props".to_owned(),
        (taken, Spread::None) => format!("{{{taken}}}"),
        (taken, _) => format!("{{{taken}...props}}"),
    };
    let parameters = match (svgr.forward_ref, props.as_str()) {
        (false, props) => props.to_owned(),
        (true, "") => "_, ref".to_owned(),
        (true, props) => format!("{props}, ref"),
    };
    let _ = write!(out, "const {name} = ({parameters}) => ");
    Writer {
        out: &mut out,
        svgr,
    }
    .element(root);
    out.push_str(";\n");
    let mut exported = name.to_owned();
    if svgr.forward_ref {
        let _ = writeln!(out, "const ForwardRef = React.forwardRef({exported});");
        exported = "ForwardRef".to_owned();
    }
    if svgr.memo {
        let _ = writeln!(out, "const Memo = React.memo({exported});");
        exported = "Memo".to_owned();
    }
    let _ = match &svgr.named_export {
        Some(name) => writeln!(out, "export {{ {exported} as {name} }};"),
        None => writeln!(out, "export default {exported};"),
    };
    out
}

struct Writer<'a> {
    out: &'a mut String,
    svgr: &'a Svgr,
}

impl Writer<'_> {
    /// Loops, not recursion: how deep it may be is for the compiler to say.
    fn element(&mut self, root: &Element) {
        enum Step<'a> {
            Node(&'a Node),
            Open(&'a Element),
            Text(String),
        }
        let mut steps = vec![Step::Open(root)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Text(text) => self.out.push_str(&text),
                Step::Node(Node::Text(text)) => {
                    let text = serde_json::to_string(text).expect("a string always serialises");
                    let _ = write!(self.out, "{{{text}}}");
                }
                Step::Node(Node::Element(element)) => steps.push(Step::Open(element)),
                Step::Open(element) => {
                    let name = names::element(&element.name);
                    let _ = write!(self.out, "<{name}");
                    self.attributes(element);
                    let titles = match name {
                        "svg" => self.titles(element),
                        _ => Titles::default(),
                    };
                    if element.children.is_empty() && titles.added.is_empty() {
                        self.out.push_str("/>");
                        continue;
                    }
                    self.out.push('>');
                    self.out.push_str(&titles.added);
                    steps.push(Step::Text(format!("</{name}>")));
                    for (at, child) in element.children.iter().enumerate().rev() {
                        match titles.replaced.iter().find(|(place, ..)| *place == at) {
                            Some((_, before, after)) => {
                                steps.push(Step::Text(after.clone()));
                                if !before.is_empty() {
                                    steps.push(Step::Node(child));
                                    steps.push(Step::Text(before.clone()));
                                }
                            }
                            None => steps.push(Step::Node(child)),
                        }
                    }
                }
            }
        }
    }

    fn attributes(&mut self, element: &Element) {
        let svgr = self.svgr;
        let outer = element.name == "svg";
        let mut sized = (false, false);
        if outer && svgr.expand_props == Spread::Start {
            self.out.push_str(" {...props}");
        }
        for (name, value) in &element.attributes {
            let dropped =
                name == "version" || (!svgr.dimensions && (name == "width" || name == "height"));
            if outer && (dropped || svgr.svg_props.iter().any(|(known, _)| known == name)) {
                continue;
            }
            if outer
                && svgr.dimensions
                && (name == "width" || name == "height")
                && let Some(size) = &svgr.icon
            {
                match name.as_str() {
                    "width" => sized.0 = true,
                    _ => sized.1 = true,
                }
                self.attribute(name, size);
                continue;
            }
            self.attribute(name, value);
        }
        if !outer {
            return;
        }
        if let Some(size) = svgr.icon.as_ref().filter(|_| svgr.dimensions) {
            for (name, there) in [("width", sized.0), ("height", sized.1)] {
                if !there {
                    self.attribute(name, size);
                }
            }
        }
        for (name, value) in &svgr.svg_props {
            match value
                .strip_prefix('{')
                .and_then(|value| value.strip_suffix('}'))
            {
                Some(expression) => drop(write!(self.out, " {name}={{{expression}}}")),
                None => drop(write!(self.out, " {name}={{{}}}", json(value))),
            }
        }
        for (wanted, text) in [
            (svgr.forward_ref, " ref={ref}"),
            (svgr.title_prop, " aria-labelledby={titleId}"),
            (svgr.desc_prop, " aria-describedby={descId}"),
            (svgr.expand_props == Spread::End, " {...props}"),
        ] {
            if wanted {
                self.out.push_str(text);
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let jsx = names::attribute(name);
        let values = &mut self.svgr.replace_attr_values.iter();
        let replaced = values
            .find(|(from, _)| from == value)
            .map(|(_, to)| to.as_str());
        if let Some(expression) = replaced
            .and_then(|value| value.strip_prefix('{'))
            .and_then(|value| value.strip_suffix('}'))
        {
            let _ = write!(self.out, " {jsx}={{{expression}}}");
            return;
        }
        let value = replaced.unwrap_or(value);
        let _ = match (name, number(value)) {
            ("style", _) => write!(self.out, " {jsx}={{{}}}", style(value)),
            (_, Some(number)) => write!(self.out, " {jsx}={{{number}}}"),
            (_, None) => write!(self.out, " {jsx}={{{}}}", json(&one_line(value))),
        };
    }

    fn titles(&self, element: &Element) -> Titles {
        let mut titles = Titles::default();
        for (wanted, tag) in [
            (self.svgr.title_prop, "title"),
            (self.svgr.desc_prop, "desc"),
        ] {
            if !wanted {
                continue;
            }
            let made = format!("{tag} ? <{tag} id={{{tag}Id}}>{{{tag}}}</{tag}> : null");
            let is_one =
                |node: &Node| matches!(node, Node::Element(element) if element.name == tag);
            match element.children.iter().position(is_one) {
                Some(at) => {
                    let filled = matches!(&element.children[at], Node::Element(element) if !element.children.is_empty());
                    titles.replaced.push(match filled {
                        true => (
                            at,
                            format!("{{{tag} === undefined ? "),
                            format!(" : {made}}}"),
                        ),
                        false => (at, String::new(), format!("{{{made}}}")),
                    });
                }
                // The last one that is put in is the first.
                None => titles.added.insert_str(0, &format!("{{{made}}}")),
            }
        }
        titles
    }
}

/// Titles that the component's user may give.
#[derive(Default)]
struct Titles {
    /// Put before all children.
    added: String,
    /// Which child stands between what.
    replaced: Vec<(usize, String, String)>,
}

/// Each run of line breaks and tabs as one space. Entities stay as they are written: SVGR reads none in attributes.
fn one_line(value: &str) -> String {
    let breaks = ['\t', '\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut out = String::new();
    let mut blank = false;
    for character in value.chars() {
        if breaks.contains(&character) {
            if !blank {
                out.push(' ');
            }
            blank = true;
            continue;
        }
        blank = false;
        out.push(character);
    }
    out
}

/// A number as JavaScript reads it, where the whole text is one.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    if !plain || text.is_empty() {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A `style` attribute as an object.
fn style(text: &str) -> String {
    let mut entries = Vec::new();
    for entry in text.split(';') {
        let Some((key, value)) = entry
            .trim()
            .split_once(':')
            .filter(|(key, _)| !key.is_empty())
        else {
            continue;
        };
        let key = match key.starts_with("--") {
            true => key.to_owned(),
            false => {
                let key = key.to_ascii_lowercase();
                match key.strip_prefix("-ms-") {
                    Some(rest) => camel(&format!("ms-{rest}")),
                    None => camel(&key),
                }
            }
        };
        let value = value.trim();
        let pixels = value
            .strip_suffix("px")
            .filter(|value| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()));
        let value = match number(pixels.unwrap_or(value)) {
            Some(number) => number.to_string(),
            None => json(value),
        };
        entries.push(format!("{}: {value}", json(&key)));
    }
    format!("{{{}}}", entries.join(", "))
}

fn camel(key: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for character in key.chars() {
        match character {
            '-' if !upper => upper = true,
            _ if upper => {
                out.extend(character.to_uppercase());
                upper = false;
            }
            _ => out.push(character),
        }
    }
    out
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serialises")
}
