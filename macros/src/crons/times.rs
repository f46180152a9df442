//! The times of crons, as far as they are literals: expressions, intervals, times of day, time zones.
//!
//! Invariant: as for all of [`super`]; expressions, zones and intervals by the same code as at start.

use std::time::Duration;

use crate::dialect::{Expression, ExpressionError, check_interval, zone_name};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{LitFloat, LitInt};

use super::calls::{Declaration, text};
use crate::attr::entries;
use crate::errors::Errors;

/// What is allowed but probably not meant.
pub(super) struct Warning {
    pub(super) span: Span,
    /// The kind, as an identifier.
    pub(super) code: &'static str,
    pub(super) message: String,
}

pub(super) fn check(declarations: &[Declaration], errors: &mut Errors, warnings: &mut Vec<Warning>) {
    for declaration in declarations {
        let argument = |position: usize| declaration.arguments.get(position);
        match declaration.method.to_string().as_str() {
            "cron" => expression(argument(1), errors, warnings),
            "interval" => interval(argument(1), errors),
            "hourly" => number(argument(1), "minute", 0..=59, errors),
            "daily" => time_of_day(argument(1), errors),
            "weekly" => time_of_day(argument(2), errors),
            "monthly" => {
                number(argument(1), "day of month", 1..=31, errors);
                time_of_day(argument(2), errors);
            }
            _ => {}
        }
        for (option, arguments) in &declaration.options {
            if option == "time_zone" {
                time_zone(arguments.first(), errors);
            }
        }
    }
}

fn expression(argument: Option<&TokenStream>, errors: &mut Errors, warnings: &mut Vec<Warning>) {
    let Some(literal) = argument.and_then(text) else { return };
    let text = literal.value();
    match Expression::parse(&text) {
        Ok(expression) => {
            warnings.extend(expression.lints().iter().map(|lint| Warning {
                span: literal.span(),
                code: lint.code(),
                message: format!("\n{}", lint.picture(&text)),
            }));
        }
        Err(error) => {
            let message = format!("`{text}` is no cron expression\n{}{}", error.picture(), way_out(&error));
            errors.on(literal, message);
        }
    }
}

/// The fields, for problems that bring no help of their own.
fn way_out(error: &ExpressionError) -> &'static str {
    if error.problems().iter().any(|problem| problem.help().is_some()) {
        return "";
    }
    "\nhelp: the five fields are minute, hour, day of month, month and day of week: \"0 9 * * mon-fri\""
}

fn time_zone(argument: Option<&TokenStream>, errors: &mut Errors) {
    let Some(literal) = argument.and_then(text) else { return };
    if let Err(error) = zone_name(&literal.value()) {
        let example = error.suggestion.unwrap_or("Europe/Berlin");
        errors.on(literal, format!("{error}\nhelp: write an IANA name, such as \"{example}\""));
    }
}

fn interval(argument: Option<&TokenStream>, errors: &mut Errors) {
    let Some(argument) = argument else { return };
    if let Some(every) = duration(argument)
        && let Err(error) = check_interval(every)
    {
        errors.on(argument, format!("{error}\nhelp: write `Duration::from_mins(1)`, for example"));
    }
}

/// `at(9, 30)`, by the last segment of its path.
fn time_of_day(argument: Option<&TokenStream>, errors: &mut Errors) {
    let Some((function, arguments)) = argument.and_then(call) else { return };
    if function == "at" {
        number(arguments.first(), "hour", 0..=23, errors);
        number(arguments.get(1), "minute", 0..=59, errors);
    }
}

fn number(
    argument: Option<&TokenStream>,
    what: &str,
    bounds: std::ops::RangeInclusive<u64>,
    errors: &mut Errors,
) {
    let Some(literal) = argument.and_then(|argument| syn::parse2::<LitInt>(argument.clone()).ok()) else {
        return;
    };
    if literal.base10_parse().is_ok_and(|value: u64| !bounds.contains(&value)) {
        let (first, last) = bounds.into_inner();
        errors.on(
            &literal,
            format!("{what} {literal} does not exist\nhelp: write a number from {first} to {last}"),
        );
    }
}

/// The duration that `Duration::from_mins(5)` and its kin make of a literal.
fn duration(argument: &TokenStream) -> Option<Duration> {
    let tokens: Vec<TokenTree> = argument.clone().into_iter().collect();
    if matches!(tokens.last(), Some(TokenTree::Ident(last)) if last == "ZERO") {
        return Some(Duration::ZERO);
    }
    let (function, arguments) = call(argument)?;
    let amount = arguments.first()?;
    let float = || syn::parse2::<LitFloat>(amount.clone()).ok()?.base10_parse::<f64>().ok();
    let whole = || syn::parse2::<LitInt>(amount.clone()).ok()?.base10_parse::<u64>().ok();
    let of_seconds = |length: u64| Some(Duration::from_secs(whole()?.checked_mul(length)?));
    match function.as_str() {
        "from_nanos" => whole().map(Duration::from_nanos),
        "from_micros" => whole().map(Duration::from_micros),
        "from_millis" => whole().map(Duration::from_millis),
        "from_secs" => of_seconds(1),
        "from_mins" => of_seconds(60),
        "from_hours" => of_seconds(3_600),
        "from_secs_f32" | "from_secs_f64" => Duration::try_from_secs_f64(float()?).ok(),
        _ => None,
    }
}

/// The last segment of the path that is called, and the arguments.
fn call(argument: &TokenStream) -> Option<(String, Vec<TokenStream>)> {
    let tokens: Vec<TokenTree> = argument.clone().into_iter().collect();
    match tokens.as_slice() {
        [path @ .., TokenTree::Ident(function), TokenTree::Group(group)]
            if group.delimiter() == Delimiter::Parenthesis && path.iter().all(is_of_path) =>
        {
            Some((function.to_string(), entries(group.stream())))
        }
        _ => None,
    }
}

fn is_of_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}
