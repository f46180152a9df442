use mainspring::*;

struct Coordinates;

#[action]
pub async fn go(_ctx: &ActionCtx, by: Vec<Option<Coordinates>>) {
    drop(by);
}

fn main() {}
