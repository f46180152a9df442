use mainspring::*;

struct Shop;

impl Shop {
    #[action]
    pub async fn one(&self) -> u32 {
        1
    }
}

fn main() {}
