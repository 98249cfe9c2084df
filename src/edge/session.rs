//! `AppSession`: the app's single writer. A batch is in SQLite before it is acknowledged.

#![allow(missing_docs, reason = "what the macro generates has none")]

mod command;
mod schema;
mod sql;
mod tree;

use overskill_protocol::{Command, Outcome, Refusal, decode, encode};
use std::cell::RefCell;
use tree::Tree;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

pub(crate) use command::ask;

/// One app's object.
#[durable_object]
pub struct AppSession {
    state: State,
    tree: RefCell<Option<Tree>>,
}

impl DurableObject for AppSession {
    fn new(state: State, _: Env) -> Self {
        Self {
            state,
            tree: RefCell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = request.bytes().await?;
        let (outcome, contents) = match decode::<Command>(&message) {
            Ok((command, contents)) => self.answer(command, contents),
            Err(_) => (
                Outcome::Fault {
                    cause: "the command cannot be read".to_owned(),
                },
                Vec::new(),
            ),
        };
        Response::from_bytes(encode(&outcome, &contents))
    }
}

impl AppSession {
    /// Nothing in here awaits, so commands never interleave.
    fn answer(&self, command: Command, contents: Vec<Vec<u8>>) -> (Outcome, Vec<Vec<u8>>) {
        let mut slot = self.tree.borrow_mut();
        let outcome =
            Tree::loaded(&mut slot, &self.state).and_then(|tree| tree.obey(command, contents));
        match outcome {
            Ok(answer) => answer,
            Err(tree::Stop::Refused(refusal)) => (Outcome::Refused(refusal), Vec::new()),
            Err(tree::Stop::Fault(cause)) => {
                // What memory holds may differ from what is stored: read it again next time.
                *slot = None;
                (Outcome::Fault { cause }, Vec::new())
            }
        }
    }
}

/// What is answered for an app that was deleted.
fn gone() -> Refusal {
    Refusal::new(404, "app-not-found", "There is no such app.")
}
