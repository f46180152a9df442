//! Company for a running function: what it polls into being runs in the middle of it, on the same thread.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mainspring::{App, Result, VirtualClock};

pub(crate) type Running = Pin<Box<dyn Future<Output = Result<()>>>>;

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// What the functions of a test reach beyond their context.
pub(crate) struct Here {
    app: App,
    clock: Option<VirtualClock>,
    /// How often a function has run.
    pub(crate) runs: u32,
    pub(crate) company: Vec<Running>,
}

impl Here {
    pub(crate) fn begin(app: &App, clock: Option<VirtualClock>) {
        HERE.set(Some(Self { app: app.clone(), clock, runs: 0, company: Vec::new() }));
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.as_ref().expect("a simulated clock").advance(by);
    }
}

pub(crate) fn here<R>(work: impl FnOnce(&mut Here) -> R) -> R {
    HERE.with_borrow_mut(|here| work(here.as_mut().expect("the test has begun")))
}

pub(crate) fn poll(running: &mut Running) -> Poll<Result<()>> {
    running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs something of its own in the middle of a function.
pub(crate) fn in_between(run: impl FnOnce(App) -> Running) {
    let app = here(|here| here.app.clone());
    let Poll::Ready(done) = poll(&mut run(app)) else { panic!("nothing is in its way") };
    done.expect("it succeeds");
}
