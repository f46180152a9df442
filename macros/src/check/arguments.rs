//! Arguments and results: named, owned, of one known type, and not too many.
//!
//! Owns what can be said of a type by its looks; whether it is a value is rustc's to say. Invariant: as for all of
//! [`super`].

use super::context::misplaced_context;
use super::owned::owned;
use super::{broken_field_name, suggestion};
use crate::errors::Errors;
use crate::model::{Function, Parameter};

/// More arguments than this want names of their own: a struct.
const MAX_ARGUMENTS: usize = 12;

/// Clients and stored schedules know one list of arguments, whatever the build's features are.
pub(super) fn unconditional_parameters(function: &Function, errors: &mut Errors) {
    for parameter in function.context.iter().chain(&function.arguments) {
        for attr in parameter
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
        {
            errors.on(
                attr,
                format!(
                    "parameter of {} is conditional: its signature is part of the interface\n\
                     help: put `#[cfg]` on whole functions",
                    function.title(),
                ),
            );
        }
    }
}

/// A long list is better read, and better extended, as a struct.
pub(super) fn few_arguments(function: &Function, errors: &mut Errors) {
    if let Some(first_extra) = function.arguments.get(MAX_ARGUMENTS) {
        errors.on(
            first_extra.pat,
            format!(
                "{} has {} arguments: {MAX_ARGUMENTS} are the most\nhelp: put them into a `#[value]` struct",
                function.title(),
                function.arguments.len(),
            ),
        );
    }
}

/// Arguments travel by name, so each has one; names that start with `_` belong to the framework.
pub(super) fn named_arguments(function: &Function, errors: &mut Errors) {
    for (index, argument) in function.arguments.iter().enumerate() {
        if misplaced_context(function, argument) {
            continue;
        }
        let Some(name) = argument.wire_name() else {
            errors.on(
                argument.pat,
                format!(
                    "argument {} of {} is a pattern: arguments are sent by name\n\
                     help: give it a name, and take it apart in the body",
                    index + 1,
                    function.title(),
                ),
            );
            continue;
        };
        if name.starts_with('_') {
            let plain = suggestion(&name);
            errors.on(
                argument.pat,
                format!(
                    "argument `{name}` has a reserved name: names that start with `_` belong to mainspring\n\
                     help: rename it to `{plain}`; `let _ = {plain};` marks it as unused",
                ),
            );
        } else if let Some(rule) = broken_field_name(&name) {
            errors.on(argument.pat, format!("argument `{name}` {rule}"));
        }
    }
}

/// Arguments are decoded from the wire, and stored with a schedule: owned, and of one known type.
pub(super) fn owned_arguments(function: &Function, errors: &mut Errors) {
    for argument in &function.arguments {
        if misplaced_context(function, argument) {
            continue;
        }
        let place =
            argument.wire_name().map_or_else(|| "argument".to_owned(), |name| format!("argument `{name}`"));
        owned(&place, argument.ty, errors);
    }
}

/// Results are encoded after the function's transaction has ended.
pub(super) fn owned_result(function: &Function, errors: &mut Errors) {
    if let Some(ty) = function.result {
        owned(&format!("result of {}", function.title()), ty, errors);
    }
}

/// Whether every argument has a name of its own.
pub(super) fn distinct_arguments(function: &Function) -> bool {
    let mut names: Vec<_> = function.arguments.iter().filter_map(Parameter::wire_name).collect();
    names.sort_unstable();
    names.windows(2).all(|pair| pair[0] != pair[1])
}
