//! The outside world: an HTTP server that counts who calls it, and outlives who does.
//!
//! Invariant: a call counts from the moment at which it arrives, whatever becomes of the caller.

use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use mainspring_tests::functions::parcels::DOORS;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Event;

/// A call as the server has seen it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) attempt: u32,
    pub(super) key: String,
    pub(super) succeeded: bool,
}

pub(super) struct Server {
    pub(super) url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// By what was called, and what about.
    calls: HashMap<(String, String), Vec<Call>>,
    /// Calls that have not been answered, by life and limit.
    open: HashMap<(u32, String), usize>,
    /// What went over a limit.
    excesses: Vec<String>,
    /// The highest number of open calls of each limit.
    peaks: HashMap<String, usize>,
    trap: Option<Trap>,
}

/// Tells when a call has come that is to be the caller's last.
struct Trap {
    left: u32,
    told: Sender<Event>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let shared = Arc::new(Shared::default());
        let router = Router::new().route("/{what}/{about}/{attempt}/{life}", post(answer));
        let router = router.with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, shared, task }
    }

    /// Tells `told` of the call number `number` from now on.
    pub(super) fn trap(&self, number: u32, told: Sender<Event>) {
        self.shared.book().trap = Some(Trap { left: number, told });
    }

    pub(super) fn disarm(&self) {
        self.shared.book().trap = None;
    }

    pub(super) fn calls(&self) -> HashMap<(String, String), Vec<Call>> {
        self.shared.book().calls.clone()
    }

    pub(super) fn excesses(&self) -> Vec<String> {
        self.shared.book().excesses.clone()
    }

    /// How many calls there were at once, at most, under a limit.
    pub(super) fn peak(&self, limit: &str) -> usize {
        self.shared.book().peaks.get(limit).copied().unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Path((what, about, attempt, life)): Path<(String, String, u32, u32)>,
    headers: HeaderMap,
) -> StatusCode {
    let number = about.parse().unwrap_or_default();
    let succeeded = !goes_wrong(&what, number, attempt);
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let limit = limit(&what, number);
    let is_last = {
        let mut book = shared.book();
        let call = Call { attempt, key: key.to_owned(), succeeded };
        book.calls.entry((what, about)).or_default().push(call);
        if let Some((limit, most)) = &limit {
            let open = book.open.entry((life, limit.clone())).or_default();
            *open += 1;
            let open = *open;
            let peak = book.peaks.entry(limit.clone()).or_default();
            *peak = open.max(*peak);
            if open > *most {
                book.excesses
                    .push(format!("{open} calls at once under the limit of {limit}, in life {life}"));
            }
        }
        book.trap.as_mut().is_some_and(|trap| {
            trap.left = trap.left.saturating_sub(1);
            trap.left == 0 && trap.told.send(Event::Called).is_ok()
        })
    };
    let pause = if is_last { 100 } else { 2 };
    tokio::time::sleep(Duration::from_millis(pause)).await;
    if let Some((limit, _)) = limit
        && let Some(open) = shared.book().open.get_mut(&(life, limit))
    {
        *open -= 1;
    }
    if succeeded { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

/// Which calls are refused.
fn goes_wrong(what: &str, number: u32, attempt: u32) -> bool {
    match what {
        "announce" => number % 7 == 3,
        "forward" => number.is_multiple_of(2) && attempt == 1,
        "deliver" => number % 10 == 7 || number.is_multiple_of(3) && attempt == 1,
        "process_with_retry" => attempt <= number % 4,
        _ => false,
    }
}

/// Under which limit a call is, and how many there may be at once.
fn limit(what: &str, number: u32) -> Option<(String, usize)> {
    match what {
        "load" => Some(("the ramp".to_owned(), 2)),
        "ring" => Some((format!("door {}", number % DOORS), 1)),
        _ => None,
    }
}
