use mainspring::*;

struct Coordinates;

#[mutation]
pub async fn go(_ctx: &MutationCtx, by: Vec<Option<Coordinates>>) {
    drop(by);
}

fn main() {}
