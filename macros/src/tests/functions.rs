//! What functions expand to, property by property, and the message of every rule.

use super::{attribute, contains, expand, mistakes, parse};

/// The expansion without spaces between tokens, for searching.
fn tokens(name: &str, options: &str, item: &str) -> String {
    let (tokens, errors) = expand(name, options, item);
    assert!(errors.is_empty(), "{errors:?}");
    tokens.to_string()
}

/// Asserts that a query with these parts has exactly these mistakes.
#[track_caller]
fn assert_mistakes(name: &str, item: &str, expected: &[&str]) {
    assert_eq!(mistakes(name, "", item), expected, "{item}");
}

#[test]
fn the_user_s_function_stands_first_and_unchanged() {
    let item = "/// Doc.\n #[must_use] #[tracing::instrument(skip(ctx))] pub async fn f(ctx: &QueryCtx, mut a: u32, #[allow(unused)] b: u32) -> u32 { a += 1; a }";
    let text = tokens("query", "", item);
    let user = parse(item).to_string();
    let (lints, generated) = text.split_once(&user).expect("the function is as it was");
    assert!(contains(lints, "#[allow(clippy::unused_async, clippy::needless_pass_by_value)]"), "{lints}");
    for own in ["must_use", "instrument", "mut", "unused"] {
        assert!(!generated.contains(own), "`{own}` is the function's own: {generated}");
    }
}

#[test]
fn kinds_and_reaches_are_told_apart() {
    for (name, kind, reach, context) in [
        ("query", "Query", "Public", "QueryCtx"),
        ("mutation", "Mutation", "Public", "MutationCtx"),
        ("action", "Action", "Public", "ActionCtx"),
        ("internal_query", "Query", "Internal", "QueryCtx"),
        ("internal_mutation", "Mutation", "Internal", "MutationCtx"),
        ("internal_action", "Action", "Internal", "ActionCtx"),
    ] {
        assert_eq!(attribute(name).name(), name);
        let text = tokens(name, "", &format!("pub async fn f(ctx: &{context}) {{}}"));
        assert!(contains(&text, &format!("type Kind = ::mainspring::__private::{kind};")), "{text}");
        assert!(contains(&text, &format!("type Visibility = ::mainspring::__private::{reach};")), "{text}");
        assert!(
            contains(
                &text,
                &format!("fn invoke(ctx: &::mainspring::__private::{context}, (): Self::Arguments)")
            ),
            "{text}"
        );
    }
}

#[test]
fn generated_items_are_as_visible_as_their_users_need() {
    for (vis, handle) in
        [("pub", "pub"), ("pub(crate)", "pub(crate)"), ("", "pub(crate)"), ("pub(super)", "pub(crate)")]
    {
        let text = tokens("query", "", &format!("{vis} async fn f(ctx: &QueryCtx) {{}}"));
        assert!(
            contains(&text, &format!("handle!(__f: {handle} enum __f {{}}, f: {handle} enum f {{}});")),
            "{text}"
        );
        assert!(contains(&text, "pub fn __f_call()"), "{text}");
    }
}

#[test]
fn cfgs_are_repeated_and_other_attributes_are_not() {
    let text = tokens("query", "", "#[cfg(unix)] #[must_use] pub async fn f(ctx: &QueryCtx) {}");
    assert_eq!(text.matches("# [cfg (unix)]").count(), 4, "{text}");
    assert_eq!(text.matches("# [must_use]").count(), 1, "{text}");
}

#[test]
fn the_deferred_call_says_what_the_function_says_of_itself() {
    let said = "/// Finds a job.\n #[deprecated = \"it is slow\"]";
    let text = tokens("query", "", &format!("{said} #[must_use] pub async fn f(ctx: &QueryCtx) {{}}"));
    let call = text.rsplit_once("fn invoke").map(|(_, after)| after.to_owned()).expect("the call comes last");
    assert!(
        contains(&call, "#[doc = \" Finds a job.\"] #[deprecated = \"it is slow\"] #[doc(hidden)]"),
        "{call}"
    );
}

