use mainspring::*;

#[action]
struct Shop {
    name: String,
}

fn main() {}
