//! Calls that look like mistakes and are none; each is the twin of the case that has its name.

mod action_as_mutation;
mod dropped_schedule;
mod insert_what_is_no_table;
mod mutation_as_query_in_an_action;
mod mutation_as_query_of_the_app;
mod mutation_as_query_when_blocking;
mod mutation_in_a_query;
mod schedules_with_an_idempotency_key;
