use mainspring::*;

#[query]
pub async fn one() -> u32 {
    1
}

fn main() {}
