//! The environment: the only place that knows clocks, randomness, spawning, process variables and the machine's memory.
//!
//! An [`Env`] is real (the machine's clock, the operating system's entropy) or virtual (a clock that moves only when a test
//! says so, seeded randomness, services that a test answers for). Everything above asks its `Env`, so the same code path
//! runs under both.
//!
//! Invariant: nothing here knows functions, stores or jobs; nothing elsewhere calls a system clock,
//! draws entropy or spawns a task by itself.

#![expect(clippy::disallowed_methods, reason = "the one place that may call them")]

mod alarm_clock;
mod memory;
mod outside;
mod pause;
mod service;
mod stopwatch;
mod task;
mod virtual_clock;

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::value::Timestamp;

use alarm_clock::AlarmClock;
pub(crate) use memory::available_bytes;
use outside::Outside;
pub(crate) use outside::OutsideWork;
pub use pause::PausePoint;
pub(crate) use pause::Pauses;
use service::Services;
pub use service::{HttpAnswer, HttpCall};
pub(crate) use service::{Outcome, Service};
pub(crate) use stopwatch::Stopwatch;
pub use task::Task;
use task::spawn_blocking;
pub use virtual_clock::VirtualClock;

/// Where time, randomness, tasks and process variables come from. Cheap to clone.
#[derive(Clone)]
pub struct Env {
    source: Arc<Source>,
    /// Variables of this environment's own, which hide those of the process.
    variables: Arc<HashMap<String, String>>,
    pauses: Pauses,
}

enum Source {
    Real(AlarmClock),
    Virtual { clock: VirtualClock, random: Mutex<fastrand::Rng>, outside: Arc<Outside>, services: Services },
}

impl Env {
    /// The machine's own clock, entropy and process variables.
    pub fn real() -> Self {
        Self {
            source: Arc::new(Source::Real(AlarmClock::default())),
            variables: Arc::default(),
            pauses: Pauses::default(),
        }
    }

    /// An environment whose time stands still at `start` until its [`VirtualClock`] is advanced and whose
    /// randomness follows from `seed`.
    pub fn simulated(start: Timestamp, seed: u64) -> (Self, VirtualClock) {
        let clock = VirtualClock::starting_at(start);
        let random = Mutex::new(fastrand::Rng::with_seed(seed));
        let (outside, services) = (Arc::default(), Services::default());
        let source = Arc::new(Source::Virtual { clock: clock.clone(), random, outside, services });
        (Self { source, variables: Arc::default(), pauses: Pauses::default() }, clock)
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match &*self.source {
            Source::Real(_) => {
                let micros = i64::try_from(since_epoch().as_micros()).unwrap_or(i64::MAX);
                Timestamp::from_micros(micros)
            }
            Source::Virtual { clock, .. } => clock.now(),
        }
    }

    /// The present instant in nanoseconds since the Unix epoch, for commit timestamps.
    pub fn now_nanos(&self) -> u64 {
        match &*self.source {
            Source::Real(_) => u64::try_from(since_epoch().as_nanos()).unwrap_or(u64::MAX),
            Source::Virtual { clock, .. } => {
                u64::try_from(clock.now().as_micros()).unwrap_or(0).saturating_mul(1_000)
            }
        }
    }

    /// A stopwatch that runs from now on.
    pub(crate) fn stopwatch(&self) -> Stopwatch {
        match &*self.source {
            Source::Real(_) => Stopwatch::real(),
            Source::Virtual { clock, .. } => Stopwatch::simulated(clock),
        }
    }

    /// A fresh 64-bit seed.
    pub fn seed(&self) -> u64 {
        match &*self.source {
            Source::Real(_) => fastrand::u64(..),
            Source::Virtual { random, .. } => random.lock().u64(..),
        }
    }

    /// Waits until `instant`; returns at once if it has passed.
    pub async fn sleep_until(&self, instant: Timestamp) {
        match &*self.source {
            // A wall clock may be set back or forward while the timer runs, so the wait ends only
            // when the clock itself says so, and is cut into pieces that notice a jump.
            Source::Real(alarm_clock) => {
                while let Some(nap) = nap(self.now(), instant) {
                    take(nap, alarm_clock).await;
                }
            }
            Source::Virtual { clock, .. } => clock.sleep_until(instant).await,
        }
    }

