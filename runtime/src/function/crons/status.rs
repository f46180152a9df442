//! What crons are and do, to look at.
//!
//! Invariant: reads only.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Index, Query, Transaction};
use crate::error::DbError;
use crate::function::crons::record::{Cron, CronRun, CronSource};
use crate::function::crons::run::by_cron;
use crate::recurrence::{Recurrence, Slot};
use crate::store::Order;
use crate::value::{Doc, Timestamp, Value};

/// How many coming runs are told.
const NEXT: usize = 5;

/// A cron with its coming and its latest runs. From [`App::crons`](crate::App::crons) and `ctx.crons`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CronStatus {
    /// The name.
    pub name: String,
    /// The path of the function that it runs.
    pub function: String,
    /// Who made it.
    pub source: CronSource,
    /// The cron expression, or `every 90 minutes`.
    pub schedule: String,
    /// The same in English, with the time zone: `at 09:00, Monday to Friday, Europe/Berlin`.
    pub description: String,
    /// The IANA name of the zone whose clock counts.
    pub time_zone: String,
    /// The next five instants at which it runs; fewer at the end of its calendar, which is the end of the year 2100.
    ///
    /// While a run waits for the end of the one before it (`is_waiting`), it comes first, with the instant for which it is
    /// scheduled, which has passed; so do all that wait. What has come due since is not among them: it will be skipped.
    pub next: Vec<Timestamp>,
    /// The same for people to read: what the clock of the zone shows at each, the instant, and a remark where that clock is
    /// changed, such as `Mon 2026-11-23 09:00 (2026-11-23T08:00:00Z)`; of an interval the instants.
    #[serde(default)]
    pub next_in_words: Vec<String>,
    /// The latest runs, newest first (`Knobs::cron_runs_kept`).
    pub runs: Vec<CronRun>,
    /// Whether a run waits for the end of the one before it.
    pub is_waiting: bool,
    /// How many runs were skipped because a run before them had not ended.
    pub skipped: u64,
}

impl Value for CronStatus {}

/// The crons in the order of their names.
pub(super) async fn all(transaction: &Transaction, now: Timestamp) -> Result<Vec<CronStatus>, DbError> {
    let by_name = Index::<Cron, (String, ())>::new(Cron::BY_NAME);
    let crons = Query::<Cron>::new(transaction).with_index(by_name).collect().await?;
    let mut statuses = Vec::new();
    for cron in crons {
        statuses.push(status(transaction, cron, now).await?);
    }
    Ok(statuses)
}

/// The cron of a name.
pub(super) async fn named(transaction: &Transaction, name: &str) -> Result<Option<Doc<Cron>>, DbError> {
    let by_name = Index::<Cron, (String, ())>::new(Cron::BY_NAME);
    Query::<Cron>::new(transaction).with_index(by_name.eq(name)).first().await
}

/// The coming runs as people read them, from those on that start at `since`.
pub(crate) fn next_in_words(cron: &Cron, since: Timestamp, count: usize) -> Vec<String> {
    let Some(recurrence) = cron.recurrence() else { return Vec::new() };
    let before = since - cron.delay() - Duration::from_micros(1);
    let done = cron.progress().resumed(&recurrence);
    recurrence.preview(done.max(before), cron.delay(), count)
}

/// The cron, as it looks at `now`.
pub(super) async fn status(
    transaction: &Transaction,
    cron: Doc<Cron>,
    now: Timestamp,
) -> Result<CronStatus, DbError> {
    let runs = Query::<CronRun>::new(transaction).with_index(by_cron().eq(cron.id));
    let runs = runs.order(Order::Descending).collect().await?;
    let (delay, is_waiting, recurrence) = (cron.delay(), cron.is_waiting(), cron.recurrence());
    let slots = |recurrence: &Recurrence| cron.next_slots(recurrence, NEXT, now);
    let slots = recurrence.as_ref().map(slots).unwrap_or_default();
    let next = slots.iter().map(|slot| slot.at + delay).collect();
    let in_words = |slot: Slot| recurrence.as_ref().map(|recurrence| recurrence.in_words(slot, delay));
    let next_in_words = slots.iter().filter_map(|slot| in_words(*slot)).collect();
    let Cron { name, function, source, schedule, description, time_zone, skipped, .. } = cron.value;
    let runs = runs.into_iter().map(|run| run.value).collect();
    Ok(CronStatus {
        name,
        function,
        source,
        schedule,
        description,
        time_zone,
        next,
        next_in_words,
        runs,
        is_waiting,
        skipped,
    })
}
