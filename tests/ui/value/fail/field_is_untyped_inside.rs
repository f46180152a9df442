use mainspring::*;

#[value]
pub enum Job {
    Pending { data: Vec<serde_json::Map<String, serde_json::Value>> },
}

fn main() {}
