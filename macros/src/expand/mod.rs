//! Writing what an item expands to.
//!
//! Owns the shape of generated code, one file for each family of macros.
//! Invariant: infallible. Everything that could be wrong has been reported before, and behaviour lives in the runtime.

pub(crate) mod function;
mod plain;
pub(crate) mod table;
pub(crate) mod value;
