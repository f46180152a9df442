//! The application: everything started together and stopped in order.
//!
//! Invariant: wires the layers; holds no logic that a layer could.

mod backup;
mod builder;
mod check;
mod cli;
mod crons;
mod faults;
mod instant;
mod jobs;
mod operate;
mod outside;
mod stop;
mod transfer;

use std::io::Write;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::error::{BackupError, CallError, DbError, Result, StartError, TransferError};
use crate::function::{
    Auth, Call, CallKey, Cancellation, Contention, CronStatus, Engine, Function, Identity, NotAction,
    NotMutation, NotQuery, Origin, Output, Receipt, Registry, Run, ScheduledFunction,
};
use crate::schedule::{Backlog, Runner};
use crate::store::StoreStats;
use crate::value::{Document as _, Id};
use backup::Data;

pub use backup::BackupSummary;
pub use backup::restore;
pub use backup::restore_from;
pub use builder::AppBuilder;
pub use builder::Mode;
pub use check::{CheckReport, Problem};
pub use cli::Command;
pub use outside::Failure;
pub use transfer::{ImportMode, ImportOptions, TransferSummary};

/// A running application. Clones are handles to the same one.
///
/// ```no_run
/// # use mainspring::{App, Registry, StartError};
/// # async fn run(registry: Registry) -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::builder(registry).data_dir("data").start().await?;
/// // … app.run_mutation(api::jobs::submit_job("report".to_owned())).await? …
/// app.idle().await;
/// app.shutdown().await?;
/// # Ok(()) }
/// ```
///
/// An application that is to run for good ends its `main` with [`run_until_stopped`](Self::run_until_stopped). To what runs,
/// dropping the last handle without [`shutdown`](Self::shutdown) is like a crash: it ends where it is, and only the next
/// start records that.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    auth: Auth,
}

struct Inner {
    engine: Arc<Engine>,
    runner: Mutex<Option<Arc<Runner>>>,
    mode: Mode,
    closing: AtomicBool,
    running: AtomicUsize,
    finished: Notify,
    /// Asks the one who stops the application to wait for nobody.
    hurry: Cancellation,
    /// Whether the store was closed; held while the application stops.
    stopped: tokio::sync::Mutex<bool>,
}

/// How long actions that were asked to stop are given before they are cut.
const LAST_GRACE: Duration = Duration::from_secs(1);

impl App {
    /// Begins to set up an application of the functions and tables in `registry`, which the generated
    /// `registry()` makes.
    pub fn builder(registry: Registry) -> AppBuilder {
        AppBuilder::new(registry)
    }

    /// The same application, called by `identity`.
    pub fn with_identity(&self, identity: Identity) -> Self {
        Self { inner: Arc::clone(&self.inner), auth: Auth::new(Some(Arc::new(identity))) }
    }

    /// Runs a query, public or internal, on a snapshot.
    ///
    /// # Errors
    /// The query's own; [`CallError::ShuttingDown`] after [`shutdown`](Self::shutdown).
    pub fn run_query<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotMutation<F::Kind> + NotAction<F::Kind>,
    {
        let call = call.without_key();
        Run::new(async move {
            let _running = self.begin(F::PATH)?;
            self.inner.engine.query(&self.origin(), call).await
        })
    }

    /// Runs a mutation, public or internal; returns when its commit is durable.
    ///
    /// # Errors
    /// The mutation's own; [`CallError::ShuttingDown`] after [`shutdown`](Self::shutdown). Never a
    /// conflict.
    pub fn run_mutation<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotQuery<F::Kind> + NotAction<F::Kind>,
        K: CallKey<Output<F>>,
    {
        Run::new(async move {
            let _running = self.begin(F::PATH)?;
            self.inner.engine.mutation(&self.origin(), call).await
        })
    }

    /// Runs a mutation, public or internal; returns when it has committed, before the disk has it. The receipt
    /// hands out what came of it once that is durable.
    ///
    /// For one caller with many mutations: they run one after the other, each seeing those before it, and the disk
    /// is waited for once.
    ///
    /// ```ignore
    /// let mut receipts = Vec::new();
    /// for order in orders {
    ///     receipts.push(app.submit_mutation(api::orders::place(order)).await);
    /// }
    /// for receipt in receipts {
    ///     let id = receipt.await?;
    /// }
    /// ```
    ///
    /// Every error comes out of the receipt: those of [`run_mutation`](Self::run_mutation). A mutation that fails
    /// does not keep the next ones from running.
    pub fn submit_mutation<F, K>(&self, call: Call<F, K>) -> Run<'_, Receipt<Output<F>>>
    where
        F: Function + NotQuery<F::Kind> + NotAction<F::Kind>,
        K: CallKey<Output<F>>,
    {
        Run::new(self.submit(call))
    }

