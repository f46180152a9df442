//! Crons of which a run is parked, since a program took other arguments: they go on, and what becomes of the run when a
//! program can run it again.

use mainspring::{App, CronStatus, Crons, Env, Knobs, Overlap, Registry, StaleJobs, Timestamp, VirtualClock};
use mainspring_tests::{START, api, registry, reopen, settle};
use tempfile::TempDir;

use super::{HOUR, MINUTE, cron};
use crate::functions::parked::{
    __ponder, __ponder_call, __ponder_number, __ponder_number_call, __post, __post_call, __post_number,
    __post_number_call,
};

/// The program whose runs wait, for their queue is paused. One is due every hour.
fn of_texts(overlap: Overlap) -> Registry {
    let declare: fn(&mut Crons) = match overlap {
        Overlap::Allow => |crons| {
            crons.hourly("post", 0, __post_call("x".into())).overlap(Overlap::Allow);
        },
        Overlap::QueueOne => |crons| {
            crons.hourly("post", 0, __post_call("x".into())).overlap(Overlap::QueueOne);
        },
        _ => |crons| {
            crons.hourly("post", 0, __post_call("x".into()));
        },
    };
    registry().function::<__post>().crons(declare)
}

/// The program that takes numbers, and runs at once.
fn of_numbers(overlap: Overlap) -> Registry {
    let declare: fn(&mut Crons) = match overlap {
        Overlap::Allow => |crons| {
            crons.hourly("post", 0, __post_number_call(7)).overlap(Overlap::Allow);
        },
        Overlap::QueueOne => |crons| {
            crons.hourly("post", 0, __post_number_call(7)).overlap(Overlap::QueueOne);
        },
        _ => |crons| {
            crons.hourly("post", 0, __post_number_call(7));
        },
    };
    registry().function::<__post_number>().crons(declare)
}

async fn open(folder: &TempDir, start: Timestamp, program: Registry) -> (App, VirtualClock) {
    let mut knobs = Knobs::default();
    knobs.stale_jobs = StaleJobs::Park;
    let (env, clock) = Env::simulated(start, 3);
    let builder = || {
        let builder = App::builder(program.clone()).knobs(knobs.clone()).env(env.clone());
        builder.data_dir(folder.path())
    };
    (reopen(builder).await.expect("starts"), clock)
}

async fn close(app: App) {
    app.shutdown().await.expect("stopped");
}

/// Lets time pass in steps of ten minutes.
async fn pass(app: &App, clock: &VirtualClock, minutes: u32) {
    settle(app).await;
    for _ in 0..minutes / 10 {
        clock.advance(10 * MINUTE);
        settle(app).await;
    }
}

/// The runs of `post`, oldest first, as `09:00 Success`.
fn runs(cron: &CronStatus) -> Vec<String> {
    let run = |run: &mainspring::CronRun| format!("{} {:?}", &run.slot[11..], run.state);
    cron.runs.iter().rev().map(run).collect()
}

/// A folder in which the run of 09:00 waits at the given number of minutes after eight.
async fn with_a_run_that_waits(overlap: Overlap, minutes: u32) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let (app, clock) = open(&folder, START, of_texts(overlap)).await;
    app.run_mutation(api::flow::pause_queue("letters".into(), true)).await.expect("paused");
    pass(&app, &clock, minutes).await;
    close(app).await;
    folder
}

/// Runs the program that takes numbers.
async fn run_numbers(folder: &TempDir, overlap: Overlap, from: u32, minutes: u32) -> CronStatus {
    let (app, clock) = open(folder, START + from * MINUTE, of_numbers(overlap)).await;
    pass(&app, &clock, minutes).await;
    let status = cron(&app, "post").await;
    close(app).await;
    status
}

#[tokio::test]
async fn a_cron_goes_on_while_a_run_of_it_is_parked() {
    let folder = with_a_run_that_waits(Overlap::Skip, 90).await;
    let status = run_numbers(&folder, Overlap::Skip, 100, 150).await;
    assert_eq!(runs(&status), ["09:00 Pending", "10:00 Success", "11:00 Success", "12:00 Success"]);
    assert_eq!(status.skipped, 0);
}

#[tokio::test]
async fn what_has_waited_for_a_run_that_is_parked_runs_at_the_start() {
    let folder = with_a_run_that_waits(Overlap::QueueOne, 150).await;
    let status = run_numbers(&folder, Overlap::QueueOne, 160, 10).await;
    assert_eq!(runs(&status), ["09:00 Pending", "10:00 Success"]);
    assert!(!status.is_waiting);
    let status = run_numbers(&folder, Overlap::QueueOne, 170, 20).await;
    assert_eq!(runs(&status), ["09:00 Pending", "10:00 Success", "11:00 Success"]);
}

