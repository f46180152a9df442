#[allow(private_interfaces)]
pub mod functions {
    use mainspring::*;

    #[value]
    struct Secret(u32);

    #[mutation]
    pub async fn go(_ctx: &MutationCtx, secret: Secret) -> u32 {
        secret.0
    }
}

fn main() {}
