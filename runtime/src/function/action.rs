//! The contexts of actions: asynchronous ones, and those that run on the blocking pool.
//!
//! Invariant: no `db`. An action touches the database only by running queries and mutations, each in a
//! transaction of its own.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::env::OutsideWork;
use crate::error::Result;
use crate::function::auth::Auth;
use crate::function::call::{Call, Run};
use crate::function::cancel::Cancellation;
use crate::function::definition::{Function, Output};
use crate::function::engine::Engine;
use crate::function::handler::Tables;
use crate::function::http::HttpClient;
use crate::function::idempotency::CallKey;
use crate::function::job::ScheduledFunction;
use crate::function::method::{NotAction, NotMutation, NotQuery};
use crate::function::random::Random;
use crate::function::scheduler::Scheduler;
use crate::function::scope::{JobRun, Origin};
use crate::function::storage::Storage;
use crate::value::{Id, TableNumbers, Timestamp};

/// What an `#[action]` works with: the outside world, and functions.
#[derive(Clone)]
pub struct ActionCtx {
    /// Talks HTTP. Requests end when the action is asked to stop.
    pub http: HttpClient,
    /// Schedules functions; each call commits at once.
    pub scheduler: Scheduler,
    /// Who calls.
    pub auth: Auth,
    /// Stores, fetches and deletes files.
    pub storage: Storage,
    scope: Arc<ActionScope>,
}

/// What a `#[action]` that is not `async` works with. It runs on a thread of the blocking pool, so its
/// methods block instead of awaiting.
pub struct BlockingActionCtx {
    ctx: ActionCtx,
    runtime: Handle,
    thread: Arc<OutsideWork>,
}

/// The surroundings of one run of an action.
pub(crate) struct ActionScope {
    pub(crate) engine: Arc<Engine>,
    pub(crate) origin: Origin,
    pub(crate) cancellation: Cancellation,
}

impl ActionCtx {
    pub(crate) fn new(scope: ActionScope) -> Self {
        let scope = Arc::new(scope);
        Self {
            http: HttpClient::new(Arc::clone(&scope.engine.http), scope.cancellation.clone()),
            scheduler: Scheduler::of_action(Arc::clone(&scope)),
            auth: scope.origin.auth.clone(),
            storage: Storage::new(Arc::clone(&scope)),
            scope,
        }
    }

    /// Runs a query in a snapshot of its own.
    ///
    /// # Errors
    /// The query's own, and those of the store.
    pub fn run_query<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotMutation<F::Kind> + NotAction<F::Kind>,
    {
        Run::new(self.scope.engine.query(&self.scope.origin, call.without_key()))
    }

    /// Runs a mutation in a transaction of its own; returns when its commit is durable.
    ///
    /// # Errors
    /// The mutation's own, and those of the store. Never a conflict.
    pub fn run_mutation<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotQuery<F::Kind> + NotAction<F::Kind>,
        K: CallKey<Output<F>>,
    {
        Run::new(self.scope.engine.mutation(&self.scope.origin, call))
    }

    /// Runs another action. To share code between actions call an ordinary function instead.
    ///
    /// # Errors
    /// The action's own.
    pub fn run_action<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotQuery<F::Kind> + NotMutation<F::Kind>,
    {
        let Self { scope, .. } = self;
        Run::new(scope.engine.action(&scope.origin, scope.cancellation.clone(), call.without_key()))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.scope.engine.env.now()
    }

    /// A generator of fresh random values.
    pub fn random(&self) -> Random {
        Random::seeded(self.scope.engine.env.seed())
    }

    /// The process variable `name`, if it is set.
    pub fn env(&self, name: &str) -> Option<String> {
        self.scope.engine.env.variable(name)
    }

    /// The scheduled function that runs, if this is one or was called by one.
    pub fn job(&self) -> Option<Id<ScheduledFunction>> {
        self.scope.origin.job.map(|run| run.id)
    }

    /// Which attempt of a scheduled function this is, counted from 1; 1 for a call.
    pub fn attempt(&self) -> u32 {
        self.scope.origin.job.map_or(1, |run| run.attempt)
    }

    /// A key for services that do a thing once for each key, however often they are asked: the same in every attempt of a
    /// scheduled function, also when it is [run again](Scheduler::run_again), and another one for each call and each
    /// scheduled function. One that was [replaced](crate::Scheduling::replace) has another key than before: it may have
    /// other arguments.
    ///
    /// An action that needs several keys adds a word to this one for each step.
    pub fn idempotency_key(&self) -> String {
        match self.scope.origin.job {
            Some(JobRun { id, edition: 0, .. }) => id.to_string(),
            Some(JobRun { id, edition, .. }) => format!("{id}-{edition}"),
            None => self.scope.origin.request.to_string(),
        }
    }

    /// Waits for `duration`, on the application's clock. It does not end early when the action is asked to stop: see
    /// [`cancelled`](Self::cancelled).
    pub async fn sleep(&self, duration: std::time::Duration) {
        self.scope.engine.env.sleep(duration).await;
    }

