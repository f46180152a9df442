//! Crons that mutations make and delete.

use mainspring::{App, CronSource, Crons, Env, Knobs, Registry, ScheduledState, StaleJobs, crons};
use mainspring_tests::tables::Tick;
use mainspring_tests::{START, api, internal, reopen, settle};
use tempfile::TempDir;

use super::{HOUR, MINUTE, app_at, app_in, cron, pass, ticks};

#[crons]
fn no_others(_crons: &mut Crons) {}

#[crons]
fn of_the_code(crons: &mut Crons) {
    crons.hourly("of the code", 0, internal::ticks::tick("of the code".into()));
}

async fn register(app: &App, name: &str, text: &str) -> mainspring::Result<()> {
    app.run_mutation(api::ticks::register(name.into(), text.into())).await
}

#[tokio::test]
async fn a_registered_cron_runs_until_it_is_deleted() {
    let app = app_at(START, __no_others_crons).await;
    // From here on the scheduler sleeps until the next of the other crons, weeks ahead.
    app.idle().await;
    register(&app, "ada", "*/20 * * * *").await.expect("registered");
    let status = cron(&app, "ada").await;
    assert_eq!((status.source, status.description.as_str()), (CronSource::Runtime, "every 20 minutes, UTC"));
    pass(&app, 50 * MINUTE).await;
    app.run_mutation(api::ticks::delete("ada".into())).await.expect("deleted");
    pass(&app, 2 * HOUR).await;
    assert_eq!(ticks(&app).await, ["15T08:20 ada", "15T08:40 ada"]);
    assert!(app.crons().await.expect("read").iter().all(|cron| cron.name != "ada"));
    let error = app.run_mutation(api::ticks::delete("ada".into())).await.expect_err("it is gone");
    assert_eq!(error.code(), "CronNotFound");
}

/// As jobs that wait do: nothing else would tell of it until it is due.
#[tokio::test]
async fn a_registered_cron_whose_function_is_gone_is_listed_at_the_start() {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, __no_others_crons).await;
    register(&app, "ada", "*/20 * * * *").await.expect("registered");
    app.shutdown().await.expect("stopped");
    drop(app);
    let start = async |stale_jobs| {
        let mut knobs = Knobs::default();
        knobs.stale_jobs = stale_jobs;
        let (env, clock) = Env::simulated(START, 2);
        let program = || Registry::new().table::<Tick>();
        let app =
            reopen(|| App::builder(program()).knobs(knobs.clone()).env(env.clone()).data_dir(folder.path()));
        app.await.map(|app| (app, clock))
    };
    let error = start(StaleJobs::Refuse).await.map(drop).expect_err("its function is gone");
    assert_eq!(error.code(), "StaleJobs");
    assert!(
        error.to_string().contains("cron `ada` ticks:tick: there is no such function any more"),
        "{error}"
    );
    let (app, clock) = start(StaleJobs::Park).await.expect("it was asked not to mind");
    assert_eq!(app.crons().await.expect("read").len(), 1, "it is there, with those of the code gone");
    clock.advance(20 * MINUTE);
    settle(&app).await;
    let cron = app.crons().await.expect("read").remove(0);
    let Some(ScheduledState::Failed { error }) = cron.runs.first().map(|run| &run.state) else {
        panic!("{cron:?}")
    };
    assert!(error.starts_with("there is no `ticks:tick` in this program any more"), "{error}");
}

#[tokio::test]
async fn a_cron_is_registered_iff_its_mutation_commits() {
    let app = app_at(START, __no_others_crons).await;
    app.run_mutation(api::ticks::register_and_fail("never".into())).await.expect_err("it fails");
    pass(&app, HOUR).await;
    assert!(ticks(&app).await.is_empty());
    assert!(app.crons().await.expect("read").iter().all(|cron| cron.name != "never"));
}

#[tokio::test]
async fn a_name_has_one_cron() {
    let app = app_at(START, __of_the_code_crons).await;
    register(&app, "ada", "0 * * * *").await.expect("registered");
    for name in ["ada", "of the code"] {
        let error = register(&app, name, "30 * * * *").await.expect_err("it is taken");
        assert_eq!(error.code(), "CronNameTaken");
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
    let error =
        app.run_mutation(api::ticks::delete("of the code".into())).await.expect_err("it is the code's");
    assert_eq!(error.code(), "CronDeclared");
}

#[tokio::test]
async fn a_wrong_registration_is_refused_with_the_reason() {
    let app = app_at(START, __no_others_crons).await;
    let error = register(&app, "ada", "0 25 * * *").await.expect_err("there is no such hour");
    assert_eq!(error.code(), "CronInvalidSchedule");
    assert_eq!(
        error.to_string(),
        "the schedule of cron `ada` is wrong: `0 25 * * *` is no cron expression\n0 25 * * *\n  \
         ^^ hour: `25` is out of range, expected 0-23"
    );
    let error = register(&app, " ", "0 2 * * *").await.expect_err("it has no name");
    assert_eq!(error.code(), "CronInvalidName");
    let error = register(&app, &"x".repeat(300), "0 2 * * *").await.expect_err("it is too long");
    assert_eq!(error.code(), "CronInvalidName");
}

#[tokio::test]
async fn a_registered_cron_survives_a_restart_and_makes_up_for_nothing_that_it_does_not_want() {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, __no_others_crons).await;
    register(&app, "ada", "0 * * * *").await.expect("registered");
    app.clock().advance(HOUR);
    app.idle().await;
    app.shutdown().await.expect("stopped");
    let app = app_in(folder.path(), START + 150 * MINUTE, __no_others_crons).await;
    app.idle().await;
    app.clock().advance(30 * MINUTE);
    app.idle().await;
    assert_eq!(ticks(&app).await, ["15T09:00 ada", "15T11:00 ada"]);
}

#[tokio::test]
async fn the_code_cannot_take_the_name_of_a_registered_cron() {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, __no_others_crons).await;
    register(&app, "of the code", "0 * * * *").await.expect("registered");
    app.shutdown().await.expect("stopped");
    let builder = App::builder(mainspring_tests::registry().crons(__of_the_code_crons));
    let error = builder.data_dir(folder.path()).start().await.map(drop).expect_err("the name is taken");
    assert_eq!(error.code(), "CronNameTaken");
    assert!(error.to_string().contains("`of the code`"), "{error}");
    assert!(error.to_string().contains("tests/api/crons/"), "{error}");
}
