//! The scheduler: runs jobs and crons when they are due, keeps their states, recovers them after a crash.
//!
//! A mutation's effects and its job's final state are one commit, so it runs exactly once. An action's job
//! is marked `in_progress`, durably, before the action starts, and one that is found so at start failed with
//! the process: it is never started twice.
//!
//! Invariant: decides when something runs and what became of it; how a function runs is the engine's.

mod actions;
mod backlog;
mod crons;
mod declared;
mod ends;
mod flow;
mod gcra;
mod housekeeping;
mod pool;
mod recovery;
mod run;
mod runner;
mod stale;
mod suspicion;
mod timers;
mod unrest;
mod waiters;

#[cfg(test)]
mod tests;

/// A transaction over several records takes no further one after so many bytes: each may have tens of MiB.
const BYTES_TOGETHER: usize = 4 << 20;

pub use backlog::{
    Backlog, Parked, ParkedFunction, QueueBacklog, RunningFunction, WaitingFunction, WaitsFor,
};
pub(crate) use runner::Runner;
pub(crate) use unrest::{DueNow, due_now, generations};
