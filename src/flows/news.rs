//! News of work that goes on whether or not anyone listens. Only some wait to be heard, so a listener that is slow costs
//! next to nothing, and one that is gone is not missed.

use futures_util::Stream;
use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
};

/// How many pieces of news wait to be heard.
const WAITING: usize = 64;

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News<P, A> {
    /// How far the work is.
    Progress(P),
    /// What came of it; nothing follows.
    End(A),
}

struct State<P, A> {
    progress: VecDeque<P>,
    end: Option<A>,
    waker: Option<Waker>,
}

/// The side that works.
pub struct Teller<P, A>(Weak<RefCell<State<P, A>>>);

/// The side that listens: a stream of [`News`] that ends after the end, or when the teller is gone without one.
pub struct Listener<P, A> {
    state: Rc<RefCell<State<P, A>>>,
    over: bool,
}

/// Both sides.
pub fn news<P, A>() -> (Teller<P, A>, Listener<P, A>) {
    let state = Rc::new(RefCell::new(State {
        progress: VecDeque::new(),
        end: None,
        waker: None,
    }));
    let teller = Teller(Rc::downgrade(&state));
    (teller, Listener { state, over: false })
}

impl<P, A> Teller<P, A> {
    /// Tells how far it is; in place of what was told before, when much of that was not heard yet.
    pub fn tell(&self, progress: P) {
        self.change(|state| {
            if state.progress.len() == WAITING {
                state.progress.pop_back();
            }
            state.progress.push_back(progress);
        });
    }

    /// Tells what came of it.
    pub fn end(self, answer: A) {
        self.change(|state| state.end = Some(answer));
    }

    fn change(&self, change: impl FnOnce(&mut State<P, A>)) {
        let Some(state) = self.0.upgrade() else {
            return;
        };
        let waker = {
            let mut state = state.borrow_mut();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<P, A> Drop for Teller<P, A> {
    fn drop(&mut self) {
        self.change(|_| {});
    }
}

impl<P, A> Stream for Listener<P, A> {
    type Item = News<P, A>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let listener = self.get_mut();
        if listener.over {
            return Poll::Ready(None);
        }
        let alone = Rc::weak_count(&listener.state) == 0;
        let mut state = listener.state.borrow_mut();
        if let Some(progress) = state.progress.pop_front() {
            return Poll::Ready(Some(News::Progress(progress)));
        }
        if let Some(answer) = state.end.take() {
            listener.over = true;
            return Poll::Ready(Some(News::End(answer)));
        }
        if alone {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt};

    #[test]
    fn a_slow_listener_hears_the_first_the_newest_and_the_end() {
        let (teller, mut listener) = news();
        assert_eq!(listener.next().now_or_never(), None);
        for n in 0..1000 {
            teller.tell(n);
        }
        teller.end("done");
        let mut heard = Vec::new();
        while let Some(news) = listener.next().now_or_never().expect("the end is there") {
            heard.push(news);
        }
        assert_eq!(heard.len(), WAITING + 1);
        assert_eq!(heard[0], News::Progress(0));
        assert_eq!(heard[WAITING - 1], News::Progress(999));
        assert_eq!(heard[WAITING], News::End("done"));
    }

    #[test]
    fn whoever_is_gone_is_not_waited_for() {
        let (teller, listener) = news::<u8, u8>();
        drop(listener);
        teller.tell(1);
        teller.end(2);
        let (teller, mut listener) = news::<u8, u8>();
        drop(teller);
        assert_eq!(listener.next().now_or_never(), Some(None));
    }
}
