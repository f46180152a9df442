//! A kit for tests: an application in memory, on a clock that the test moves, with faults on request.
//!
//! What runs is what runs in production: the same store without its log, the same scheduler, the same functions. Only
//! the clock and the randomness are the test's.
//!
//! ```
//! # use std::time::Duration;
//! # use mainspring::{Registry, testing::TestApp};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let registry = Registry::new;
//! let mut app = TestApp::new(registry()).await;
//! // … app.run_mutation(api::reminders::remind_in(90 days)).await? …
//! let left = app.advance(Duration::from_hours(24 * 90)).await;
//! assert!(left.is_empty(), "{left}");
//!
//! app.crash().await; // what ran is gone, what was committed is there
//! # }
//! ```
//!
//! Tests use Tokio's runtime of one thread, which is what `#[tokio::test]` gives: there, work that waits for nothing but
//! the clock comes to rest, and the kit sees that it has. Each test has an application of its own, so tests run in parallel.
//! While the clock stands, documents and jobs still come in the order in which they were made. [`TestApp::builder`] chooses
//! where the clock starts, and the seed of the randomness.
//!
//! An application that is set up with a folder ([`TestApp::with`]) has its data on the disk, and the log with it.
//!
//! What actions ask of services over HTTP, the test may answer itself: at once, late, or not at all, by the clock that it moves.
//!
//! ```
//! # use std::time::Duration;
//! # use mainspring::{ActionCtx, Id, MutationCtx, Registry, Result, ScheduledFunction, internal_action, mutation};
//! use mainspring::testing::{HttpAnswer, TestApp};
//!
//! # #[mutation]
//! # async fn book(ctx: &MutationCtx, amount: u32) -> Result<Id<ScheduledFunction>> {
//! #     Ok(ctx.scheduler.run_after(Duration::ZERO, __charge_call(amount)).await?)
//! # }
//! #[internal_action(retry(max_attempts = 3, backoff = "10s", jitter = false))]
//! async fn charge(ctx: &ActionCtx, amount: u32) -> Result<()> {
//!     let request = ctx.http.post("https://payments.example/charge").json(&amount);
//!     request.send().await?.error_for_status()?;
//!     Ok(())
//! }
//!
//! # mod api { pub mod orders { pub use super::super::__book_call as book; } }
//! # fn registry() -> Registry { Registry::new().function::<__charge>().function::<__book>() }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let app = TestApp::new(registry()).await;
//! app.answer_http(|_| HttpAnswer::refused()); // they are down
//! app.run_mutation(api::orders::book(42)).await?; // which schedules a charge
//! app.advance(Duration::from_secs(5)).await;
//! app.answer_http(|_| HttpAnswer::status(204).after(Duration::from_secs(2)));
//! let left = app.advance(Duration::from_mins(1)).await;
//! assert!(left.is_empty(), "{left}");
//!
//! let [first, second] = &app.http_calls()[..] else { panic!("charged once, in the second attempt") };
//! assert_eq!(second.at - first.at, Duration::from_secs(10));
//! assert_eq!(second.json::<u32>()?, 42);
//! # Ok(()) }
//! ```
//!
//! Months of frequent crons are many runs. Tests that simulate them are some times faster with this in `Cargo.toml`:
//!
//! ```toml
//! [profile.dev.package."*"]
//! opt-level = 2
//! ```
//!
//! Invariant: nothing of an application depends on this module.

mod builder;
mod patience;
#[cfg(test)]
mod run;

#[cfg(test)]
pub(crate) use run::{number, seed};

#[doc(hidden)]
pub use crate::env::PausePoint;
pub use crate::env::{HttpAnswer, HttpCall};
pub use builder::TestAppBuilder;

use patience::{ENDLESS_GENERATIONS, Patience};

use std::ops::Deref;
use std::time::Duration;

use crate::app::{App, AppBuilder};
use crate::env::{Env, VirtualClock};
use crate::error::Result;
#[cfg(test)]
use crate::function::FileStore;
use crate::function::{Registry, ScheduledFunction};
use crate::schedule::Backlog;
#[cfg(test)]
use crate::store::Store;
use crate::value::{Id, Timestamp};

/// An application under test. Derefs to [`App`].
pub struct TestApp {
    app: App,
    env: Env,
    clock: VirtualClock,
    registry: Registry,
    setup: Box<Setup>,
}

type Setup = dyn Fn(AppBuilder) -> AppBuilder + Send + Sync;