    /// As [`sleep_until`](Self::sleep_until), but returns when the clock is set back, too.
    pub(crate) async fn sleep_until_or_set_back(&self, instant: Timestamp) {
        match &*self.source {
            Source::Real(alarm_clock) => {
                let mut before = self.now();
                while let Some(nap) = nap(before, instant) {
                    take(nap, alarm_clock).await;
                    let now = self.now();
                    if now < before {
                        return;
                    }
                    before = now;
                }
            }
            Source::Virtual { clock, .. } => clock.sleep_until_or_set_back(instant).await,
        }
    }

    /// Waits until the clock is set back.
    pub(crate) async fn set_back(&self) {
        match &*self.source {
            Source::Real(_) => self.sleep_until_or_set_back(Timestamp::MAX).await,
            Source::Virtual { clock, .. } => clock.set_back().await,
        }
    }

    /// Waits for `duration`.
    pub async fn sleep(&self, duration: Duration) {
        match &*self.source {
            // Not by the wall clock, which may be set meanwhile.
            Source::Real(_) => tokio::time::sleep(duration).await,
            Source::Virtual { clock, .. } => {
                let mut instant = clock.now() + duration;
                // Time does not go on after its last instant: who sleeps again and again must not find that it is always over.
                while instant == Timestamp::MAX && !duration.is_zero() {
                    clock.set_back().await;
                    instant = clock.now() + duration;
                }
                clock.sleep_until(instant).await;
            }
        }
    }

    /// Starts a task on the current Tokio runtime. It is aborted when the returned [`Task`] is dropped.
    pub fn spawn<F>(&self, name: &'static str, future: F) -> Task
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Task::spawn(name, future)
    }

    /// What `future` gives, or `None` when `limit` passes first.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut alarm = pin!(self.sleep(limit));
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => alarm.as_mut().poll(context).map(|()| None),
        })
        .await
    }

    /// Runs `work` on a thread that may block. A panic goes on in the caller.
    pub async fn run_blocking<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        self.run_on_thread(|_| work()).await
    }

    /// As [`run_blocking`](Self::run_blocking), for work that waits for futures [as such](OutsideWork::blocks_for).
    pub(crate) async fn run_on_thread<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<OutsideWork>) -> R + Send + 'static,
    ) -> R {
        // Until the thread is done and nobody waits for it: whoever is dropped leaves it at work.
        let under_way = Arc::new(self.outside_work());
        let of_the_thread = Arc::clone(&under_way);
        match spawn_blocking(move || work(&of_the_thread)).await {
            Ok(output) => output,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going down and never ran the work: nobody waits for an answer any more.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Starts `work` on a thread that may block and does not wait for it.
    pub fn start_blocking(&self, work: impl FnOnce() + Send + 'static) {
        drop(spawn_blocking(work));
    }

    /// Says that something is under way that no task of the runtime does, until what this returns is dropped.
    pub(crate) fn outside_work(&self) -> OutsideWork {
        OutsideWork::begin(self.outside())
    }

    /// Returns when nothing is under way outside that a test should wait for. Real time does not wait.
    pub(crate) async fn outside_is_over(&self) {
        if let Some(outside) = self.outside() {
            outside.over().await;
        }
    }

    /// Has a test answer all HTTP requests from now on, if this is a simulated environment.
    pub(crate) fn answer_http(&self, answer: impl Fn(&HttpCall) -> HttpAnswer + Send + Sync + 'static) {
        if let Source::Virtual { services, .. } = &*self.source {
            services.set(Arc::new(answer));
        }
    }

    /// The test that answers HTTP requests, if one does.
    pub(crate) fn http_service(&self) -> Option<Service> {
        match &*self.source {
            Source::Real(_) => None,
            Source::Virtual { services, .. } => services.get(),
        }
    }

    /// The HTTP requests that a test has answered.
    pub(crate) fn http_calls(&self) -> Vec<HttpCall> {
        match &*self.source {
            Source::Real(_) => Vec::new(),
            Source::Virtual { services, .. } => services.calls(),
        }
    }

    fn outside(&self) -> Option<&Arc<Outside>> {
        match &*self.source {
            Source::Real(_) => None,
            Source::Virtual { outside, .. } => Some(outside),
        }
    }

    /// The clock that a test moves, if this is a simulated environment.
    pub(crate) fn virtual_clock(&self) -> Option<&VirtualClock> {
        match &*self.source {
            Source::Real(_) => None,
            Source::Virtual { clock, .. } => Some(clock),
        }
    }

    /// 128 bits that nobody can guess, as 32 hexadecimal digits.
    ///
    /// # Panics
    /// When the operating system has no entropy to give, which leaves nothing to be safe with.
    pub fn secret(&self) -> String {
        let number = match &*self.source {
            Source::Real(_) => {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes).expect("the operating system gives entropy");
                u128::from_le_bytes(bytes)
            }
            Source::Virtual { random, .. } => random.lock().u128(..),
        };
        format!("{number:032x}")
    }

    /// The variable `name`: this environment's own, or else, of a real one, the process's.
    pub fn variable(&self, name: &str) -> Option<String> {
        let own = self.variables.get(name).cloned();
        match &*self.source {
            Source::Real(_) => own.or_else(|| std::env::var(name).ok()),
            Source::Virtual { .. } => own,
        }
    }

    /// The same environment with the variable `name` set to `value`.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        Arc::make_mut(&mut self.variables).insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same environment, in which `hook` is called at each [`PausePoint`] that is passed, on the thread that passes
    /// it. One that blocks stops that thread.
    pub(crate) fn with_pauses(mut self, hook: impl Fn(PausePoint) + Send + Sync + 'static) -> Self {
        self.pauses = Pauses::at(hook);
        self
    }

    /// Whether clock, randomness and services are those of `other`.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }

    /// Says that `point` is passed now.
    #[inline]
    pub(crate) fn pass(&self, point: PausePoint) {
        self.pauses.pass(point);
    }

    pub(crate) fn pauses(&self) -> &Pauses {
        &self.pauses
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.source {
            Source::Real(_) => "Env::real",
            Source::Virtual { .. } => "Env::simulated",
        })
    }
}

