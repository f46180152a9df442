//! Where modules are found.

use crate::support::{Package, ROOT};

fn query(name: &str) -> String {
    format!("#[query] pub async fn {name}(ctx: &QueryCtx) {{}}\n")
}

#[test]
fn files_beside_and_within() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions/mod.rs", "pub mod a; pub mod b;"),
        ("src/functions/a.rs", &(query("in_a") + "pub mod deep;")),
        ("src/functions/a/deep.rs", &(query("in_deep") + "pub mod er;")),
        ("src/functions/a/deep/er/mod.rs", &query("in_deeper")),
        ("src/functions/b/mod.rs", &(query("in_b") + "pub mod c;")),
        ("src/functions/b/c.rs", &query("in_c")),
        ("src/functions/unlisted.rs", &query("nowhere")),
    ]);
    assert_eq!(
        package.run().registered(),
        [
            "functions::a::deep::er::__in_deeper",
            "functions::a::deep::__in_deep",
            "functions::a::__in_a",
            "functions::b::c::__in_c",
            "functions::b::__in_b",
        ]
    );
}

#[test]
fn functions_beside_its_folder_and_inline() {
    let beside = Package::new(&[
        ("src/main.rs", ROOT),
        ("src/functions.rs", "pub mod a;"),
        ("src/functions/a.rs", &query("x")),
    ]);
    assert_eq!(beside.run().registered(), ["functions::a::__x"]);

    let root =
        format!("mainspring::functions!(); mod functions {{ pub mod a {{ {} }} pub mod b; }}", query("x"));
    let inline = Package::new(&[("src/main.rs", &root), ("src/functions/b.rs", &query("y"))]);
    assert_eq!(inline.run().registered(), ["functions::a::__x", "functions::b::__y"]);
}

#[test]
fn files_of_inline_modules() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions/mod.rs", "pub mod inline { pub mod a; } pub mod named;"),
        ("src/functions/inline/a.rs", &query("in_mod_rs")),
        ("src/functions/named.rs", "pub mod inline { pub mod b; pub mod more { pub mod c; } }"),
        ("src/functions/named/inline/b.rs", &query("in_named")),
        ("src/functions/named/inline/more/c.rs", &query("in_more")),
    ]);
    assert_eq!(
        package.run().registered(),
        [
            "functions::inline::a::__in_mod_rs",
            "functions::named::inline::b::__in_named",
            "functions::named::inline::more::c::__in_more",
        ]
    );
}

#[test]
fn path_attributes() {
    let package = Package::new(&[
        ("src/lib.rs", "mainspring::functions!(); #[path = \"backend/all.rs\"] mod functions;"),
        // Counts as a mod.rs: its modules are beside it.
        ("src/backend/all.rs", "pub mod a; #[path = \"../elsewhere/b.rs\"] pub mod b; pub mod named;"),
        ("src/backend/a.rs", &query("a")),
        ("src/elsewhere/b.rs", "pub mod c;"),
        ("src/elsewhere/c.rs", &query("c")),
        // From the folder of the file itself, even where the modules are one deeper.
        ("src/backend/named.rs", "#[path = \"d.rs\"] pub mod d;"),
        ("src/backend/d.rs", &query("d")),
        ("src/backend/named/d.rs", &query("wrong")),
    ]);
    assert_eq!(
        package.run().registered(),
        ["functions::a::__a", "functions::b::c::__c", "functions::named::d::__d"]
    );
}

#[test]
fn path_attributes_and_inline_modules() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions/mod.rs",
            "pub mod inline { #[path = \"x.rs\"] pub mod a; } #[path = \"folder\"] pub mod moved { pub mod b; } pub mod named;",
        ),
        ("src/functions/inline/x.rs", &query("a")),
        ("src/functions/folder/b.rs", &query("b")),
        (
            "src/functions/named.rs",
            "pub mod inline { #[path = \"y.rs\"] pub mod c; } #[path = \"folder\"] pub mod moved { pub mod d; }",
        ),
        ("src/functions/named/inline/y.rs", &query("c")),
        ("src/functions/folder/d.rs", &query("d")),
    ]);
    assert_eq!(
        package.run().registered(),
        [
            "functions::inline::a::__a",
            "functions::moved::b::__b",
            "functions::named::inline::c::__c",
            "functions::named::moved::d::__d",
        ]
    );
}

