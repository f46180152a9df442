//! Setting up and starting an application.
//!
//! Invariant: every check that can fail at start is made before anything runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::app::backup::Data;
use crate::app::{App, Inner};
use crate::db::{Catalog, TableDefinition, open_schema};
use crate::env::Env;
use crate::error::StartError;
use crate::function::{
    Auth, Cancellation, Cron, CronRun, EarlyEnds, Engine, FileStore, IdempotentCall, Pause, Queue, Registry,
    Run, ScheduledFunction, ScheduledKey, SharedClient, Signatures, SpentBucket, StoredFile, UploadTicket,
};
use crate::knobs::Knobs;
use crate::schedule::Runner;
use crate::store::{Store, StoreOptions};

/// Sets up an application. Made by [`App::builder`].
#[must_use = "an application runs once `start` is awaited"]
pub struct AppBuilder {
    registry: Registry,
    data_dir: Option<PathBuf>,
    knobs: Knobs,
    mode: Mode,
    env: Env,
}

/// The data of an application that does not run, opened to be looked after.
pub(super) struct Offline {
    pub(super) data: Data,
    pub(super) definitions: Vec<TableDefinition>,
    pub(super) registry: Registry,
}

impl Offline {
    /// Brings tables and indexes in step with the application, as a start does.
    pub(super) async fn catalog(&self) -> Result<Arc<Catalog>, StartError> {
        Ok(Arc::new(open_schema(&self.data.store, &self.definitions).await?))
    }

    pub(super) async fn close(&self) -> Result<(), StartError> {
        Ok(self.data.store.close().await?)
    }
}

/// How much of an error a caller from outside is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    Development,
    /// The data of application errors, and for all else a request id that is also in the log.
    #[default]
    Production,
}

impl AppBuilder {
    pub(super) fn new(registry: Registry) -> Self {
        let (knobs, mode) = (Knobs::default(), Mode::default());
        Self { registry, data_dir: None, knobs, mode, env: Env::real() }
    }

    /// Keeps the data in this folder, which is made if it is not there. Without a folder all data is in
    /// memory and gone with the process.
    pub fn data_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(folder.into());
        self
    }

    /// Declares a queue of scheduled functions.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.registry.add_queue(queue);
        self
    }

    /// Limits and tunables.
    pub fn knobs(mut self, knobs: Knobs) -> Self {
        self.knobs = knobs;
        self
    }

    /// How much of an error a caller from outside is told.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Runs on another environment than the machine's, such as a simulated one. Comes before
    /// [`variable`](Self::variable), which belongs to the environment.
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Sets a variable that functions read with `ctx.env(name)`, in the place of the process's.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.env = self.env.with_variable(name, value);
        self
    }

    /// Opens the data, and nothing else: no function can run.
    pub(super) async fn open_offline(self) -> Result<Offline, StartError> {
        let Self { registry, data_dir, knobs, env, .. } = self;
        check(&knobs)?;
        registry.check()?;
        let (store, files) = open(data_dir, &knobs, &env).await?;
        let definitions = definitions(&registry);
        Ok(Offline { data: Data { env, store, files }, definitions, registry })
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    pub(crate) fn environment(&self) -> &Env {
        &self.env
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Opens the store, brings its tables and indexes in step with the application, recovers what a former
    /// process left running, and starts the scheduler. Needs a Tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// When a knob is out of bounds, two functions, tables or crons have the same name, a cron is wrong, the store does not open, or
    /// stored documents do not decode. Nothing runs then, and nothing of the user's data was changed.
    pub fn start(mut self) -> Run<'static, Result<App, StartError>> {
        // `Run`, so that the code of this future is made here and not in each application's crate.
        Run::new(async move {
            check(&self.knobs)?;
            self.registry.check()?;
            let (store, files) = open(self.data_dir.take(), &self.knobs, &self.env).await?;
            let started = self.start_on(store.clone(), files).await;
            if started.is_err()
                && let Err(error) = store.give_up().await
            {
                // What has refused the start says more.
                tracing::error!(%error, "the store of an application that does not start could not be closed");
            }
            started
        })
    }

    /// As [`start`](Self::start), on a store that is open.
    pub(crate) async fn start_on(self, store: Store, files: FileStore) -> Result<App, StartError> {
        let Self { registry, knobs, mode, env, .. } = self;
        let http = Arc::new(SharedClient::new(env.clone(), &knobs));
        let definitions = definitions(&registry);
        let catalog = open_schema(&store, &definitions).await?;
        tracing::info!(tzdata = crate::dialect::tzdata_version(), "starting");
        let engine = Arc::new(Engine::new(env, knobs, store, catalog, registry, http, files));
        let runner = Runner::start(&engine).await?;
        let inner = Inner {
            engine,
            runner: Mutex::new(Some(Arc::new(runner))),
            mode,
            closing: AtomicBool::new(false),
            running: AtomicUsize::new(0),
            finished: Notify::new(),
            hurry: Cancellation::new(),
            stopped: tokio::sync::Mutex::new(false),
        };
        Ok(App { inner: Arc::new(inner), auth: Auth::default() })
    }
}

