use mainspring::*;

#[value]
pub struct Job<T> {
    pub data: T,
}

fn main() {}
