use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub größe: u32,
}

fn main() {}