/// The instant at which test applications start, unless [the test names another](TestAppBuilder::start_at): 15 January 2027,
/// 08:00 UTC.
pub const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// The seed of their randomness, unless [the test names another](TestAppBuilder::seed).
const SEED: u64 = 1;

/// The environment `env`, in which `hook` is called at each step of a scheduled function's life, on the thread that takes
/// the step. For our own tests, which stop a process there and kill it.
#[doc(hidden)]
pub fn with_pauses(env: Env, hook: impl Fn(PausePoint) + Send + Sync + 'static) -> Env {
    env.with_pauses(hook)
}

/// As far as the clock is moved at once.
const CENTURY: Duration = Duration::from_hours(100 * 366 * 24);

/// How often everything that can run is given its turn before it counts as waiting.
const TURNS: usize = 32;

impl TestApp {
    /// An application of the functions and tables in `registry`, with nothing in its database.
    ///
    /// # Panics
    /// When the application does not start, or the runtime has more than one thread.
    pub async fn new(registry: Registry) -> Self {
        Self::builder(registry).start().await
    }

    /// Begins to set up an application under test of the functions and tables in `registry`: where its clock starts, the
    /// seed of its randomness, and what [`with`](Self::with) changes.
    pub fn builder(registry: Registry) -> TestAppBuilder {
        TestAppBuilder::new(registry)
    }

    /// As [`new`](Self::new), after changing the setup: knobs, queues, variables, the mode. Not the environment, whose clock
    /// is the kit's: [`builder`](Self::builder) chooses where it starts.
    ///
    /// # Panics
    /// When the application does not start, the setup calls [`AppBuilder::env`], or the runtime has more than one thread.
    pub async fn with(
        registry: Registry,
        setup: impl Fn(AppBuilder) -> AppBuilder + Send + Sync + 'static,
    ) -> Self {
        Self::builder(registry).with(setup).start().await
    }

    /// As [`with`](Self::with), calling `hook` at each step of a scheduled function's life.
    #[cfg(test)]
    pub(crate) async fn with_pauses(
        registry: Registry,
        hook: impl Fn(PausePoint) + Send + Sync + 'static,
        setup: impl Fn(AppBuilder) -> AppBuilder + Send + Sync + 'static,
    ) -> Self {
        let (env, clock) = Env::simulated(START, SEED);
        Self::start(env.with_pauses(hook), clock, registry, Box::new(setup)).await
    }

    async fn start(env: Env, clock: VirtualClock, registry: Registry, setup: Box<Setup>) -> Self {
        let builder = set_up(&registry, &env, &setup);
        let app =
            builder.start().await.unwrap_or_else(|error| panic!("the application does not start: {error}"));
        Self { app, env, clock, registry, setup }
    }

    /// On a store that `open` opens, on the application's clock.
    #[cfg(test)]
    pub(crate) async fn on(registry: Registry, open: impl FnOnce(Env) -> Store) -> Self {
        let (env, clock) = Env::simulated(START, SEED);
        let builder = App::builder(registry.clone()).env(env.clone());
        let started = builder.start_on(open(env.clone()), FileStore::memory()).await;
        let app = started.unwrap_or_else(|error| panic!("the application does not start: {error}"));
        Self { app, env, clock, registry, setup: Box::new(|builder| builder) }
    }

    /// The application's clock.
    pub fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// Moves the clock on by `time`, and stops at every instant on the way for which something waits, until that has
    /// run. Returns what is still scheduled then: which functions run, which come next, and what each of these waits for.
    ///
    /// Before the clock moves, answers to requests of `ctx.http` and actions that block a thread are waited for, in real time,
    /// so that a service of the test's own answers at once. One that gives no answer within a second counts as waiting, and so
    /// does an action that waits for anything else than its context; [`App::idle`] waits for both.
    ///
    /// A call that waits for the clock itself is waited for while it moves: `tokio::join!(app.run_action(…), app.advance(…))`.
    ///
    /// # Panics
    /// When there is no end to what happens at one instant: a function that schedules itself at once, for example. When `time` is
    /// more than a century, which is minutes of work even for an application that does nothing.
    pub async fn advance(&self, time: Duration) -> Backlog {
        assert!(
            time <= CENTURY,
            "`advance` is to stop at each instant of {time:?}, but it takes a century at most"
        );
        let end = self.clock.now() + time;
        self.rest().await;
        while let Some(next) = self.clock.next_wake().filter(|next| *next <= end) {
            self.clock.advance(next - self.clock.now());
            self.rest().await;
        }
        self.clock.advance(end - self.clock.now());
        self.rest().await;
        self.app.backlog()
    }

