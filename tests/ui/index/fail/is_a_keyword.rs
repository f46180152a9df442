use mainspring::*;

#[table(name = "jobs")]
#[index(type(kind))]
pub struct Job {
    pub kind: u32,
}

fn main() {}
