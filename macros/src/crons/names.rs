//! The names of crons: readable, and each once.
//!
//! Invariant: as for all of [`super`]; the same rules as at start, by the same code.

use std::collections::HashMap;

use crate::dialect::check_name;
use proc_macro2::Span;

use super::calls::Declaration;
use crate::errors::Errors;

pub(super) fn check(declarations: &[Declaration], errors: &mut Errors) {
    let mut known: HashMap<String, Span> = HashMap::new();
    for literal in declarations.iter().filter_map(Declaration::name) {
        let name = literal.value();
        if let Err(error) = check_name(&name) {
            errors.on(&literal, format!("{error}\nhelp: write what it does, such as \"daily report\""));
        } else if let Some(first) = known.get(&name) {
            let line = first.start().line;
            errors.on(
                &literal,
                format!(
                    "two crons are called `{name}`, the first in line {line}: a cron is known by its name\n\
                     help: rename one of the two"
                ),
            );
        } else {
            known.insert(name, literal.span());
        }
    }
}
