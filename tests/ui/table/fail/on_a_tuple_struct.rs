use mainspring::*;

#[table(name = "jobs")]
pub struct Job(pub String);

fn main() {}
