//! Indexes that look like mistakes and are none; each is the twin of the case that has its name.

mod field_is_no_value;
mod reserved_name;
mod two_lower_bounds;
mod wrong_field_type;