#[test]
fn the_crate_option_moves_every_path() {
    let item = "pub fn f(ctx: &BlockingActionCtx, a: u32) -> Result<u32> {}";
    for (option, root) in [("crate = ::other::it", "::other::it"), ("crate = crate::it,", "crate::it")] {
        let text = tokens("action", option, item);
        assert!(!text.contains("mainspring"), "{text}");
        assert!(contains(&text, &format!("impl {root}::__private::Definition for __f")), "{text}");
    }
}

#[test]
fn results_are_recognised_as_written() {
    for (result, output, proof) in [
        ("", "()", "returns::<()>()"),
        ("-> ()", "()", "returns::<()>()"),
        ("-> Vec<Job>", "Vec<Job>", "returns::<Vec<Job> >()"),
        ("-> Result<Job>", "Job", "returns_result::<Job, _>()"),
        ("-> std::result::Result<Job, Failure>", "Job", "returns_result::<Job, Failure>()"),
        ("-> fmt::Result", "fmt::Result", "returns::<fmt::Result>()"),
    ] {
        let text = tokens("query", "", &format!("pub async fn f(ctx: &QueryCtx) {result} {{}}"));
        assert!(contains(&text, &format!("type Output = {output};")), "{text}");
        assert!(contains(&text, &format!("= ::mainspring::__private::{proof};")), "{text}");
    }
}

#[test]
fn the_context_s_name_clashes_with_nothing() {
    for (parameters, name) in [
        ("db: &QueryCtx, a: u32", "db"),
        ("_: &QueryCtx, a: u32", "ctx"),
        ("_: &QueryCtx, ctx: u32, ctx_: u32", "ctx__"),
        ("f: &QueryCtx", "f_"),
        ("r#in: &QueryCtx, a: u32", "r#in"),
    ] {
        let text = tokens("query", "", &format!("pub async fn f({parameters}) {{}}"));
        assert!(contains(&text, &format!("fn invoke({name}: &::mainspring")), "{text}");
    }
}

#[test]
fn all_mistakes_of_a_function_appear_at_once() {
    assert_mistakes(
        "mutation",
        "pub unsafe fn _f<T>(ctx: &QueryCtx, (a, b): T, _c: &str, d: impl Copy) -> &str {}",
        &[
            "_f | mutation `_f` has a reserved name: names that start with `_` belong to mainspring\nhelp: rename it to `f`",
            "unsafe | mutation `_f` is `unsafe`: its callers are clients, who cannot uphold a safety contract\nhelp: remove `unsafe`, and check the arguments inside",
            "T | mutation `_f` has type parameter `T`: a path has one signature on the wire\nhelp: write the type itself, or one function for each",
            "fn | mutation `_f` is not `async`: a mutation awaits the database\nhelp: write `async fn _f`",
            "QueryCtx | mutation `_f` takes `&QueryCtx`: a mutation has a context of its own\nhelp: write `&MutationCtx`",
            "(a, b) | argument 1 of mutation `_f` is a pattern: arguments are sent by name\nhelp: give it a name, and take it apart in the body",
            "_c | argument `_c` has a reserved name: names that start with `_` belong to mainspring\nhelp: rename it to `c`; `let _ = c;` marks it as unused",
            "&str | argument `_c` is a reference: values on the wire are owned\nhelp: write `String`",
            "impl Copy | argument `d` is `impl Trait`: the wire needs one known type\nhelp: write the type itself",
            "&str | result of mutation `_f` is a reference: values on the wire are owned\nhelp: write `String`",
        ],
    );
}

