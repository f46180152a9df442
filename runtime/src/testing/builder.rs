//! Setting up an application under test.
//!
//! Invariant: whatever the setup says, the clock and the randomness are those that the test was handed.

use super::{SEED, START, Setup, TestApp};
use crate::app::AppBuilder;
use crate::env::{self, Env};
use crate::function::Registry;
use crate::value::Timestamp;

/// Sets up an application under test. Made by [`TestApp::builder`].
///
/// ```
/// # use mainspring::{Knobs, Registry, Timestamp, testing::TestApp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let registry = Registry::new;
/// let midnight = Timestamp::from_secs(1_830_297_600); // 2028-01-01T00:00:00Z
/// let app = TestApp::builder(registry()).start_at(midnight).seed(7).start().await;
/// assert_eq!(app.clock().now(), midnight);
/// # }
/// ```
#[must_use = "an application runs once `start` is awaited"]
pub struct TestAppBuilder {
    registry: Registry,
    start: Timestamp,
    seed: u64,
    setup: Box<Setup>,
}

impl TestAppBuilder {
    pub(super) fn new(registry: Registry) -> Self {
        Self { registry, start: START, seed: SEED, setup: Box::new(|builder| builder) }
    }

    /// The instant at which the clock stands at first, instead of [`START`].
    pub fn start_at(mut self, start: Timestamp) -> Self {
        self.start = start;
        self
    }

    /// The seed of all randomness, ids and jitter included, instead of 1. The same seed gives the same.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Changes the setup: knobs, queues, variables, the mode, a folder. It is asked again after each
    /// [crash](TestApp::crash). Of several, each changes what the former ones have left.
    pub fn with(mut self, setup: impl Fn(AppBuilder) -> AppBuilder + Send + Sync + 'static) -> Self {
        let former = self.setup;
        self.setup = Box::new(move |builder| setup(former(builder)));
        self
    }

    /// Starts the application, with nothing in its database, or with what is in its folder.
    ///
    /// # Panics
    /// When the application does not start, the setup calls [`AppBuilder::env`], or the runtime has more than one thread.
    pub async fn start(self) -> TestApp {
        assert!(
            env::is_single_threaded(),
            "the testing kit sees that everything has come to rest on Tokio's runtime of one thread only: write \
             `#[tokio::test]` without `flavor = \"multi_thread\"`"
        );
        let (env, clock) = Env::simulated(self.start, self.seed);
        TestApp::start(env, clock, self.registry, self.setup).await
    }
}

impl std::fmt::Debug for TestAppBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { start, seed, .. } = self;
        f.debug_struct("TestAppBuilder").field("start", start).field("seed", seed).finish_non_exhaustive()
    }
}
