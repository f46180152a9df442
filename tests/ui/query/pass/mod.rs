//! Queries that look like mistakes and are none; each is the twin of the case that has its name.

mod context_is_no_context;
mod draws_a_random_number;
mod escape_without_reason;
mod missing_parameters;
mod reads_a_clock;
mod schedules;
mod too_many_arguments;
