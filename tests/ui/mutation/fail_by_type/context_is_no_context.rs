use mainspring::*;

pub struct Shop;

#[mutation]
pub async fn open(_shop: &Shop) {}

fn main() {}
