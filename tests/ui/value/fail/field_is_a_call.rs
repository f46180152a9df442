use mainspring::*;

#[value]
pub struct Job {
    pub next: Option<Call<u32>>,
}

fn main() {}
