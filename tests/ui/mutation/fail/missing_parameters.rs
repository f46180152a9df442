use mainspring::*;

#[mutation]
pub async fn one() -> u32 {
    1
}

fn main() {}
