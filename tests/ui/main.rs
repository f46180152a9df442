//! Misuse that must not compile, and what the compiler says of it. README.md tells how to add a case.

/// Every case, in one run: `cargo check` takes them all at once.
#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/fail/*.rs");
    cases.compile_fail("ui/*/fail_by_type/*.rs");
}
