use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    #[serde(rename = "data")]
    pub text: String,
    pub data: u32,
}

fn main() {}
