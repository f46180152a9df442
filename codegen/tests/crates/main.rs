//! Whole crates on disk, read by the generator.

mod broken;
mod condition;
mod golden;
mod layout;
mod mistake;
mod output;
mod support;
