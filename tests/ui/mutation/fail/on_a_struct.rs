use mainspring::*;

#[mutation]
struct Shop {
    name: String,
}

fn main() {}
