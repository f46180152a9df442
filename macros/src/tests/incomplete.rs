//! Code that is still being typed: whatever comes in, the user's tokens come out.

use super::{expand, mistakes};

#[test]
fn a_half_typed_body_is_no_mistake() {
    for body in
        ["{ let x = }", "{ if ctx. }", "{ ctx.db.get(Job { data, }).awa }", "{ match x { A => } }", ";"]
    {
        let item = format!("pub async fn f(ctx: &QueryCtx, a: u32) -> u32 {body}");
        let (tokens, errors) = expand("query", "", &item);
        assert!(errors.is_empty(), "{body}: {errors:?}");
        let (tokens, body) = (tokens.to_string(), super::parse(body).to_string());
        assert!(tokens.contains(&body) && tokens.contains("__f_call"), "{tokens}");
    }
}

#[test]
fn a_half_typed_signature_comes_back_with_one_error() {
    for item in [
        "pub async fn",
        "pub async fn f",
        "pub async fn f(ctx: &QueryCtx, a:) { }",
        "pub async fn f(ctx: &QueryCtx, a: Vec<) -> u32 { }",
        "pub async fn f(ctx: &) { }",
        "pub async f(ctx: &QueryCtx) { }",
        "",
    ] {
        let (tokens, errors) = expand("query", "", item);
        assert_eq!(tokens.to_string(), super::parse(item).to_string());
        assert_eq!(errors.len(), 1, "{item}: {errors:?}");
    }
}

#[test]
fn a_half_typed_struct_comes_back_with_one_error() {
    for item in ["pub struct", "pub struct Job { a: }", "pub struct Job { a u32 }", "enum", "pub"] {
        for name in ["value", "table"] {
            let options = if name == "table" { "name = \"jobs\"" } else { "" };
            let (tokens, errors) = expand(name, options, item);
            assert_eq!(tokens.to_string(), super::parse(item).to_string());
            assert_eq!(errors.len(), 1, "{item}: {errors:?}");
        }
    }
}

#[test]
fn half_typed_options_leave_the_function_whole() {
    for options in ["crate", "crate =", "crate = ::", "= x", ",", "crate = ::a,,", "\"crate\""] {
        let (tokens, errors) = expand("query", options, "pub async fn f(ctx: &QueryCtx, a: u32) { }");
        assert_eq!(errors.len(), 1, "{options}: {errors:?}");
        assert!(tokens.to_string().contains("type Arguments = (u32 ,)"), "{options}: {tokens}");
    }
}

#[test]
fn each_half_typed_option_is_one_mistake_and_the_item_is_whole() {
    let values = [
        ("retry", ["()", "(max_attempts)", "(max_attempts =)", " = ", "(,)"]),
        ("on_failure", ["", " =", " = internal::", " = ::", "()"]),
        ("queue", ["", " =", " = queues::", "()", " = \"\""]),
        ("rate", ["", " =", " = \"\"", " = \"1/\"", "()"]),
        ("concurrency", ["", " =", " = \"\"", "()", " = -"]),
        ("renamed_from", ["", " =", " = [\"\"]", " = \"jobs:\"", " = jobs"]),
        ("crate", ["", " =", " = ::", " = a", "()"]),
    ];
    for (option, values) in values {
        for (kind, context) in [("mutation", "MutationCtx"), ("internal_action", "ActionCtx")] {
            for options in values.map(|value| format!("{option}{value}")) {
                let item = format!("pub async fn f(ctx: &{context}, a: u32) {{ }}");
                let (tokens, errors) = expand(kind, &options, &item);
                assert_eq!(errors.len(), 1, "{options}: {errors:?}");
                assert!(tokens.to_string().contains("type Arguments = (u32 ,)"), "{options}: {tokens}");
            }
        }
    }
    for options in ["name", "name =", "name = \"\"", "name = jobs", "\"jobs\"", "nam"] {
        let (tokens, errors) = expand("table", options, "#[index(by_a(a))] pub struct Job { a: u32 }");
        assert_eq!(errors.len(), 1, "{options}: {errors:?}");
        let text = tokens.to_string();
        assert!(text.contains("by_a") && text.contains("pub struct Job"), "{options}: {tokens}");
    }
    for (kind, item, expanded) in [
        ("value", "pub struct A { a: u32 }", "Value for A"),
        ("crons", "fn f(crons: &mut Crons) { crons. }", "__f_crons"),
    ] {
        for options in ["crate", "crate =", "crate = ::", "crat", "="] {
            let (tokens, errors) = expand(kind, options, item);
            assert_eq!(errors.len(), 1, "{options}: {errors:?}");
            assert!(tokens.to_string().contains(expanded), "{options}: {tokens}");
        }
    }
}

