//! What the scanner finds in snippets, whole and broken.

use super::*;
use crate::model::{Kind, Visibility};

/// One line an item: `scope keyword name`, inline modules with their items in braces.
fn outline(source: &str) -> String {
    describe(&scan(source).unwrap())
}

fn describe(scan: &Scan) -> String {
    let item = |item: &Item| {
        let scope = match &item.scope {
            Scope::Crate => "pub ".to_owned(),
            Scope::Up(0) => String::new(),
            Scope::Up(levels) => format!("up{levels} "),
            Scope::In(path) => format!("in({}) ", path.join("::")),
        };
        match &item.content {
            Content::File => format!("{scope}mod {}", item.name),
            Content::Inline(inner) => format!("{scope}mod {} {{{}}}", item.name, describe(inner)),
            Content::Member => format!("member {}", item.name),
            Content::Local => format!("local {}", item.name),
            Content::Function(_) => format!("{scope}fn {}", item.name),
            Content::Table => format!("{scope}struct {}", item.name),
            Content::Value => format!("{scope}value {}", item.name),
            Content::Call(call) => format!("{}! {:?}", item.name, call.functions),
            Content::Rules(_, is_annotated) => format!("rules {} {is_annotated}", item.name),
            Content::Include(argument) => format!("include {argument}"),
        }
    };
    scan.items.iter().map(item).collect::<Vec<_>>().join("; ")
}

