//! What crons do under new time-zone data, on several nodes, and what they log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mainspring::{
    App, AppBuilder, CatchUp, CronSchedule, Crons, Knobs, MutationCtx, Overlap, QueryCtx, Registry, Result,
    ScheduledFunction, ScheduledState, at, crons, internal_action, internal_mutation, mutation, query,
};

use super::{Cron, tick};
use crate::function::Origin;
use crate::schedule::tests::lines::Lines;
use crate::testing::TestApp;
use crate::value::Id;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

#[internal_mutation]
pub(crate) async fn report(_ctx: &MutationCtx) {}

/// Takes three hours and twenty minutes.
#[internal_action]
pub(crate) async fn think(ctx: &mainspring::ActionCtx) {
    ctx.sleep(200 * MINUTE).await;
}

/// At 09:00 by the clock of a zone.
#[mutation]
pub(crate) async fn daily(ctx: &MutationCtx, zone: String) -> Result<Id<Cron>> {
    Ok(ctx.crons.register("daily", CronSchedule::daily(at(9, 0)).time_zone(&zone), __report_call()).await?)
}

#[mutation]
pub(crate) async fn hourly(ctx: &MutationCtx, queues: bool) -> Result<()> {
    let overlap = if queues { Overlap::QueueOne } else { Overlap::Skip };
    let schedule = CronSchedule::hourly(0).catch_up(CatchUp::None).overlap(overlap);
    ctx.crons.register("hourly", schedule, __think_call()).await?;
    Ok(())
}

/// Every hour, one waiting for the other; what it runs is paused.
#[mutation]
pub(crate) async fn held_back(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.pause(__report_call).await?;
    ctx.crons.register("held", CronSchedule::hourly(0).overlap(Overlap::QueueOne), __report_call()).await?;
    Ok(())
}

#[mutation]
pub(crate) async fn cancel(ctx: &MutationCtx, job: Id<ScheduledFunction>) -> Result<bool> {
    Ok(ctx.scheduler.cancel(job).await?)
}

/// As a release does whose time-zone data tells of another clock.
#[mutation]
pub(crate) async fn another_clock(ctx: &MutationCtx, cron: Id<Cron>, zone: String) -> Result<()> {
    Ok(ctx.transaction().patch(cron, |cron: &mut Cron| cron.time_zone = zone).await?)
}

/// As a release does that reads fewer expressions.
#[mutation]
pub(crate) async fn another_text(ctx: &MutationCtx, cron: Id<Cron>, text: String) -> Result<()> {
    Ok(ctx.transaction().patch(cron, |cron: &mut Cron| cron.schedule = text).await?)
}

/// Starts what is due of a cron, on the snapshot on which another node has done so. Returns whether each found it due.
#[mutation]
pub(crate) async fn another_node(ctx: &MutationCtx, cron: Id<Cron>) -> Result<(bool, bool)> {
    static HAS_TICKED: AtomicBool = AtomicBool::new(false);
    let here = tick(ctx, cron).await?.is_some();
    if HAS_TICKED.swap(true, Ordering::Relaxed) {
        return Ok((here, true));
    }
    let engine = Arc::clone(&ctx.scope().engine);
    let origin = Origin::of_the_framework(&engine);
    let found = engine.mutate_undurable(&origin, "crons:there", &|ctx, _| Box::pin(tick(ctx, cron))).await?;
    Ok((here, found.0.is_some()))
}

#[internal_mutation]
pub(crate) async fn count_to(_ctx: &MutationCtx, number: u64) {
    let _ = number;
}

/// Numbers above 2⁶³ are no values.
#[mutation]
pub(crate) async fn count_to_the_end(ctx: &MutationCtx) -> Result<()> {
    ctx.crons.register("endless", CronSchedule::hourly(0), __count_to_call(u64::MAX)).await?;
    Ok(())
}