/// The tables of the application and those of the system.
pub(super) fn definitions(registry: &Registry) -> Vec<TableDefinition> {
    registry.tables(&[
        TableDefinition::of::<ScheduledFunction>(),
        TableDefinition::of::<ScheduledKey>(),
        TableDefinition::of::<Signatures>(),
        TableDefinition::of::<EarlyEnds>(),
        TableDefinition::of::<IdempotentCall>(),
        TableDefinition::of::<Pause>(),
        TableDefinition::of::<SpentBucket>(),
        TableDefinition::of::<StoredFile>(),
        TableDefinition::of::<UploadTicket>(),
        TableDefinition::of::<Cron>(),
        TableDefinition::of::<CronRun>(),
    ])
}

async fn open(data_dir: Option<PathBuf>, knobs: &Knobs, env: &Env) -> Result<(Store, FileStore), StartError> {
    let clock = {
        let env = env.clone();
        move || env.now_nanos()
    };
    let options = StoreOptions {
        segment_bytes: knobs.log_segment_bytes as u64,
        durability: knobs.durability,
        memory_bytes: knobs.memory_budget as u64,
        checkpoint_bytes: knobs.checkpoint_log_bytes as u64,
        checkpoint_interval: knobs.checkpoint_interval,
        snapshot_age: knobs.snapshot_age,
        pauses: env.pauses().clone(),
        ..StoreOptions::default()
    };
    let Some(folder) = data_dir else {
        return Ok((Store::memory_with(&options, clock)?, FileStore::memory()));
    };
    let files = FileStore::folder(folder.join("files"));
    // Recovery reads the whole log, which would hold up every other task of this thread.
    let store = env.run_blocking(move || Store::open(folder, &options, clock)).await?;
    Ok((store, files))
}

fn check(knobs: &Knobs) -> Result<(), StartError> {
    let at_least = |knob, value: usize, least: usize, rule| {
        if value >= least {
            return Ok(());
        }
        Err(StartError::InvalidKnob { knob, value: value.to_string(), rule })
    };
    let lasts = |knob, value: Duration, longest: Duration, rule| {
        if (Duration::from_millis(1)..=longest).contains(&value) {
            return Ok(());
        }
        Err(StartError::InvalidKnob { knob, value: format!("{value:?}"), rule })
    };
    let longest = knobs.transaction_timeout;
    lasts("transaction_timeout", longest, Duration::MAX, "it must be at least 1 ms")?;
    let rule = "it must be at least 1 ms and at most `transaction_timeout`";
    lasts("commit_gate_timeout", knobs.commit_gate_timeout, longest, rule)?;
    at_least("nested_call_depth", knobs.nested_call_depth, 1, "it must be at least 1")?;
    at_least("scheduled_mutations", knobs.scheduled_mutations, 1, "it must be at least 1")?;
    at_least("scheduled_actions", knobs.scheduled_actions, 1, "it must be at least 1")?;
    let crashes = knobs.scheduled_crash_limit as usize;
    at_least("scheduled_crash_limit", crashes, 1, "it must be at least 1")?;
    let crashes = knobs.crashes_before_suspicion as usize;
    at_least("crashes_before_suspicion", crashes, 1, "it must be at least 1")?;
    at_least("pending_jobs_in_memory", knobs.pending_jobs_in_memory, 1_000, "it must be at least 1,000")?;
    let rule = "it must be at least 1 ms";
    lasts("idempotency_retention", knobs.idempotency_retention, Duration::MAX, rule)?;
    at_least("cron_runs_kept", knobs.cron_runs_kept, 1, "it must be at least 1")?;
    at_least("log_segment_bytes", knobs.log_segment_bytes, 64 << 10, "it must be at least 64 KiB")?;
    at_least("memory_budget", knobs.memory_budget, 16 << 20, "it must be at least 16 MiB")?;
    at_least("checkpoint_log_bytes", knobs.checkpoint_log_bytes, 64 << 10, "it must be at least 64 KiB")?;
    let age = usize::try_from(knobs.snapshot_age.as_secs()).unwrap_or(usize::MAX);
    at_least("snapshot_age", age, 1, "it must be at least 1 second")
}
