use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: serde_json::Value,
}

fn main() {}
