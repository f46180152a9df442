//! What a simulated environment has under way that is not done by tasks of its runtime: on threads, in the network.
//!
//! A test that moves the clock waits for it first, so that an answer that comes at once does not come after a day.
//!
//! Invariant: only tests wait. Whatever happens, they do so for no longer than their patience, and once for each thing.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::sync::Notify;

/// How long, by the machine's clock, a test waits without anything that is outside coming to its end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts what is under way outside.
#[derive(Default)]
pub(super) struct Outside {
    under_way: AtomicUsize,
    /// How much of it nobody waits for any more.
    given_up: AtomicUsize,
    ended: Notify,
}

/// Something that is under way outside, until it is dropped.
pub(crate) struct OutsideWork(Option<Arc<Outside>>);

/// Wakes a thread that blocks until a future is done. From then on it is under way again, not only from when it runs.
struct ThreadWaker {
    outside: Arc<Outside>,
    state: AtomicU8,
    thread: Waker,
}

const POLLED: u8 = 0;
const WAITS: u8 = 1;
const WOKEN: u8 = 2;

impl Outside {
    fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        let left = self.under_way.fetch_sub(1, Ordering::SeqCst) - 1;
        self.given_up.fetch_min(left, Ordering::SeqCst);
        self.ended.notify_waiters();
    }

    fn is_over(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) <= self.given_up.load(Ordering::SeqCst)
    }

    /// Returns when everything has come to its end, or is not going to.
    pub(super) async fn over(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if self.is_over() {
                return;
            }
            if tokio::time::timeout(PATIENCE, ended).await.is_err() {
                self.given_up.store(self.under_way.load(Ordering::SeqCst), Ordering::SeqCst);
            }
        }
    }
}

impl OutsideWork {
    pub(super) fn begin(outside: Option<&Arc<Outside>>) -> Self {
        if let Some(outside) = outside {
            outside.begin();
        }
        Self(outside.cloned())
    }
}

impl Drop for OutsideWork {
    fn drop(&mut self) {
        if let Some(outside) = &self.0 {
            outside.end();
        }
    }
}

impl ThreadWaker {
    fn waits(&self) {
        if self.state.compare_exchange(POLLED, WAITS, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.outside.end();
        }
    }

    fn goes_on(&self) {
        if self.state.swap(WOKEN, Ordering::SeqCst) == WAITS {
            self.outside.begin();
        }
    }
}

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.goes_on();
        self.thread.wake_by_ref();
    }
}

/// What a thread that is under way blocks for: while that waits for something, the thread is not under way.
pub(super) async fn blocking<F: Future>(outside: Option<&Arc<Outside>>, future: F) -> F::Output {
    let Some(outside) = outside else { return future.await };
    let mut future = pin!(future);
    let mut former: Option<Arc<ThreadWaker>> = None;
    poll_fn(|context| {
        if let Some(former) = former.take() {
            former.goes_on();
        }
        let (outside, thread) = (Arc::clone(outside), context.waker().clone());
        let waker = Arc::new(ThreadWaker { outside, state: AtomicU8::new(POLLED), thread });
        let polled = future.as_mut().poll(&mut Context::from_waker(&Arc::clone(&waker).into()));
        if polled.is_pending() {
            waker.waits();
            former = Some(waker);
        }
        polled
    })
    .await
}
