//! What an operator does with scheduled functions, without a function of the application's own.
//!
//! Invariant: thin. Each method is one of `ctx.scheduler`, in a transaction of its own, or a look.

use std::sync::Arc;

use crate::app::App;
use crate::db::{Page, PaginationOptions};
use crate::error::Result;
use crate::function::{ActionScope, Calls, Function, Queue, Run, Schedulable, ScheduledFunction, Scheduler};
use crate::value::{Doc, Id};

impl App {
    /// Cancels a scheduled function: [`Scheduler::cancel`]. Returns whether it was unfinished.
    ///
    /// # Errors
    /// Those of [`Scheduler::cancel`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown) after
    /// [`shutdown`](Self::shutdown).
    pub async fn cancel(&self, id: Id<ScheduledFunction>) -> Result<bool> {
        let _running = self.begin("scheduler:cancel")?;
        Ok(self.scheduler().cancel(id).await?)
    }

    /// Cancels the scheduled function that holds a unique key: [`Scheduler::cancel_key`]. Returns which one that was, if any.
    ///
    /// # Errors
    /// Those of [`Scheduler::cancel_key`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub async fn cancel_key(&self, key: &str) -> Result<Option<Id<ScheduledFunction>>> {
        let _running = self.begin("scheduler:cancel")?;
        Ok(self.scheduler().cancel_key(key).await?)
    }

    /// Runs a scheduled function again that has failed for good or was canceled: [`Scheduler::run_again`].
    ///
    /// # Errors
    /// Those of [`Scheduler::run_again`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub async fn run_again(&self, id: Id<ScheduledFunction>) -> Result<()> {
        let _running = self.begin("scheduler:run_again")?;
        Ok(self.scheduler().run_again(id).await?)
    }

    /// The scheduled functions that have failed for good, of the function with a path such as `jobs:process` or of all, the
    /// latest first. Looks at a thousand that have ended, or some MiB of them, at most: so a page may hold fewer than were
    /// asked for, or none, before the last one.
    ///
    /// ```no_run
    /// # use mainspring::{App, PaginationOptions, Result};
    /// # async fn all_again(app: &App) -> Result<()> {
    /// let mut options = PaginationOptions::first(100);
    /// loop {
    ///     let failed = app.failed_jobs(Some("jobs:process"), options).await?;
    ///     for job in &failed.page {
    ///         println!("{} {}", job.arguments_json(), job.error().unwrap_or_default());
    ///         app.run_again(job.id).await?;
    ///     }
    ///     if failed.is_done {
    ///         return Ok(());
    ///     }
    ///     options = PaginationOptions::after(failed.continue_cursor, 100);
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the cursor is not from here, or the store fails; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub async fn failed_jobs(
        &self,
        path: Option<&str>,
        options: PaginationOptions,
    ) -> Result<Page<Doc<ScheduledFunction>>> {
        let _running = self.begin("scheduler:failed")?;
        self.inner.engine.failed_jobs(&self.origin(), path, &options).await
    }

    /// Pauses a queue: [`Scheduler::pause_queue`].
    ///
    /// # Errors
    /// Those of [`Scheduler::pause_queue`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub async fn pause_queue(&self, queue: &Queue) -> Result<()> {
        let _running = self.begin("scheduler:pause")?;
        Ok(self.scheduler().pause_queue(queue).await?)
    }

    /// Lets the jobs of a queue start again: [`Scheduler::resume_queue`].
    ///
    /// # Errors
    /// Those of [`Scheduler::resume_queue`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub async fn resume_queue(&self, queue: &Queue) -> Result<()> {
        let _running = self.begin("scheduler:pause")?;
        Ok(self.scheduler().resume_queue(queue).await?)
    }

    /// Pauses the scheduled runs of one function, `app.pause(internal::jobs::process)`: [`Scheduler::pause`].
    ///
    /// # Errors
    /// Those of [`Scheduler::pause`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub fn pause<H, A, F>(&self, function: H) -> Run<'_, Result<()>>
    where
        H: Calls<A, F> + Send + 'static,
        F: Function + Schedulable<F::Kind>,
    {
        Run::new(async move {
            let _running = self.begin("scheduler:pause")?;
            Ok(self.scheduler().pause(function).await?)
        })
    }

    /// Lets the scheduled runs of a function start again: [`Scheduler::resume`].
    ///
    /// # Errors
    /// Those of [`Scheduler::resume`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub fn resume<H, A, F>(&self, function: H) -> Run<'_, Result<()>>
    where
        H: Calls<A, F> + Send + 'static,
        F: Function + Schedulable<F::Kind>,
    {
        Run::new(async move {
            let _running = self.begin("scheduler:pause")?;
            Ok(self.scheduler().resume(function).await?)
        })
    }

    /// As [`resume`](Self::resume), by the function's path, also if this program has no such function:
    /// [`Scheduler::resume_path`].
    ///
    /// # Errors
    /// Those of [`Scheduler::resume_path`]; [`CallError::ShuttingDown`](crate::CallError::ShuttingDown).
    pub async fn resume_path(&self, path: &str) -> Result<()> {
        let _running = self.begin("scheduler:pause")?;
        Ok(self.scheduler().resume_path(path).await?)
    }

    /// One whose every step commits at once.
    fn scheduler(&self) -> Scheduler {
        let engine = Arc::clone(&self.inner.engine);
        let cancellation = engine.stopping.child();
        Scheduler::of_action(Arc::new(ActionScope { engine, origin: self.origin(), cancellation }))
    }
}
