use mainspring::*;

#[table(nam = "jobs")]
#[index(by_status(status))]
pub struct Job {
    pub _id: String,
    pub data: serde_json::Value,
}

fn main() {}
