use mainspring::*;

#[value]
pub enum State {
    Open { since: Vec<Missing> },
    Closed,
}

fn main() {}
