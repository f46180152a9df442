use mainspring::*;

#[table(name = "jobs")]
pub struct Job<T> {
    pub data: T,
}

fn main() {}
