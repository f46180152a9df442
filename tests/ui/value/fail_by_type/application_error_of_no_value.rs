use mainspring::*;

pub struct Refusal;

pub fn refuse() -> Result<()> {
    Err(Error::app(Refusal))
}

fn main() {}
