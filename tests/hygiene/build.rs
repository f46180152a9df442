//! Finds the functions and tables.

fn main() {
    mainspring_codegen::generate();
}
