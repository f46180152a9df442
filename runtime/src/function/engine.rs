//! Runs functions: queries on a snapshot, mutations in a transaction that is run again when it loses a
//! conflict, actions under a time limit.
//!
//! A mutation that loses is run a second time while it holds the commit gate, where nothing can overtake
//! it. So it runs at most twice and nobody ever sees a conflict. Its time is limited, the second time by a knob of its own,
//! and long second runs take turns with everybody else's commits.
//!
//! Invariant: a result leaves here only when everything it rests on is durable.

use std::future::Future;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tracing::Instrument as _;

use crate::db::{Catalog, CommitFailure, Page, PaginationOptions, Setup, TimeLimit, Transaction};
use crate::env::Env;
use crate::error::{CallError, Error, Result};
use crate::function::action::{ActionCtx, ActionScope};
use crate::function::call::Call;
use crate::function::cancel::Cancellation;
use crate::function::contention::Collisions;
use crate::function::context::{MutationCtx, QueryCtx};
use crate::function::crons::CronStatus;
use crate::function::definition::{Function, Output, invoke_in};
use crate::function::ended;
use crate::function::faults::Faults;
use crate::function::guard;
use crate::function::handler::{self, BoxFuture, Encoded, Handler, Request, Within};
use crate::function::http::SharedClient;
use crate::function::idempotency::CallKey;
use crate::function::job::ScheduledFunction;
use crate::function::receipt::Receipt;
use crate::function::registry::{Entry, Registry};
use crate::function::scheduler::JobQueue;
use crate::function::scope::{Origin, RequestId, Scope};
use crate::function::storage::FileStore;
use crate::knobs::Knobs;
use crate::store::{CommitTs, Conflict, Durable, GateGuard, Store};
use crate::value::{Doc, Id, binary};

/// Documents fetched ahead for one call. More would push one another out of the nearest cache again.
const APPROACHED: usize = 16;

/// Everything that runs of functions need.
pub(crate) struct Engine {
    pub(crate) env: Env,
    pub(crate) knobs: Knobs,
    pub(crate) store: Store,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) registry: Registry,
    pub(crate) http: Arc<SharedClient>,
    pub(crate) files: FileStore,
    pub(crate) collisions: Collisions,
    /// Asks the actions that are not jobs to stop.
    pub(crate) stopping: Cancellation,
    /// What tests have asked to go wrong.
    pub(crate) faults: Faults,
    /// Weak, because the queue holds the engine.
    jobs: OnceLock<Weak<dyn JobQueue>>,
}

/// What a mutation is made of, as often as it has to run.
pub(crate) type Body<'b, T> =
    dyn for<'a> Fn(&'a MutationCtx, Within<'a, 'b>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'b;

/// How long a run lets those go first who waited during a long one; then they are taken to be dormant.
const PATIENCE: Duration = Duration::from_millis(100);

/// How one attempt of a mutation went wrong.
enum Failure {
    Lost(Conflict),
    /// With the snapshot that the error may rest on.
    Error(Error, CommitTs),
}

impl Engine {
    pub(crate) fn new(
        env: Env,
        knobs: Knobs,
        store: Store,
        catalog: Catalog,
        registry: Registry,
        http: Arc<SharedClient>,
        files: FileStore,
    ) -> Self {
        let catalog = Arc::new(catalog);
        Self {
            env,
            knobs,
            store,
            catalog,
            registry,
            http,
            files,
            collisions: Collisions::new(),
            stopping: Cancellation::new(),
            faults: Faults::default(),
            jobs: OnceLock::new(),
        }
    }

    /// Names who is told about committed schedules; to be called once, before anything runs.
    pub(crate) fn set_jobs(&self, jobs: Weak<dyn JobQueue>) {
        // A second queue would be a second scheduler over the same jobs: the first one stays.
        let _ = self.jobs.set(jobs);
    }

    pub(crate) fn jobs(&self, tell: impl FnOnce(&dyn JobQueue)) {
        if let Some(jobs) = self.jobs.get().and_then(Weak::upgrade) {
            tell(&*jobs);
        }
    }

    /// A fresh number for a request.
    pub(crate) fn request_id(&self) -> RequestId {
        RequestId::new(self.env.seed())
    }

    /// Runs a query.
    pub(crate) async fn query<F: Function>(
        self: &Arc<Self>,
        origin: &Origin,
        call: Call<F>,
    ) -> Result<Output<F>> {
        self.read(origin, F::PATH, move |ctx, _| {
            Box::pin(async move { invoke_in::<F>(ctx, call.arguments).await })
        })
        .await
    }

