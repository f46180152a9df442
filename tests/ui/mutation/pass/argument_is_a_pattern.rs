use mainspring::*;

/// An argument that is changed.
#[internal_mutation]
async fn changes_its_argument(_ctx: &MutationCtx, mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
