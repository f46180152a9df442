//! A clock that moves only when it is told to.
//!
//! Invariant: a sleeper is woken exactly when the clock reaches its instant, wherever it was set before.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::value::Timestamp;

/// The hand of a simulated environment's clock. Clones share the same clock.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    next_sleeper: u64,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
    /// Those who wait for nothing but the clock to be set back.
    watchers: BTreeMap<u64, Waker>,
    /// How often it was set back.
    set_back: u64,
    /// How many documents were created.
    created: u32,
}

impl VirtualClock {
    pub(super) fn starting_at(now: Timestamp) -> Self {
        let (sleepers, watchers) = (BTreeMap::new(), BTreeMap::new());
        let state = State { now, next_sleeper: 0, sleepers, watchers, set_back: 0, created: 0 };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// The instant at which the clock stands.
    pub fn now(&self) -> Timestamp {
        self.state.lock().now
    }

    /// Moves the clock forward and wakes whoever waited for an instant up to the new one.
    pub fn advance(&self, by: Duration) {
        let state = self.state.lock();
        let to = state.now + by;
        Self::put(state, to);
    }

    /// Sets the clock, forward or back, as the clock of a machine may be set.
    pub fn set(&self, to: Timestamp) {
        Self::put(self.state.lock(), to);
    }

    /// A number for a document, greater than those before: what tells the order of documents while the clock stands.
    pub(crate) fn next_number(&self) -> u32 {
        let mut state = self.state.lock();
        state.created = state.created.wrapping_add(1);
        state.created
    }

    fn put(mut state: MutexGuard<'_, State>, to: Timestamp) {
        if to < state.now {
            state.set_back += 1;
            // Everybody looks: some sleep no longer.
            let everybody =
                state.sleepers.values().chain(state.watchers.values()).cloned().collect::<Vec<_>>();
            state.now = to;
            drop(state);
            everybody.into_iter().for_each(Waker::wake);
            return;
        }
        state.now = to;
        let later = state.sleepers.split_off(&(to, u64::MAX));
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// The earliest instant that somebody sleeps for, if anybody does.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.state.lock().sleepers.first_key_value().map(|((instant, _), _)| *instant)
    }

    pub(super) async fn sleep_until(&self, instant: Timestamp) {
        let mut sleeper = Sleeper { clock: self, key: None };
        poll_fn(|context| sleeper.poll(instant, context.waker())).await;
    }

    pub(super) async fn sleep_until_or_set_back(&self, instant: Timestamp) {
        let set_back = self.state.lock().set_back;
        let mut sleeper = Sleeper { clock: self, key: None };
        poll_fn(|context| {
            if self.state.lock().set_back != set_back {
                return Poll::Ready(());
            }
            sleeper.poll(instant, context.waker())
        })
        .await;
    }

    pub(super) async fn set_back(&self) {
        let mut watcher = Watcher { clock: self, number: None };
        let before = self.state.lock().set_back;
        poll_fn(|context| watcher.poll(before, context.waker())).await;
    }
}

/// One who waits for the clock to be set back; takes itself off the list.
struct Watcher<'a> {
    clock: &'a VirtualClock,
    number: Option<u64>,
}

impl Watcher<'_> {
    fn poll(&mut self, before: u64, waker: &Waker) -> Poll<()> {
        let mut state = self.clock.state.lock();
        if state.set_back != before {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert(state.next_sleeper);
        state.next_sleeper += 1;
        let former = state.watchers.insert(number, waker.clone());
        drop(state);
        drop(former);
        Poll::Pending
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.clock.state.lock().watchers.remove(&number);
            // As a sleeper's.
            drop(waker);
        }
    }
}

/// One wait; takes itself off the list when it is dropped early.
struct Sleeper<'a> {
    clock: &'a VirtualClock,
    key: Option<(Timestamp, u64)>,
}

impl Sleeper<'_> {
    fn poll(&mut self, instant: Timestamp, waker: &Waker) -> Poll<()> {
        let mut state = self.clock.state.lock();
        if state.now >= instant {
            return Poll::Ready(());
        }
        let number = state.next_sleeper;
        let key = *self.key.get_or_insert((instant, number));
        state.next_sleeper += 1;
        let former = state.sleepers.insert(key, waker.clone());
        drop(state);
        drop(former);
        Poll::Pending
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.clock.state.lock().sleepers.remove(&key);
            // Dropped after the lock: it may be the last handle of a task, which may drop anything.
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_their_instant_is_reached_and_not_before() {
        let clock = VirtualClock::starting_at(Timestamp::UNIX_EPOCH);
        let instant = Timestamp::UNIX_EPOCH + Duration::from_mins(1);
        let mut sleep = Box::pin(clock.sleep_until(instant));
        assert!(futures_poll(&mut sleep).await.is_pending());
        assert_eq!(clock.next_wake(), Some(instant));
        clock.advance(Duration::from_secs(59));
        assert!(futures_poll(&mut sleep).await.is_pending());
        clock.advance(Duration::from_secs(1));
        assert!(futures_poll(&mut sleep).await.is_ready());
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_lets_sleepers_wait_for_their_instant() {
        let clock = VirtualClock::starting_at(Timestamp::from_secs(100));
        let mut sleep = Box::pin(clock.sleep_until(Timestamp::from_secs(110)));
        assert!(futures_poll(&mut sleep).await.is_pending());
        clock.set(Timestamp::from_secs(50));
        clock.advance(Duration::from_secs(59));
        assert!(futures_poll(&mut sleep).await.is_pending());
        clock.set(Timestamp::from_secs(500));
        assert!(futures_poll(&mut sleep).await.is_ready());
    }

    #[tokio::test]
    async fn a_dropped_sleeper_leaves_no_trace() {
        let clock = VirtualClock::starting_at(Timestamp::UNIX_EPOCH);
        let mut sleep = Box::pin(clock.sleep_until(Timestamp::from_millis(10)));
        assert!(futures_poll(&mut sleep).await.is_pending());
        drop(sleep);
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn who_waits_for_the_clock_to_be_set_back_waits_for_nothing_else() {
        let clock = VirtualClock::starting_at(Timestamp::from_secs(100));
        let mut wait = Box::pin(clock.set_back());
        assert!(futures_poll(&mut wait).await.is_pending());
        assert_eq!(clock.next_wake(), None);
        clock.set(Timestamp::MAX);
        assert!(futures_poll(&mut wait).await.is_pending());
        clock.set(Timestamp::from_secs(100));
        assert!(futures_poll(&mut wait).await.is_ready());
        let mut wait = Box::pin(clock.set_back());
        assert!(futures_poll(&mut wait).await.is_pending(), "that was before");
        drop(wait);
        assert!(clock.state.lock().watchers.is_empty());
    }

    async fn futures_poll<F: Future<Output = ()> + Unpin>(future: &mut F) -> Poll<()> {
        poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *future).poll(context))).await
    }
}
