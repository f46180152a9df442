use mainspring::*;

#[action]
pub async fn one() -> u32 {
    1
}

fn main() {}
