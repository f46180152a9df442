//! What values and tables expand to, property by property, and the message of every rule.

use super::{contains, expand, mistakes};

#[track_caller]
fn assert_mistakes(name: &str, options: &str, item: &str, expected: &[&str]) {
    assert_eq!(mistakes(name, options, item), expected, "{item}");
}

const NAMED: &str = "name = \"jobs\"";

#[test]
fn our_derives_come_first_and_only_once() {
    let text =
        expand("value", "", "#[derive(Debug, serde::Serialize)] #[serde(untagged)] struct A;").0.to_string();
    let ours = "#[derive(::mainspring::__private::serde::Deserialize, ::mainspring::__private::schemars::JsonSchema)]";
    let (before, after) = text.split_once("# [derive (Debug").expect("the user's derives stay");
    assert!(contains(before, ours), "{text}");
    assert!(after.contains("untagged"), "{text}");
    assert_eq!(text.matches("Serialize").count(), 1, "{text}");
}

#[test]
fn the_crate_option_moves_every_path() {
    for (name, options) in [("value", "crate = ::other"), ("table", "name = \"a\", crate = ::other")] {
        for (field, path) in [
            ("a: u32", ":: other :: __private :: serde ::"),
            ("#[serde(default)] a: u32", "\"::other::__private::serde\""),
        ] {
            let text =
                expand(name, options, &format!("#[index(by_a(a))] struct A {{ {field} }}")).0.to_string();
            assert!(!text.contains("mainspring") && text.contains(path), "{text}");
        }
    }
}

#[test]
fn types_that_ask_for_more_than_the_usual_form_are_derived() {
    let is_derived = |item: &str| {
        let (tokens, errors) = expand("value", "", item);
        assert!(errors.is_empty(), "{item}: {errors:?}");
        contains(&tokens.to_string(), "::mainspring::__private::schemars::JsonSchema)]")
    };
    for item in [
        "#[serde(rename_all = \"camelCase\")] struct A { a: u32 }",
        "#[cfg_attr(unix, serde(deny_unknown_fields))] struct A { a: u32 }",
        "#[deprecated] struct A { a: u32 }",
        "#[doc = include_str!(\"a.md\")] struct A { a: u32 }",
        "#[derive(Serialize)] struct A { a: u32 }",
        "struct A { #[serde(default)] a: u32 }",
        "struct A { #[schemars(title = \"a\")] a: u32 }",
        "struct A { #[validate(length(min = 1))] a: String }",
        "struct A { #[cfg(unix)] a: u32 }",
        "struct A { a: Option<Box<Self>> }",
        "struct A {}",
        "struct A(u32);",
        "enum A { #[serde(rename = \"b\")] B }",
        "enum A { #[cfg(unix)] B, C }",
        "enum A { B, C(u32) }",
    ] {
        assert!(is_derived(item), "{item}");
    }
    for item in [
        "/// Documented.\n#[cfg(unix)] #[derive(Clone)] struct A { #[doc(hidden)] a: u32, b: Other }",
        "#[derive(Default)] #[repr(u8)] enum A { #[default] B = 3, C }",
    ] {
        assert!(!is_derived(item), "{item}");
    }
}

#[test]
fn an_object_has_at_most_1024_fields() {
    let fields =
        |count: usize| (0..count).map(|number| format!("f{number}: u8,")).collect::<Vec<_>>().concat();
    for item in [
        format!("struct A {{ {} }}", fields(1024)),
        format!("struct A {{ {} #[serde(skip)] a: u8 }}", fields(1024)),
        format!("enum A {{ B {{ {} }}, C {{ {} }} }}", fields(1000), fields(1000)),
    ] {
        assert_mistakes("value", "", &item, &[]);
    }
    let rule = "1025 fields: 1024 are the most\nhelp: put some of them into a `#[value]` struct";
    let too_many = format!("f1024 | value `A` has {rule}");
    assert_mistakes("value", "", &format!("struct A {{ {} }}", fields(1025)), &[&too_many]);
    assert_mistakes("value", "", &format!("enum A {{ B {{ {} }} }}", fields(1025)), &[&too_many]);
    let of_table = "f1022 | table `A` has 1025 fields: 1022 are the most\nhelp: put some of them into a `#[value]` struct";
    assert_mistakes("table", NAMED, &format!("struct A {{ {} }}", fields(1025)), &[of_table]);
}

