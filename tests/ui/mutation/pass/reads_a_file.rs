use mainspring::*;

/// The escape, with its reason.
#[mutation(allow_nondeterminism = "the file is part of the program")]
async fn allows_a_file(_ctx: &MutationCtx) -> bool {
    std::fs::exists("notes.txt").is_ok()
}
