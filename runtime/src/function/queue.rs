//! Queues and rates: what limits how many scheduled functions run, and how often they start.
//!
//! Invariant: declarations only; who may start when is decided by the scheduler.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::function::registry::Registry;
use crate::value::{Document, EncodeError, IndexSpec, KeyWriter, SystemTable, Value};

/// A named queue of scheduled functions: a constant, which functions name with `queue = EMAILS` and single runs with
/// [`Scheduling::queue`](crate::Scheduling::queue). (One that only single runs name has to be declared with
/// [`AppBuilder::queue`](crate::AppBuilder::queue).)
///
/// ```
/// # use std::time::Duration;
/// # use mainspring::{Queue, Rate};
/// pub const EMAILS: Queue = Queue::new("emails").parallelism(4).rate(Rate::new(100, Duration::from_secs(1)));
/// ```
///
/// Jobs of one queue start in the order of their times. Between queues the one whose first job is due earliest comes
/// first, where each step of priority counts as `Knobs::priority_step` of waiting. So nothing starves: whoever
/// waits long enough is first, whatever the priorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a queue is there for functions to name"]
pub struct Queue {
    pub(crate) name: &'static str,
    pub(crate) parallelism: Option<u32>,
    pub(crate) rate: Option<Rate>,
    pub(crate) priority: i32,
}

/// How often something may start: so many times in so long a time, in bursts of at most as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub(crate) count: u32,
    pub(crate) per: Duration,
}

impl Queue {
    /// Where everything waits that names no other queue and whose function has no limits of its own. Its name is empty. It
    /// needs no declaration and has no limits.
    pub const DEFAULT: Self = Self::new("");

    /// A queue without limits of its own, of priority 0.
    pub const fn new(name: &'static str) -> Self {
        Self { name, parallelism: None, rate: None, priority: 0 }
    }

    /// How many of its jobs run at the same time, at most. At least 1; without it, as many as the pools take.
    pub const fn parallelism(mut self, jobs: u32) -> Self {
        self.parallelism = Some(jobs);
        self
    }

    /// How often its jobs start, at most.
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Which queue comes first: the higher the sooner. Default 0. With 3, a job goes before one that has waited up to 30
    /// seconds longer in a queue of priority 0 (`Knobs::priority_step` is 10 seconds); after those, both have waited long
    /// enough to take turns.
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// The name by which records and pauses know it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        if self.name.is_empty() || self.name.contains(':') {
            return Some("its name is empty or holds `:`, which belongs to the paths of functions");
        }
        if self.parallelism == Some(0) {
            return Some("its parallelism is 0: to stop it, pause it");
        }
        if self.rate.is_some_and(|rate| rate.count == 0 || rate.per.is_zero()) {
            return Some("its rate lets nothing start, or has no time: to stop it, pause it");
        }
        None
    }
}

impl Rate {
    /// `count` starts in each `per` in the long run, as tokens of which there are `count` and that come back evenly. So
    /// `count` may start at once after a rest, and fewer than twice as many within one `per`: where a service allows so many
    /// in any span, ask for half of that. Also over restarts: what actions have started in one process, and mutations have
    /// done, counts for the next one.
    pub const fn new(count: u32, per: Duration) -> Self {
        Self { count, per }
    }
}

/// A queue or a function whose scheduled runs are paused: a document of the system table `_scheduler_pauses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Pause {
    /// What is paused.
    pub target: PauseTarget,
}

/// What can be paused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PauseTarget {
    /// The queue of this name.
    Queue(String),
    /// The function of this path.
    Function(String),
}

impl PauseTarget {
    /// The same, by the name that it has in this program.
    pub(crate) fn present(self, registry: &Registry) -> Self {
        match self {
            Self::Queue(_) => self,
            Self::Function(name) => Self::Function(registry.present_path(&name).to_owned()),
        }
    }
}

impl Value for Pause {}
impl Value for PauseTarget {}
impl SystemTable for Pause {}

#[diagnostic::do_not_recommend]
impl Document for Pause {
    const TABLE: &'static str = "_scheduler_pauses";
    const INDEXES: &'static [IndexSpec] = &[];

    fn index_key(&self, _: usize, _: &mut KeyWriter) -> Result<(), EncodeError> {
        Ok(())
    }
}