#[test]
fn a_slip_in_a_word_of_serde_is_one_mistake() {
    for (item, written, meant) in [
        ("#[serde(rename_al = \"camelCase\")] struct A { a: u8 }", "rename_al", "rename_all"),
        ("struct A { #[serde(default, renaem = \"b\")] a: u8 }", "renaem", "rename"),
        ("enum A { #[serde(skipp)] B }", "skipp", "skip"),
        ("enum A { B { #[serde(defoult)] a: u8 } }", "defoult", "default"),
    ] {
        assert_mistakes(
            "value",
            "",
            item,
            &[&format!("{written} | serde has no attribute `{written}`\nhelp: write `{meant}`")],
        );
    }
    for item in [
        "#[serde(tag = \"a\", content = \"b\", rename_all_fields = \"camelCase\")] enum A { #[serde(alias = \"c\")] B }",
        "#[serde(rename_all(serialize = \"a\"), bound = \"\", crate = r#\"a\"#)] struct A { #[other(renam)] a: u8 }",
        "struct A { #[serde(default, rename(serialize = \"b\"), skip_serializing_if = \"f\")] a: u8, #[serde(default = \"f\")] b: u8 }",
        "#[serde(rename_all = \"kebab-case\", untagged)] enum A { #[serde(rename = \"c\", untagged, rename_all = \"lowercase\")] B }",
    ] {
        assert_mistakes("value", "", item, &[]);
    }
}

#[test]
fn what_serde_does_not_understand_is_one_mistake() {
    let unknown = "serde has no attribute `renmae_al`\nhelp: see https://serde.rs/attributes.html for those that it has";
    let cases = "\"lowercase\", \"UPPERCASE\", \"PascalCase\", \"camelCase\", \"snake_case\", \"SCREAMING_SNAKE_CASE\", \
                 \"kebab-case\", \"SCREAMING-KEBAB-CASE\"";
    let told = |word: &str, right: &str| {
        format!("{word} | serde's `{word}` is told something else than it takes\nhelp: write `{right}`")
    };
    for (item, mistake) in [
        ("struct A { #[serde(renmae_al)] a: u8 }", format!("renmae_al | {unknown}")),
        ("#[serde(renmae_al = \"b\")] struct A { a: u8 }", format!("renmae_al | {unknown}")),
        ("enum A { #[serde(renmae_al(b))] B }", format!("renmae_al | {unknown}")),
        (
            "struct A { #[serde(rename_all = \"camelCase\")] a: u8 }",
            "rename_all | serde has no attribute `rename_all` for a field\nhelp: put it on a type".to_owned(),
        ),
        (
            "#[serde(skip_serializing_if = \"f\")] struct A { a: u8 }",
            "skip_serializing_if | serde has no attribute `skip_serializing_if` for a type\nhelp: put it on a field"
                .to_owned(),
        ),
        (
            "enum A { #[serde(default)] B }",
            "default | serde has no attribute `default` for a variant\nhelp: put it on a type".to_owned(),
        ),
        ("struct A { #[serde(rename)] a: u8 }", told("rename", "rename = \"…\"")),
        ("struct A { #[serde(rename = b)] a: u8 }", told("rename", "rename = \"…\"")),
        ("struct A { #[serde(rename = 1)] a: u8 }", told("rename", "rename = \"…\"")),
        ("struct A { #[serde(alias(b))] a: u8 }", told("alias", "alias = \"…\"")),
        ("struct A { #[serde(flatten = \"b\")] a: u8 }", told("flatten", "flatten")),
        ("struct A { #[serde] a: u8 }", "#[serde] | `#[serde]` says nothing\nhelp: write `#[serde(…)]`, or remove it".to_owned()),
        (
            "#[serde(rename_all = \"snake\")] struct A { a: u8 }",
            format!("\"snake\" | serde knows no way of writing \"snake\"\nhelp: write one of {cases}"),
        ),
    ] {
        assert_mistakes("value", "", item, &[&mistake]);
    }
}

