use mainspring::*;

#[query]
struct Shop {
    name: String,
}

fn main() {}
