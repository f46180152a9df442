//! The generated file and what cargo is told.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::support::{Package, ROOT};

#[test]
fn empty_trees_are_modules_still() {
    let run = Package::new(&[("src/lib.rs", ROOT), ("src/functions.rs", "")]).run();
    assert!(run.text.contains("pub mod api {}\n"), "{}", run.text);
    assert!(run.text.contains("pub mod internal {}\n"), "{}", run.text);
    assert!(run.text.contains("{\n    crate::__mainspring::Registry::new()\n}\n"), "{}", run.text);
}

#[test]
fn both_trees_have_the_modules_of_either() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions.rs", "pub mod a { #[query] fn x() {} } pub mod b {}"),
    ]);
    let text = package.run().text;
    assert_eq!(
        (text.matches("pub mod a {\n").count(), text.matches("pub mod a {}").count()),
        (1, 1),
        "{text}"
    );
    assert_eq!(text.matches("pub mod b").count(), 0, "{text}");
    assert_eq!(text.matches("__x_call as x").count(), 1, "{text}");
}

#[test]
fn the_order_is_that_of_the_paths() {
    let one = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions.rs",
            "pub mod b { #[query] fn y() {} #[query] fn x() {} } pub mod a { #[query] fn z() {} }",
        ),
    ]);
    let two = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions.rs",
            "pub mod a { #[query] fn z() {} } pub mod b { #[query] fn x() {} #[query] fn y() {} }",
        ),
    ]);
    assert_eq!(one.run().registered(), ["functions::a::__z", "functions::b::__x", "functions::b::__y"]);
    assert_eq!(one.run().text, two.run().text);
}

#[test]
fn an_unchanged_file_keeps_its_time() {
    let package = Package::new(&[("src/lib.rs", ROOT), ("src/functions.rs", "#[query] fn x() {}")]);
    package.run();
    let past = SystemTime::now() - Duration::from_secs(1000);
    let time = || fs::metadata(package.output()).unwrap().modified().unwrap();
    fs::File::options().write(true).open(package.output()).unwrap().set_modified(past).unwrap();
    let before = time();
    package.write("src/functions.rs", "#[query] fn x() { changed() }");
    package.run();
    assert_eq!(time(), before);
    package.write("src/functions.rs", "#[query] fn y() { changed() }");
    package.run();
    assert!(time() > before);
}

#[test]
fn every_file_that_was_read_is_watched() {
    let package = Package::new(&[
        ("src/lib.rs", &format!("{ROOT} mod plain; #[path = \"../shared/x.rs\"] mod x;")),
        ("src/main.rs", "fn main() {}"),
        ("src/functions/mod.rs", "pub mod a;"),
        ("src/functions/a.rs", ""),
        ("src/plain.rs", ""),
        ("src/unread.rs", ""),
        ("shared/x.rs", ""),
    ]);
    assert_eq!(
        package.run().watched(),
        ["src/../shared/x.rs", "src/functions/a.rs", "src/functions/mod.rs", "src/lib.rs", "src/plain.rs"]
    );
}

#[test]
fn deprecated_things_are_named_without_a_warning() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        (
            "src/functions.rs",
            "#[deprecated] #[query] fn x() {} #[deprecated] pub mod a { #[query] fn y() {} } #[query] fn z() {}",
        ),
    ]);
    let text = package.run().text;
    assert_eq!(text.matches("#[allow(deprecated)]").count(), 4, "{text}");
}

#[test]
fn allows_are_written_only_where_they_are_needed() {
    let package = Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions.rs", "#[query] fn x() {} pub mod a { #[query] fn y() {} }"),
    ]);
    let text = package.run().text;
    // A crate that forbids a lint refuses its `allow`.
    assert_eq!(text.matches("allow(").count(), 1, "{text}");
    assert!(text.contains("#[allow(dead_code, unused_qualifications)]\npub fn registry()"), "{text}");

    let many = (0..100).map(|n| format!("#[query] fn f{n}() {{}}")).collect::<Vec<_>>().join(" ");
    package.write("src/functions.rs", format!("#[cfg(x)] #[query] fn a() {{}} pub mod api {{ {many} }}"));
    let text = package.run().text;
    assert_eq!(text.matches("#[allow(unexpected_cfgs)]").count(), 3, "{text}");
    assert_eq!(text.matches("#[allow(clippy::too_many_lines)]").count(), 1, "{text}");
    assert_eq!(text.matches("#[allow(clippy::module_inception)]\n    pub mod api {").count(), 1, "{text}");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let package = Package::new(&[("src/lib.rs", ROOT)]);
    fs::create_dir(package.output()).unwrap();
    let error = package.generator().run().unwrap_err().to_string();
    assert!(error.starts_with("cannot write `") && error.contains("mainspring.rs"), "{error}");
}
