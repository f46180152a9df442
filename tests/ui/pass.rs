//! The twins of the cases: what looks alike and compiles, without a warning.

#[path = "action/pass.rs"]
mod action;
#[path = "call/pass.rs"]
mod call;
#[path = "index/pass.rs"]
mod index;
#[path = "mutation/pass.rs"]
mod mutation;
#[path = "query/pass.rs"]
mod query;
#[path = "table/pass.rs"]
mod table;
#[path = "value/pass.rs"]
mod value;
