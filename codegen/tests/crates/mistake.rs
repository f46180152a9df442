//! What becomes a `compile_error!` or a warning, and what is left to rustc.

use crate::support::{Package, ROOT, Run};

fn run(functions: &str) -> Run {
    Package::new(&[("src/lib.rs", ROOT), ("src/functions.rs", functions)]).run()
}

#[test]
fn duplicate_function_path() {
    let run =
        run("#[query] pub async fn list() {}\npub mod functions {\n  #[action] pub async fn list() {}\n}");
    assert_eq!(
        run.mistakes(),
        ["two functions have the path `functions:list`: a path names one function
  `crate::functions::list` at src/functions.rs:1:23
  `crate::functions::functions::list` at src/functions.rs:3:26
help: rename one of them, or move it to another module"]
    );
    assert!(run.text.contains("pub use crate::functions::functions::__list_call as list;"));
}

#[test]
fn duplicate_function_path_in_a_file_of_another_name() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions.rs",
            "#[path = \"elsewhere.rs\"]\npub mod functions;\n#[query] pub async fn list() {}",
        ),
        ("src/elsewhere.rs", "\n#[mutation]\npub async fn list() {}"),
    ]);
    assert_eq!(
        package.run().mistakes(),
        ["two functions have the path `functions:list`: a path names one function
  `crate::functions::functions::list` at src/elsewhere.rs:3:14
  `crate::functions::list` at src/functions.rs:3:23
help: rename one of them, or move it to another module"]
    );
}

#[test]
fn duplicate_function_path_under_conditions() {
    let run = run("#[cfg(a)] #[query] pub async fn list() {}
         #[cfg(b)] pub mod functions { #[query] pub async fn list() {} }");
    let mistakes = run.mistakes();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].starts_with("#[cfg(a)]\n#[cfg(b)]\ntwo functions"), "{mistakes:?}");

    let same = "#[cfg(a)] #[query] pub async fn list() {}
         #[cfg(a)] pub mod functions { #[query] pub async fn list() {} }";
    assert!(self::run(same).mistakes()[0].starts_with("#[cfg(a)]\ntwo functions"), "each condition once");

    let exclusive = "#[cfg(a)] #[query] pub async fn list() {}
         #[cfg(not(a))] pub mod functions { #[query] pub async fn list() {} }";
    assert_eq!(self::run(exclusive).mistakes(), [""; 0]);
}

#[test]
fn the_same_function_twice_is_rustcs_to_report() {
    let twice = run("#[query] pub async fn a() {} #[query] pub async fn a() {}");
    assert_eq!((twice.registered(), twice.mistakes()), (vec!["functions::__a".to_owned()], vec![]));
    assert_eq!(twice.report.redefined, ["src/functions.rs:1"]);
    // One of them is always there, so the other can only be too many.
    for source in [
        "#[cfg(x)] #[query] pub async fn a() {} #[query] pub async fn a() {}",
        "#[query] pub async fn a() {} #[cfg(x)] #[query] pub async fn a() {}",
    ] {
        assert_eq!(run(source).registered(), ["functions::__a"], "{source}");
    }
}

