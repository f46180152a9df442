use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub created_at: std::time::SystemTime,
}

fn main() {}
