use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub next: Option<Call<u32>>,
}

fn main() {}