#[test]
fn duplicate_table_name() {
    let package = Package::new(&[
        ("src/lib.rs", "functions!(); mod functions {} mod a; mod b;"),
        ("src/a.rs", "#[table(name = \"jobs\")]\npub struct Job { x: u8 }"),
        ("src/b.rs", "#[cfg(x)] #[table(name = \"jobs\")] pub struct Task { x: u8 }"),
    ]);
    assert_eq!(
        package.run().mistakes(),
        ["#[cfg(x)]\ntwo structs are the table `jobs`: a table has one type
  `crate::a::Job` at src/a.rs:2:12
  `crate::b::Task` at src/b.rs:1:46
help: give one of them another `name`"]
    );
}

#[test]
fn functions_in_blocks_are_told_by_their_places() {
    let source = "impl A {\n#[query]\nasync fn a() {} fn b() {} }
        impl<T: B<{ 1 }>> C for D<T> where T: E {}
        pub unsafe trait F {\n#[mutation]\nasync fn c(); #[query] async fn d(&self) {}\n}
        extern \"C\" {\n#[action]\nfn e(); }
        extern \"C\" fn f() {} extern crate g;
        #[query] pub async fn h(a: impl I) -> impl J {} mod k { impl L {\n#[crons]\nfn m() {} } }";
    let run = run(source);
    let expected = ["3", "7", "7", "11", "15"].map(|line| format!("src/functions.rs:{line}"));
    assert_eq!(run.report.members, expected);
    assert_eq!(run.registered(), ["functions::__h"]);
}

#[test]
fn functions_in_bodies_are_told_unless_tests_have_them() {
    let source = "#[query]\npub async fn a() {\n#[mutation]\nasync fn b() {} }
        fn c() {\n#[crons]\nfn d() {} }
        #[cfg(test)] mod tests { #[test] fn e() { #[query] async fn f() {} } }
        #[cfg(all(test, unix))] mod g { fn h() { #[query] async fn i() {} } }";
    let run = run(source);
    assert_eq!(run.report.members, ["src/functions.rs:4", "src/functions.rs:7"]);
    assert_eq!(run.registered(), ["functions::__a"]);
}

#[test]
fn duplicate_cron_name() {
    let package = Package::new(&[
        ("src/lib.rs", "functions!(); mod functions {} pub mod a; pub mod b;"),
        (
            "src/a.rs",
            "#[crons]\nfn x(crons: &mut Crons) {\n  crons.daily(\"night\", at(3, 0), a());\n  crons.cron(r\"noon\", \"\", b()).splay(c);\n}",
        ),
        (
            "src/b.rs",
            "#[cfg(y)]\n#[crons]\nfn x(c: &mut Crons) {\n  c.interval(\"noon\", HOUR, a());\n  c.interval(\"hour\", HOUR, a());\n}",
        ),
    ]);
    assert_eq!(
        package.run().mistakes(),
        ["#[cfg(y)]\ntwo crons are called `noon`: a cron is known by its name
  `crate::a::x` at src/a.rs:4:14
  `crate::b::x` at src/b.rs:4:14
help: rename one of the two"]
    );
}

#[test]
fn only_crons_that_are_there_for_certain_are_compared() {
    for second in [
        "if x { crons.daily(\"night\", t, c()); }",
        "#[cfg(x)] crons.daily(\"night\", t, c());",
        "crons.daily(NIGHT, t, c());",
        "crons.daily(concat!(\"night\"), t, c());",
        "other.daily(\"night\", t, c());",
        "crons.define(\"night\", t);",
        "crons[daily(\"night\", t, c())];",
        "crons + daily(\"night\", t, c());",
        "crons.daily { \"night\", t };",
        "crons.daily(\"night\".trim(), t, c());",
        "crons.daily(\"Night\", t, c());",
        "crons.",
    ] {
        let run = run(&format!(
            "#[crons] fn a(crons: &mut Crons) {{ crons.daily(\"night\", t, c()); }}
             #[crons] fn b(crons: &mut Crons) {{ {second} }}"
        ));
        assert_eq!(run.mistakes(), [""; 0], "{second}");
    }
    let changed = "#[crons] fn a(mut crons: &mut Crons) { crons.daily(\"night\", t, c()); }
         #[crons] fn b(crons: &mut Crons) { crons.daily(\"night\", t, c()); }";
    assert_eq!(run(changed).mistakes().len(), 1, "a `mut` before the parameter is not its name");
    let of_one =
        "#[crons] fn a(crons: &mut Crons) { crons.daily(\"x\", t, c()); crons.hourly(\"x\", 1, c()); }";
    assert_eq!(run(of_one).mistakes(), [""; 0], "the macro finds it");
}

#[test]
fn the_same_struct_twice_is_rustcs_to_report() {
    let run =
        run("#[table(name = \"a\")] pub struct A { x: u8 } #[table(name = \"a\")] pub struct A { x: u8 }");
    assert_eq!((run.registered(), run.mistakes()), (vec!["functions::A".to_owned()], vec![]));
}

#[test]
fn crons_functions_that_are_defined_twice_are_registered_once() {
    let run = run(
        "#[crons] pub fn a(c: &mut Crons) {}\n#[crons] pub fn a(c: &mut Crons) {}\n#[cfg(x)] #[crons] pub fn b(c: &mut Crons) {}
         #[cfg(not(x))] #[crons] pub fn b(c: &mut Crons) {}",
    );
    let registered =
        |name: &str| run.text.matches(&format!(".crons(crate::functions::__{name}_crons)")).count();
    assert_eq!((registered("a"), registered("b")), (1, 2), "{}", run.text);
    assert_eq!(run.mistakes(), [""; 0]);
    assert_eq!(run.report.redefined, ["src/functions.rs:2"]);
}

#[test]
fn what_is_defined_twice_is_told_by_its_later_place() {
    let source = "#[value]\npub struct A;\n#[value]\npub enum B {}\n#[value]\npub enum A {}
        #[cfg(x)]\n#[query]\npub async fn a() {}\n#[query]\npub async fn a() {}
        #[cfg(y)]\n#[query]\npub async fn c() {}\n#[cfg(not(y))]\n#[query]\npub async fn c() {}
        #[table(name = \"t\")]\npub struct T { x: u8 }\n#[value]\npub struct T;";
    let package = Package::new(&[("src/lib.rs", ROOT), ("src/functions.rs", source)]);
    let expected = ["src/functions.rs:9", "src/functions.rs:6", "src/functions.rs:21"];
    assert_eq!(package.run().report.redefined, expected);
}

#[test]
fn private_function_module() {
    let run = run("mod jobs {\n #[query] async fn a() {} #[query] async fn b() {} pub mod c { #[query] async fn d() {} } }
        pub mod fine { #[query] async fn x() {} }");
    assert_eq!(
        run.mistakes(),
        ["module `crate::functions::jobs` is private, but holds the function `a`: the generated `registry()` must be \
          able to name it from the crate root
  src/functions.rs:1:5
help: write `pub mod jobs` (or `pub(crate)`)"]
    );
    assert_eq!(run.registered(), ["functions::fine::__x"]);
}

#[test]
fn private_module_in_a_file() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions/mod.rs", "mod jobs;"),
        ("src/functions/jobs.rs", "#[cfg(x)] #[query] async fn a() {}"),
    ]);
    let mistakes = package.run().mistakes();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].starts_with("#[cfg(x)]\nmodule `crate::functions::jobs` is private"), "{mistakes:?}");
    assert!(
        mistakes[0].ends_with("src/functions/mod.rs:1:5\nhelp: write `pub mod jobs;` (or `pub(crate)`)"),
        "{mistakes:?}"
    );
}

#[test]
fn what_reaches_the_root_is_visible() {
    for scope in ["pub", "pub(crate)", "pub(super)", "pub(in crate)", "pub(in super)"] {
        let run = run(&format!("{scope} mod jobs {{ #[query] async fn a() {{}} }}"));
        assert_eq!(run.mistakes(), [""; 0], "{scope}");
    }
    for scope in ["", "pub(self)", "pub(in crate::functions)"] {
        let run = run(&format!("{scope} mod jobs {{ #[query] async fn a() {{}} }}"));
        assert_eq!(run.mistakes().len(), 1, "{scope}");
    }
    let deeper = run("pub mod a { pub(super) mod b { #[query] async fn x() {} } }");
    assert_eq!(deeper.mistakes().len(), 1);
}

#[test]
fn private_modules_without_functions_are_nobodys_business() {
    assert_eq!(run("mod helpers { fn x() {} mod more {} }").mistakes(), [""; 0]);
}

#[test]
fn private_tables() {
    let package = Package::new(&[
        (
            "src/lib.rs",
            "functions!(); mod functions {} mod tables; #[table(name = \"r\")] struct Root { x: u8 }",
        ),
        (
            "src/tables.rs",
            "#[table(name = \"a\")] struct A { x: u8 }\nmod m { #[table(name = \"b\")] pub struct B { x: u8 } }",
        ),
    ]);
    let run = package.run();
    assert_eq!(run.registered(), ["Root"]);
    let mistakes = run.mistakes();
    assert_eq!(mistakes.len(), 2);
    assert!(mistakes[0].starts_with("table `crate::tables::A` is private: "), "{mistakes:?}");
    assert!(
        mistakes[0].ends_with("src/tables.rs:1:29\nhelp: write `pub struct A` (or `pub(crate)`)"),
        "{mistakes:?}"
    );
    assert!(
        mistakes[1].starts_with("module `crate::tables::m` is private, but holds the table `B`: "),
        "{mistakes:?}"
    );
}

#[test]
fn fixtures_of_tests_may_be_private_and_anywhere() {
    let fixtures =
        "#[cfg(test)] mod tests { #[query] async fn a() {} #[table(name = \"t\")] struct T { x: u8 } }";
    let package =
        Package::new(&[("src/lib.rs", &format!("{ROOT} {fixtures}")), ("src/functions.rs", fixtures)]);
    let run = package.run();
    assert_eq!(run.mistakes(), [""; 0]);
    assert_eq!(run.report.warnings, [""; 0]);
    assert_eq!(run.registered(), [""; 0]);
}

#[test]
fn no_functions_module() {
    let package = Package::new(&[("src/main.rs", "mainspring::functions!(); mod a { mod functions {} }")]);
    assert_eq!(
        package.run().mistakes(),
        ["this crate has no module `functions`: annotated functions live in `crate::functions` and the modules under it
help: add `mod functions;` to src/main.rs and put them in src/functions/"]
    );
    // Declared without a file: rustc says so.
    assert_eq!(Package::new(&[("src/main.rs", ROOT)]).run().mistakes(), [""; 0]);
}

#[test]
fn functions_elsewhere_are_warned_of() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("{ROOT} mod jobs;")),
        ("src/functions.rs", ""),
        ("src/jobs.rs", "\n#[mainspring::internal_mutation]\npub async fn stray() {}"),
    ]);
    let run = package.run();
    assert_eq!(
        run.report.warnings,
        [
            "src/jobs.rs:3:14: function `stray` is `#[internal_mutation]` but outside `crate::functions`, so it is in \
          neither `api` nor `internal` and cannot be run by its path; move it to a module under `functions`"
        ]
    );
    assert_eq!(run.registered(), [""; 0]);
}

