//! Finds the functions and tables of the test application.

fn main() {
    mainspring_codegen::generate();
}
