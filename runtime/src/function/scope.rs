//! What all contexts of one run share: the engine behind them and who asked.
//!
//! Invariant: the same for every attempt of a run, except the instant at which it stands.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use crate::function::auth::Auth;
use crate::function::engine::Engine;
use crate::function::job::ScheduledFunction;
use crate::knobs::TransactionLimits;
use crate::value::{Id, Timestamp};

/// Who asked for a run, and under which number it is logged.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) request: RequestId,
    pub(crate) auth: Auth,
    /// The scheduled function that this run is part of.
    pub(crate) job: Option<JobRun>,
    /// Other limits than those of the application's knobs; the framework's own work has none.
    pub(crate) limits: Option<TransactionLimits>,
}

impl Origin {
    /// The framework's own work: nobody asked, and nothing limits it.
    pub(crate) fn of_the_framework(engine: &Engine) -> Self {
        Self {
            request: engine.request_id(),
            auth: Auth::default(),
            job: None,
            limits: Some(TransactionLimits::UNLIMITED),
        }
    }

    /// The same request, for the framework's own steps in it.
    pub(crate) fn unlimited(&self) -> Self {
        Self { limits: Some(TransactionLimits::UNLIMITED), ..self.clone() }
    }
}

/// One attempt of a scheduled function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobRun {
    pub(crate) id: Id<ScheduledFunction>,
    /// Counted from 1.
    pub(crate) attempt: u32,
    /// Which piece of work it is, of those that came under its id by being replaced.
    pub(crate) edition: u32,
}

impl JobRun {
    /// The first run of a job, as far as is known before its record is read.
    pub(crate) fn first(id: Id<ScheduledFunction>) -> Self {
        Self { id, attempt: 1, edition: 0 }
    }
}

/// The number that joins a reply with the log: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u64);

/// The surroundings of one attempt of a query or mutation.
pub(crate) struct Scope {
    pub(crate) engine: Arc<Engine>,
    pub(crate) origin: Origin,
    pub(crate) now: Timestamp,
    /// Which attempt of a scheduled function this is; known when its record has been read.
    pub(crate) attempt: AtomicU32,
}

impl RequestId {
    pub(crate) fn new(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
