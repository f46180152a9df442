//! Values that look like mistakes and are none; each is the twin of the case that has its name.

mod field_is_a_reference;
mod field_is_no_value;
mod field_is_untyped;
mod field_of_a_variant_is_no_value;
mod unknown_field_type;
