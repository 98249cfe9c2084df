//! What the work that is going on uses: counted where it is used, added to whoever's work it is.

use overskill_flows::usage::{Meter, Tally};
use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// What one piece of work used so far.
pub type Shared = Rc<RefCell<Tally>>;

thread_local! {
    /// Whose work is being polled right now.
    static CURRENT: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// Counts for the work that is going on; what nobody's work uses is not counted.
pub fn count(meter: Meter, amount: f64) {
    CURRENT.with_borrow(|current| {
        if let Some(tally) = current {
            tally.borrow_mut().add(meter, amount);
        }
    });
}

/// Takes in what was counted elsewhere for the work that is going on.
pub fn take_in(other: &Tally) {
    CURRENT.with_borrow(|current| {
        if let Some(tally) = current {
            tally.borrow_mut().merge(other);
        }
    });
}

/// `work`, which counts on `tally` whenever it runs, however it takes turns with other work.
pub fn metered<F: Future>(tally: Shared, work: F) -> Work<F> {
    Work {
        tally: Some(tally),
        work: Box::pin(work),
    }
}

/// Work with its tally.
pub struct Work<F> {
    tally: Option<Shared>,
    work: Pin<Box<F>>,
}

impl<F: Future> Future for Work<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let outer = CURRENT.replace(self.tally.take());
        let polled = self.work.as_mut().poll(context);
        self.tally = CURRENT.replace(outer);
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join;

    /// Ready the second time it is looked at.
    async fn turn() {
        let mut waited = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            match std::mem::replace(&mut waited, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    #[test]
    fn work_that_takes_turns_is_counted_apart() {
        let work = |times: u32| async move {
            for _ in 0..times {
                count(Meter::Requests, 1.0);
                turn().await;
            }
        };
        let tallies: [Shared; 3] = Default::default();
        let [one, two, inner] = tallies.clone();
        let nested = async move {
            metered(inner, work(5)).await;
            work(1).await;
        };
        let all = join(metered(one, work(3)), metered(two, nested));
        count(Meter::Requests, 100.0);
        let mut all = std::pin::pin!(all);
        let mut context = Context::from_waker(std::task::Waker::noop());
        while all.as_mut().poll(&mut context).is_pending() {}
        let counted = tallies.map(|tally| tally.borrow().get(Meter::Requests));
        assert_eq!(counted, [Some(3.0), Some(1.0), Some(5.0)]);
    }
}
