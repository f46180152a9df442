//! Asking a running action to stop.
//!
//! Invariant: a request, not a force; whoever runs the action decides when to give up on it.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

/// Whether an action has been asked to stop. Clones see the same request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancellation {
    requested: Arc<watch::Sender<bool>>,
    /// Asking the parent asks all its children.
    parent: Option<Arc<watch::Sender<bool>>>,
}

impl Cancellation {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A request of its own, which is also made when this one is.
    pub(crate) fn child(&self) -> Self {
        Self { parent: Some(Arc::clone(&self.requested)), ..Self::new() }
    }

    /// Asks the action to stop.
    pub(crate) fn request(&self) {
        self.requested.send_replace(true);
    }

    pub(crate) fn is_requested(&self) -> bool {
        *self.requested.borrow() || self.parent.as_ref().is_some_and(|parent| *parent.borrow())
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

    /// Waits until the action is asked to stop.
    pub(crate) async fn requested(&self) {
        let mut own = self.requested.subscribe();
        let mut parent = self.parent.as_ref().map(|parent| parent.subscribe());
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
