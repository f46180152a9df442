use mainspring::*;

struct Shop;

impl Shop {
    #[query]
    pub async fn one(&self) -> u32 {
        1
    }
}

fn main() {}
