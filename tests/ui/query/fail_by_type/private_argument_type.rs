#[allow(private_interfaces)]
pub mod functions {
    use mainspring::*;

    #[value]
    struct Secret(u32);

    #[query]
    pub async fn go(_ctx: &QueryCtx, secret: Secret) -> u32 {
        secret.0
    }
}

fn main() {}