    /// Returns when the action is asked to stop: it was canceled, or the application shuts down. Who waits long for something
    /// else than `ctx.http` waits for this beside it:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mainspring::{ActionCtx, Error, Result};
    /// # async fn f(ctx: &ActionCtx) -> Result<()> {
    /// tokio::select! {
    ///     () = ctx.sleep(Duration::from_mins(10)) => Ok(()),
    ///     () = ctx.cancelled() => Err(Error::msg("asked to stop")),
    /// }
    /// # }
    /// ```
    ///
    /// Nobody stops an action that was canceled: its record says `canceled` at once, and until it returns it keeps its place
    /// among those that run, in its queue and under the limits of its function.
    pub async fn cancelled(&self) {
        self.scope.cancellation.requested().await;
    }

    /// Whether the action is asked to stop; see [`cancelled`](Self::cancelled).
    pub fn is_cancelled(&self) -> bool {
        self.scope.cancellation.is_requested()
    }
}

impl BlockingActionCtx {
    /// Runs a query in a snapshot of its own.
    ///
    /// # Errors
    /// The query's own, and those of the store.
    pub fn run_query<F, K>(&self, call: Call<F, K>) -> Result<Output<F>>
    where
        F: Function + NotMutation<F::Kind> + NotAction<F::Kind>,
    {
        self.block_on(self.ctx.run_query(call))
    }

    /// Runs a mutation in a transaction of its own; returns when its commit is durable.
    ///
    /// # Errors
    /// The mutation's own, and those of the store. Never a conflict.
    pub fn run_mutation<F, K>(&self, call: Call<F, K>) -> Result<Output<F>>
    where
        F: Function + NotQuery<F::Kind> + NotAction<F::Kind>,
        K: CallKey<Output<F>>,
    {
        self.block_on(self.ctx.run_mutation(call))
    }

    /// Runs another action.
    ///
    /// # Errors
    /// The action's own.
    pub fn run_action<F, K>(&self, call: Call<F, K>) -> Result<Output<F>>
    where
        F: Function + NotQuery<F::Kind> + NotMutation<F::Kind>,
    {
        self.block_on(self.ctx.run_action(call))
    }

    /// Blocks until `future` is done: `ctx.block_on(ctx.http().get(url).send())?`.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(self.thread.blocks_for(future))
    }

    /// The HTTP client; its requests are futures for [`block_on`](Self::block_on).
    pub fn http(&self) -> &HttpClient {
        &self.ctx.http
    }

    /// The scheduler; its methods are futures for [`block_on`](Self::block_on).
    pub fn scheduler(&self) -> &Scheduler {
        &self.ctx.scheduler
    }

    /// The stored files; its methods are futures for [`block_on`](Self::block_on).
    pub fn storage(&self) -> &Storage {
        &self.ctx.storage
    }

    /// Who calls.
    pub fn auth(&self) -> &Auth {
        &self.ctx.auth
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.ctx.now()
    }

    /// A generator of fresh random values.
    pub fn random(&self) -> Random {
        self.ctx.random()
    }

    /// The process variable `name`, if it is set.
    pub fn env(&self, name: &str) -> Option<String> {
        self.ctx.env(name)
    }

    /// The scheduled function that runs, if this is one or was called by one.
    pub fn job(&self) -> Option<Id<ScheduledFunction>> {
        self.ctx.job()
    }

    /// Which attempt of a scheduled function this is, counted from 1; 1 for a call.
    pub fn attempt(&self) -> u32 {
        self.ctx.attempt()
    }

    /// As [`ActionCtx::idempotency_key`].
    pub fn idempotency_key(&self) -> String {
        self.ctx.idempotency_key()
    }

    /// Whether the action is asked to stop, as [`ActionCtx::cancelled`] tells. Nobody can end a thread: one that works for
    /// long looks now and then. Its requests over [`http`](Self::http) end by themselves.
    pub fn is_cancelled(&self) -> bool {
        self.ctx.is_cancelled()
    }
}

/// Runs the body of an action that is not `async` on the blocking pool.
#[doc(hidden)]
pub async fn run_blocking<R: Send + 'static>(
    ctx: &ActionCtx,
    body: impl FnOnce(&BlockingActionCtx) -> R + Send + 'static,
) -> R {
    let env = ctx.scope.engine.env.clone();
    let (ctx, runtime) = (ctx.clone(), Handle::current());
    let on_thread = ctx.scope.cancellation.on_thread();
    let work = move |thread: &Arc<OutsideWork>| {
        let _on_thread = on_thread;
        body(&BlockingActionCtx { ctx, runtime, thread: Arc::clone(thread) })
    };
    env.run_on_thread(work).await
}

impl Tables for ActionCtx {
    fn tables(&self) -> &dyn TableNumbers {
        &*self.scope.engine.catalog
    }
}