/// The slots that have run, and how many were skipped.
#[query]
pub(crate) async fn runs(ctx: &QueryCtx, name: String) -> Result<(Vec<String>, u64)> {
    let cron = ctx.crons.get(&name).await?.expect("it is there");
    Ok((cron.runs.into_iter().rev().map(|run| run.slot).collect(), cron.skipped))
}

/// The slot and the job of the latest run, as the cron's own record tells of them.
#[query]
pub(crate) async fn latest(
    ctx: &QueryCtx,
    name: String,
) -> Result<(Option<String>, Option<Id<ScheduledFunction>>)> {
    let crons = ctx.db.system().query::<Cron>().collect().await?;
    let cron = crons.into_iter().find(|cron| cron.name == name).expect("it is there");
    Ok((cron.value.last_slot, cron.value.last_job))
}

async fn start() -> TestApp {
    let registry = Registry::new()
        .function::<__anew>()
        .function::<__another_clock>()
        .function::<__another_node>()
        .function::<__another_text>()
        .function::<__cancel>()
        .function::<__count_to>()
        .function::<__count_to_the_end>()
        .function::<__daily>()
        .function::<__held_back>()
        .function::<__hourly>()
        .function::<__latest>()
        .function::<__report>()
        .function::<__runs>()
        .function::<__think>();
    let patient =
        |builder: AppBuilder| builder.knobs(Knobs { action_timeout: 24 * HOUR, ..Knobs::default() });
    TestApp::with(registry, patient).await
}

async fn slots(app: &TestApp) -> Vec<String> {
    app.run_query(__runs_call("daily".into())).await.unwrap().0
}

/// Deletes the cron of every hour, and registers it again.
#[mutation]
pub(crate) async fn anew(ctx: &MutationCtx) -> Result<()> {
    ctx.crons.delete("hourly").await?;
    hourly(ctx, false).await
}

#[tokio::test]
async fn a_cron_that_is_registered_anew_does_not_wait_for_the_run_of_the_former_one() {
    let app = start().await;
    app.run_mutation(__hourly_call(false)).await.unwrap();
    app.advance(90 * MINUTE).await;
    app.run_mutation(__anew_call()).await.unwrap();
    app.advance(HOUR).await;
    let (runs, skipped) = app.run_query(__runs_call("hourly".into())).await.unwrap();
    assert_eq!((runs, skipped), (vec!["2027-01-15T10:00".to_owned()], 0), "the run of nine o'clock goes on");
}

#[tokio::test]
async fn one_run_per_slot_survives_new_time_zone_data() {
    let mut app = start().await;
    let cron = app.run_mutation(__daily_call("Etc/GMT+1".into())).await.unwrap();
    // It is 08:00 in Greenwich, where 09:00 on that clock is at ten.
    app.advance(179 * MINUTE).await;
    assert_eq!(slots(&app).await, ["2027-01-15T09:00"]);
    app.run_mutation(__another_clock_call(cron, "Etc/GMT+2".into())).await.unwrap();
    app.crash().await;
    app.advance(24 * HOUR).await;
    assert_eq!(slots(&app).await, ["2027-01-15T09:00"], "not at eleven as well");
    app.advance(MINUTE).await;
    assert_eq!(slots(&app).await, ["2027-01-15T09:00", "2027-01-16T09:00"]);
    // And back, while the process runs: another node may have older data than this one.
    app.run_mutation(__another_clock_call(cron, "Etc/GMT+1".into())).await.unwrap();
    app.advance(24 * HOUR).await;
    assert_eq!(slots(&app).await.len(), 3);
}

#[tokio::test]
async fn one_run_per_slot_though_two_nodes_find_it_due() {
    let app = start().await;
    let cron = app.run_mutation(__daily_call("UTC".into())).await.unwrap();
    app.advance(59 * MINUTE).await;
    // Without giving this node's own crons a turn.
    app.clock().advance(MINUTE);
    let found = app.run_mutation(__another_node_call(cron)).await.unwrap();
    assert_eq!(found, (false, true), "the second to commit runs again and finds it done");
    app.advance(HOUR).await;
    assert_eq!(slots(&app).await, ["2027-01-15T09:00"]);
}