#[test]
fn every_shape_of_function_is_plain() {
    assert_mistakes(
        "query",
        "pub const async fn f(ctx: &QueryCtx) {}",
        &["const | query `f` is `const`: it runs at run time only\nhelp: remove `const`"],
    );
    assert_mistakes(
        "query",
        "pub async extern \"C\" fn f(ctx: &QueryCtx, a: u32, ...) {}",
        &[
            "extern \"C\" | query `f` is `extern`: it is called by mainspring, in Rust\nhelp: remove `extern`",
            "... | query `f` is variadic: each argument has a name and a type\nhelp: take a `Vec` instead",
        ],
    );
    assert_mistakes(
        "query",
        "pub async fn f<'a, const N: usize>(ctx: &'a QueryCtx) where u32: Copy {}",
        &[
            "'a | query `f` has lifetime parameter `'a`: a path has one signature on the wire\nhelp: remove it: arguments and results are owned, and the context's lifetime need not be named",
            "const N: usize | query `f` has const parameter `N`: a path has one signature on the wire\nhelp: take the number as an argument",
        ],
    );
    assert_mistakes(
        "query",
        "pub async fn f(ctx: &QueryCtx) where u32: Copy {}",
        &[
            "where u32: Copy | query `f` has a `where` clause: without type parameters it says nothing\nhelp: remove it",
        ],
    );
}

#[test]
fn a_function_is_of_one_kind() {
    let item = "#[mainspring::mutation] pub async fn f(ctx: &QueryCtx) {}";
    assert_mistakes(
        "query",
        item,
        &[
            "#[mainspring::mutation] | function `f` has `#[query]` and `#[mutation]`: a function is of one kind\nhelp: remove one; let two functions share a plain `async fn`",
        ],
    );
    assert!(
        !expand("query", "", item).0.to_string().contains("mutation"),
        "the second macro would report it again"
    );
}

#[test]
fn the_context_comes_first_and_by_reference() {
    for (parameters, expected) in [
        (
            "",
            "() | query `f` has no context: the first parameter is its way to the world\nhelp: take `ctx: &QueryCtx` first",
        ),
        (
            "a: u32",
            "u32 | query `f` has no context: the first parameter is its way to the world\nhelp: take `ctx: &QueryCtx` first",
        ),
        (
            "ctx: QueryCtx",
            "QueryCtx | query `f` takes its context by value: it is lent for the call\nhelp: write `&QueryCtx`",
        ),
        (
            "a: u32, ctx: &QueryCtx",
            "&QueryCtx | query `f` takes its context late: it comes first\nhelp: move `ctx: &QueryCtx` to the front",
        ),
        ("ctx: &mut QueryCtx", "mut | context of query `f` is `&mut`: it is shared\nhelp: write `&QueryCtx`"),
        (
            "ctx: &'static QueryCtx",
            "'static | context of query `f` has lifetime `'static`: it is lent for the call only\nhelp: write `&QueryCtx`",
        ),
        (
            "QueryCtx { db }: &QueryCtx",
            "QueryCtx { db } | context of query `f` is a pattern: it takes a name\nhelp: write `ctx: &QueryCtx`",
        ),
        (
            "&self, ctx: &QueryCtx",
            "&self | query `f` takes `self`: it is called by its path, without an object\nhelp: move it out of the `impl` block, and take `ctx: &QueryCtx` first",
        ),
    ] {
        assert_mistakes("query", &format!("pub async fn f({parameters}) {{}}"), &[expected]);
    }
}

#[test]
fn a_reference_to_data_is_no_context() {
    assert_mistakes(
        "query",
        "pub async fn f(a: &str) {}",
        &[
            "&str | query `f` has no context: the first parameter is its way to the world\nhelp: take `ctx: &QueryCtx` first",
            "&str | argument `a` is a reference: values on the wire are owned\nhelp: write `String`",
        ],
    );
}

