//! Sources in the middle of an edit.

use crate::support::{Package, ROOT};

const JOBS: &str = "#[mutation] pub async fn submit() {} pub mod sub;";

fn package() -> Package {
    Package::new(&[
        ("src/lib.rs", ROOT),
        ("src/functions/mod.rs", "pub mod jobs; pub mod other;"),
        ("src/functions/jobs.rs", JOBS),
        ("src/functions/jobs/sub.rs", "#[query] pub async fn get() {}"),
        ("src/functions/other.rs", "#[query] pub async fn x() {}"),
    ])
}

#[test]
fn a_file_that_does_not_lex_says_what_it_said_before() {
    for path in ["src/lib.rs", "src/functions/mod.rs", "src/functions/jobs.rs"] {
        for broken in ["#[mutation] pub async fn submit( {", "\"open", "}", "mainspring::functions!("] {
            let package = package();
            let before = package.run();
            package.write(path, broken);
            let during = package.run();
            assert_eq!(during.text, before.text, "{path}: {broken}");
            assert_eq!(during.watched(), before.watched());
            // It stays known as long as the file stays broken.
            assert_eq!(package.run().text, before.text, "{path}: {broken}");
        }
    }
}

#[test]
fn text_that_is_not_utf8_is_broken_too() {
    let package = package();
    let before = package.run();
    package.write("src/functions/jobs.rs", [0xff, 0xfe, b'{']);
    assert_eq!(package.run().text, before.text);
}

#[test]
fn the_rest_of_the_crate_goes_on() {
    let package = package();
    package.run();
    package.write("src/functions/jobs.rs", "fn {");
    package.write("src/functions/other.rs", "#[query] pub async fn y() {}");
    assert_eq!(
        package.run().registered(),
        ["functions::jobs::sub::__get", "functions::jobs::__submit", "functions::other::__y"]
    );
}

#[test]
fn a_mended_file_speaks_for_itself() {
    let package = package();
    package.run();
    package.write("src/functions/jobs.rs", "fn {");
    package.run();
    package.write("src/functions/jobs.rs", "#[mutation] pub async fn other() {}");
    assert_eq!(package.run().registered(), ["functions::jobs::__other", "functions::other::__x"]);
    // What it said before it was mended is forgotten.
    package.write("src/functions/jobs.rs", "fn {");
    assert_eq!(package.run().registered(), ["functions::jobs::__other", "functions::other::__x"]);
}

#[test]
fn broken_from_the_start_is_left_out_in_silence() {
    let package = package();
    package.write("src/functions/jobs.rs", "fn {");
    let run = package.run();
    assert_eq!(run.registered(), ["functions::other::__x"]);
    assert_eq!(run.mistakes(), [""; 0]);

    package.write("src/lib.rs", "mainspring::functions!(); mod functions; fn {");
    let fresh = Package::new(&[("src/lib.rs", "mainspring::functions!(); mod functions; fn {")]).run();
    assert_eq!(fresh.registered(), [""; 0]);
    assert_eq!(fresh.mistakes(), [""; 0]);
}

#[test]
fn half_typed_bodies_change_nothing() {
    let package = package();
    let before = package.run();
    package.write(
        "src/functions/jobs.rs",
        "use std:: ; #[mutation] pub async fn submit() { let x = ctx. ; if { } match } pub mod sub;",
    );
    // The brace in the body is closed too early, which does not lex.
    assert_eq!(package.run().text, before.text);
    package.write(
        "src/functions/jobs.rs",
        "use std:: \n #[mutation] pub async fn submit() { let x = ctx. ; if { } match } \n pub mod sub",
    );
    assert_eq!(package.run().text, before.text);
}

#[test]
fn a_missing_file_is_rustcs_to_report() {
    let package = package();
    package.remove("src/functions/jobs.rs");
    let run = package.run();
    assert_eq!(run.registered(), ["functions::other::__x"]);
    assert_eq!(run.mistakes(), [""; 0]);
    assert!(run.watched().contains(&"src/functions/jobs.rs".to_owned()));
}

#[test]
fn a_damaged_memory_is_no_harm() {
    let package = package();
    let before = package.run();
    let memory = package.output().with_file_name("mainspring.sources");
    std::fs::write(&memory, [0xff, 0, b'9', b'\n']).unwrap();
    assert_eq!(package.run().text, before.text);
    package.write("src/functions/jobs.rs", "fn {");
    assert_eq!(package.run().text, before.text);
}
