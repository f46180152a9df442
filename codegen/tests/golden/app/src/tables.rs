use mainspring::{Id, Timestamp, table, value};

#[value]
pub enum Status {
    Pending,
    Complete,
}

/// Work to do.
#[table(name = "jobs")]
#[index(by_status_and_created_at(status, created_at))]
pub struct Job {
    pub data: String,
    pub status: Status,
    pub created_at: Timestamp,
}

#[table(name = "invoices")]
pub struct Invoice {
    pub job: Id<Job>,
    pub cents: i64,
}

#[cfg(feature = "audit")]
#[table(name = "audit")]
pub struct Entry {
    pub text: String,
}
