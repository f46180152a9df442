//! A payment provider to practise on: real HTTP, and every way in which a charge can go.
//!
//! | card | what happens |
//! |---|---|
//! | `tok_ok_…` | it is charged |
//! | `tok_declined_<reason>` | it is not: 402 and the reason |
//! | `tok_slow_…` | it is charged at once, but the first answer comes too late |
//! | `tok_busy_…` | 503 at first, charged the second time |
//! | `tok_silent_…` | no answer in time, ever, and no charge |
//!
//! It charges once for each idempotency key and answers from memory after that.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mainspring::{Error, Result, value};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::tables::Currency;

/// How late an answer is that comes too late.
const LATE: Duration = Duration::from_secs(1);

/// `POST /charges`, with the header `Idempotency-Key`.
#[derive(Serialize, Deserialize)]
pub struct ChargeRequest {
    pub order: String,
    pub amount_cents: u64,
    pub currency: Currency,
    pub card: String,
}

/// 200: the card was charged, now or before.
#[derive(Serialize, Deserialize)]
pub struct Charged {
    pub charge: String,
}

/// 402: the card was not charged.
#[derive(Serialize, Deserialize)]
pub struct Declined {
    pub reason: String,
}

/// `GET /report`: what the provider has done, and for which orders.
#[derive(Clone, Default, Serialize)]
struct Report {
    #[serde(flatten)]
    all: Totals,
    orders: BTreeMap<String, Totals>,
}

#[value]
#[derive(Clone, Copy, Default)]
pub struct Totals {
    pub calls: u64,
    pub charges: u64,
    pub charged_cents: u64,
}

/// A provider: one inside this process, which stops when this is dropped, or one elsewhere.
pub struct Provider {
    pub url: String,
    _server: JoinSet<()>,
}

impl Provider {
    pub fn elsewhere(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), _server: JoinSet::new() }
    }

    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(async move {
            if let Err(error) = axum::serve(listener, router()).await {
                tracing::error!(%error, "the payment provider stopped");
            }
        });
        Ok(Self { url, _server: server })
    }
}

/// Runs a provider until Ctrl-C.
pub async fn run(listen: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(listen).await;
    let listener = listener.map_err(|error| Error::msg(format!("cannot listen on {listen}: {error}")))?;
    println!("payment provider on http://{}", listener.local_addr()?);
    tokio::select! {
        served = async { axum::serve(listener, router()).await } => Ok(served?),
        stop = tokio::signal::ctrl_c() => Ok(stop?),
    }
}

type Shared = Arc<Mutex<Ledger>>;

#[derive(Default)]
struct Ledger {
    report: Report,
    /// How often each key was used, and what was charged for it.
    keys: HashMap<String, (u64, Option<String>)>,
}

enum Answer {
    Charged(String),
    ChargedLate(String),
    Declined(String),
    Busy,
    Silence,
}

fn router() -> Router {
    let router = Router::new().route("/charges", post(charge)).route("/report", get(report));
    router.with_state(Shared::default())
}

async fn report(State(ledger): State<Shared>) -> Json<Report> {
    Json(ledger.lock().report.clone())
}

async fn charge(
    State(ledger): State<Shared>,
    headers: HeaderMap,
    Json(request): Json<ChargeRequest>,
) -> Response {
    let Some(Ok(key)) = headers.get("Idempotency-Key").map(|key| key.to_str()) else {
        return (StatusCode::BAD_REQUEST, "the header `Idempotency-Key` is missing").into_response();
    };
    let answer = ledger.lock().answer(key, &request);
    match answer {
        Answer::Charged(charge) => Json(Charged { charge }).into_response(),
        Answer::ChargedLate(charge) => {
            tokio::time::sleep(LATE).await;
            Json(Charged { charge }).into_response()
        }
        Answer::Declined(reason) => (StatusCode::PAYMENT_REQUIRED, Json(Declined { reason })).into_response(),
        Answer::Busy => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answer::Silence => {
            tokio::time::sleep(LATE).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}

impl Ledger {
    fn answer(&mut self, key: &str, request: &ChargeRequest) -> Answer {
        let Self { report, keys } = self;
        let order = report.orders.entry(request.order.clone()).or_default();
        let (uses, charged) = keys.entry(key.to_owned()).or_default();
        report.all.calls += 1;
        order.calls += 1;
        *uses += 1;
        let first = *uses == 1;
        let mut charge = || {
            let charged = charged.get_or_insert_with(|| {
                report.all.charge(request.amount_cents);
                order.charge(request.amount_cents);
                format!("ch_{:06}", report.all.charges)
            });
            charged.clone()
        };
        let card = request.card.strip_prefix("tok_").and_then(|card| card.split_once('_'));
        match card {
            Some(("slow", _)) if first => Answer::ChargedLate(charge()),
            Some(("busy", _)) if first => Answer::Busy,
            Some(("ok" | "slow" | "busy", _)) => Answer::Charged(charge()),
            Some(("silent", _)) => Answer::Silence,
            Some(("declined", reason)) => Answer::Declined(reason.replace('_', " ")),
            _ => Answer::Declined("unknown card".to_owned()),
        }
    }
}

impl Totals {
    fn charge(&mut self, cents: u64) {
        self.charges += 1;
        self.charged_cents += cents;
    }
}