#[test]
fn a_context_of_the_wrong_kind_is_answered_with_the_right_one() {
    for (name, qualifier, found, rest) in [
        (
            "query",
            "async ",
            "MutationCtx",
            "a query only reads\nhelp: write `&QueryCtx`, or make it a mutation to write",
        ),
        (
            "query",
            "async ",
            "ActionCtx",
            "a query runs in a transaction, where nothing else can be awaited\nhelp: write `&QueryCtx`, or make it an action",
        ),
        ("mutation", "async ", "QueryCtx", "a mutation has a context of its own\nhelp: write `&MutationCtx`"),
        (
            "internal_mutation",
            "async ",
            "BlockingActionCtx",
            "a mutation runs in a transaction, where nothing else can be awaited\nhelp: write `&MutationCtx`, or make it an action",
        ),
        (
            "action",
            "async ",
            "QueryCtx",
            "an action stands outside of transactions\nhelp: write `&ActionCtx`, and call queries and mutations from it",
        ),
        (
            "action",
            "",
            "MutationCtx",
            "an action stands outside of transactions\nhelp: write `&BlockingActionCtx`, and call queries and mutations from it",
        ),
        (
            "action",
            "async ",
            "BlockingActionCtx",
            "that context blocks, and this action is `async`\nhelp: write `&ActionCtx`, or remove `async` to run it on the blocking pool",
        ),
        (
            "action",
            "",
            "ActionCtx",
            "that context has to be awaited, and this action is not `async`\nhelp: write `async fn`, or `&BlockingActionCtx` to run it on the blocking pool",
        ),
    ] {
        let noun = attribute(name).kind.noun();
        let expected = format!("{found} | {noun} `f` takes `&{found}`: {rest}");
        assert_mistakes(name, &format!("pub {qualifier}fn f(ctx: &{found}) {{}}"), &[&expected]);
    }
}

#[test]
fn an_alias_of_a_context_is_left_to_rustc() {
    assert_mistakes("query", "pub async fn f(ctx: &app::Context) {}", &[]);
}

#[test]
fn arguments_are_owned_and_typed_at_any_depth() {
    for (ty, expected) in [
        (
            "Vec<&[u8]>",
            "&[u8] | argument `a` is a reference: values on the wire are owned\nhelp: write a `Vec`",
        ),
        (
            "Option<&'static Job>",
            "&'static Job | argument `a` is a reference: values on the wire are owned\nhelp: write the type without `&`",
        ),
        (
            "Cow<'_, str>",
            "'_ | argument `a` borrows: values on the wire are owned\nhelp: write an owned type",
        ),
        (
            "Box<dyn Any>",
            "dyn Any | argument `a` is a trait object: everything on the wire has a type that both ends know\nhelp: declare a `#[value]` struct or enum",
        ),
        (
            "Vec<serde_json::Value>",
            "serde_json::Value | argument `a` is `serde_json::Value`: everything on the wire has a type that both ends know\nhelp: declare a `#[value]` struct or enum",
        ),
        (
            "::serde_json::Map<String, u32>",
            "::serde_json::Map<String, u32> | argument `a` is `serde_json::Map`: everything on the wire has a type that both ends know\nhelp: declare a `#[value]` struct or enum",
        ),
    ] {
        assert_mistakes("query", &format!("pub async fn f(ctx: &QueryCtx, a: {ty}) {{}}"), &[expected]);
    }
    assert_mistakes("query", "pub async fn f(ctx: &QueryCtx, a: Value, b: my::Map<u32>) {}", &[]);
}

#[test]
fn results_are_owned_and_typed() {
    assert_mistakes(
        "query",
        "pub async fn f(ctx: &QueryCtx) -> Result<serde_json::Value> {}",
        &[
            "serde_json::Value | result of query `f` is `serde_json::Value`: everything on the wire has a type that both ends know\nhelp: declare a `#[value]` struct or enum",
        ],
    );
}

#[test]
fn arguments_have_names_and_no_conditions() {
    assert_mistakes(
        "query",
        "pub async fn f(ctx: &QueryCtx, _: u32, #[cfg(unix)] b: u32) {}",
        &[
            "#[cfg(unix)] | parameter of query `f` is conditional: its signature is part of the interface\nhelp: put `#[cfg]` on whole functions",
            "_ | argument 1 of query `f` is a pattern: arguments are sent by name\nhelp: give it a name, and take it apart in the body",
        ],
    );
}

#[test]
fn thirteen_arguments_are_one_too_many() {
    let arguments = |count: usize| {
        let list: Vec<_> = (1..=count).map(|number| format!(", a{number}: u32")).collect();
        list.concat()
    };
    assert_mistakes("query", &format!("pub async fn f(ctx: &QueryCtx{}) {{}}", arguments(12)), &[]);
    assert_mistakes(
        "query",
        &format!("pub async fn f(ctx: &QueryCtx{}) {{}}", arguments(14)),
        &["a13 | query `f` has 14 arguments: 12 are the most\nhelp: put them into a `#[value]` struct"],
    );
}

