#[allow(private_interfaces)]
pub mod functions {
    use mainspring::*;

    #[value]
    struct Secret(u32);

    #[action]
    pub async fn go(_ctx: &ActionCtx, secret: Secret) -> u32 {
        secret.0
    }
}

fn main() {}
