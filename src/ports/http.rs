//! A server in memory that counts what it is asked and can be told to fail.

use crate::{Ask, Fault, Fetched, Http};
use overskill_model::ContentHash;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

/// Answers by URL; whatever else is asked for is a 404.
#[derive(Default)]
pub struct MemoryHttp {
    answers: RefCell<BTreeMap<String, Fetched>>,
    asked: RefCell<Vec<String>>,
    tokens: RefCell<BTreeMap<String, String>>,
    failures: Cell<usize>,
}

impl MemoryHttp {
    /// Answers `url` with a status and a body from now on.
    pub fn answer(&self, url: &str, status: u16, body: impl Into<Vec<u8>>) {
        let body = body.into();
        let tag = Some(format!("\"{}\"", ContentHash::of(&body)));
        let answer = Fetched { status, body, tag };
        self.answers.borrow_mut().insert(url.to_owned(), answer);
    }

    /// Answers `url` only to who shows `token` from now on.
    pub fn protect(&self, url: &str, token: &str) {
        let token = token.to_owned();
        self.tokens.borrow_mut().insert(url.to_owned(), token);
    }

    /// Makes the next `count` calls answer 500.
    pub fn fail_next(&self, count: usize) {
        self.failures.set(count);
    }

    /// The URLs that were asked for since this was last called, in order.
    pub fn take_asked(&self) -> Vec<String> {
        self.asked.take()
    }
}

impl Http for MemoryHttp {
    async fn get(&self, ask: Ask<'_>) -> Result<Fetched, Fault> {
        let url = ask.url;
        self.asked.borrow_mut().push(url.to_owned());
        let status = |status| Fetched {
            status,
            ..Fetched::default()
        };
        if let Some(left) = self.failures.get().checked_sub(1) {
            self.failures.set(left);
            return Ok(status(500));
        }
        let wanted = self.tokens.borrow().get(url).cloned();
        if wanted.is_some_and(|wanted| ask.token != Some(&*wanted)) {
            return Ok(status(401));
        }
        let answers = self.answers.borrow();
        match answers.get(url) {
            Some(answer) if answer.body.len() > ask.limit => {
                Err(Fault(format!("{url} is longer than {} bytes", ask.limit)))
            }
            Some(answer) if ask.known.is_some() && ask.known == answer.tag.as_deref() => {
                Ok(status(304))
            }
            Some(answer) => Ok(answer.clone()),
            None => Ok(status(404)),
        }
    }
}
