//! The names of the crons that a `#[crons]` function declares.
//!
//! Invariant: only what is declared for certain. A name that is no literal, or under a condition, an attribute or anything
//! else in brackets, is left to the check at start.

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};

use super::{CronName, position};
use crate::attribute::text;

/// The methods that declare one; their first argument is its name.
const METHODS: [&str; 6] = ["interval", "cron", "hourly", "daily", "weekly", "monthly"];

/// The names in the rest of a function, which begins after its own name.
pub(super) fn names(function: &[TokenTree]) -> Vec<CronName> {
    let Some(parameters) = group(function, Delimiter::Parenthesis) else { return Vec::new() };
    let Some(body) = group(function, Delimiter::Brace) else { return Vec::new() };
    let Some(parameter) = parameter(parameters) else { return Vec::new() };
    let body: Vec<TokenTree> = body.into_iter().collect();
    let statements = body.split(|token| matches!(token, TokenTree::Punct(end) if end.as_char() == ';'));
    statements.filter_map(|statement| declared(&parameter, statement)).collect()
}

fn group(tokens: &[TokenTree], delimiter: Delimiter) -> Option<TokenStream> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    })
}

/// The name of the first parameter.
fn parameter(parameters: TokenStream) -> Option<Ident> {
    parameters.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident != "mut" => Some(ident),
        _ => None,
    })
}

/// The name in a statement such as `crons.daily("report", …).time_zone("Europe/Berlin")`.
fn declared(parameter: &Ident, statement: &[TokenTree]) -> Option<CronName> {
    let [
        TokenTree::Ident(receiver),
        TokenTree::Punct(dot),
        TokenTree::Ident(method),
        TokenTree::Group(arguments),
        ..,
    ] = statement
    else {
        return None;
    };
    let is_declaration = receiver == parameter
        && dot.as_char() == '.'
        && METHODS.iter().any(|name| method == name)
        && arguments.delimiter() == Delimiter::Parenthesis;
    if !is_declaration {
        return None;
    }
    let mut arguments = arguments.stream().into_iter();
    match (arguments.next()?, arguments.next()?) {
        (TokenTree::Literal(name), TokenTree::Punct(comma)) if comma.as_char() == ',' => cron_name(&name),
        _ => None,
    }
}

fn cron_name(literal: &Literal) -> Option<CronName> {
    Some(CronName { name: text(literal)?, at: position(literal.span()) })
}