    /// Runs what is due, without moving the clock. Returns what is still scheduled then, and what holds it back.
    ///
    /// # Panics
    /// As [`advance`](Self::advance).
    pub async fn run_until_idle(&self) -> Backlog {
        self.advance(Duration::ZERO).await
    }

    /// Ends the process, as far as the application can tell: everything that runs stops where it is, nothing is told to
    /// stop, and another process starts on what was committed.
    ///
    /// # Panics
    /// When the application does not start again, as after [`App::shutdown`], which closes its store.
    pub async fn crash(&mut self) {
        let builder = set_up(&self.registry, &self.env, &self.setup);
        let (store, files) = self.app.abandon();
        self.rest().await;
        let started = builder.start_on(store, files).await;
        self.app = started.unwrap_or_else(|error| panic!("the application does not start again: {error}"));
    }

    /// Answers every request of `ctx.http` from now on; none goes to the network. Answers may come
    /// [later](HttpAnswer::after), by the application's clock, or [not at all](HttpAnswer::never); the services outlive
    /// [crashes](Self::crash). Redirects are not followed, and [`HttpClient::client`](crate::HttpClient::client) is
    /// another client.
    ///
    /// What panics in `answer` panics in the action. What was asked is better looked at [afterwards](Self::http_calls).
    pub fn answer_http(&self, answer: impl Fn(&HttpCall) -> HttpAnswer + Send + Sync + 'static) {
        self.env.answer_http(answer);
    }

    /// The requests that were [answered](Self::answer_http) so far, in their order.
    pub fn http_calls(&self) -> Vec<HttpCall> {
        self.env.http_calls()
    }

    /// Has the next run of the mutation `path`, such as `jobs:submit`, lose a conflict: its first attempt is run and thrown
    /// away, as if another commit had come first. What must not happen twice then shows. Asked for several times, as many runs
    /// lose, each once: the second attempt of a run is one that nobody can come before.
    ///
    /// # Panics
    /// When there is no such mutation.
    #[track_caller]
    pub fn lose_next(&self, path: &str) {
        if let Err(error) = self.app.lose_next(path) {
            panic!("it cannot lose a conflict: {error}");
        }
    }

    /// Delivers a scheduled function once more, whatever has become of it, as a queue that promises less would do.
    ///
    /// # Errors
    /// When there is no record of it.
    pub async fn deliver_again(&self, id: Id<ScheduledFunction>) -> Result<()> {
        self.app.deliver_again(id).await
    }

    /// Gives everything its turn until all of it waits.
    ///
    /// # Panics
    /// When that never comes.
    async fn rest(&self) {
        let commits = || self.app.store_stats().commits;
        let mut patience = Patience::new(commits());
        loop {
            let before = (commits(), self.clock.next_wake());
            self.app.is_durable().await;
            self.env.outside_is_over().await;
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            if before == (commits(), self.clock.next_wake()) {
                return;
            }
            if patience.wants_generations(commits()) {
                let generations = self.app.generations(ENDLESS_GENERATIONS).await.unwrap_or(0);
                if generations >= ENDLESS_GENERATIONS {
                    self.never_rests("thousands of functions, each scheduled by the one before").await;
                }
            }
            if patience.wants_count(commits()) {
                let due = self.app.due_now().await.map_or(0, |due| due.count);
                if patience.ends(due) {
                    self.never_rests("after many thousand commits there is no less to do").await;
                }
            }
        }
    }

    async fn never_rests(&self, why: &str) {
        let first = self.app.due_now().await.map(|due| due.first.join(", ")).unwrap_or_default();
        panic!(
            "at {} there is no end to what is due at once: {why}; due next: {first}\n{}",
            self.clock.now(),
            self.app.backlog()
        )
    }
}

/// What a process of the application starts from.
fn set_up(registry: &Registry, env: &Env, setup: &Setup) -> AppBuilder {
    let builder = setup(App::builder(registry.clone()).env(env.clone()));
    assert!(
        builder.environment().is_of(env),
        "the setup of a test application calls `AppBuilder::env`, but the testing kit moves a clock of its own: write \
         `TestApp::builder(registry()).start_at(…).seed(…)` for another time or seed"
    );
    builder
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp").field("now", &self.clock.now()).finish_non_exhaustive()
    }
}