    /// Runs an action, public or internal.
    ///
    /// # Errors
    /// The action's own; [`CallError::ShuttingDown`] after [`shutdown`](Self::shutdown).
    pub fn run_action<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotQuery<F::Kind> + NotMutation<F::Kind>,
    {
        let call = call.without_key();
        Run::new(async move {
            let _running = self.begin(F::PATH)?;
            let engine = &self.inner.engine;
            engine.action(&self.origin(), engine.stopping.child(), call).await
        })
    }

    /// Waits until no scheduled function and no cron runs, and none could start: what is left is not due, or held back by a
    /// limit or a pause. Returns what that is.
    pub fn idle(&self) -> Run<'_, Backlog> {
        Run::new(async move {
            let runner = self.inner.runner.lock().clone();
            match runner {
                Some(runner) => runner.idle().await,
                None => Backlog::default(),
            }
        })
    }

    /// What is scheduled now: what runs, what comes next, and what holds it back. Reads nothing of the store.
    pub fn backlog(&self) -> Backlog {
        let runner = self.inner.runner.lock().clone();
        runner.map_or_else(Backlog::default, |runner| runner.backlog())
    }

    /// Waits until a scheduled function has succeeded, has failed for good or is canceled, and returns its record. The
    /// record has the result if that was [to be kept](crate::Scheduling::keep_result).
    ///
    /// # Errors
    /// [`DbError::DocumentNotFound`] when there is no record of it (any more); [`CallError::ShuttingDown`].
    pub async fn wait_for(&self, id: Id<ScheduledFunction>) -> Result<ScheduledFunction> {
        loop {
            let runner = self.inner.runner.lock().clone();
            let path = "scheduler:wait_for";
            let Some(runner) = runner else {
                return Err(CallError::ShuttingDown { path: path.to_owned() }.into());
            };
            let waiter = runner.wait_for(id);
            let mut ended = pin!(waiter.told());
            ended.as_mut().enable();
            let found = {
                let _running = self.begin(path)?;
                self.inner.engine.job(&self.origin(), path, id).await?
            };
            let not_found =
                || DbError::DocumentNotFound { table: ScheduledFunction::TABLE, id: id.to_string() };
            let record = found.ok_or_else(not_found)?;
            if record.is_finished() {
                return Ok(record);
            }
            ended.await;
        }
    }

    /// The crons, in the order of their names: of the code and registered, with their coming and latest runs.
    ///
    /// # Errors
    /// When the store fails; [`CallError::ShuttingDown`] after [`shutdown`](Self::shutdown).
    pub async fn crons(&self) -> Result<Vec<CronStatus>> {
        let _running = self.begin("crons")?;
        self.inner.engine.crons(&self.origin()).await
    }

    /// Counters of the store since the start.
    pub fn store_stats(&self) -> StoreStats {
        self.inner.engine.store.stats()
    }

    /// Writes a backup of all data, stored files included, as it is at one instant, while the application goes on. The
    /// file is there when it is complete. [`restore`] makes a folder of data from it.
    ///
    /// It may take as long as it does: [`Knobs::snapshot_age`](crate::Knobs::snapshot_age) does not end it. It begins with a
    /// checkpoint, and while it lasts the store's file grows by what is changed (without a folder, memory does).
    ///
    /// # Errors
    /// When the file cannot be written, the bytes of a stored file are missing, or the store fails.
    pub async fn backup(&self, file: impl AsRef<Path>) -> Result<BackupSummary, BackupError> {
        backup::to_file(&self.data(), file.as_ref()).await
    }

    /// As [`backup`](Self::backup), to any writer, which is handed back.
    ///
    /// # Errors
    /// As [`backup`](Self::backup).
    pub async fn backup_to<W: Write + Send + 'static>(
        &self,
        out: W,
    ) -> Result<(BackupSummary, W), BackupError> {
        backup::to_writer(&self.data(), out).await
    }

    /// Writes the documents of all tables and the stored files, as they are at one instant, as lines of JSON to a zip
    /// archive, in the layout of Convex's exports. Scheduled functions are not in it: a [`backup`](Self::backup) has
    /// everything. It costs what a backup does.
    ///
    /// # Errors
    /// When the file cannot be written, the bytes of a stored file are missing, or the store fails.
    pub async fn export(&self, file: impl AsRef<Path>) -> Result<TransferSummary, TransferError> {
        transfer::export(&self.data(), file.as_ref()).await
    }

    /// Imports such an archive, of mainspring or of Convex: every document is decoded as the application's own type
    /// first, and if one does not fit, nothing is imported. Ids and creation times are kept. The import is one commit: all of
    /// it is there or nothing, whatever fails and whenever the process ends. Other mutations wait while it writes. It takes a
    /// few times as much memory as the documents do, and with a folder at most 1 GiB as it lies in the log; leave out
    /// tables to import more in parts.
    ///
    /// # Errors
    /// When the archive cannot be read, has tables that the application does not have, documents that do not fit, or too many
    /// of them, or when the store fails.
    pub async fn import(
        &self,
        file: impl AsRef<Path>,
        options: ImportOptions,
    ) -> Result<TransferSummary, TransferError> {
        transfer::import(&self.data(), &self.inner.engine.catalog, file.as_ref(), options).await
    }

    /// Reads everything, as it is at one instant, and says what is wrong: documents, indexes, scheduled functions,
    /// stored files. Changes none of it. Takes as long as reading all data does, and costs what a [`backup`](Self::backup)
    /// does.
    ///
    /// What is read is the store's file, after a checkpoint, so that nothing depends on the log; each value in it is
    /// compared with its checksum, as far as it is not in the file's cache. The command `check`, which is for an application
    /// that does not run, reads every page and the log too.
    ///
    /// # Errors
    /// When the catalogue cannot be decoded or the store fails. What is wrong with the data, damage on the disk included, is in
    /// the report.
    pub async fn check(&self) -> Result<CheckReport, StartError> {
        let registry = &self.inner.engine.registry;
        check::check(&self.data(), &builder::definitions(registry), registry, true).await
    }

    fn data(&self) -> Data {
        let Engine { env, store, files, .. } = &*self.inner.engine;
        Data { env: env.clone(), store: store.clone(), files: files.clone() }
    }

    /// What mutations collide on: the documents and indexes, and who loses to whom. The counts of the last minute
    /// tell what happens now.
    ///
    /// A document that many mutations count on wants [`commute`](crate::DatabaseWriter::commute), a range that all of them read a
    /// narrower one.
    ///
    /// ```no_run
    /// # fn show(app: &mainspring::App) {
    /// for spot in app.contention().hot_spots.iter().take(10) {
    ///     let place = spot.document.as_ref().or(spot.index.as_ref());
    ///     println!("{}: {} on {} {place:?}", spot.last_minute, spot.loser, spot.table);
    /// }
    /// # }
    /// ```
    pub fn contention(&self) -> Contention {
        let Engine { collisions, catalog, env, .. } = &*self.inner.engine;
        collisions.report(catalog, env.now())
    }

    /// Stops in order: takes no more calls, starts no more scheduled functions, waits for those that run
    /// (`Knobs::drain_deadline`), asks the rest to stop and cuts what does not, then closes the store.
    ///
    /// Jobs that are still pending stay so and run after the next start.
    ///
    /// # Errors
    /// When what was committed last could not be made durable.
    pub fn shutdown(&self) -> Run<'_, Result<()>> {
        Run::new(async move {
            let Inner { engine, runner, closing, stopped, hurry, .. } = &*self.inner;
            closing.store(true, Ordering::SeqCst);
            // A second call waits for the first and finds everything done; or goes on with it, if that was given up.
            let mut stopped = stopped.lock().await;
            let running = runner.lock().clone();
            if let Some(runner) = running {
                runner.stop();
                let finished = async {
                    self.inner.all_finished().await;
                    runner.settled().await;
                };
                let mut finished = pin!(finished);
                let drained = engine.env.timeout(engine.knobs.drain_deadline, &mut finished);
                if hurry.unless_requested(drained).await.flatten().is_none() {
                    engine.stopping.request();
                    runner.cancel_running();
                    hurry.unless_requested(engine.env.timeout(LAST_GRACE, finished)).await;
                }
                runner.cut().await;
            }
            drop(runner.lock().take());
            if !*stopped {
                engine.store.close().await?;
                *stopped = true;
            }
            Ok(())
        })
    }

    async fn submit<F: Function, K: CallKey<Output<F>>>(&self, call: Call<F, K>) -> Receipt<Output<F>> {
        let origin = self.origin();
        match self.begin(F::PATH) {
            Ok(_running) => self.inner.engine.submit(&origin, call).await,
            Err(error) => Receipt::refused(F::PATH, origin.request, error.into()),
        }
    }

    fn origin(&self) -> Origin {
        Origin { request: self.inner.engine.request_id(), auth: self.auth.clone(), job: None, limits: None }
    }

    fn begin(&self, path: &str) -> Result<Running<'_>, CallError> {
        self.inner.running.fetch_add(1, Ordering::SeqCst);
        let running = Running { app: &self.inner };
        if self.inner.closing.load(Ordering::SeqCst) {
            return Err(CallError::ShuttingDown { path: path.to_owned() });
        }
        Ok(running)
    }
}

impl Inner {
    async fn all_finished(&self) {
        loop {
            let finished = self.finished.notified();
            if self.running.load(Ordering::SeqCst) == 0 {
                return;
            }
            finished.await;
        }
    }
}

/// A call in progress.
struct Running<'a> {
    app: &'a Inner,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.app.running.fetch_sub(1, Ordering::SeqCst) == 1 && self.app.closing.load(Ordering::SeqCst) {
            self.app.finished.notify_waiters();
        }
    }
}