#[test]
fn raw_identifiers() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions/mod.rs", "pub mod r#type; pub mod r#plain;"),
        ("src/functions/type/mod.rs", "#[mutation] pub async fn r#match() {}"),
        ("src/functions/plain.rs", &query("x")),
    ]);
    let run = package.run();
    assert_eq!(run.registered(), ["functions::r#plain::__x", "functions::r#type::__match"]);
    assert!(run.text.contains("/// The mutation `type:match`."), "{}", run.text);
    assert!(run.text.contains("pub use crate::functions::r#type::__match_call as r#match;"), "{}", run.text);
    assert!(run.text.contains("pub mod r#plain {"), "{}", run.text);
}

#[test]
fn tables_are_found_anywhere() {
    let package = Package::new(&[
        (
            "src/lib.rs",
            "mainspring::functions!(); mod functions; mod tables; #[table(name = \"c\")] struct C { x: u8 }",
        ),
        ("src/functions/mod.rs", "#[table(name = \"b\")] pub(crate) struct B { x: u8 }"),
        ("src/tables.rs", "pub mod more { #[mainspring::table(name = \"a\")] pub struct r#A { x: u8 } }"),
    ]);
    assert_eq!(package.run().registered(), ["C", "functions::B", "tables::more::r#A"]);
}

#[test]
fn the_root_that_calls_functions_is_taken() {
    let other = "mod functions { #[query] pub async fn other() {} }";
    let functions = "mod functions { #[query] pub async fn x() {} }";
    let calls = format!("mainspring::functions!(); {functions}");

    let main = Package::new(&[("src/main.rs", &calls), ("src/lib.rs", other)]);
    assert_eq!(main.run().registered(), ["functions::__x"]);
    assert_eq!(main.run().watched(), ["src/lib.rs", "src/main.rs"]);

    let both = Package::new(&[("src/lib.rs", &calls), ("src/main.rs", &format!("functions!(); {other}"))]);
    assert_eq!(both.run().registered(), ["functions::__x"]);

    let named = Package::new(&[("src/main.rs", other), ("server/app.rs", &calls)]);
    named.generator().root("server/app.rs").run().unwrap();
    assert!(std::fs::read_to_string(named.output()).unwrap().contains("functions::__x>"));
}

#[test]
fn a_package_without_the_call_is_told_to_add_it() {
    let error = |files: &[(&str, &str)]| Package::new(files).generator().run().unwrap_err().to_string();
    assert_eq!(
        error(&[("src/main.rs", "mod functions;"), ("src/lib.rs", "")]),
        "nothing includes the generated code: add `mainspring::functions!();` at the top of src/lib.rs or src/main.rs"
    );
    assert!(error(&[("Cargo.toml", "")]).starts_with("no crate root: "));
    let named =
        Package::new(&[("src/main.rs", "")]).generator().root("none.rs").run().unwrap_err().to_string();
    assert!(named.starts_with("cannot read the crate root `") && named.contains("none.rs"), "{named}");
}

#[test]
fn a_module_that_contains_itself_ends() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("{ROOT} #[path = \"lib.rs\"] mod again;")),
        ("src/functions/mod.rs", &format!("#[path = \"../functions/mod.rs\"] pub mod again; {}", query("x"))),
    ]);
    assert_eq!(package.run().registered(), ["functions::__x"]);
}

#[test]
fn included_files_are_part_of_their_module() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions/mod.rs",
            "include!(\"more/a.rs\"); pub mod b { #[cfg(x)] include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/b.rs\")); }
             pub mod d { include!(concat!(env!(\"OUT_DIR\"), \"/d.rs\")); }",
        ),
        ("src/functions/more/a.rs", &(query("a") + "pub mod c;")),
        ("src/functions/more/c.rs", &query("c")),
        ("b.rs", &query("b")),
    ]);
    std::fs::write(package.output().with_file_name("d.rs"), query("d")).unwrap();
    let run = package.run();
    assert_eq!(
        run.registered(),
        ["[x] functions::b::__b", "functions::c::__c", "functions::d::__d", "functions::__a"]
    );
    assert_eq!(run.report.warnings, [""; 0]);
    // A file of the build script is as old as its run: watched, it would ask for another one for ever.
    let expected =
        ["b.rs", "src/functions/mod.rs", "src/functions/more/a.rs", "src/functions/more/c.rs", "src/lib.rs"];
    assert_eq!(run.watched(), expected);
}

#[test]
fn an_included_file_that_includes_itself_ends() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions.rs", "include!(\"a.rs\");"),
        ("src/a.rs", "include!(\"functions.rs\"); include!(\"missing.rs\");"),
    ]);
    assert_eq!(package.run().registered(), [""; 0]);
}

