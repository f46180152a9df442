//! Asking a running action to stop.
//!
//! Invariant: a request, not a force; whoever runs the action decides when to give up on it.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether an action has been asked to stop. Clones see the same request.
#[derive(Clone, Debug)]
pub(crate) struct Cancellation {
    requested: Arc<watch::Sender<bool>>,
}

impl Cancellation {
    pub(crate) fn new() -> Self {
        Self { requested: Arc::new(watch::Sender::new(false)) }
    }

    /// Asks the action to stop.
    pub(crate) fn request(&self) {
        self.requested.send_replace(true);
    }

    pub(crate) fn is_requested(&self) -> bool {
        *self.requested.borrow()
    }

    /// Waits until the action is asked to stop.
    pub(crate) async fn requested(&self) {
        let mut receiver = self.requested.subscribe();
        // The sender lives as long as `self`, so the wait ends only with the request.
        let _ = receiver.wait_for(|requested| *requested).await;
    }
}
