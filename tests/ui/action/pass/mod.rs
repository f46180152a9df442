//! Actions that look like mistakes and are none; each is the twin of the case that has its name.

mod allows_nondeterminism;
mod blocking_with_async_context;
mod ctx_db_by_another_name;
mod ctx_db_in_a_helper;
