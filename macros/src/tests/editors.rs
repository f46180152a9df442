//! What an editor relies on: the same expansion every time, and generated names that lie on the user's.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::expand;

const FUNCTION: &str =
    "pub async fn submit_job(ctx: &MutationCtx, data: Vec<Item>) -> Result<Id<Job>> { half. }";
const TABLE: &str = "#[index(by_name(name))] pub struct Job { pub name: String, pub items: Vec<Item> }";

/// Every identifier in the expansion, with the text in the source that it lies on.
fn identifiers(tokens: TokenStream) -> Vec<(String, String)> {
    let told = |ident: Ident| {
        let source = ident.span().source_text().unwrap_or_default();
        vec![(ident.to_string(), source)]
    };
    let inner = |token| match token {
        TokenTree::Group(group) => identifiers(group.stream()),
        TokenTree::Ident(ident) => told(ident),
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(inner).collect()
}

/// The texts on which the identifiers `name` of an expansion lie.
fn places(macro_name: &str, options: &str, item: &str, name: &str) -> Vec<String> {
    let (tokens, errors) = expand(macro_name, options, item);
    assert!(errors.is_empty(), "{errors:?}");
    let found = identifiers(tokens).into_iter().filter(|(found, _)| found == name);
    found.map(|(_, source)| source).collect()
}

#[test]
fn going_to_the_definition_of_a_call_ends_at_the_function() {
    for name in ["__submit_job_call", "__submit_job", "submit_job"] {
        let places = places("mutation", "", FUNCTION, name);
        assert!(!places.is_empty() && places.iter().all(|place| place == "submit_job"), "{name}: {places:?}");
    }
}

#[test]
fn hovering_over_arguments_types_and_the_body_shows_the_user_s_own() {
    for name in ["data", "Item", "Job", "half"] {
        let places = places("mutation", "", FUNCTION, name);
        assert!(!places.is_empty() && places.iter().all(|place| place == name), "{name}: {places:?}");
    }
}

#[test]
fn going_to_the_definition_of_an_index_or_a_field_ends_at_the_struct() {
    for name in ["by_name", "name", "Job", "Item"] {
        let places = places("table", "name = \"jobs\"", TABLE, name);
        let own = places.iter().filter(|place| *place == name).count();
        // `name` is a member of generated structs as well.
        assert!(own > 0 && (own == places.len() || name == "name"), "{name}: {places:?}");
    }
}

#[test]
fn an_expansion_is_the_same_every_time() {
    for (name, options, item) in [
        ("mutation", "retry(max_attempts = 5, backoff = \"1s\")", FUNCTION),
        ("table", "name = \"jobs\"", TABLE),
        ("value", "", "enum A { B, C { d: Vec<D>, e: Option<E> } }"),
        (
            "crons",
            "",
            "fn crons(crons: &mut Crons) { crons.hourly(\"a\", 1, f()); crons.cron(\"b\", \"*/7 * * * *\", g()); }",
        ),
        // With everything that is said of it.
        (
            "query",
            "retries, crate = x",
            "fn f<T>(&self, (a, b): &str, c: Value) -> impl A { SystemTime::now(); rand::random() }",
        ),
    ] {
        let once = || {
            let (tokens, errors) = expand(name, options, item);
            (tokens.to_string(), errors.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let first = once();
        assert!((0..20).all(|_| once() == first), "{name}");
    }
}
