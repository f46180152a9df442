use mainspring::*;

#[table(name = "jobs")]
pub enum Job {
    Pending,
}

fn main() {}
