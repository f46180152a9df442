use mainspring::*;

#[value]
pub struct Job {
    pub data: serde_json::Value,
}

fn main() {}
