//! `#[crons]`: a function that declares crons.
//!
//! Owns the stages of this one macro: `signature` judges the function's head, `calls` finds what its body declares,
//! `times` and `names` judge that, `expand` writes.
//! Invariant: the body is looked at as tokens. What is no literal, or not written as a method of the parameter, is left
//! to the check at start, which says the same.

mod calls;
mod expand;
mod names;
mod signature;
mod times;

use proc_macro2::TokenStream;

use crate::attr::CronsOptions;
use crate::errors::Errors;
use crate::paths::Paths;
use crate::pipeline::Output;

/// The whole macro.
pub(crate) fn crons(options: TokenStream, item: TokenStream) -> Output {
    let mut errors = Errors::new();
    let options = CronsOptions::parse("crons", options, &mut errors);
    let paths = Paths::new(options.crate_path.as_ref().map(|option| &option.value.0));
    let mut source = match signature::read(item.clone()) {
        Ok(source) => source,
        Err(error) => {
            errors.push(error);
            return (item, errors.finish());
        }
    };
    let is_whole = signature::check(&source, &mut errors);
    let mut warnings = Vec::new();
    if let Some(parameter) = signature::parameter(&source) {
        let calls = calls::find(&parameter.to_string(), &source.body);
        names::check(&calls, &mut errors);
        times::check(&calls, &mut errors, &mut warnings);
    }
    let tokens = expand::crons(&mut source, is_whole, &warnings, &paths);
    (tokens, errors.finish())
}
