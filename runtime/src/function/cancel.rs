//! Asking a running action to stop.
//!
//! Invariant: a request, not a force; whoever runs the action decides when to give up on it, and can learn when no thread works for it any
//! more.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, watch};

/// Whether an action has been asked to stop. Clones see the same request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancellation {
    own: Arc<Own>,
    /// Asking the parent asks all its children.
    parent: Option<Arc<Own>>,
}

#[derive(Debug, Default)]
struct Own {
    requested: watch::Sender<bool>,
    /// How many threads work for the action.
    threads: AtomicUsize,
    thread_ended: Notify,
}

/// That a thread works for an action, until it is dropped.
pub(crate) struct OnThread(Arc<Own>);

impl Cancellation {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A request of its own, which is also made when this one is.
    pub(crate) fn child(&self) -> Self {
        Self { parent: Some(Arc::clone(&self.own)), ..Self::new() }
    }

    /// Asks the action to stop.
    pub(crate) fn request(&self) {
        self.own.requested.send_replace(true);
    }

    pub(crate) fn is_requested(&self) -> bool {
        let is_requested = |own: &Arc<Own>| *own.requested.borrow();
        is_requested(&self.own) || self.parent.as_ref().is_some_and(is_requested)
    }

    /// What `work` comes to, or `None` when the action is or has been asked to stop before.
    pub(crate) async fn unless_requested<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        if self.is_requested() {
            return None;
        }
        let mut done = None;
        crate::env::either(async { done = Some(work.await) }, self.requested()).await;
        done
    }

    /// Notes that a thread works for the action. It goes on when the action has ended.
    pub(crate) fn on_thread(&self) -> OnThread {
        self.own.threads.fetch_add(1, Ordering::SeqCst);
        OnThread(Arc::clone(&self.own))
    }

    /// Whether a thread works for the action.
    pub(crate) fn is_on_thread(&self) -> bool {
        self.own.threads.load(Ordering::SeqCst) > 0
    }

    /// Waits until no thread works for the action.
    pub(crate) async fn threads_ended(&self) {
        loop {
            let mut ended = pin!(self.own.thread_ended.notified());
            ended.as_mut().enable();
            if !self.is_on_thread() {
                return;
            }
            ended.await;
        }
    }

    /// Waits until the action is asked to stop.
    pub(crate) async fn requested(&self) {
        let mut own = self.own.requested.subscribe();
        let mut parent = self.parent.as_ref().map(|parent| parent.requested.subscribe());
        // The senders live as long as `self`, so the waits end only with the request.
        let own = own.wait_for(|requested| *requested);
        match &mut parent {
            Some(parent) => {
                let parent = parent.wait_for(|requested| *requested);
                crate::env::either(async { drop(own.await) }, async { drop(parent.await) }).await;
            }
            None => drop(own.await),
        }
    }
}

impl Drop for OnThread {
    fn drop(&mut self) {
        self.0.threads.fetch_sub(1, Ordering::SeqCst);
        self.0.thread_ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_a_request_to_stop_no_work_begins() {
        let (own, parent) = (Cancellation::new(), Cancellation::new());
        let child = parent.child();
        for (asked, cancellation) in [(&own, &own), (&parent, &child)] {
            assert_eq!(cancellation.unless_requested(async { "begun" }).await, Some("begun"));
            asked.request();
            assert_eq!(cancellation.unless_requested(async { "begun" }).await, None);
        }
    }
}
