use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    #[serde(rename = "_id")]
    pub data: u32,
}

fn main() {}
