use mainspring::*;

pub struct Shop;

#[action]
pub async fn open(_shop: &Shop) {}

fn main() {}
