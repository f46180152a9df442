//! The tables of the test application.

use mainspring::{Bytes, Id, ScheduledFunction, Timestamp, table, value};

/// What has become of a job.
#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits.
    Pending,
    /// It is done.
    Complete,
    /// It failed.
    Failed,
    /// Nobody took care of it.
    Stale,
}

/// Some work.
#[table(name = "jobs")]
#[index(by_status_and_created_at(status, created_at))]
#[index(by_data(data))]
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What the work is about.
    pub data: String,
    /// What has become of it.
    pub status: Status,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// What came out.
    #[serde(default)]
    pub result: Option<String>,
    /// Which attempt is the next one, or was the last, if it is retried by hand.
    #[serde(default)]
    pub attempt: Option<u32>,
    /// When that is to be.
    #[serde(default)]
    pub next_retry_at: Option<Timestamp>,
}

impl Job {
    /// One that has just been submitted.
    pub fn new(data: String, status: Status, created_at: Timestamp) -> Self {
        Self { data, status, created_at, result: None, attempt: None, next_retry_at: None }
    }
}

/// An account that transfers go from and to.
#[table(name = "accounts")]
#[index(by_owner(owner))]
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Whose it is.
    pub owner: String,
    /// What is on it.
    pub balance: i64,
}

/// A transfer that was made.
#[table(name = "movements")]
#[index(by_source(source))]
#[derive(Clone, Debug, PartialEq)]
pub struct Movement {
    /// Where it came from.
    pub source: Id<Account>,
    /// Where it went.
    pub target: Id<Account>,
    /// How much it was.
    pub amount: i64,
}

/// A document with every type of field.
#[table(name = "samples")]
#[index(by_rank_and_label(rank, label))]
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// A small integer.
    pub rank: i32,
    /// Perhaps a text.
    pub label: Option<String>,
    /// A float.
    pub weight: f64,
    /// Raw bytes.
    pub raw: Bytes,
    /// A nested list.
    pub items: Vec<Item>,
    /// A reference.
    pub job: Option<Id<Job>>,
}

/// A part of a [`Sample`], and an argument.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its price.
    pub price: f64,
}

/// A work that is split up and counted together again.
#[table(name = "batches")]
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// How many parts there are.
    pub total: u32,
    /// How many are done.
    pub completed: u32,
    /// Whether the handler of the end has run.
    pub finished: bool,
}

/// A reminder that can be called off.
#[table(name = "reminders")]
#[derive(Clone, Debug, PartialEq)]
pub struct Reminder {
    /// What to say.
    pub message: String,
    /// How it is called off.
    pub scheduled: Option<Id<ScheduledFunction>>,
}

/// A line of the ledger that crash tests keep.
#[table(name = "entries")]
#[index(by_kind_and_number(kind, number))]
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which entry it belongs to.
    pub number: i64,
    /// Entry, receipt or notice.
    pub kind: String,
}

/// Something that happened in a scheduled function.
#[table(name = "events")]
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A run of a cron, as the function that it called has seen it.
#[table(name = "ticks")]
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// What the cron said.
    pub word: String,
    /// When the run began.
    pub at: Timestamp,
}

/// Who uses the application.
#[table(name = "users")]
#[index(by_token_identifier(token_identifier))]
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Who vouches for them, and their name there.
    pub token_identifier: String,
    /// Their name at the service that they pay.
    pub customer: String,
}

/// What a user has subscribed to.
#[table(name = "subscriptions")]
#[index(by_user(user))]
#[index(by_user_and_plan(user, plan))]
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Whose it is.
    pub user: Id<User>,
    /// Which plan.
    pub plan: String,
    /// The service's name for it.
    pub at_service: String,
}

/// A message.
#[table(name = "messages")]
pub struct Message {
    /// What it says.
    pub body: String,
}
