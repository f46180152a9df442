use mainspring::*;

use serde_json::Value as Json;

#[value]
pub struct Job {
    pub data: std::collections::HashMap<String, Json>,
}

fn main() {}
