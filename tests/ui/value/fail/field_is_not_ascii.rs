use mainspring::*;

#[value]
pub struct Job {
    pub größe: u32,
}

fn main() {}
