use mainspring::*;

pub struct Shop;

#[query]
pub async fn open(_shop: &Shop) {}

fn main() {}