#[test]
fn an_included_file_that_nobody_knows_is_warned_of() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("{ROOT} include!(env!(\"OTHER\"));")),
        (
            "src/functions.rs",
            "\ninclude!(env!(\"OTHER\"));\n#[cfg(test)] mod tests { include!(env!(\"OTHER\")); }",
        ),
    ]);
    assert_eq!(
        package.run().report.warnings,
        [
            "src/functions.rs:2:1: the file that is included here is not known, so annotated functions in it are in neither \
          `api` nor `internal`; write its name as a string"
        ]
    );
}

#[test]
fn what_macros_of_the_crate_make_is_found() {
    let counters = "macro_rules! counters {
        ($($(#[$meta:meta])* $vis:vis $name:ident: $ty:ty = $start:expr),* $(,)?) => {
            $($(#[$meta])* #[::mainspring::query] $vis async fn $name(ctx: &QueryCtx, from: $ty) -> $ty { from + $start })*
        };
        (table $name:ident $text:literal) => { #[table(name = $text)] pub struct $name { x: u8 } };
        (crons $name:ident) => { #[crons] pub fn $name(c: &mut Crons) { c.daily(\"x\", t, c()); } };
    }";
    let package = Package::new(&[
        ("src/lib.rs", &format!("{counters} {ROOT} counters!(table Row \"rows\"); counters!(crons all);")),
        (
            "src/functions.rs",
            "counters!(pub a: Vec<A<u8, u16>> = 1 + f(2, 3), #[cfg(x)] b: u8 = 1);
             pub mod c { crate::counters! { pub(crate) d: u8 = 0, } } #[cfg(y)] counters! { pub e: u8 = 0 }",
        ),
    ]);
    let run = package.run();
    assert_eq!(
        run.registered(),
        ["Row", "functions::c::__d", "functions::__a", "[x] functions::__b", "[y] functions::__e"]
    );
    assert!(run.text.contains(".crons(crate::__all_crons)"), "{}", run.text);
    assert_eq!((run.report.warnings, run.report.in_macros), (vec![], vec![]));
}

#[test]
fn macros_that_call_macros_and_that_are_defined_later_are_followed() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("{ROOT} mod macros;")),
        ("src/functions.rs", "crate::outer!(a, b);"),
        (
            "src/macros.rs",
            "#[macro_export] macro_rules! outer { ($($name:ident),*) => { $(crate::inner! { $name })* } }
             #[macro_export] macro_rules! inner { ($name:ident) => { #[query] pub async fn $name() {} } }
             #[macro_export] macro_rules! item { ($item:item) => { $item } }",
        ),
    ]);
    assert_eq!(package.run().registered(), ["functions::__a", "functions::__b"]);
    package.write("src/functions.rs", "crate::item!(#[query] pub async fn c() {});");
    assert_eq!(package.run().registered(), ["functions::__c"]);
    package.write("src/functions.rs", "crate::outer!(1); crate::item!(1);");
    assert!(package.run().report.warnings[0].contains("what `outer!` makes here"));
    assert_eq!(package.run().report.warnings.len(), 1);
}

#[test]
fn a_macro_without_end_ends() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("macro_rules! a {{ () => {{ #[query] fn b() {{}} a!(); a!(); }} }} {ROOT}")),
        ("src/functions.rs", "a!();"),
    ]);
    let warnings = package.run().report.warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("what `a!` makes here"), "{warnings:?}");
}

#[test]
fn annotations_under_conditions_and_other_names_are_found() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions.rs",
            "use mainspring::{Id, query as ask}; #[ask] pub async fn a() {} #[cfg_attr(x, mainspring::query)] pub async fn b() {}
             #[cfg_attr(y, query)] #[cfg_attr(not(y), internal_mutation)] pub async fn c() {}
             #[cfg_attr(z, table(name = \"t\"))] pub struct T { x: u8 }",
        ),
    ]);
    assert_eq!(
        package.run().registered(),
        [
            "[z] functions::T",
            "functions::__a",
            "[x] functions::__b",
            "[y] functions::__c",
            "[not(y)] functions::__c"
        ]
    );
}

#[test]
fn imports_are_told_for_files_with_one_module_of_functions() {
    let import = "use tokio::time::sleep;";
    let package = Package::new(&[
        ("src/lib.rs", &format!("{ROOT} {import}")),
        ("src/functions/mod.rs", &format!("pub mod a; pub mod b; {import} mod helper {{ {import} }}")),
        ("src/functions/a.rs", &format!("{import} {} mod helper {{ use rand::random; }}", query("a"))),
        ("src/functions/b.rs", &format!("{import} {} pub mod c {{ {import} {} }}", query("b"), query("c"))),
    ]);
    assert_eq!(package.run().report.imports, ["src/functions/a.rs:sleep=tokio::time::sleep"]);
}
