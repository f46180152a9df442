use mainspring::*;

#[value]
pub enum State {
    Open(Option<Missing>),
    Closed,
}

fn main() {}
