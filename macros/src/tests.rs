//! Tests over `proc_macro2`: expansions as golden files, single properties, and every message.

mod bodies;
mod crons;
mod editors;
mod functions;
mod golden;
mod incomplete;
mod policies;
mod tables;

use proc_macro2::TokenStream;

use crate::model::{Attribute, Kind, Reach};
use crate::pipeline::{self, Output};

fn parse(source: &str) -> TokenStream {
    source.parse().expect("a test's source is made of tokens")
}

fn attribute(name: &str) -> Attribute {
    let (reach, kind) = match name.strip_prefix("internal_") {
        Some(kind) => (Reach::Internal, kind),
        None => (Reach::Public, name),
    };
    let kind = match kind {
        "query" => Kind::Query,
        "mutation" => Kind::Mutation,
        "action" => Kind::Action,
        _ => panic!("`{name}` is no function macro"),
    };
    Attribute { kind, reach }
}

/// Expands `#[name(options)] item`.
fn expand(name: &str, options: &str, item: &str) -> Output {
    let (options, item) = (parse(options), parse(item));
    match name {
        "value" => pipeline::value(options, item),
        "table" => pipeline::table(options, item),
        "crons" => crate::crons::crons(options, item),
        "index" => pipeline::index(&options, item),
        name => pipeline::function(attribute(name), options, item, Vec::new()),
    }
}

/// Each mistake as `tokens it lies on | message`.
fn mistakes(name: &str, options: &str, item: &str) -> Vec<String> {
    let (_, errors) = expand(name, options, item);
    errors
        .iter()
        .map(|error| format!("{} | {error}", error.span().source_text().unwrap_or_default()))
        .collect()
}

/// Whether `part` is in `text`, whatever the spaces.
fn contains(text: &str, part: &str) -> bool {
    let dense = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
    dense(text).contains(&dense(part))
}

/// The expansion as a file, the user's item included.
fn pretty(tokens: TokenStream) -> String {
    let text = tokens.to_string();
    match syn::parse2(tokens) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("the expansion is no Rust file: {error}\n{text}"),
    }
}
