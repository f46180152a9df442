//! Rates of functions that run at the same time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use mainspring::{App, Knobs, Registry};

use functions::__schedule_all_call as schedule_all;

/// As many run at the same time.
const TOGETHER: u32 = 4;

static RUNS: AtomicU32 = AtomicU32::new(0);
/// How many runs are awaited until all go on.
static AWAITED: (Mutex<u32>, Condvar) = (Mutex::new(0), Condvar::new());

#[expect(unreachable_pub, reason = "the arguments of a function are as public as its description")]
mod functions {
    use std::time::Duration;

    use mainspring::{MutationCtx, Queue, Rate, Result, internal_mutation, mutation};

    pub const METERED: Queue = Queue::new("metered").rate(Rate::new(1_000, Duration::from_hours(1)));

    #[mutation]
    pub(super) async fn schedule_all(ctx: &MutationCtx) -> Result<()> {
        for _ in 0..super::TOGETHER {
            ctx.scheduler.run_after(Duration::ZERO, __together_call("all".into())).await?;
        }
        Ok(())
    }

    /// Goes on when as many have begun as run at the same time.
    #[internal_mutation(queue = METERED, rate = "1000/1h", per = account)]
    pub(super) async fn together(_ctx: &MutationCtx, account: String) -> Result<()> {
        super::meet(&account);
        Ok(())
    }
}

fn meet(_account: &str) {
    RUNS.fetch_add(1, Ordering::Relaxed);
    // The thread of this worker is needed by the others.
    tokio::task::block_in_place(|| {
        let (awaited, all_here) = &AWAITED;
        let mut awaited = awaited.lock().expect("nobody panicked");
        *awaited = awaited.saturating_sub(1);
        all_here.notify_all();
        let waited = all_here.wait_timeout_while(awaited, Duration::from_mins(1), |awaited| *awaited > 0);
        assert!(!waited.expect("nobody panicked").1.timed_out(), "the others never came");
    });
}

/// Of those who take from one bucket at the same time, none runs twice: neither if it is the first time, nor later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutations_of_one_bucket_that_run_at_once_run_once_each() {
    let mut knobs = Knobs::default();
    knobs.scheduled_mutations = TOGETHER as usize;
    knobs.transaction_timeout = Duration::from_mins(2);
    let registry =
        Registry::new().function::<functions::__schedule_all>().function::<functions::__together>();
    let app = App::builder(registry).knobs(knobs).start().await.expect("it starts");
    for round in 1..=3 {
        *AWAITED.0.lock().expect("nobody panicked") = TOGETHER;
        app.run_mutation(schedule_all()).await.expect("scheduled");
        app.idle().await;
        assert_eq!(RUNS.load(Ordering::Relaxed), round * TOGETHER, "{:?}", app.contention());
    }
    assert_eq!((app.contention().total, app.store_stats().conflicts), (0, 0));
    assert!(app.check().await.expect("checked").problems.is_empty());
    app.shutdown().await.expect("closed");
}
