//! An application in which no name means what generated code might take it to mean: no prelude, the framework under
//! another name, and types, modules and values that are called like everything that an expansion mentions.
//!
//! It only has to compile, without a warning.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, clippy::missing_errors_doc, reason = "the names are the point")]

pub mod crons;
pub mod functions;
pub mod names;
pub mod tables;

::clockwork::functions!();
