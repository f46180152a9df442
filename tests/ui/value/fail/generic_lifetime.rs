use mainspring::*;

#[value]
pub struct Job<'a> {
    pub data: &'a str,
}

fn main() {}