#[test]
fn crons_functions_are_registered_wherever_they_are_and_need_a_way_to_them() {
    let package = Package::new(&[
        ("src/lib.rs", "functions!(); mod functions {} #[crons] fn b(c: &mut Crons) {} mod a; mod c;"),
        (
            "src/a.rs",
            "#[mainspring::crons] pub(crate) fn x(c: &mut Crons) {} #[cfg(x)] #[crons] fn y(c: &mut Crons) {}",
        ),
        ("src/c.rs", "mod d { #[crons] fn z(c: &mut Crons) {} }"),
    ]);
    let run = package.run();
    let registered: Vec<_> = run.text.lines().filter_map(|line| line.split(".crons(").nth(1)).collect();
    assert_eq!(registered, ["crate::a::__x_crons);", "crate::a::__y_crons);", "crate::__b_crons)"]);
    assert!(
        run.text.contains("#[cfg(x)]\n    let registry = registry.crons(crate::a::__y_crons);"),
        "{}",
        run.text
    );
    let mistakes = run.mistakes();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(
        mistakes[0].starts_with("module `crate::c::d` is private, but holds the crons function `z`"),
        "{mistakes:?}"
    );
}

#[test]
fn functions_in_blocks_are_told_wherever_the_block_is() {
    let source = "
const _: () = {
    #[query] pub async fn a() {}
};
fn helper() { if x {
    #[query] pub async fn b() {}
    mod inner {
        #[mutation] pub async fn c() {}
    }
} }
impl A {
    #[query] pub async fn d() {}
}
#[test] fn test() { #[query] pub async fn e() {} }";
    let package = Package::new(&[("src/lib.rs", ROOT), ("src/functions.rs", source)]);
    let run = package.run();
    let expected = ["src/functions.rs:3", "src/functions.rs:6", "src/functions.rs:8", "src/functions.rs:12"];
    assert_eq!(run.report.members, expected);
    assert_eq!((run.registered(), run.report.in_macros), (vec![], vec![]));
}

#[test]
fn functions_in_calls_of_unknown_macros_are_told() {
    let source = "cfg_if! {
    if #[cfg(x)] { #[query] pub async fn a() {} } else {
        #[table(name = \"b\")] pub struct B { x: u8 }
    }
}
#[cfg(test)] mod tests { proptest! { #[query] async fn c() {} } }
fn body() { quote! { #[query] async fn d() {} } }";
    let package = Package::new(&[("src/lib.rs", ROOT), ("src/functions.rs", source)]);
    let run = package.run();
    assert_eq!(run.report.in_macros, ["src/functions.rs:2", "src/functions.rs:3"]);
    assert_eq!((run.registered(), run.report.members), (vec![], vec![]));
}

#[test]
fn calls_of_macros_that_are_not_understood_are_warned_of() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("macro_rules! a {{ ($x:expr) => {{ #[query] fn b() {{}} }} }} {ROOT}")),
        ("src/functions.rs", "\n  a!(1, 2); #[cfg(test)] mod tests { a!(1, 2); }"),
    ]);
    assert_eq!(
        package.run().report.warnings,
        [
            "src/functions.rs:2:3: what `a!` makes here is not understood, so annotated functions in it are in neither `api` \
          nor `internal`; write them out"
        ]
    );
}