/// A run that has not begun is a run: the next one waits for it, and goes on when it is canceled.
#[tokio::test]
async fn canceling_a_run_that_has_not_begun_lets_the_waiting_one_come_and_is_recorded() {
    let app = start().await;
    app.run_mutation(__held_back_call()).await.unwrap();
    app.advance(2 * HOUR).await;
    let held = async || app.crons().await.unwrap().into_iter().find(|cron| cron.name == "held").unwrap();
    let cron = held().await;
    assert_eq!((cron.runs.len(), &cron.runs[0].state, cron.is_waiting), (1, &ScheduledState::Pending, true));
    let first = cron.runs[0].job;
    let latest = async || app.run_query(__latest_call("held".into())).await.unwrap();
    assert_eq!(latest().await, (Some("2027-01-15T09:00".to_owned()), Some(first)));

    assert!(app.run_mutation(__cancel_call(first)).await.unwrap());
    app.run_until_idle().await;
    let cron = held().await;
    let states: Vec<_> = cron.runs.iter().map(|run| &run.state).collect();
    assert_eq!((states, cron.is_waiting), (vec![&ScheduledState::Pending, &ScheduledState::Canceled], false));
    assert_eq!(latest().await, (Some("2027-01-15T10:00".to_owned()), Some(cron.runs[0].job)));
}

#[tokio::test]
async fn what_is_skipped_and_what_was_missed_is_logged_and_counted() {
    // Without waiting, and where that of 10:00 waits until 12:20.
    for (queues, expected) in
        [(false, &[("10:00", 1), ("11:00", 1), ("12:00", 1)][..]), (true, &[("12:00", 2)])]
    {
        let lines = Lines::default();
        let _guard = tracing::subscriber::set_default(lines.clone());
        let app = start().await;
        app.run_mutation(__hourly_call(queues)).await.unwrap();
        app.advance(285 * MINUTE).await;
        let line =
            |(time, count): &(&str, u64)| format!("cron=\"hourly\" slot=2027-01-15T{time} count={count}");
        assert_eq!(lines.that_begin_with("skipped: "), expected.iter().map(line).collect::<Vec<_>>());
        let (_, skipped) = app.run_query(__runs_call("hourly".into())).await.unwrap();
        assert_eq!(skipped, expected.iter().map(|(_, count)| count).sum::<u64>());
        assert!(lines.that_begin_with("missed: ").is_empty());
        // The machine sleeps.
        app.clock().advance(20 * HOUR);
        app.advance(MINUTE).await;
        let missed = ["cron=\"hourly\" slot=2027-01-16T08:00"];
        assert_eq!(lines.that_begin_with("missed: "), missed, "queues: {queues}");
    }
}

/// When it is due, and at the next start.
#[tokio::test]
async fn a_cron_whose_times_are_not_known_rests_and_the_log_says_whether_for_its_zone_or_its_text() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let mut app = start().await;
    let cron = app.run_mutation(__daily_call("UTC".into())).await.unwrap();
    let zone = || lines.that_begin_with("its time zone is not in the data of this release: it does not run");
    let text = || lines.that_begin_with("its schedule cannot be read by this release: it does not run");
    app.run_mutation(__another_clock_call(cron, "Europe/Atlantis".into())).await.unwrap();
    app.advance(2 * HOUR).await;
    assert_eq!((zone().len(), text().len()), (1, 0));
    assert!(
        zone()[0].starts_with("cron=\"daily\" reason=\"`Europe/Atlantis` is no time zone"),
        "{:?}",
        zone()
    );
    app.crash().await;
    assert_eq!((zone().len(), text().len()), (2, 0));

    app.run_mutation(__another_clock_call(cron, "UTC".into())).await.unwrap();
    app.crash().await;
    app.run_until_idle().await;
    app.run_mutation(__another_text_call(cron, "0 9 L * *".into())).await.unwrap();
    app.advance(24 * HOUR).await;
    assert_eq!((zone().len(), text().len()), (2, 1));
    assert!(
        text()[0].starts_with("cron=\"daily\" reason=\"`0 9 L * *` is no cron expression"),
        "{:?}",
        text()
    );
    app.crash().await;
    assert_eq!((zone().len(), text().len()), (2, 2));
    // The run of the first day, which was made up for when the zone was known again.
    assert_eq!(slots(&app).await, ["2027-01-15T09:00"]);
}