#[test]
fn options_are_known_given_once_and_whole() {
    let item = "pub async fn f(ctx: &QueryCtx) {}";
    let accepted = "help: `#[query]` accepts `allow_nondeterminism = \"why\"` and `crate = ::path`";
    for (options, expected) in [
        ("crat = ::a", format!("crat | option `crat` is unknown\n{accepted}")),
        ("crate = ::a, crate = ::b", "crate | option `crate` is given twice\nhelp: remove one of the two".to_owned()),
        ("crate", "crate | option `crate` has no value\nhelp: write `crate = ::path`".to_owned()),
        ("crate =", "crate | option `crate` has no value\nhelp: write `crate = ::path`".to_owned()),
        ("crate = \"a\"", "\"a\" | value of `crate` has the wrong form\nhelp: write `crate = ::path`".to_owned()),
        ("crate = a::b", "a::b | path `a::b` is relative: it would mean something else in each module\nhelp: write `::a::b` for a dependency, or start with `crate::`".to_owned()),
        ("5", format!("5 | option of `#[query]` is not `key = value`\n{accepted}")),
    ] {
        assert_eq!(mistakes("query", options, item), [expected]);
    }
    assert_eq!(
        mistakes("query", "a = 1, b, crate = 5", item).len(),
        3,
        "independent mistakes appear together"
    );
}

#[test]
fn retry_policies_are_whole_and_make_sense() {
    let item = "pub async fn f(ctx: &ActionCtx) {}";
    let known = "help: `retry` accepts `max_attempts = 5`, `backoff = \"1s\"`, `factor = 2`, `max = \"5m\"` and `jitter`";
    for (options, expected) in [
        ("max_attempts = 0", "0 | `max_attempts` is 0: the first run is an attempt too\nhelp: write 2 or more, or remove `retry`".to_owned()),
        ("max_attempts = \"5\"", "\"5\" | `max_attempts` is not a whole number of attempts\nhelp: write `max_attempts = 5`".to_owned()),
        ("factor = 2", "factor = 2 | `retry` does not say how often: there is no end to it\nhelp: add `max_attempts = 5`".to_owned()),
        ("max_attempts = 5, factor = 0.5", "0.5 | `factor` is below 1: each pause would be shorter than the one before\nhelp: write `factor = 2`, or `factor = 1` for pauses of one length".to_owned()),
        ("max_attempts = 5, factor = \"2\"", "\"2\" | `factor` is not a number\nhelp: write `factor = 2`".to_owned()),
        ("max_attempts = 5, backoff = \"1 second\"", "\"1 second\" | `backoff` is not a duration\nhelp: write a number and its unit, `ms`, `s`, `m`, `h` or `d`, such as `backoff = \"30s\"`".to_owned()),
        ("max_attempts = 5, max = 5", "5 | `max` is not a duration\nhelp: write a number and its unit, `ms`, `s`, `m`, `h` or `d`, such as `max = \"30s\"`".to_owned()),
        ("max_attempts = 5, max = \"10ms\"", "max_attempts = 5, max = \"10ms\" | `max` is shorter than `backoff`: the first pause would be longer than the longest\nhelp: make `max` at least as long as `backoff`".to_owned()),
        ("max_attempts = 5, jitter = 3", "3 | `jitter` is not `true` or `false`\nhelp: write `jitter`, or `jitter = false`".to_owned()),
        ("max_attempts = 5, backoff", format!("backoff | `backoff` has no value\n{known}")),
        ("max_attempts = 5, delay = \"1s\"", format!("delay | option `delay` of `retry` is unknown\n{known}")),
        ("max_attempts = 5, jitter, jitter", "jitter | `jitter` is given twice\nhelp: remove one of the two".to_owned()),
        ("max_attempts = 5, 7", format!("7 | option of `retry` is not `key = literal`\n{known}")),
    ] {
        assert_eq!(mistakes("action", &format!("retry({options})"), item), [expected]);
    }
    assert_eq!(
        mistakes("internal_action", "retry(max_attempts = 0, factor = 0, backoff = 1)", item).len(),
        3,
        "independent mistakes appear together"
    );
    let wrong_form = "retry | option `retry` has no value\nhelp: write `retry(max_attempts = 5)`";
    for options in ["retry", "retry = 5", "retry()"] {
        assert_eq!(mistakes("action", options, item), [wrong_form]);
    }
    assert_eq!(
        mistakes("action", "on_failure = \"jobs:mark\"", item),
        [
            "\"jobs:mark\" | value of `on_failure` has the wrong form\nhelp: write `on_failure = internal::module::name`"
        ]
    );
    assert_eq!(
        mistakes("query", "retry(max_attempts = 2)", "pub async fn f(ctx: &QueryCtx) {}"),
        ["retry | option `retry` is for functions that can be scheduled: a query is not\nhelp: remove it"]
    );
}

