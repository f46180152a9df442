use mainspring::*;

struct Shop;

impl Shop {
    #[mutation]
    pub async fn one(&self) -> u32 {
        1
    }
}

fn main() {}
