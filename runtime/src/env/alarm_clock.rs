//! Sleeping to about a tenth of a millisecond.
//!
//! Tokio's timers count milliseconds, and round up both the instant and the wait for it: who sleeps by them is up to two
//! late. So the last stretch of a sleep is left to a thread that waits for nothing else, and by the system's own timer. It
//! starts with the first sleep and ends with the clock.
//!
//! Invariant: wakes nobody early, and whoever stops sleeping leaves nothing behind.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// Tokio wakes no later than this after it was to.
const LATE: Duration = Duration::from_millis(3);

/// Wakes those who sleep. Dropping it ends its thread.
#[derive(Default)]
pub(super) struct AlarmClock {
    /// Without a thread, which the system may refuse, Tokio's timers have to do.
    thread: OnceLock<Option<Arc<Shared>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    sleepers: BTreeMap<Key, Waker>,
    count: u64,
    /// When the thread looks again by itself, if it does.
    next_look: Option<Instant>,
    ends: bool,
}

/// When a sleeper is to be woken, and which one it is.
type Key = (Instant, u64);

impl AlarmClock {
    pub(super) async fn sleep(&self, duration: Duration) {
        let until = Instant::now().checked_add(duration);
        let (Some(until), Some(shared)) = (until, self.shared()) else {
            return tokio::time::sleep(duration).await;
        };
        if let Some(most) = duration.checked_sub(LATE) {
            tokio::time::sleep(most).await;
        }
        Sleep { shared, until, key: None }.await;
    }

    fn shared(&self) -> Option<&Shared> {
        self.thread.get_or_init(start).as_deref()
    }
}

impl Drop for AlarmClock {
    fn drop(&mut self) {
        if let Some(Some(shared)) = self.thread.get() {
            shared.state.lock().ends = true;
            shared.changed.notify_one();
        }
    }
}

fn start() -> Option<Arc<Shared>> {
    let shared = Arc::new(Shared::default());
    let of_the_thread = Arc::clone(&shared);
    let thread = thread::Builder::new().name("mainspring-alarm".into());
    match thread.spawn(move || of_the_thread.wake_sleepers()) {
        Ok(_) => Some(shared),
        Err(error) => {
            tracing::warn!(%error, "no thread for timers could be started: what is scheduled starts up to two milliseconds late");
            None
        }
    }
}

impl Shared {
    fn wake_sleepers(&self) {
        let mut state = self.state.lock();
        while !state.ends {
            let due = state.take_due(Instant::now());
            if !due.is_empty() {
                MutexGuard::unlocked(&mut state, || due.into_iter().for_each(Waker::wake));
                continue;
            }
            state.next_look = state.sleepers.first_key_value().map(|((until, _), _)| *until);
            if let Some(until) = state.next_look {
                self.changed.wait_until(&mut state, until);
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    /// Has `waker` woken at an instant.
    fn add(&self, until: Instant, waker: Waker) -> Key {
        let mut state = self.state.lock();
        state.count += 1;
        let key = (until, state.count);
        state.sleepers.insert(key, waker);
        let is_in_time = state.next_look.is_some_and(|next| next <= until);
        drop(state);
        if !is_in_time {
            self.changed.notify_one();
        }
        key
    }
}

impl State {
    /// Those whose time has come.
    fn take_due(&mut self, now: Instant) -> Vec<Waker> {
        let mut due = Vec::new();
        while let Some(first) = self.sleepers.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        due
    }
}

struct Sleep<'a> {
    shared: &'a Shared,
    until: Instant,
    key: Option<Key>,
}

impl Sleep<'_> {
    fn leave(&mut self) {
        if let Some(key) = self.key.take() {
            self.shared.state.lock().sleepers.remove(&key);
        }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.leave();
        if Instant::now() >= self.until {
            return Poll::Ready(());
        }
        self.key = Some(self.shared.add(self.until, context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn wakes_after(clock: &AlarmClock, millis: u64) -> u64 {
        let (duration, start) = (Duration::from_millis(millis), Instant::now());
        clock.sleep(duration).await;
        assert!(start.elapsed() >= duration, "it was woken early");
        millis
    }

    #[tokio::test]
    async fn sleepers_are_woken_in_the_order_of_their_times_and_none_early() {
        let clock = Arc::new(AlarmClock::default());
        let mut sleepers = tokio::task::JoinSet::new();
        for millis in [60, 2, 30, 0] {
            let clock = Arc::clone(&clock);
            sleepers.spawn(async move { wakes_after(&clock, millis).await });
        }
        assert_eq!(sleepers.join_all().await, [0, 2, 30, 60]);
        assert!(clock.shared().expect("a thread").state.lock().sleepers.is_empty());
    }

    #[tokio::test]
    async fn whoever_stops_sleeping_leaves_nothing_behind() {
        let clock = AlarmClock::default();
        let shared = clock.shared().expect("a thread");
        let mut sleep =
            Box::pin(Sleep { shared, until: Instant::now() + Duration::from_hours(1), key: None });
        for _ in 0..3 {
            assert!(
                std::future::poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context))).await.is_pending()
            );
            assert_eq!(shared.state.lock().sleepers.len(), 1);
        }
        drop(sleep);
        assert!(shared.state.lock().sleepers.is_empty());
        wakes_after(&clock, 1).await;
    }

    #[test]
    fn the_thread_ends_with_the_clock() {
        let clock = AlarmClock::default();
        let shared = Arc::clone(clock.thread.get_or_init(start).as_ref().expect("a thread"));
        drop(clock);
        while Arc::strong_count(&shared) > 1 {
            thread::yield_now();
        }
    }
}
