//! How a process is asked to stop: Ctrl-C, SIGTERM, the console that closes; and an application that runs until then.
//!
//! Invariant: each signal asks once. From the moment at which somebody listens none ends the process by itself.

use std::future::{Future, pending};
use std::io;
use std::pin::pin;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, CtrlClose, CtrlShutdown, ctrl_c, ctrl_close, ctrl_shutdown};

use crate::app::App;
use crate::env::either;
use crate::error::Result;
use crate::function::Run;

/// What asks this process to stop.
#[cfg(unix)]
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

/// What asks this process to stop.
#[cfg(windows)]
struct StopSignals {
    interrupt: CtrlC,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

#[cfg(unix)]
impl StopSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        let Self { interrupt, terminate } = self;
        either(
            async {
                interrupt.recv().await;
            },
            async {
                terminate.recv().await;
            },
        )
        .await;
    }
}

#[cfg(windows)]
impl StopSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, close: ctrl_close()?, shutdown: ctrl_shutdown()? })
    }

    async fn next(&mut self) {
        let Self { interrupt, close, shutdown } = self;
        let closing = either(
            async {
                close.recv().await;
            },
            async {
                shutdown.recv().await;
            },
        );
        either(
            async {
                interrupt.recv().await;
            },
            closing,
        )
        .await;
    }
}

impl StopSignals {
    /// What `work` comes to, or `None` when the process is asked to stop before.
    async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut done = None;
        either(async { done = Some(work.await) }, self.next()).await;
        done
    }
}

impl App {
    /// Runs until the process is asked to stop, and then stops in order, as [`shutdown`](Self::shutdown) does: the last line
    /// of a `main`.
    ///
    /// ```no_run
    /// # use mainspring::{App, Registry, Result};
    /// # fn registry() -> Registry { Registry::new() }
    /// # async fn program() -> Result<()> {
    /// let app = App::builder(registry()).data_dir("data").start().await?;
    /// app.run_until_stopped().await
    /// # }
    /// ```
    ///
    /// What asks is SIGTERM, which systemd, Docker and Kubernetes send, or Ctrl-C; on Windows Ctrl-C, the console that is
    /// closed, or the system that shuts down. Whoever asks again while actions are waited for does not want to wait: what
    /// still runs is cut at once and recorded as such. Give the process more time than
    /// [`Knobs::drain_deadline`](crate::Knobs::drain_deadline) before it is killed. A thread that works for an action that
    /// is not `async` cannot be cut, and Tokio's runtime waits for it when it ends.
    ///
    /// # Errors
    /// When the system does not let signals be listened to; those of [`shutdown`](Self::shutdown).
    pub fn run_until_stopped(&self) -> Run<'_, Result<()>> {
        Run::new(async move { self.run_until_stopped_or(pending::<()>()).await.map(drop) })
    }

    /// As [`run_until_stopped`](Self::run_until_stopped), or until `work` is done, such as a server. Returns what that came
    /// to, or `None` if it was dropped because the process was asked to stop.
    ///
    /// # Errors
    /// As [`run_until_stopped`](Self::run_until_stopped).
    pub async fn run_until_stopped_or<T>(&self, work: impl Future<Output = T>) -> Result<Option<T>> {
        let mut signals = StopSignals::listen()?;
        let done = signals.unless_stopped(work).await;
        let mut shutdown = pin!(self.shutdown());
        // Of work that was done by itself nobody has been asked to stop yet.
        let mut is_asked = done.is_none();
        loop {
            if let Some(stopped) = signals.unless_stopped(&mut shutdown).await {
                return stopped.map(|()| done);
            }
            if is_asked {
                break;
            }
            is_asked = true;
        }
        tracing::warn!("the process was asked to stop again: what still runs is cut");
        self.inner.hurry.request();
        shutdown.await.map(|()| done)
    }
}
