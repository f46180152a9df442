//! What the public interface promises, seen from outside.

mod backup;
mod cli;
mod code_change;
mod commute;
mod company;
mod conflicts;
mod crons;
mod database;
mod durability;
mod flow;
mod functions;
mod guide;
mod idempotency;
mod job_kills;
mod keys;
mod kills;
mod pagination;
mod receipts;
mod retries;
mod scheduler;
mod schema;
mod storage;
mod testing;
mod transactions;
mod transfer;
mod values;