/// Whether the current Tokio runtime has one thread for its tasks.
pub(crate) fn is_single_threaded() -> bool {
    tokio::runtime::Handle::current().runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread
}

/// Waits for whichever of two comes first.
pub(crate) async fn either(first: impl Future<Output = ()>, second: impl Future<Output = ()>) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| match first.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => second.as_mut().poll(context),
    })
    .await;
}

/// How long a real sleep goes before it looks at the wall clock again, which may have been set.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// How long to sleep at `now` before looking again whether it is `instant`; `None` when it is.
fn nap(now: Timestamp, instant: Timestamp) -> Option<Duration> {
    (now < instant).then(|| (instant - now).min(LONGEST_NAP))
}

/// Sleeps through a nap. One that only looks at the clock again need not be exact.
async fn take(nap: Duration, alarm_clock: &AlarmClock) {
    if nap < LONGEST_NAP { alarm_clock.sleep(nap).await } else { tokio::time::sleep(nap).await }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_environment_repeats_itself() {
        let draw = |seed| {
            let (env, _) = Env::simulated(Timestamp::from_millis(5), seed);
            (env.now(), env.seed(), env.seed())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7).1, draw(8).1);
    }

    #[test]
    fn a_real_sleep_looks_at_the_clock_each_second_and_ends_when_the_clock_says_so() {
        let [now, soon, late] = [1_000, 1_001, 90_000].map(Timestamp::from_millis);
        assert_eq!(nap(now, soon), Some(Duration::from_millis(1)));
        assert_eq!(nap(now, late), Some(Duration::from_secs(1)));
        assert_eq!((nap(now, now), nap(late, now)), (None, None));
    }

    #[test]
    fn a_real_environment_has_the_variables_of_the_process_and_its_own() {
        let env = Env::real();
        assert!(env.variable("PATH").is_some());
        let env = env.with_variable("PATH", "elsewhere");
        assert_eq!(env.variable("PATH").as_deref(), Some("elsewhere"));
    }

    #[test]
    fn variables_of_a_simulated_environment_are_its_own() {
        let (env, _) = Env::simulated(Timestamp::UNIX_EPOCH, 0);
        assert_eq!(env.variable("PATH"), None);
        assert_eq!(env.with_variable("PATH", "here").variable("PATH").as_deref(), Some("here"));
    }
}
