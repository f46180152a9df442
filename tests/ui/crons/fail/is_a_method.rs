use mainspring::*;

struct Shop;

impl Shop {
    #[crons]
    fn crons(&self) {}
}

fn main() {}