#[test]
fn what_stays_in_one_thread_is_no_value() {
    let rule = "which stays in one thread: values on the wire are owned\nhelp: write the type that it holds";
    for (ty, name) in [
        ("std::rc::Rc<u32>", "Rc"),
        ("Option<Rc<u32>>", "Rc"),
        ("core::cell::Cell<u8>", "Cell"),
        ("std::cell::OnceCell<u8>", "OnceCell"),
        ("RefCell<Vec<Rc<u32>>>", "RefCell"),
    ] {
        let (tokens, errors) = expand("value", "", &format!("struct A {{ a: {ty} }}"));
        assert_eq!(errors.len(), 1, "{ty}");
        assert_eq!(errors[0].to_string(), format!("field `a` of `A` is in `{name}`, {rule}"));
        assert!(contains(&tokens.to_string(), "a: ()"), "rustc has nothing to say of it: {tokens}");
    }
    for ty in ["Rc", "shop::Rc<u32>", "Rc<'static>", "std::sync::Arc<u32>"] {
        let (_, errors) = expand("value", "", &format!("struct A {{ a: {ty} }}"));
        assert!(errors.iter().all(|error| !error.to_string().contains("one thread")), "{ty}");
    }
}

#[test]
fn index_lines_are_consumed_and_numbered_in_order() {
    let item = "#[index(by_a(a))] #[mainspring::index(by_b(b, a,))] pub struct Job { a: u32, b: bool }";
    let (tokens, errors) = expand("table", NAMED, item);
    let text = tokens.to_string();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(!text.contains("# [index") && !text.contains("mainspring :: index"), "{text}");
    for part in [
        "pub const by_a: ::mainspring::__private::Index<Job, (u32, ())> = ::mainspring::__private::Index::new(0);",
        "pub const by_b: ::mainspring::__private::Index<Job, (bool, (u32, ()))> = ::mainspring::__private::Index::new(1);",
        "1 => { key.field(&self.b)?; key.field(&self.a)?; }",
    ] {
        assert!(contains(&text, part), "`{part}` is missing in {text}");
    }
}

#[test]
fn a_table_has_a_name_and_named_fields() {
    assert_mistakes(
        "table",
        "",
        "struct Job { a: u32 }",
        &["Job | table `Job` has no name in the database\nhelp: write `#[table(name = \"jobs\")]`"],
    );
    assert_mistakes(
        "table",
        NAMED,
        "struct Job(u32);",
        &["Job | table `Job` has no named fields: a document is an object\nhelp: write `struct Job { … }`"],
    );
    assert_mistakes(
        "table",
        NAMED,
        "enum Job { A }",
        &[
            "enum | table `Job` is an enum: a document is an object\nhelp: write a struct with a field of type `Job`, and `#[value]` on the enum",
        ],
    );
}

#[test]
fn names_follow_the_rules_of_the_database() {
    let rest = "help: rename it";
    let long = "a".repeat(65);
    for (name, rule) in [
        ("", format!("is not a name: a letter comes first, then letters, digits and `_`\n{rest}")),
        ("1a", format!("is not a name: a letter comes first, then letters, digits and `_`\n{rest}")),
        ("a-b", format!("is not a name: a letter comes first, then letters, digits and `_`\n{rest}")),
        ("é", format!("is not a name: a letter comes first, then letters, digits and `_`\n{rest}")),
        ("_a", format!("is reserved: names that start with `_` belong to mainspring\n{rest}")),
        (&long, "has 65 characters: 64 are the most\nhelp: shorten it".to_owned()),
    ] {
        let found = mistakes("table", &format!("name = \"{name}\""), "struct Job { a: u32 }");
        assert_eq!(found, [format!("name = \"{name}\" | table name `{name}` {rule}")]);
    }
    assert_mistakes("table", &format!("name = \"{}\"", "a".repeat(64)), "struct Job { a: u32 }", &[]);
    assert_mistakes(
        "table",
        NAMED,
        "struct Job { _a: u32 }",
        &[
            "_a | field `_a` has a reserved name: names that start with `_` belong to mainspring\nhelp: rename it",
        ],
    );
}

