//! `#[cfg]` and `#[cfg_attr(…, path = …)]`.

use crate::support::{Package, ROOT};

#[test]
fn conditions_follow_their_items() {
    let package = Package::new(&[
        ("src/lib.rs", "functions!(); #[cfg(server)] mod functions; #[cfg(t)] mod tables;"),
        ("src/functions/mod.rs", "#[cfg(unix)] pub mod a; #[cfg(x)] #[query] pub async fn root() {}"),
        ("src/functions/a.rs", "#![cfg(feature = \"a\")] #[cfg(not( x ))] #[action] pub async fn f() {}"),
        ("src/tables.rs", "#[cfg(unix)] #[table(name = \"a\")] pub struct A { x: u8 }"),
    ]);
    let run = package.run();
    assert_eq!(
        run.registered(),
        [
            "[t, unix] tables::A",
            "[server, unix, feature = \"a\", not(x)] functions::a::__f",
            "[server, x] functions::__root",
        ]
    );
    let api = run.text.split("pub mod internal").next().unwrap();
    let expected = "pub mod api {
    /// The query `functions:root`.
    #[cfg(server)]
    #[cfg(x)]
    #[doc(inline)]
    pub use crate::functions::__root_call as root;

    /// Calls of the functions in `crate::functions::a`.
    #[cfg(server)]
    #[cfg(unix)]
    #[cfg(feature = \"a\")]
    pub mod a {
        /// The action `a:f`.
        #[cfg(not(x))]
        #[doc(inline)]
        pub use crate::functions::a::__f_call as f;
    }
}
";
    assert!(api.contains(expected), "{api}");
}

#[test]
fn variants_of_a_function_are_no_duplicates() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions/mod.rs",
            "#[cfg(unix)] #[query] pub async fn f() {} #[cfg(not(unix))] #[query] pub async fn f() {}
             #[cfg(unix)] pub mod a { #[query] pub async fn g() {} }
             #[cfg(windows)] pub mod a { #[query] pub async fn g() {} }",
        ),
    ]);
    let run = package.run();
    assert_eq!(
        run.registered(),
        [
            "[unix] functions::a::__g",
            "[windows] functions::a::__g",
            "[unix] functions::__f",
            "[not(unix)] functions::__f",
        ]
    );
    assert_eq!(run.mistakes(), [""; 0]);
}

#[test]
fn conditional_paths_are_followed_on_both_sides() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions/mod.rs",
            "#[cfg_attr(unix, path = \"u.rs\")] #[cfg_attr(all(x, y), path = \"x.rs\")] pub mod sys;
             #[cfg_attr(unix, path = \"here\")] pub mod inline { pub mod f; }",
        ),
        ("src/functions/u.rs", "#[query] pub async fn on_unix() {}"),
        ("src/functions/x.rs", "#[query] pub async fn on_x() {}"),
        ("src/functions/sys.rs", "#[query] pub async fn elsewhere() {}"),
        ("src/functions/here/f.rs", "#[query] pub async fn f() {}"),
    ]);
    let run = package.run();
    assert_eq!(
        run.registered(),
        [
            "[unix] functions::inline::f::__f",
            "[not(unix), not(all(x, y))] functions::sys::__elsewhere",
            "[unix] functions::sys::__on_unix",
            "[not(unix), all(x, y)] functions::sys::__on_x",
        ]
    );
    assert_eq!(run.mistakes(), [""; 0]);
}

#[test]
fn a_file_missing_under_a_condition_is_awaited_by_its_folder() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions/mod.rs", "#[cfg(x)] pub mod gone; pub mod soon;"),
    ]);
    let watched = package.run().watched();
    // Watching a file that stays missing would run the build script at every build.
    assert_eq!(watched, ["src/functions", "src/functions/mod.rs", "src/functions/soon.rs", "src/lib.rs"]);
}
