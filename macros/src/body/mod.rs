//! What a function's body shows of misuse, by its tokens.
//!
//! Owns the rules that no type can express, or that a type expresses badly: members that a context lacks on purpose,
//! and what makes a repeated run come out differently.
//! Invariant: tokens only. A body that is half typed, or full of macro calls, is looked through all the same, and
//! what tokens cannot show is left to the types and to the guard at run time.

mod determinism;
mod imports;
mod members;

use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use crate::errors::Errors;
use crate::model::{ContextType, Function, Kind};

/// Checks the body, and gives back what is to be compiled in its place: the same, except that a mistake which rustc
/// would report as well stands as an error where it was made.
pub(crate) fn check(
    function: &Function,
    allowed: bool,
    imports: Vec<(String, String)>,
    errors: &mut Errors,
) -> TokenStream {
    let mut body = function.source.body.clone();
    if function.attribute.kind != Kind::Action && !allowed {
        body = determinism::replace(function, body, imports, errors);
    }
    match fitting_context(function) {
        Some(context) => members::replace(function, context, body),
        None => body,
    }
}

/// The context of the function, unless it has none or the wrong one: then that is the mistake.
fn fitting_context(function: &Function) -> Option<ContextType> {
    let wanted = function.context_type();
    let declared = function.context.as_ref()?.referent()?;
    ContextType::of(declared).is_none_or(|found| found == wanted).then_some(wanted)
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// An expression that is this error, from `first` to `last`. Round brackets, so that what follows still belongs to
/// the expression where it begins a statement.
fn error(first: Span, last: Span, message: &str) -> TokenStream {
    let mut literal = Literal::string(message);
    literal.set_span(first);
    let mut group = Group::new(Delimiter::Parenthesis, TokenTree::Literal(literal).into());
    group.set_span(last);
    quote_spanned!(first=> ::core::compile_error! #group)
}
