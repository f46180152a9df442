//! Mutations that look like mistakes and are none; each is the twin of the case that has its name.

mod argument_is_a_pattern;
mod draws_a_random_number;
mod limit_per_unknown_argument;
mod on_failure_takes_something_else;
mod reads_a_file;
mod wrong_context;
