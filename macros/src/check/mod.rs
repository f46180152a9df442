//! The rules for functions that a type cannot express.
//!
//! Owns one function for each rule, with the rule and its reason; [`function`] lists them.
//! Invariant: a check looks at the model and reports; it changes nothing and depends on no other check's outcome.
//! What rustc reports well on the user's own tokens has no rule here.

mod arguments;
mod context;
mod owned;
mod shape;

use syn::Attribute;

use crate::errors::Errors;
use crate::model::Function;

pub(crate) use owned::{holds_a_call, is_inferred, is_spelled_out, make_fit_for_a_field, make_sized, owned};

/// Longest name of anything that has one in the database or on the wire.
pub(crate) const MAX_NAME: usize = 64;

/// Longest name of a field or an argument.
const MAX_FIELD_NAME: usize = 1024;

/// The macros of which one item can have only one.
const FUNCTION_MACROS: [&str; 6] =
    ["query", "mutation", "action", "internal_query", "internal_mutation", "internal_action"];

/// What the expansion may rely on after the checks.
#[derive(Clone, Copy)]
pub(crate) struct Soundness {
    /// Everything: the function can be wired up.
    pub(crate) whole: bool,
    /// The return type can stand in an associated type.
    pub(crate) result: bool,
}

/// Runs every rule over one function.
pub(crate) fn function(function: &Function, errors: &mut Errors) -> Soundness {
    let mut result = true;
    let whole = errors.section(|errors| {
        shape::one_kind(function, errors);
        shape::public_name(function, errors);
        shape::short_name(function, errors);
        shape::plain_function(function, errors);
        shape::no_receiver(function, errors);
        result &= errors.section(|errors| shape::no_generics(function, errors));
        let is_in_order = errors.section(|errors| {
            shape::is_async(function, errors);
            context::has_context(function, errors);
            context::fitting_context(function, errors);
        });
        arguments::unconditional_parameters(function, errors);
        arguments::few_arguments(function, errors);
        arguments::named_arguments(function, errors);
        arguments::owned_arguments(function, errors);
        // Who writes `-> impl Future` for want of `async` has made one mistake.
        if is_in_order || !shape::returns_future(function) {
            result &= errors.section(|errors| arguments::owned_result(function, errors));
        } else {
            result = false;
        }
    });
    result &= function.result.is_none_or(is_spelled_out);
    // Rustc reports a repeated parameter itself, and a type that is not written out; wiring it up would repeat that report.
    let is_known =
        arguments::distinct_arguments(function) && function.arguments.iter().all(|it| is_spelled_out(it.ty));
    Soundness { whole: whole && result && is_known, result }
}

/// Whether `attr` is one of our function macros, by its last segment.
pub(crate) fn is_function_macro(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| FUNCTION_MACROS.iter().any(|name| last.ident == name))
}

/// The rule of the wire that the name of a field or an argument breaks, and the fix.
pub(crate) fn broken_field_name(name: &str) -> Option<String> {
    if !name.is_ascii() {
        let rule = "has a name with letters beyond ASCII: names on the wire have none\nhelp: rename it";
        return Some(rule.to_owned());
    }
    let length = name.len();
    (length > MAX_FIELD_NAME).then(|| {
        format!("has a name of {length} characters: {MAX_FIELD_NAME} are the most\nhelp: shorten it")
    })
}

/// A name that keeps what is readable of a reserved one.
fn suggestion(name: &str) -> &str {
    match name.trim_start_matches('_') {
        "" => "name",
        plain => plain,
    }
}
