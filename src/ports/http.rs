//! A server in memory that counts what it is asked and can be told to fail.

use crate::{Fault, Fetched, Http};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

/// Answers by URL; whatever else is asked for is a 404.
#[derive(Default)]
pub struct MemoryHttp {
    answers: RefCell<BTreeMap<String, Fetched>>,
    asked: RefCell<Vec<String>>,
    failures: Cell<usize>,
}

impl MemoryHttp {
    /// Answers `url` with a status and a body from now on.
    pub fn answer(&self, url: &str, status: u16, body: impl Into<Vec<u8>>) {
        let body = body.into();
        self.answers
            .borrow_mut()
            .insert(url.to_owned(), Fetched { status, body });
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
    async fn get(&self, url: &str, _accept: &str, limit: usize) -> Result<Fetched, Fault> {
        self.asked.borrow_mut().push(url.to_owned());
        if let Some(left) = self.failures.get().checked_sub(1) {
            self.failures.set(left);
            return Ok(Fetched {
                status: 500,
                body: Vec::new(),
            });
        }
        let answers = self.answers.borrow();
        match answers.get(url) {
            Some(answer) if answer.body.len() > limit => {
                Err(Fault(format!("{url} is longer than {limit} bytes")))
            }
            Some(answer) => Ok(answer.clone()),
            None => Ok(Fetched {
                status: 404,
                body: Vec::new(),
            }),
        }
    }
}
