//! What comes in over several sockets, in the order in which it came, within bounds.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};
use worker::{
    WebSocket,
    js_sys::Function,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::{self, Event, EventTarget, MessageEvent},
};

/// What came.
pub(super) enum News {
    Text(String),
    /// A message that isn't text.
    Binary,
    /// The socket is closed, or is being closed.
    Gone,
    /// More waits than may.
    TooMuch,
}

/// Where it waits until it is read; `S` names the sockets.
pub(super) struct Inbox<S>(Rc<RefCell<Waiting<S>>>);

struct Waiting<S> {
    news: VecDeque<(S, News)>,
    waker: Option<Waker>,
}

/// Hears a socket until it is dropped.
pub(super) struct Ear {
    target: EventTarget,
    closures: [(&'static str, Heard); 3],
}

type Heard = Closure<dyn FnMut(Event)>;

impl<S: Copy + PartialEq + 'static> Inbox<S> {
    pub fn new() -> Self {
        Self(Rc::new(RefCell::new(Waiting {
            news: VecDeque::new(),
            waker: None,
        })))
    }

    /// What came first and wasn't read yet.
    pub async fn next(&self) -> (S, News) {
        poll_fn(|context| {
            let mut waiting = self.0.borrow_mut();
            match waiting.news.pop_front() {
                Some(news) => Poll::Ready(news),
                None => {
                    waiting.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Hears a socket, of whose messages no more than `most` may wait.
    pub fn listen(&self, socket: &WebSocket, name: S, most: usize) -> Ear {
        let socket: &web_sys::WebSocket = socket.as_ref();
        let target: &EventTarget = socket.as_ref();
        let on = |kind: &'static str, read: fn(Event) -> News| {
            let inbox = Self(self.0.clone());
            let heard = move |event: Event| inbox.push(name, read(event), most);
            let closure = Heard::new(heard);
            let callback = closure.as_ref().unchecked_ref();
            // It throws for no name of an event.
            let _ = target.add_event_listener_with_callback(kind, callback);
            (kind, closure)
        };
        Ear {
            closures: [
                on("message", message),
                on("close", |_| News::Gone),
                on("error", |_| News::Gone),
            ],
            target: target.clone(),
        }
    }

    fn push(&self, name: S, news: News, most: usize) {
        let waker = {
            let mut waiting = self.0.borrow_mut();
            let of_socket = waiting.news.iter().filter(|(of, _)| *of == name).count();
            if of_socket > most {
                return;
            }
            let news = if of_socket == most {
                News::TooMuch
            } else {
                news
            };
            waiting.news.push_back((name, news));
            waiting.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

fn message(event: Event) -> News {
    let data: JsValue = event.unchecked_into::<MessageEvent>().data();
    data.as_string().map_or(News::Binary, News::Text)
}

impl Drop for Ear {
    fn drop(&mut self) {
        for (kind, closure) in &self.closures {
            let callback = closure.as_ref().unchecked_ref::<Function>();
            let _ = self
                .target
                .remove_event_listener_with_callback(kind, callback);
        }
    }
}
