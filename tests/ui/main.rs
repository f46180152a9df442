//! Misuse that must not compile, and what the compiler says of it; and its twins, which must compile without a
//! warning. README.md tells how to add a case.

#![deny(warnings)]
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::borrow_deref_ref,
    clippy::many_single_char_names,
    clippy::missing_errors_doc,
    clippy::too_many_arguments,
    clippy::unused_self,
    reason = "the twins and `shop.rs` are read by the compiler, not run, and show one thing each"
)]

mod build_script;
mod check;
mod pass;

include!("shop.rs");

/// Every case, in one run: `cargo check` takes them all at once.
///
/// trybuild has no build script. What one would tell the compiler is told by starting this test again as a child.
#[test]
fn misuse_does_not_compile() {
    if build_script::has_run() {
        let cases = trybuild::TestCases::new();
        cases.compile_fail("ui/*/fail/*.rs");
        cases.compile_fail("ui/*/fail_by_type/*.rs");
        cases.compile_fail("ui/*/fail_by_definition/*.rs");
    } else {
        build_script::start_again_after("misuse_does_not_compile");
    }
}
