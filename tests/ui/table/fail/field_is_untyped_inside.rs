use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: std::collections::HashMap<String, serde_json::Value>,
}

fn main() {}