#[tokio::test]
async fn a_cron_whose_arguments_are_no_values_is_refused_with_the_limit_that_they_break() {
    let app = start().await;
    let error = app.run_mutation(__count_to_the_end_call()).await.unwrap_err();
    assert_eq!(error.code(), "CronArgumentsInvalid");
    let words = "cron `endless` cannot call `schedule/crons/tests:count_to`: ";
    assert!(error.to_string().starts_with(words), "{error}");
    let limit = error.to_string()[words.len()..].to_owned();
    assert!(app.crons().await.unwrap().is_empty());

    let declare = |crons: &mut Crons| {
        crons.hourly("endless", 0, __count_to_call(u64::MAX));
    };
    let registry = Registry::new().function::<__count_to>().crons(declare);
    let error = App::builder(registry).start().await.map(drop).unwrap_err();
    assert_eq!(error.code(), "InvalidCrons");
    assert!(error.to_string().ends_with(&format!(": {words}{limit}")), "{error}");
}

#[crons]
fn declared(crons: &mut Crons) {
    crons.cron("change", "30 2 14 3 *", __report_call()).time_zone("America/New_York");
    crons.interval("interval", 12 * HOUR, __report_call()).splay(HOUR);
}

#[tokio::test]
async fn the_start_logs_the_crons_of_the_code_and_their_next_runs() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let registry = Registry::new().function::<__report>().crons(__declared_crons);
    let app = TestApp::with(registry, |builder| builder).await;
    let logged = |name: &str| {
        let mut all = lines.that_begin_with("").into_iter();
        all.rfind(|line| line.contains(&format!("cron={name:?}"))).unwrap_or_default()
    };
    let change = logged("change");
    assert!(change.contains("runs=\"at 02:30, on the 14th of March, America/New_York\" next=\""), "{change}");
    let words = "Sun 2027-03-14 03:00 (2027-03-14T07:00:00Z, for 02:30, which the clock leaves out), Tue 2028-03-14 02:30 ";
    assert!(change.contains(words) && change.matches("-03-14 0").count() == 5, "{change}");
    let crons = app.crons().await.unwrap();
    let interval = crons.iter().find(|cron| cron.name == "interval").unwrap();
    let next = interval.next_in_words.join(", ");
    assert!(logged("interval").contains(&format!("next={next:?}")), "the first at once, after its delay");
}

/// Every seven minutes, which is not what it says.
#[mutation]
pub(crate) async fn sevens(ctx: &MutationCtx, is_meant: bool) -> Result<()> {
    ctx.crons.register("sevens", CronSchedule::cron("*/7 * * * *"), __report_call()).await?;
    if is_meant { Ok(()) } else { Err(mainspring::Error::app("changed my mind")) }
}

#[tokio::test]
async fn what_is_probably_not_meant_is_logged_when_a_cron_is_registered() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let registry = Registry::new().function::<__report>().function::<__sevens>();
    let app = TestApp::with(registry, |builder| builder).await;
    let doubts = || {
        lines.that_begin_with("probably not meant:\n*/7 * * * *\n^^^ minute: `*/7` is not every 7 minutes")
    };
    app.run_mutation(__sevens_call(false)).await.unwrap_err();
    assert_eq!(doubts(), [""; 0], "it was not registered");
    app.run_mutation(__sevens_call(true)).await.unwrap();
    assert_eq!(doubts(), ["cron=\"sevens\""]);
}