#[test]
fn a_half_typed_index_leaves_the_table_and_the_other_indexes() {
    for line in ["", "()", "(by_b)", "(by_b())", "(by_b(b) c)", "(by_b(,))", "(by_b(unknown))", "(by_b(a,,))"]
    {
        let item = format!("#[index(by_a(a))] #[index{line}] pub struct Job {{ a: u32, b: u32 }}");
        let (tokens, errors) = expand("table", "name = \"jobs\"", &item);
        assert_eq!(errors.len(), 1, "{line}: {errors:?}");
        let text = tokens.to_string();
        assert!(text.contains("by_a") && text.contains("Document for Job"), "{line}: {text}");
    }
}

#[test]
fn other_items_are_named() {
    for (item, what) in [
        ("pub struct A;", "struct | `#[query]` stands on a struct"),
        ("enum A {}", "enum | `#[query]` stands on an enum"),
        ("impl A {}", "impl | `#[query]` stands on an `impl` block"),
        ("pub trait A {}", "trait | `#[query]` stands on a trait"),
        ("mod a {}", "mod | `#[query]` stands on a module"),
        ("type A = u32;", "type | `#[query]` stands on a type alias"),
        ("static A: u32 = 1;", "static | `#[query]` stands on a static"),
        ("use a::b;", "use | `#[query]` stands on an import"),
        ("/// Doc. \n pub const A: u32 = 1;", "const | `#[query]` stands on a constant"),
    ] {
        let found = mistakes("query", "", item);
        let rest = ": only a function can be called by clients\nhelp: put it on an `async fn`";
        assert_eq!(found, [format!("{what}{rest}")]);
    }
}

#[test]
fn a_half_typed_member_of_the_context_is_still_being_typed() {
    for body in [
        "{ ctx. }",
        "{ ctx.d }",
        "{ let x = ctx.; ctx }",
        "{ let c = &*; c.db }",
        "{ let ctx }",
        "{ let }",
        "{ |ctx }",
        "{ fn }",
    ] {
        let item = format!("pub async fn f(ctx: &ActionCtx) -> u32 {body}");
        let (tokens, errors) = expand("action", "", &item);
        assert!(errors.is_empty(), "{body}: {errors:?}");
        assert!(tokens.to_string().contains(&super::parse(body).to_string()), "{tokens}");
    }
    for body in
        ["{ use }", "{ use std::{ }; SystemTime }", "{ std:: }", "{ SystemTime:: }", "{ static }", "{ :: }"]
    {
        let (tokens, errors) = expand("query", "", &format!("pub async fn f(ctx: &QueryCtx) -> u32 {body}"));
        assert!(errors.is_empty(), "{body}: {errors:?}");
        assert!(tokens.to_string().contains(&super::parse(body).to_string()), "{tokens}");
    }
    let (tokens, _) = expand("action", "", "pub async fn f(ctx: &ActionCtx) { ctx.db. }");
    let text = tokens.to_string();
    assert!(text.contains("does not exist in action") && text.contains("__f_call"), "{text}");
}