#[test]
fn every_index_is_checked_and_the_good_ones_stay() {
    let item = "#[index(by_a(a))] #[index(by_a(r#b))] #[index(by_id(a))] #[index(by_creation_time(a))] #[index(_by(a))]
        #[index(by_none())] #[index(by_c(c, a))] #[index(by_b(b, b))] #[index] #[index(by_x)] #[index(by_x(a), by_y(b))]
        struct Job { a: u32, r#b: u32 }";
    let form = "index is not `name(field, …)`\nhelp: write `#[index(by_status(status))]`, with one `#[index]` for each index";
    assert_mistakes(
        "table",
        NAMED,
        item,
        &[
            &format!("#[index] | {form}"),
            &format!("#[index(by_x)] | {form}"),
            &format!("#[index(by_x(a), by_y(b))] | {form}"),
            "by_a | index `by_a` is declared twice in table `jobs`: as `by_a(a)` in line 1 and as `by_a(b)`\nhelp: rename one",
            "by_id | index `by_id` exists in every table\nhelp: remove it, or rename it",
            "by_creation_time | index `by_creation_time` exists in every table\nhelp: remove it, or rename it",
            "_by | index `_by` is reserved: names that start with `_` belong to mainspring\nhelp: rename it",
            "by_none | index `by_none` has no fields: it orders nothing\nhelp: write `by_none(field)`",
            "c | index `by_c` names field `c`, which the table does not have\nhelp: the fields are `a`, `b`",
            "b | index `by_b` names field `b` twice\nhelp: remove one",
        ],
    );
    let text = expand("table", NAMED, item).0.to_string();
    for name in ["const by_a :", "const by_none :", "const by_c :", "const by_b :"] {
        assert_eq!(text.matches(name).count(), 1, "{text}");
    }
    assert!(!text.contains("const by_id") && !text.contains("const _by"), "{text}");
}

#[test]
fn sixteen_index_fields_are_one_too_many() {
    let fields: Vec<_> = (1..=16).map(|number| format!("f{number}")).collect();
    let body = fields.join(": u32,");
    let item =
        |count: usize| format!("#[index(by_all({}))] struct A {{ {body}: u32 }}", fields[..count].join(","));
    assert_mistakes("table", NAMED, &item(15), &[]);
    assert_mistakes(
        "table",
        NAMED,
        &item(16),
        &["f16 | index `by_all` has 16 fields: 15 are the most\nhelp: keep those that queries compare first"],
    );
}

#[test]
fn values_are_concrete_and_typed() {
    assert_mistakes(
        "value",
        "",
        "struct A<T> { a: T }",
        &["<T> | `A` is generic: a type with `#[value]` has one schema\nhelp: write the types themselves"],
    );
    assert_mistakes(
        "value",
        "",
        "union A { a: u32 }",
        &["union | `#[value]` stands on a union: its content has no known type\nhelp: write an enum"],
    );
    let untyped =
        "everything on the wire has a type that both ends know\nhelp: declare a `#[value]` struct or enum";
    assert_mistakes(
        "value",
        "",
        "enum A { B { c: Vec<serde_json::Value> }, D(serde_json::Map<String, u32>) }",
        &[
            &format!("serde_json::Value | field `c` of `A` is `serde_json::Value`: {untyped}"),
            &format!("serde_json::Map<String, u32> | field of `A` is `serde_json::Map`: {untyped}"),
        ],
    );
}

#[test]
fn a_table_is_no_second_value() {
    let item = "#[value] struct Job { a: u32 }";
    assert_mistakes(
        "table",
        NAMED,
        item,
        &[
            "#[value] | `Job` has `#[table]` and `#[value]`: a table's documents are values already\nhelp: keep `#[table]` alone",
        ],
    );
    assert!(!expand("table", NAMED, item).0.to_string().contains("# [value]"));
}

#[test]
fn table_options_list_themselves() {
    assert_mistakes(
        "table",
        "name = \"jobs\", nam = 1, name = \"b\"",
        "struct Job { a: u32 }",
        &[
            "nam | option `nam` is unknown\nhelp: `#[table]` accepts `name = \"…\"` and `crate = ::path`",
            "name | option `name` is given twice\nhelp: remove one of the two",
        ],
    );
}

#[test]
fn an_index_without_its_table_says_where_it_belongs() {
    assert_mistakes(
        "index",
        "by_a(a)",
        "struct Job { a: u32 }",
        &[
            "by_a(a) | index stands on an item that is no table\nhelp: put `#[table(name = \"…\")]` above it, or remove it",
        ],
    );
    let item = "#[table(name = \"jobs\")] struct Job { a: u32 }";
    assert_mistakes(
        "index",
        "by_a(a)",
        item,
        &["by_a(a) | index stands above `#[table]`, which reads only what is below it\nhelp: move it down"],
    );
    let text = expand("index", "by_a(a)", item).0.to_string();
    assert!(contains(&text, "#[table(name = \"jobs\")] #[index(by_a(a))] struct Job"), "{text}");
}
