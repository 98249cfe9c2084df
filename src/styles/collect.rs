//! What a sheet refers to: its dependencies, with marks in their place.

use crate::{bounds::rule_end, class_names::is_exported, source::Source};
use lightningcss::{
    properties::{
        Property,
        animation::AnimationName,
        css_modules::{Composes, Specifier},
        custom::TokenList,
    },
    rules::{CssRule, CssRuleList, Location, import::ImportRule, unknown::UnknownAtRule},
    stylesheet::StyleSheet,
    values::{ident::CustomIdent, string::CSSString, url::Url},
    visit_types,
    visitor::{Visit, VisitTypes, Visitor},
};
use overskill_diagnostics::Span;
use overskill_model::may_name_file;
use overskill_module::{CompileOptions, Dependency, DependencyKind, ImportedName};
use std::{collections::HashMap, convert::Infallible};

const RULE_MARK: &str = "__overskill_rule_";
/// What a mark in the place of a URL starts with.
pub(crate) const URL_MARK: &str = "__overskill_url_";
/// How many rules a sheet may have for them to be merged.
const MERGED: usize = 20_000;

/// An at-rule that browsers don't know.
pub(crate) struct Unknown<'a> {
    pub name: String,
    pub at: usize,
    text: Option<&'a str>,
}

pub(crate) struct Collector<'a> {
    source: &'a Source<'a>,
    /// Whether it is a sheet of a package, whose imports with conditions are addresses.
    package: bool,
    /// Whether rules that say the same may become one.
    merges: bool,
    pub dependencies: Vec<Dependency>,
    known: HashMap<(DependencyKind, String), usize>,
    pub unknown: Vec<Unknown<'a>>,
}

impl<'a> Collector<'a> {
    pub fn new(source: &'a Source<'a>, options: &CompileOptions) -> Self {
        Self {
            source,
            package: options.package,
            merges: options.production && source.text.matches('{').count() <= MERGED,
            dependencies: Vec::new(),
            known: HashMap::new(),
            unknown: Vec::new(),
        }
    }

    /// Takes the plain imports out of `sheet` and marks its URLs and unknown rules.
    pub fn collect(&mut self, sheet: &mut StyleSheet<'_>) {
        self.imports(&mut sheet.rules);
        let Ok(()) = sheet.visit(self);
    }

