use mainspring::*;

#[mutation]
pub async fn place(_ctx: &MutationCtx) -> Coordinates {
    loop {}
}

fn main() {}
