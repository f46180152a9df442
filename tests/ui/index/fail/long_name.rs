use mainspring::*;

#[table(name = "jobs")]
#[index(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(data))]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
