// What the crons of the cases run; included at their root.

pub mod functions {
    pub mod tidy {
        use mainspring::*;

        #[internal_mutation]
        pub async fn sweep(_ctx: &MutationCtx) {}

        #[internal_action]
        pub async fn greet(_ctx: &ActionCtx, whom: String) {
            let _ = whom;
        }

        #[internal_query]
        pub async fn count(_ctx: &QueryCtx) -> u32 {
            0
        }
    }
}

pub mod internal {
    pub mod tidy {
        pub use crate::functions::tidy::__count_call as count;
        pub use crate::functions::tidy::__greet_call as greet;
        pub use crate::functions::tidy::__sweep_call as sweep;
    }
}
