//! The stages in order, over `proc_macro2`.
//!
//! Owns what is emitted when something is wrong: the user's item always, and a stub of what other code names, so that
//! one mistake gives one error.
//! Must never know: the compiler's own `proc_macro`, so that unit tests can run it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use crate::attr::{
    ActionOptions, CratePath, MutationOptions, QueryOptions, Spanned, TableOptions, ValueOptions,
};
use crate::errors::Errors;
use crate::index::{self};
use crate::model::{Attribute, Function, Kind};
use crate::paths::Paths;
use crate::policy::Policy;
use crate::table::Table;
use crate::value::{self, Value};
use crate::{body, check, expand, signature};

/// What a macro gives back: tokens, and each mistake.
pub(crate) type Output = (TokenStream, Vec<syn::Error>);

/// `#[query]`, `#[mutation]`, `#[action]` and their internal forms. `imports` are those of the module around the function, as
/// far as they are known.
pub(crate) fn function(
    attribute: Attribute,
    options: TokenStream,
    item: TokenStream,
    imports: Vec<(String, String)>,
) -> Output {
    let mut errors = Errors::new();
    let name = attribute.name();
    let (crate_path, allowed, policy) = match attribute.kind {
        Kind::Action => {
            let mut options = ActionOptions::parse(name, options, &mut errors);
            (options.crate_path.take(), false, Policy::of_action(options))
        }
        Kind::Mutation => {
            let mut options = MutationOptions::parse(name, options, &mut errors);
            let allowed = options.allow_nondeterminism.is_some();
            (options.crate_path.take(), allowed, Policy::of_mutation(options))
        }
        Kind::Query => {
            let options = QueryOptions::parse(name, options, &mut errors);
            (options.crate_path, options.allow_nondeterminism.is_some(), Policy::default())
        }
    };
    let mut source = match signature::parse(name, item.clone()) {
        Ok(source) => source,
        Err(error) => {
            errors.push(error);
            return (item, errors.finish());
        }
    };
    let paths = paths(crate_path.as_ref());
    let (hidden, body) = {
        let function = Function::new(attribute, &source);
        let sound = check::function(&function, &mut errors);
        policy.check(&function, &mut errors);
        let body = body::check(&function, allowed, imports, &mut errors);
        let hidden = if sound.whole {
            expand::function::whole(&function, &policy, &paths)
        } else if function.receiver.is_some() {
            // Inside an `impl` block no other item can stand beside the method.
            TokenStream::new()
        } else {
            expand::function::stub(&function, &paths, sound)
        };
        (hidden, body)
    };
    // Whatever is done with a call where none can be would be wrong as well.
    source.body = body;
    if source.arguments().any(check::holds_a_call) {
        source.attrs.push(parse_quote!(#[allow(unused_variables)]));
        source.body = quote!({ ::core::unreachable!() });
    }
    source.make_sized();
    // A second macro on the same item would report the same conflict from its side.
    source.attrs.retain(|attr| !check::is_function_macro(attr));
    let item = expand::function::item(&source);
    (quote!(#item #hidden), errors.finish())
}

/// `#[value]`.
pub(crate) fn value(options: TokenStream, item: TokenStream) -> Output {
    let mut errors = Errors::new();
    let options = ValueOptions::parse("value", options, &mut errors);
    let paths = paths(options.crate_path.as_ref());
    let tokens = match value::read("value", item.clone(), &mut errors) {
        Some((source, sound)) => expand::value::value(&Value::new(&source, sound), &paths),
        None => item,
    };
    (tokens, errors.finish())
}

/// `#[table]`, with the `#[index]` lines below it.
pub(crate) fn table(options: TokenStream, item: TokenStream) -> Output {
    let mut errors = Errors::new();
    let options = TableOptions::parse("table", options, &mut errors);
    let options_are_sound = errors.is_empty();
    let paths = paths(options.crate_path.as_ref());
    let Some((mut source, sound)) = value::read("table", item.clone(), &mut errors) else {
        return (item, errors.finish());
    };
    let indexes = index::take(&mut source, &mut errors);
    let value = Value::new(&source, sound);
    let tokens = match Table::new(value, options.name.as_ref(), options_are_sound, indexes, &mut errors) {
        // A generic type is a mistake; what would be made of it knows no parameters.
        Some(table) if source.generics.params.is_empty() => expand::table::table(&table, &paths),
        _ => expand::value::value(&value, &paths),
    };
    (tokens, errors.finish())
}

/// `#[index]` that `#[table]` has not consumed.
pub(crate) fn index(arguments: &TokenStream, item: TokenStream) -> Output {
    let mut errors = Errors::new();
    let item = index::stray_index(arguments, item, &mut errors);
    (item, errors.finish())
}

fn paths(crate_path: Option<&Spanned<CratePath>>) -> Paths {
    Paths::new(crate_path.map(|option| &option.value.0))
}
