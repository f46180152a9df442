//! Finds the shop's functions and tables.

fn main() {
    mainspring_codegen::generate();
}
