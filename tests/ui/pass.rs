//! The twins of the cases: what looks alike and compiles, without a warning.

#[path = "action/pass/mod.rs"]
mod action;
#[path = "call/pass/mod.rs"]
mod call;
#[path = "crons/pass/mod.rs"]
mod crons;
#[path = "index/pass/mod.rs"]
mod index;
#[path = "mutation/pass/mod.rs"]
mod mutation;
#[path = "query/pass/mod.rs"]
mod query;
#[path = "table/pass/mod.rs"]
mod table;
#[path = "value/pass/mod.rs"]
mod value;