    /// Runs a mutation; returns when its commit is durable.
    pub(crate) async fn mutation<F: Function, K: CallKey<Output<F>>>(
        self: &Arc<Self>,
        origin: &Origin,
        call: Call<F, K>,
    ) -> Result<Output<F>> {
        self.submit(origin, call).await.await
    }

    /// Runs a mutation; returns when it has committed.
    pub(crate) async fn submit<F: Function, K: CallKey<Output<F>>>(
        self: &Arc<Self>,
        origin: &Origin,
        call: Call<F, K>,
    ) -> Receipt<Output<F>> {
        let Call { arguments, key } = &call;
        let encoded = handler::encode::<F>(arguments)
            .and_then(|encoded| Ok((key.fingerprint(|| Ok(&encoded))?, encoded)));
        let (fingerprint, encoded) = match encoded {
            Ok((fingerprint, encoded)) => (fingerprint, &Encoded::Binary(encoded)),
            Err(error) => {
                let error = handler::invalid_value::<F>(error).into();
                let refused = Self::conclude("mutation", F::PATH, origin, Err(error));
                return Receipt::new(F::PATH, origin.request, refused, Durable::at_once());
            }
        };
        self.approach(encoded);
        self.begin(origin, F::PATH, &move |ctx, _| {
            Box::pin(async move {
                let arguments = handler::decode::<F>(encoded, ctx.transaction().catalog())?;
                key.once(ctx, F::PATH, fingerprint, invoke_in::<F>(ctx, arguments)).await
            })
        })
        .await
    }

    /// Runs an action.
    pub(crate) async fn action<F: Function>(
        self: &Arc<Self>,
        origin: &Origin,
        cancellation: Cancellation,
        call: Call<F>,
    ) -> Result<Output<F>> {
        self.act(origin, F::PATH, cancellation, move |ctx, _| {
            Box::pin(async move { invoke_in::<F>(ctx, call.arguments).await })
        })
        .await
    }

    /// Runs a registered function with encoded arguments; the result is encoded as the request says.
    pub(crate) async fn call(
        self: &Arc<Self>,
        origin: &Origin,
        entry: &Entry,
        request: &Request,
    ) -> Result<Vec<u8>> {
        self.approach(&request.arguments);
        match entry.handler {
            Handler::Query(handle) => self.read(origin, entry.path, |ctx, _| handle(ctx, request)).await,
            Handler::Mutation(handle) => {
                self.mutate(origin, entry.path, &move |ctx, _| handle(ctx, request)).await
            }
            Handler::Action(handle) => {
                self.act(origin, entry.path, self.stopping.child(), |ctx, _| handle(ctx, request)).await
            }
        }
    }

    /// The crons and their runs.
    pub(crate) async fn crons(self: &Arc<Self>, origin: &Origin) -> Result<Vec<CronStatus>> {
        let origin = &origin.unlimited();
        self.read(origin, "crons", |ctx, _| Box::pin(async move { Ok(ctx.crons.list().await?) })).await
    }

    /// Scheduled functions that have failed for good, the latest first.
    pub(crate) async fn failed_jobs(
        self: &Arc<Self>,
        origin: &Origin,
        path: Option<&str>,
        options: &PaginationOptions,
    ) -> Result<Page<Doc<ScheduledFunction>>> {
        let origin = &origin.unlimited();
        self.read(origin, "scheduler:failed", move |ctx, _| {
            Box::pin(async move { Ok(ended::failed(&ctx.db.system(), &self.registry, path, options).await?) })
        })
        .await
    }

    /// The record of a scheduled function, when there is one.
    pub(crate) async fn job(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        id: Id<ScheduledFunction>,
    ) -> Result<Option<ScheduledFunction>> {
        self.read(origin, path, move |ctx, _| {
            Box::pin(async move { Ok(ctx.db.system().get(id).await?.map(|record| record.value)) })
        })
        .await
    }

    /// Runs `body` on a snapshot.
    async fn read<'b, T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: impl for<'a> FnOnce(&'a QueryCtx, Within<'a, 'b>) -> BoxFuture<'a, Result<T>>,
    ) -> Result<T> {
        self.faults.goes_on(path)?;
        let scope = self.scope(origin);
        let transaction =
            Arc::new(Transaction::query(self.store.snapshot(), self.setup(&scope, path, false)));
        let ctx = QueryCtx::new(Arc::clone(&transaction), scope);
        let run = guard::transaction(path, transaction.own_wait(), body(&ctx, Within::HERE));
        let outcome = run.instrument(tracing::info_span!("query", path, request = %origin.request)).await;
        // What was read may have been visible before it was durable.
        self.store.durable(transaction.snapshot_ts()).await?;
        Self::conclude("query", path, origin, outcome.and_then(|output| within_limits(&transaction, output)))
    }