#[tokio::test]
async fn a_parked_run_is_passed_over_when_its_cron_has_started_another_one() {
    for overlap in [Overlap::Skip, Overlap::QueueOne] {
        let folder = with_a_run_that_waits(overlap, 90).await;
        run_numbers(&folder, overlap, 100, 30).await;
        let (app, _clock) = open(&folder, START + 140 * MINUTE, of_texts(overlap)).await;
        let status = cron(&app, "post").await;
        assert_eq!(runs(&status), ["09:00 Canceled", "10:00 Success"], "{overlap:?}");
        assert_eq!(status.skipped, 1);
        let job = app.run_query(api::retries::record(status.runs[1].job)).await.expect("read");
        assert_eq!(format!("{:?}", job.expect("it is there").state), "Canceled");
        // And never runs.
        app.run_mutation(api::flow::pause_queue("letters".into(), false)).await.expect("resumed");
        settle(&app).await;
        assert_eq!(runs(&cron(&app, "post").await), ["09:00 Canceled", "10:00 Success"]);
        close(app).await;
    }
}

/// The latest run of a cron, and one beside which others may run.
#[tokio::test]
async fn a_parked_run_goes_on_when_nothing_came_after_it_or_its_cron_may_overlap() {
    for (overlap, minutes, expected) in [
        (Overlap::Skip, 10, &["09:00 Success"][..]),
        (Overlap::QueueOne, 10, &["09:00 Success"]),
        (Overlap::Allow, 30, &["09:00 Success", "10:00 Success"]),
    ] {
        let folder = with_a_run_that_waits(overlap, 90).await;
        let status = run_numbers(&folder, overlap, 100, minutes).await;
        assert_eq!(runs(&status)[0], "09:00 Pending");
        let (app, _clock) = open(&folder, START + (100 + minutes) * MINUTE, of_texts(overlap)).await;
        assert_eq!(runs(&cron(&app, "post").await)[0], "09:00 Pending");
        app.run_mutation(api::flow::pause_queue("letters".into(), false)).await.expect("resumed");
        settle(&app).await;
        let status = cron(&app, "post").await;
        assert_eq!(runs(&status), expected, "{overlap:?}");
        assert_eq!(status.skipped, 0);
        close(app).await;
    }
}

/// It is nobody's any more, so there is nothing that it could get in the way of.
#[tokio::test]
async fn a_parked_run_goes_on_when_its_cron_is_gone() {
    let folder = with_a_run_that_waits(Overlap::Skip, 90).await;
    let job = run_numbers(&folder, Overlap::Skip, 100, 30).await.runs[1].job;
    let (app, _clock) =
        open(&folder, START + 140 * MINUTE, Registry::new().function::<__post_number>()).await;
    close(app).await;
    let program = registry().function::<__post>();
    let (app, _clock) = open(&folder, START + 150 * MINUTE, program).await;
    app.run_mutation(api::flow::pause_queue("letters".into(), false)).await.expect("resumed");
    settle(&app).await;
    let job = app.run_query(api::retries::record(job)).await.expect("read");
    assert_eq!(format!("{:?}", job.expect("it is there").state), "Success");
    close(app).await;
}

/// Its policy would try it again, beside what came after it.
#[tokio::test]
async fn an_action_that_a_crash_cut_and_that_was_parked_fails_when_its_cron_has_gone_on() {
    let of_texts = || {
        registry().function::<__ponder>().crons(|crons| {
            crons.hourly("post", 0, __ponder_call("x".into()));
        })
    };
    let of_numbers = || {
        let program = registry().function::<__ponder_number>();
        program.crons(|crons| {
            crons.hourly("post", 0, __ponder_number_call(7));
        })
    };
    for (minutes, expected) in [(30, "Failed"), (10, "Pending")] {
        let folder = TempDir::new().expect("a folder");
        let (app, clock) = open(&folder, START, of_texts()).await;
        clock.advance(HOUR);
        while runs(&cron(&app, "post").await) != ["09:00 InProgress"] {
            tokio::task::yield_now().await;
        }
        drop(app);
        let (app, clock) = open(&folder, START + 100 * MINUTE, of_numbers()).await;
        pass(&app, &clock, minutes).await;
        assert_eq!(runs(&cron(&app, "post").await)[0], "09:00 InProgress");
        close(app).await;
        let (app, _clock) = open(&folder, START + (100 + minutes) * MINUTE, of_texts()).await;
        let first = runs(&cron(&app, "post").await).remove(0);
        assert!(first.starts_with(&format!("09:00 {expected}")), "{first}");
        if minutes == 30 {
            assert!(first.contains("the process ended while the function ran"), "{first}");
        }
        drop(app);
    }
}
