//! What a simulated environment has under way that is not done by tasks of its runtime: on threads, in the network.
//!
//! A test that moves the clock waits for it first, so that an answer that comes at once does not come after a day.
//!
//! Invariant: only tests wait. Whatever happens, they do so for no longer than their patience, and once for each thing.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// How long, by the machine's clock, a test waits without anything that is outside coming to its end.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is under way outside.
#[derive(Default)]
pub(super) struct Outside {
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    /// Counts what has been set under way.
    moment: u64,
    /// By its number, and since when it is under way.
    under_way: HashMap<u64, u64>,
    /// What is under way since before then nobody waits for any more.
    given_up: u64,
}

/// Something that is under way outside, until it is dropped.
pub(crate) struct OutsideWork(Option<Work>);

struct Work {
    outside: Arc<Outside>,
    number: u64,
}

/// Wakes a thread that blocks until a future is done. From then on it is under way again, not only from when it runs.
struct ThreadWaker {
    outside: Arc<Outside>,
    number: u64,
    wait: Mutex<Wait>,
    thread: Waker,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    NotYet,
    Waits,
    Woken,
}

impl State {
    fn begin(&mut self, number: u64) {
        self.moment += 1;
        self.under_way.entry(number).or_insert(self.moment);
    }

    fn is_over(&self) -> bool {
        self.under_way.values().all(|since| *since <= self.given_up)
    }
}

impl Outside {
    fn end(&self, number: u64) {
        self.state.lock().under_way.remove(&number);
        self.ended.notify_waiters();
    }

    /// Has nobody wait any more for what is under way now.
    fn give_up(&self) {
        let mut state = self.state.lock();
        state.given_up = state.moment;
    }

    /// Returns when everything has come to its end, or is not going to.
    pub(super) async fn over(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if self.state.lock().is_over() {
                return;
            }
            if tokio::time::timeout(PATIENCE, ended).await.is_err() {
                self.give_up();
            }
        }
    }
}

impl OutsideWork {
    pub(super) fn begin(outside: Option<&Arc<Outside>>) -> Self {
        let begin = |outside: &Arc<Outside>| {
            let mut state = outside.state.lock();
            let number = state.moment + 1;
            state.begin(number);
            Work { outside: Arc::clone(outside), number }
        };
        Self(outside.map(begin))
    }

    /// What a thread that does this work blocks for: while that waits for something, the work is not under way.
    pub(crate) async fn blocks_for<F: Future>(&self, future: F) -> F::Output {
        let Some(Work { outside, number }) = &self.0 else { return future.await };
        let mut future = pin!(future);
        let mut former: Option<Arc<ThreadWaker>> = None;
        poll_fn(|context| {
            if let Some(former) = former.take() {
                former.goes_on();
            }
            let (outside, thread) = (Arc::clone(outside), context.waker().clone());
            let wait = Mutex::new(Wait::NotYet);
            let waker = Arc::new(ThreadWaker { outside, number: *number, wait, thread });
            let polled = future.as_mut().poll(&mut Context::from_waker(&Arc::clone(&waker).into()));
            if polled.is_pending() {
                waker.waits();
                former = Some(waker);
            }
            polled
        })
        .await
    }
}

impl Drop for OutsideWork {
    fn drop(&mut self) {
        if let Some(Work { outside, number }) = &self.0 {
            outside.end(*number);
        }
    }
}

impl ThreadWaker {
    fn waits(&self) {
        let mut wait = self.wait.lock();
        if *wait == Wait::NotYet {
            *wait = Wait::Waits;
            self.outside.end(self.number);
        }
    }

    fn goes_on(&self) {
        let mut wait = self.wait.lock();
        if *wait == Wait::Waits {
            self.outside.state.lock().begin(self.number);
        }
        *wait = Wait::Woken;
    }
}

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.goes_on();
        self.thread.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    fn is_over(outside: &Outside) -> bool {
        outside.state.lock().is_over()
    }

    #[test]
    fn what_ends_after_it_was_given_up_takes_nobody_elses_wait_away() {
        let outside = Arc::new(Outside::default());
        let begin = || OutsideWork::begin(Some(&outside));
        let stuck = begin();
        assert!(!is_over(&outside));
        outside.give_up();
        assert!(is_over(&outside), "it is waited for once");
        let at_work = begin();
        drop(stuck);
        assert!(!is_over(&outside), "the other one is at work");
        drop(at_work);
        assert!(is_over(&outside));
    }

    #[tokio::test]
    async fn a_thread_is_under_way_but_while_it_waits_and_again_when_it_is_woken() {
        let outside = Arc::new(Outside::default());
        let work = OutsideWork::begin(Some(&outside));
        outside.give_up();
        let told = Notify::new();
        let mut blocks = Box::pin(work.blocks_for(told.notified()));
        let polled = poll_fn(|context| Poll::Ready(blocks.as_mut().poll(context))).await;
        assert!(polled.is_pending() && is_over(&outside), "it waits");
        told.notify_one();
        assert!(!is_over(&outside), "it goes on, though it was given up before");
        blocks.await;
        assert!(!is_over(&outside));
        drop(work);
        assert!(is_over(&outside));
    }
}