    /// Runs `body` in a transaction, again if it loses a conflict, and waits until its commit is durable.
    pub(crate) async fn mutate<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
    ) -> Result<T> {
        self.begin(origin, path, body).await.await
    }

    /// As [`mutate`](Self::mutate), without waiting for the disk. For work whose only effect is its commit.
    pub(crate) async fn mutate_undurable<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
    ) -> Result<(T, CommitTs)> {
        match self.settle(origin, path, body).await {
            Ok(done) => Ok(done),
            Err((error, read)) => Err(self.store.durable(read).await.err().map_or(error, Error::from)),
        }
    }

    /// As [`mutate`](Self::mutate), but leaves the wait to the receipt.
    pub(crate) async fn begin<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
    ) -> Receipt<T> {
        let (outcome, rests_on) = match self.settle(origin, path, body).await {
            Ok((output, ts)) => (Ok(output), ts),
            Err((error, read)) => (Err(error), read),
        };
        let outcome = Self::conclude("mutation", path, origin, outcome);
        Receipt::new(path, origin.request, outcome, self.store.durable(rests_on))
    }

    /// Runs `body` in a transaction, again if it loses a conflict. An error comes with the snapshot that it may
    /// rest on.
    async fn settle<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
    ) -> Result<(T, CommitTs), (Error, CommitTs)> {
        if self.faults.loses(path) {
            return Box::pin(self.settle_after_a_loss(origin, path, body)).await;
        }
        match self.attempt(origin, path, body, None).await {
            Ok(done) => Ok(done),
            Err(Failure::Error(error, read)) => Err((error, read)),
            Err(Failure::Lost(conflict)) => {
                self.collisions.lost(path, &conflict, self.env.now());
                tracing::debug!(path, request = %origin.request, ?conflict, "lost a conflict: running again");
                // Boxed, so that those who do not lose need no room for it.
                Box::pin(self.settle_at_the_gate(origin, path, body)).await
            }
        }
    }

    /// Runs `body` and throws away what it did, as a lost conflict does; then where nobody else can commit.
    async fn settle_after_a_loss<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
    ) -> Result<(T, CommitTs), (Error, CommitTs)> {
        let scope = self.scope(origin);
        let setup = self.setup(&scope, path, false);
        let transaction = Arc::new(Transaction::mutation(self.store.transaction(), setup));
        let ctx = MutationCtx::new(Arc::clone(&transaction), scope);
        let lost = guard::transaction(path, transaction.own_wait(), body(&ctx, Within::HERE)).await;
        guard::discard(path, (lost, ctx, transaction));
        self.settle_at_the_gate(origin, path, body).await
    }

    /// Runs `body` where nobody else can commit.
    async fn settle_at_the_gate<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
    ) -> Result<(T, CommitTs), (Error, CommitTs)> {
        // Runs that take long must not take turns among themselves while everybody else waits.
        let mut gate = self.store.gate_for_a_run(self.env.sleep(PATIENCE)).await;
        let watch = self.env.stopwatch();
        // While the gate is held nothing may put this future to sleep, Tokio's budget for tasks included.
        let attempt = tokio::task::unconstrained(self.attempt(origin, path, body, Some(&gate))).await;
        if watch.elapsed() > self.knobs.commit_gate_fair_after {
            gate.was_long();
        }
        drop(gate);
        attempt.map_err(|failure| match failure {
            Failure::Error(error, read) => (error, read),
            Failure::Lost(conflict) => {
                unreachable!("`{path}` held the commit gate and yet lost a conflict: {conflict:?}")
            }
        })
    }

    async fn attempt<T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        body: &Body<'_, T>,
        gate: Option<&GateGuard>,
    ) -> Result<(T, CommitTs), Failure> {
        let scope = self.scope(origin);
        let mut transaction = Arc::new(Transaction::mutation(
            self.store.transaction(),
            self.setup(&scope, path, gate.is_some()),
        ));
        let ctx = MutationCtx::new(Arc::clone(&transaction), scope);
        let attempt = if gate.is_none() { 1 } else { 2 };
        let span = tracing::info_span!("mutation", path, request = %origin.request, attempt);
        let run = guard::transaction(path, transaction.own_wait(), body(&ctx, Within::HERE));
        let outcome = run.instrument(span).await;
        let outcome =
            outcome.and_then(|output| self.faults.goes_on(path).map(|()| output).map_err(Error::from));
        drop(ctx);
        let read = transaction.snapshot_ts();
        let attempted = match (outcome, Arc::get_mut(&mut transaction)) {
            (Err(error), _) => Err(Failure::Error(error.of_limit(transaction.breach()), read)),
            (Ok(_), None) => Err(Failure::Error(still_shared(path), read)),
            (Ok(output), Some(unshared)) => match unshared.commit(&self.store, gate).await {
                Ok(ts) => {
                    if ts > read {
                        self.collisions.won(ts, path);
                    }
                    Ok((output, ts))
                }
                Err(CommitFailure::Conflict(conflict)) => Err(Failure::Lost(conflict)),
                Err(CommitFailure::Error(error)) => Err(Failure::Error(error.into(), read)),
                Err(CommitFailure::Panic(panic)) => {
                    Err(Failure::Error(guard::panicked(path, panic).into(), read))
                }
            },
        };
        // With the changes that were to be made at the commit, which are the function's.
        guard::discard(path, transaction);
        attempted
    }

    /// Runs `body` as an action.
    pub(crate) async fn act<'b, T>(
        self: &Arc<Self>,
        origin: &Origin,
        path: &'static str,
        cancellation: Cancellation,
        body: impl for<'a> FnOnce(&'a ActionCtx, Within<'a, 'b>) -> BoxFuture<'a, Result<T>>,
    ) -> Result<T> {
        let engine = Arc::clone(self);
        let scope = ActionScope { engine, origin: origin.clone(), cancellation: cancellation.clone() };
        let ctx = ActionCtx::new(scope);
        let run = guard::action(path, body(&ctx, Within::HERE));
        let run = run.instrument(tracing::info_span!("action", path, request = %origin.request));
        let outcome = self.limit_time(path, run, &cancellation).await;
        Self::conclude("action", path, origin, outcome)
    }

    async fn limit_time<T>(
        &self,
        path: &str,
        run: impl Future<Output = Result<T>>,
        cancellation: &Cancellation,
    ) -> Result<T> {
        let limit = self.knobs.action_timeout;
        if let Some(outcome) = self.env.timeout(limit, run).await {
            return outcome;
        }
        // What goes on elsewhere, on a blocking thread for example, learns that nobody waits for it.
        cancellation.request();
        Err(CallError::ActionTimedOut { path: path.to_owned(), seconds: limit.as_secs() }.into())
    }

    /// Has the processor fetch the documents that arguments name while the run is prepared: a document that is not in its
    /// cache costs as much as everything else about reading it.
    fn approach(&self, arguments: &Encoded) {
        if let Encoded::Binary(bytes) = arguments {
            binary::ids(bytes).take(APPROACHED).for_each(|(table, id)| self.store.approach(table, id));
        }
    }

    fn scope(self: &Arc<Self>, origin: &Origin) -> Arc<Scope> {
        Arc::new(Scope {
            engine: Arc::clone(self),
            origin: origin.clone(),
            now: self.env.now(),
            attempt: AtomicU32::new(1),
        })
    }

    fn setup(&self, scope: &Scope, path: &'static str, holds_the_gate: bool) -> Setup {
        // The framework's own transactions have bounds of their own.
        let time = scope.origin.limits.is_none().then(|| self.time_limit(path, holds_the_gate));
        Setup {
            time,
            catalog: Arc::clone(&self.catalog),
            limits: scope.origin.limits.unwrap_or(self.knobs.transaction),
            now: scope.now,
            clock: self.env.virtual_clock().cloned(),
            seed: self.env.seed(),
        }
    }

    fn time_limit(&self, path: &'static str, holds_the_gate: bool) -> TimeLimit {
        let watch = self.env.stopwatch();
        if holds_the_gate {
            // Everybody waits: look at the clock each time.
            let limit = self.knobs.commit_gate_timeout;
            return TimeLimit { path, knob: "commit_gate_timeout", limit, watch, every: 1, operations: 0 };
        }
        let limit = self.knobs.transaction_timeout;
        TimeLimit { path, knob: "transaction_timeout", limit, watch, every: 8, operations: 0 }
    }

    /// Logs how a run ended.
    fn conclude<T>(kind: &'static str, path: &'static str, origin: &Origin, outcome: Result<T>) -> Result<T> {
        let request = origin.request;
        match &outcome {
            Ok(_) => tracing::debug!(kind, path, %request, "succeeded"),
            Err(error) if error.is_app() => tracing::info!(kind, path, %request, %error, "refused"),
            Err(error) => {
                tracing::warn!(kind, path, %request, code = error.code(), error = ?error, "failed");
            }
        }
        outcome
    }
}

/// A query that went over a limit fails, whatever it made of the error.
fn within_limits<T>(transaction: &Transaction, output: T) -> Result<T> {
    match transaction.overrun() {
        Some(error) => Err(error.into()),
        None => Ok(output),
    }
}

fn still_shared(path: &str) -> Error {
    Error::msg(format!("`{path}` has returned while its context is still in use: nothing was committed"))
}
