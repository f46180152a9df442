use mainspring::*;

#[table(name = "jobs")]
pub struct Job<'a> {
    pub data: &'a str,
}

fn main() {}