#[test]
fn finds_functions_tables_and_modules() {
    let source = r#"
        //! Docs.
        use std::{fmt, io};
        pub mod a;
        mod b { pub(crate) mod c { #[query] pub async fn deep(ctx: &QueryCtx) {} } }
        /// A job.
        #[table(name = "jobs")] #[index(by_x(x))] #[derive(Clone)]
        pub struct Job { x: u8 }
        #[mutation] pub async fn submit(ctx: &MutationCtx) -> Result<()> { mod hidden {} Ok(()) }
        #[action] fn render<T: Fn(u8) -> u8>(ctx: &BlockingActionCtx) where T: Send {}
        #[internal_query] pub(super) unsafe extern "C" fn odd() {}
        fn plain() {} struct Plain { x: u8 }
        impl Job { #[query] fn method(&self) {} }
    "#;
    assert_eq!(
        outline(source),
        "pub mod a; mod b {in() mod c {pub fn deep}}; pub struct Job; pub fn submit; fn render; up1 fn odd; member method"
    );
}

#[test]
fn attributes_stop_at_their_item() {
    assert_eq!(outline("#[query] const X: u8 = 1; fn a() {} #[query] use x::y; fn b() {}"), "");
    assert_eq!(outline("#[query] macro_call! {} fn a() {}"), "macro_call! []");
    assert_eq!(outline("pub use a; mod b;"), "mod b");
}

#[test]
fn unfinished_items_do_not_hide_the_next() {
    for unfinished in [
        "use std::",
        "use std::{fmt, io}",
        "pub",
        "pub async",
        "#[query]",
        "#[query] pub async fn",
        "fn half(a: u8, ) ->",
        "const X: u8 =",
        "struct S",
        "impl",
        "let x = ;",
        "@ $ ~ ? => ..=",
        "mod m { fn x( ) } ",
    ] {
        let source = format!("{unfinished}\n#[mutation] pub async fn next(ctx: &MutationCtx) {{ .. = ? }}");
        assert!(outline(&source).ends_with("pub fn next"), "{unfinished}");
    }
}

#[test]
fn bodies_are_opaque() {
    let body = "{ let x = ctx. ; if { match } fn #[query] async move || ..= ; 1 + }";
    let source = format!("#[query] pub async fn a(ctx: &QueryCtx) {body} #[query] pub async fn b() {{}}");
    assert_eq!(outline(&source), "pub fn a; pub fn b");
}

#[test]
fn functions_in_bodies_are_found() {
    for (source, found) in [
        ("fn a() { b(); #[query] async fn c() {} d() }", "local c"),
        ("fn a(x: A<{ 1 }>) -> A<{ 1 }, 2> where [u8; { 1 }]: B { #[query] fn c() {} }", "local c"),
        ("#[query] fn a() { fn b() { #[mutation] fn c() {} } #[crons] fn d() {} }", "fn a; local c; local d"),
        ("fn a() { impl A { #[query] fn c() {} } }", "member c"),
        ("impl A { #[action] fn a() { #[query] fn c() {} } }", "member a; local c"),
        ("fn a(); impl A { #[query] fn c() {} }", "member c"),
        ("fn a() -> #[cfg(b)] mod c { #[query] fn d() {} }", "mod c {fn d}"),
        ("fn a() -> #[query] fn b() { #[query] fn c() {} }", "fn b; local c"),
        ("fn a() pub fn b() { #[query] fn c() {} }", "local c"),
        ("fn a() -> fn(u8) { a! { #[table(name = \"a\")] struct A {} mod b {} } }", ""),
        ("const _: () = { #[query] fn a() {} };", "local a"),
        ("static A: [B; 1] = [b(|| { #[query] fn a() {} })]; mod c {}", "local a; mod c {}"),
        ("fn a() { if b { c(async { #[query] fn d() {} }) } }", "local d"),
        ("fn a() { mod b { #[query] fn c() {} mod d { #[crons] fn e() {} } } }", "local c; local e"),
        ("fn a() { use mainspring::query as ask; #[ask] fn c() {} }", "local c"),
        ("struct A { b: [u8; { #[query] fn a() {} 1 }] }", "local a"),
    ] {
        assert_eq!(outline(source), found, "{source}");
    }
}

#[test]
fn functions_in_bodies_have_the_conditions_of_what_is_around_them() {
    for (source, cfgs) in [
        ("#[test] fn a() { #[query] fn b() {} }", "test"),
        ("#[tokio::test] async fn a() { { #[query] fn b() {} } }", "test"),
        ("#[cfg(x)] pub const A: () = { #[cfg(y)] #[query] fn b() {} };", "y, x"),
        ("#[cfg(x)] impl A { #[query] fn b() {} }", "x"),
        ("#[cfg(x)] #[query] fn a() { #[query] fn b() {} }", "x"),
        ("fn a() { #[cfg(x)] mod c { #[query] fn b() {} } }", "x"),
        ("#[cfg(x)] fn a() {} fn c() { #[query] fn b() {} }", ""),
        ("#[cfg(x)] use a::b; fn c() { #[query] fn b() {} }", ""),
    ] {
        let scan = scan(source).unwrap();
        let cfgs_of_b = &scan.items.iter().rfind(|item| item.name.text == "b").unwrap().attributes.cfgs;
        assert_eq!(cfgs_of_b.join(", "), cfgs, "{source}");
    }
}

#[test]
fn imports_give_attributes_other_names() {
    for import in [
        "use mainspring::query as ask;",
        "pub(crate) use ::mainspring::{Id, query as ask};",
        "use mainspring::{a::{b as c}, query as ask, mutation as tell};",
    ] {
        assert_eq!(outline(&format!("#[ask] fn a() {{}} {import}")), "fn a", "{import}");
    }
    for import in ["use sqlx::query as ask;", "use mainspring::query;", "use mainspring::Id as ask;", ""] {
        assert_eq!(outline(&format!("{import} #[ask] fn a() {{}}")), "", "{import}");
    }
    assert_eq!(outline("use mainspring::query as ask; mod a { #[ask] fn b() {} }"), "mod a {}");
}

#[test]
fn annotations_in_macros_are_noticed() {
    for (source, found) in [
        ("a! { #[query] fn b() {} }", "a! [(1, 17)]"),
        ("a::b! { c { #[cfg(x)] #[m::query] pub async fn d() {} } }", "b! [(1, 47)]"),
        ("a! { #[table(name = \"a\")] struct B {} fn c() {} }", "a! [(1, 33)]"),
        ("a! { #[query] x {} fn b() {} #[other] fn c() {} }", "a! []"),
        ("a!(b); a![c];", "a! []; a! []"),
        ("macro_rules! a { () => { #[query] fn b() {} } }", "rules a true"),
        ("macro_rules! a { ($a:item) => { $a #[other] fn b() {} } }", "rules a false"),
        ("include!(\"a.rs\");", "include \"a.rs\""),
    ] {
        assert_eq!(outline(source), found, "{source}");
    }
}

#[test]
fn unbalanced_text_is_not_rust() {
    for source in ["fn a() {", "fn a() }", "mod a { (] }", "const X: &str = \"open", "/* open"] {
        assert_eq!(scan(source), Err(NotRust), "{source}");
    }
}

#[test]
fn tables_the_macro_refuses_are_left_to_it() {
    for source in [
        "#[table(name = \"a\")] struct A<T> { x: T }",
        "#[table(name = \"a\")] struct A(u8);",
        "#[table(name = \"a\")] struct A;",
        "#[table(name = \"a\")] enum A { X }",
        "#[table] struct A { x: u8 }",
    ] {
        assert_eq!(outline(source), "", "{source}");
    }
}

#[test]
fn visibilities() {
    for (written, scope) in [
        ("", Scope::Up(0)),
        ("pub", Scope::Crate),
        ("pub(crate)", Scope::In(vec![])),
        ("pub(self)", Scope::Up(0)),
        ("pub(super)", Scope::Up(1)),
        ("pub(in super::super)", Scope::Up(2)),
        ("pub(in crate)", Scope::In(vec![])),
        ("pub(in crate::a::r#b)", Scope::In(vec!["a".into(), "b".into()])),
    ] {
        assert_eq!(scan(&format!("{written} mod m;")).unwrap().items[0].scope, scope, "{written}");
    }
}

#[test]
fn raw_names_and_positions() {
    let found = scan("\n  #[query] fn r#type() {}").unwrap();
    let item = &found.items[0];
    assert_eq!(item.name, Name { text: "type".into(), raw: true });
    assert_eq!(item.at, (2, 14));
    let [annotation] = item.attributes.functions.as_slice() else { panic!("{item:?}") };
    assert_eq!((annotation.kind, annotation.visibility), (Kind::Query, Visibility::Public));
}

#[test]
fn shebangs_and_byte_order_marks() {
    assert_eq!(outline("#!/usr/bin/env cargo\nmod a;"), "mod a");
    assert_eq!(scan("#!/usr/bin/env {\nmod a;").unwrap().items[0].at.0, 2);
    assert_eq!(outline("\u{feff}mod a;"), "mod a");
    let inner = scan("#![cfg(unix)]\nmod a;").unwrap();
    assert_eq!(inner.inner.cfgs, ["unix"]);
    assert_eq!(describe(&inner), "mod a");
}

#[test]
fn the_call_of_functions_is_seen() {
    for source in ["mainspring::functions!();", "functions! {}", "mainspring :: functions !"] {
        assert!(scan(source).unwrap().calls_functions, "{source}");
    }
    for source in ["mod functions;", "fn f() { functions!() }", "use mainspring::functions;"] {
        assert!(!scan(source).unwrap().calls_functions, "{source}");
    }
}

#[test]
fn nesting_is_bounded() {
    let depth = MAX_DEPTH * 20;
    let source = format!("{}{}", "mod a { ".repeat(depth), "}".repeat(depth));
    let mut scan = &scan(&source).unwrap();
    let mut reached = 0;
    while let Some(Content::Inline(inner)) = scan.items.first().map(|item| &item.content) {
        scan = inner;
        reached += 1;
    }
    assert_eq!(reached, MAX_DEPTH + 1);
    for (open, close) in [("impl A { ", "}"), ("fn a() { ", "}"), ("impl A { fn a() { ", "}}")] {
        let nested = |depth| format!("{}#[query] fn b() {{}}{}", open.repeat(depth), close.repeat(depth));
        assert_eq!(super::scan(&nested(20)).unwrap().items.len(), 1, "{open}");
        assert_eq!(super::scan(&nested(depth)).unwrap().items.len(), 0, "{open}");
    }
}
