//! The page with the bundle in place of its scripts.

use crate::{Page, placeholders::substitute, scan::Value};
use std::ops::Range;

/// What to put where.
pub struct RenderPlan<'a> {
    /// Markup for the start of the head, or for where a browser would open it.
    pub head: &'a str,
    /// Markup for the end of the head; where no tag ends it, it stands before `scripts`.
    pub head_end: &'a str,
    /// Markup in place of the first script that is taken; when none is, before `</body>` or at the end.
    pub scripts: &'a str,
    /// Which of [`Page::scripts`] are taken out, by index.
    pub takes: &'a dyn Fn(usize) -> bool,
    /// The new URL of one of [`Page::references`], by index; `None` leaves it as written.
    pub url: &'a dyn Fn(usize) -> Option<String>,
    /// What `%NAME%` stands for, in all that is kept; `None` leaves it as written.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// A stretch of the source and what stands there instead.
struct Edit {
    range: Range<usize>,
    text: String,
}

impl Page {
    /// The page as the plan has it. All else is as in the source, byte for byte.
    pub fn render(&self, plan: &RenderPlan<'_>) -> String {
        let mut edits = vec![Edit {
            range: self.head..self.head,
            text: plan.head.to_owned(),
        }];
        edits.extend(self.dropped.iter().map(|range| Edit {
            range: range.clone(),
            text: String::new(),
        }));
        self.replace_scripts(plan, &mut edits);
        self.replace_urls(plan, &mut edits);
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));

        let mut out = String::with_capacity(self.source.len() + 1024);
        let mut at = 0;
        for edit in edits {
            if edit.range.start < at {
                continue;
            }
            out.push_str(&substitute(&self.source[at..edit.range.start], plan.env));
            out.push_str(&edit.text);
            at = edit.range.end;
        }
        out.push_str(&substitute(&self.source[at..], plan.env));
        out
    }

    fn replace_scripts(&self, plan: &RenderPlan<'_>, edits: &mut Vec<Edit>) {
        let whole = format!("{}{}", plan.head_end, plan.scripts);
        let mut scripts = Some(match self.head_end {
            Some(at) => {
                edits.push(Edit {
                    range: at..at,
                    text: plan.head_end.to_owned(),
                });
                plan.scripts
            }
            None => whole.as_str(),
        });
        let taken = (0..self.scripts.len()).filter(|at| (plan.takes)(*at));
        edits.extend(taken.map(|at| Edit {
            range: self.scripts[at].element.clone(),
            text: scripts.take().unwrap_or("").to_owned(),
        }));
        if let Some(scripts) = scripts {
            edits.push(Edit {
                range: self.end..self.end,
                text: scripts.to_owned(),
            });
        }
    }

    fn replace_urls(&self, plan: &RenderPlan<'_>, edits: &mut Vec<Edit>) {
        let mut at = 0;
        for (index, value) in self.values.iter().enumerate() {
            let mut text = String::new();
            let mut copied = 0;
            while let Some(reference) = self.references.get(at)
                && reference.place.value == index
            {
                if let Some(url) = (plan.url)(at) {
                    text.push_str(&substitute(
                        &value.text[copied..reference.place.range.start],
                        plan.env,
                    ));
                    text.push_str(&url);
                    copied = reference.place.range.end;
                }
                at += 1;
            }
            if copied > 0 {
                text.push_str(&substitute(&value.text[copied..], plan.env));
                edits.push(Edit {
                    range: value.span.clone(),
                    text: self.quoted(value, &text),
                });
            }
        }
    }

    /// `text` as the attribute's quotes need it, with quotes where it has none.
    fn quoted(&self, value: &Value, text: &str) -> String {
        if value.raw {
            return text.to_owned();
        }
        let text = text.replace('&', "&amp;");
        match self.source.as_bytes()[..value.span.start].last() {
            Some(b'"') => text.replace('"', "&quot;"),
            Some(b'\'') => text.replace('\'', "&#39;"),
            _ => format!("\"{}\"", text.replace('"', "&quot;")),
        }
    }
}
