use mainspring::*;

mod fs {
    pub(crate) fn read() -> u64 {
        1
    }
}

/// Names of the user's own that are spelt like listed ones.
#[query]
async fn has_names_alike(_ctx: &QueryCtx) -> u64 {
    struct Rand;
    impl Rand {
        fn random(&self) -> u64 {
            2
        }
    }
    let thread_rng = Rand;
    let spawn = |number: u64| number;
    let sleep = std::time::Duration::from_secs(3).as_secs();
    self::fs::read() + thread_rng.random() + spawn(sleep)
}