#[test]
fn limits_let_something_start_and_name_an_argument() {
    let item = "pub async fn f(ctx: &ActionCtx, account: u32) {}";
    for (options, expected) in [
        (
            "concurrency = 0",
            "0 | `concurrency` is 0: no run would ever start\nhelp: write 1 or more; to stop a function, pause it",
        ),
        (
            "concurrency = \"4\"",
            "\"4\" | value of `concurrency` has the wrong form\nhelp: write `concurrency = 4`",
        ),
        ("concurrency = 4u8", "4u8 | `concurrency` is not a number of runs\nhelp: write `concurrency = 4`"),
        (
            "rate = \"100\"",
            "\"100\" | `rate` is not a number of starts in a time, both at least 1\nhelp: write both with `/` between, such as `rate = \"100/1s\"` or `rate = \"5/10m\"`",
        ),
        (
            "queue = \"emails\"",
            "\"emails\" | value of `queue` has the wrong form\nhelp: write `queue = QUEUE`",
        ),
        (
            "concurrency = 1, per = tenant",
            "tenant | action `f` has no argument `tenant`: `per` names the one for whose values the limits hold apart\nhelp: name an argument, or remove `per`",
        ),
        (
            "per = account",
            "per | `per` has nothing to hold apart: there is no limit\nhelp: add `concurrency = 1` or `rate = \"10/1s\"`",
        ),
    ] {
        assert_eq!(mistakes("action", options, item), [expected]);
    }
    assert!(
        mistakes("action", "queue = Q, concurrency = 1, rate = \"1/1s\", per = account", item).is_empty()
    );
    assert_eq!(
        mistakes("internal_query", "queue = Q", "pub async fn f(ctx: &QueryCtx) {}"),
        ["queue | option `queue` is for functions that can be scheduled: a query is not\nhelp: remove it"]
    );
}

#[test]
fn a_broken_function_leaves_what_others_name() {
    let (tokens, _) =
        expand("query", "", "pub fn f<T: Copy>(ctx: &QueryCtx, a: &str, (b, c): T) -> Result<u32> {}");
    let text = tokens.to_string();
    for part in [
        "handle!(__f: pub enum __f {}, f: pub enum f {});",
        "pub fn __f_call<T: Copy>(_: &str, _: T) -> ::mainspring::__private::CallOf<__f>",
        "type Arguments = ();",
        "type Output = ();",
    ] {
        assert!(contains(&text, part), "`{part}` is missing in {text}");
    }
    let (tokens, _) = expand("query", "", "pub fn f(ctx: &QueryCtx, a: u32) -> Result<u32> {}");
    assert!(contains(&tokens.to_string(), "type Output = u32;"), "callers rely on a result without mistakes");
}

#[test]
fn a_method_leaves_only_itself() {
    let item = "pub async fn f(&self) {}";
    let text = expand("query", "", item).0.to_string();
    assert!(text.contains(&parse(item).to_string()) && !text.contains("__f"), "{text}");
}

#[test]
fn a_repeated_argument_is_left_to_rustc() {
    let (tokens, errors) = expand("query", "", "pub async fn f(ctx: &QueryCtx, a: u32, a: u32) {}");
    assert!(errors.is_empty());
    assert!(contains(&tokens.to_string(), "pub fn __f_call(_: u32, _: u32)"), "{tokens}");
}
