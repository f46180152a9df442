#[cfg_attr(feature = "render", path = "rendered.rs")]
pub mod invoices;

#[cfg(feature = "audit")]
pub mod audit {
    use mainspring::{MutationCtx, Result, internal_mutation};

    #[internal_mutation]
    pub async fn note(_ctx: &MutationCtx, _text: String) -> Result<()> {
        Ok(())
    }
}
