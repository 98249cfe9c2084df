//! Methods of lists, texts and `Object` in a configuration.

use super::{Evaluator, evaluate::put, value::Value};
use std::rc::Rc;
use swc_core::common::Span;

impl<'a> Evaluator<'a> {
    pub fn method(
        &self,
        object: &Value<'a>,
        name: &str,
        arguments: Vec<Value<'a>>,
        span: Span,
    ) -> Value<'a> {
        let value = match object {
            Value::Array(_) => self.array_method(object, name, arguments, span),
            Value::String(text) => self.text_method(text, name, &arguments),
            Value::Url(path) if name == "toString" => Some(Value::text(format!("file://{path}"))),
            _ => None,
        };
        value.unwrap_or_else(|| self.unknown(span))
    }

    fn array_method(
        &self,
        array: &Value<'a>,
        name: &str,
        arguments: Vec<Value<'a>>,
        span: Span,
    ) -> Option<Value<'a>> {
        let items = self.items(array)?;
        let first = arguments.first().cloned().unwrap_or(Value::Undefined);
        let call = |item: &Value<'a>, at: usize| {
            self.apply(&first, vec![item.clone(), Value::Number(at as f64)], span)
        };
        Some(match name {
            "filter" => {
                let kept = items.iter().enumerate().filter(|(at, item)| {
                    // What can't be told is kept: it will be named as not understood.
                    call(item, *at).truthy() != Some(false)
                });
                Value::array(kept.map(|(_, item)| item.clone()).collect())
            }
            "map" => {
                let mapped = items.iter().enumerate().map(|(at, item)| call(item, at));
                Value::array(mapped.collect())
            }
            "forEach" => {
                for (at, item) in items.iter().enumerate() {
                    call(item, at);
                }
                Value::Undefined
            }
            "reduce" => {
                let mut rest = items.iter().enumerate();
                let mut sum = match arguments.get(1) {
                    Some(start) => start.clone(),
                    None => rest.next()?.1.clone(),
                };
                for (at, item) in rest {
                    let given = vec![sum, item.clone(), Value::Number(at as f64)];
                    sum = self.apply(&first, given, span);
                }
                sum
            }
            "find" => {
                let mut all = items.iter().enumerate();
                let found = all.find(|(at, item)| call(item, *at).truthy() == Some(true));
                found.map_or(Value::Undefined, |(_, item)| item.clone())
            }
            "some" => Value::Bool(
                (items.iter().enumerate()).any(|(at, item)| call(item, at).truthy() == Some(true)),
            ),
            "includes" => Value::Bool(
                items
                    .iter()
                    .any(|item| item.strictly_equals(&first) == Some(true)),
            ),
            "concat" => {
                let mut all = items;
                for more in &arguments {
                    match self.items(more) {
                        Some(more) => all.extend(more),
                        None => all.push(more.clone()),
                    }
                }
                Value::array(all)
            }
            "flat" | "flatMap" => {
                let mut all = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    let item = match name {
                        "flatMap" => call(item, at),
                        _ => item.clone(),
                    };
                    match self.items(&item) {
                        Some(more) => all.extend(more),
                        None => all.push(item),
                    }
                }
                Value::array(all)
            }
            "push" | "unshift" => {
                let Value::Array(shared) = array else {
                    return None;
                };
                if arguments.iter().any(|item| self.holds(item, array)) {
                    return None;
                }
                let mut shared = shared.borrow_mut();
                match name {
                    "push" => shared.extend(arguments),
                    _ => {
                        shared.splice(0..0, arguments);
                    }
                }
                Value::Number(shared.len() as f64)
            }
            "slice" => {
                let range = range(items.len(), &arguments)?;
                Value::array(items.get(range).unwrap_or_default().to_vec())
            }
            "join" => {
                let separator = match first {
                    Value::Undefined => ",".into(),
                    first => first.to_text()?,
                };
                let texts: Option<Vec<Rc<str>>> = items.iter().map(Value::to_text).collect();
                let text = texts?.join(&*separator);
                self.step(text.len()).then(|| Value::text(text))?
            }
            _ => return None,
        })
    }

    fn text_method(&self, text: &str, name: &str, arguments: &[Value<'a>]) -> Option<Value<'a>> {
        let first = || match arguments.first() {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        Some(match name {
            "trim" => Value::text(text.trim()),
            "toLowerCase" => Value::text(text.to_lowercase()),
            "toUpperCase" => Value::text(text.to_uppercase()),
            "toString" | "valueOf" => Value::text(text),
            "startsWith" => Value::Bool(text.starts_with(&*first()?)),
            "endsWith" => Value::Bool(text.ends_with(&*first()?)),
            "includes" => Value::Bool(text.contains(&*first()?)),
            "split" => {
                let separator = first()?;
                self.step(text.len()).then_some(())?;
                let parts = match separator.is_empty() {
                    true => text.chars().map(|c| Value::text(c.to_string())).collect(),
                    false => text.split(&*separator).map(Value::text).collect(),
                };
                Value::array(parts)
            }
            "concat" => {
                let mut all = text.to_owned();
                for more in arguments {
                    all.push_str(&more.to_text()?);
                }
                self.step(all.len()).then(|| Value::text(all))?
            }
            "replace" | "replaceAll" => {
                let (from, to) = match arguments {
                    [Value::String(from), Value::String(to)] => (from, to),
                    _ => return None,
                };
                let replaced = match name {
                    "replace" => text.replacen(&**from, to, 1),
                    _ => text.replace(&**from, to),
                };
                self.step(replaced.len()).then(|| Value::text(replaced))?
            }
            "slice" | "substring" => {
                // UTF-16 units and bytes are the same for what is plain.
                let range = text
                    .is_ascii()
                    .then(|| range(text.len(), arguments))
                    .flatten()?;
                Value::text(text.get(range).unwrap_or_default())
            }
            _ => return None,
        })
    }

    /// `Object.…` and `Array.…`.
    pub fn collection(&self, name: &str, arguments: Vec<Value<'a>>) -> Option<Value<'a>> {
        let first = arguments.first()?;
        let properties = || match first {
            Value::Object(properties) if self.step(properties.borrow().len()) => {
                Some(properties.borrow().clone())
            }
            _ => None,
        };
        Some(match name {
            "Object.keys" => {
                let keys = properties()?;
                Value::array(
                    keys.into_iter()
                        .map(|(key, _)| Value::String(key))
                        .collect(),
                )
            }
            "Object.values" => {
                Value::array(properties()?.into_iter().map(|(_, value)| value).collect())
            }
            "Object.entries" => {
                let pairs = properties()?.into_iter();
                let pairs = pairs.map(|(key, value)| Value::array(vec![Value::String(key), value]));
                Value::array(pairs.collect())
            }
            "Object.fromEntries" => {
                let mut all = Vec::new();
                for pair in self.items(first)? {
                    match self.items(&pair)?.as_slice() {
                        [key, value, ..] => put(&mut all, key.to_text()?, value.clone()),
                        _ => return None,
                    }
                }
                Value::object(all)
            }
            "Object.assign" => {
                let Value::Object(target) = first else {
                    return None;
                };
                for more in arguments.iter().skip(1) {
                    if let Value::Object(more) = more
                        && !self.holds(&Value::Object(more.clone()), first)
                    {
                        self.step(more.borrow().len()).then_some(())?;
                        for (key, value) in more.borrow().iter() {
                            put(&mut target.borrow_mut(), key.clone(), value.clone());
                        }
                    }
                }
                first.clone()
            }
            "Object.freeze" => first.clone(),
            "Array.isArray" => Value::Bool(matches!(first, Value::Array(_))),
            "Array.from" => Value::array(self.items(first)?),
            _ => return None,
        })
    }
}

/// What `slice(start, end)` takes of `length` items.
fn range<'a>(length: usize, arguments: &[Value<'a>]) -> Option<std::ops::Range<usize>> {
    let place = |argument: Option<&Value<'a>>, absent: usize| match argument {
        None | Some(Value::Undefined) => Some(absent),
        Some(Value::Number(number)) if *number < 0.0 => {
            Some(length.saturating_sub((-number) as usize))
        }
        Some(Value::Number(number)) => Some((*number as usize).min(length)),
        Some(_) => None,
    };
    let start = place(arguments.first(), 0)?;
    let end = place(arguments.get(1), length)?;
    Some(start..end.max(start))
}
