//! An application that denies every lint that its users might deny. It only has to compile and to pass clippy.

#![deny(warnings, future_incompatible, keyword_idents, let_underscore, nonstandard_style, rust_2018_idioms)]
#![deny(
    missing_copy_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unused,
    unused_crate_dependencies,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

pub mod crons;
pub mod functions;
pub mod tables;

mainspring::functions!();