    /// Puts the unknown rules back as they were written.
    pub fn restore(&self, css: &str) -> String {
        let mut out = String::with_capacity(css.len());
        let mut rest = css;
        let mark = format!("@{RULE_MARK}");
        while let Some(at) = rest.find(&mark) {
            out.push_str(&rest[..at]);
            let tail = &rest[at + mark.len()..];
            if let Some(after) = tail.strip_prefix(';') {
                out.truncate(out.trim_end().len());
                rest = after;
                continue;
            }
            let found = tail.split_once(';').and_then(|(number, after)| {
                let rule = self.unknown.get(number.parse::<usize>().ok()?)?;
                Some((rule.text?, after))
            });
            match found {
                Some((text, after)) => {
                    out.push_str(text);
                    rest = after;
                }
                None => {
                    out.push_str(&mark);
                    rest = tail;
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// The index of a dependency, added when it is new.
    fn depend(&mut self, specifier: &str, kind: DependencyKind, span: Span) -> usize {
        let key = (kind, specifier.to_owned());
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        let index = self.dependencies.len();
        self.known.insert(key, index);
        self.dependencies.push(Dependency {
            specifier: specifier.to_owned(),
            kind,
            span,
            names: Vec::new(),
            whole: false,
            optional: false,
        });
        index
    }

    fn place(&self, location: Location) -> usize {
        self.source.offset(location.line, location.column)
    }

    fn imports(&mut self, rules: &mut CssRuleList<'_>) {
        // Behind what stays, an import must keep its place.
        let mut first = true;
        rules.0.retain_mut(|rule| {
            let stays = match rule {
                CssRule::Import(import) => self.import(import, first || self.package),
                CssRule::Ignored => return true,
                _ => true,
            };
            first &= !stays;
            stays
        });
    }

    /// Whether the rule stays.
    fn import(&mut self, import: &mut ImportRule<'_>, first: bool) -> bool {
        let url = import.url.trim().to_owned();
        if !may_name_file(&url) {
            return true;
        }
        let span = self.source.find(self.place(import.loc), &url);
        let plain = import.layer.is_none()
            && import.supports.is_none()
            && import.media.media_queries.is_empty();
        let kind = match !plain && self.package {
            true => DependencyKind::Url,
            false => DependencyKind::StyleImport,
        };
        let known = self.known.contains_key(&(kind, url.clone()));
        let index = self.depend(&url, kind, span);
        // The first of two plain ones counts.
        if !plain || (!first && !known) {
            import.url = mark(index).into();
            return true;
        }
        false
    }

    fn composes(&mut self, composes: &Composes<'_>) {
        let Some(Specifier::File(file)) = &composes.from else {
            return;
        };
        let (line, column) = (composes.loc.line, composes.loc.column);
        let offset = self.source.offset(line.saturating_sub(1), column);
        let span = self.source.find(offset, file);
        let index = self.depend(file, DependencyKind::Static, span);
        for name in &composes.names {
            let name = name.0.to_string();
            let names = &mut self.dependencies[index].names;
            if is_exported(&name) && !names.iter().any(|known| known.name == name) {
                let span = self.source.find(offset, &name);
                names.push(ImportedName { name, span });
            }
        }
    }

    fn unknown(&mut self, rule: &mut UnknownAtRule<'_>) {
        let mut at = self.place(rule.loc);
        at += self.source.text[at..].len() - self.source.text[at..].trim_start().len();
        let rest = &self.source.text[at..];
        let text = rest.starts_with('@').then(|| &rest[..rule_end(rest)]);
        self.unknown.push(Unknown {
            name: rule.name.to_string(),
            at,
            text,
        });
        if text.is_some() {
            rule.name = format!("{RULE_MARK}{}", self.unknown.len() - 1).into();
            rule.prelude = TokenList(Vec::new());
            rule.block = None;
        }
    }
}

impl<'i> Visitor<'i> for Collector<'_> {
    type Error = Infallible;

    fn visit_types(&self) -> VisitTypes {
        // Resolutions, because the URLs in an `image-set` are only reached with them.
        visit_types!(URLS | RULES | PROPERTIES | RESOLUTIONS)
    }

    fn visit_rule(&mut self, rule: &mut CssRule<'i>) -> Result<(), Infallible> {
        match rule {
            CssRule::Unknown(unknown) => {
                self.unknown(unknown);
                Ok(())
            }
            _ => rule.visit_children(self),
        }
    }

    fn visit_rule_list(&mut self, rules: &mut CssRuleList<'i>) -> Result<(), Infallible> {
        rules.visit_children(self)?;
        if !self.merges {
            keep_apart(rules);
        }
        Ok(())
    }

    fn visit_property(&mut self, property: &mut Property<'i>) -> Result<(), Infallible> {
        match property {
            Property::Composes(composes) => self.composes(composes),
            Property::AnimationName(names, _) => names.iter_mut().for_each(as_string),
            Property::Animation(animations, _) => {
                animations
                    .iter_mut()
                    .for_each(|animation| as_string(&mut animation.name));
            }
            _ => {}
        }
        property.visit_children(self)
    }

    fn visit_url(&mut self, url: &mut Url<'i>) -> Result<(), Infallible> {
        let text = url.url.trim().to_owned();
        if may_name_file(&text) {
            let offset = self
                .source
                .offset(url.loc.line.saturating_sub(1), url.loc.column);
            let span = self.source.find(offset, &text);
            let index = self.depend(&text, DependencyKind::Url, span);
            url.url = mark(index).into();
        }
        Ok(())
    }
}

/// Puts a mark between rules that lowering would merge: merging many one by one takes time quadratic in their number,
/// and the author's rules are easier to find when they stay as they are.
fn keep_apart(rules: &mut CssRuleList<'_>) {
    let mut apart: Vec<CssRule<'_>> = Vec::with_capacity(rules.0.len() * 2);
    for rule in rules.0.drain(..) {
        let merges = matches!(
            (apart.last(), &rule),
            (Some(CssRule::Style(_)), CssRule::Style(_))
                | (Some(CssRule::Media(_)), CssRule::Media(_))
                | (Some(CssRule::Supports(_)), CssRule::Supports(_))
                | (Some(CssRule::Container(_)), CssRule::Container(_))
        );
        if merges {
            apart.push(CssRule::Unknown(UnknownAtRule {
                name: RULE_MARK.into(),
                prelude: TokenList(Vec::new()),
                block: None,
                loc: Location {
                    source_index: 0,
                    line: 0,
                    column: 1,
                },
            }));
        }
        apart.push(rule);
    }
    rules.0 = apart;
}

/// Names of animations are made unique as strings are, whatever happens to other identifiers.
fn as_string(name: &mut AnimationName<'_>) {
    if let AnimationName::Ident(CustomIdent(ident)) = name {
        *name = AnimationName::String(CSSString(ident.clone()));
    }
}

fn mark(index: usize) -> String {
    format!("{URL_MARK}{index}__")
}
