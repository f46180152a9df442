//! Conflicts: how often a mutation runs, for how long, and who goes first.
//!
//! Everything runs on one thread and a simulated clock: a function that wants company polls it into being.

use std::task::Poll;
use std::time::Duration;

use mainspring::{App, Env, Id, Knobs, Registry, ScheduledFunction, ScheduledState};
use mainspring_tests::{START, settle};

use crate::company::{Here, Running, here, poll};
use functions::Counter;

#[expect(unreachable_pub, reason = "the arguments of a function are as public as its description")]
mod functions {
    use std::time::Duration;

    use mainspring::{
        Doc, Id, MutationCtx, QueryCtx, Result, ScheduledFunction, internal_mutation, mutation, query, table,
    };

    use crate::company::{here, in_between};

    #[table(name = "counters")]
    #[index(by_count(count))]
    pub struct Counter {
        pub count: i64,
    }

    #[mutation]
    pub(super) async fn make(ctx: &MutationCtx) -> Result<Id<Counter>> {
        Ok(ctx.db.insert(Counter { count: 0 }).await?)
    }

    #[mutation]
    pub(super) async fn add(ctx: &MutationCtx, id: Id<Counter>, amount: i64) -> Result<()> {
        Ok(ctx.db.patch(id, |counter| counter.count += amount).await?)
    }

    #[query]
    pub(super) async fn count(ctx: &QueryCtx, id: Id<Counter>) -> Result<i64> {
        Ok(ctx.db.get(id).await?.map_or(0, |counter| counter.count))
    }

    /// Looks for counters in an index and makes one, while somebody else makes one too.
    #[mutation]
    pub(super) async fn scan_and_make(ctx: &MutationCtx) -> Result<()> {
        let found = ctx.db.query().with_index(Counter::by_count.eq(0)).collect().await?;
        here(|here| here.runs += 1);
        if here(|here| here.runs) == 1 {
            in_between(|app| Box::pin(async move { app.run_mutation(super::make()).await.map(drop) }));
        }
        ctx.db.insert(Counter { count: i64::try_from(found.len())? }).await?;
        Ok(())
    }

    /// Writes, takes its time, and makes nothing of any error.
    #[mutation]
    pub(super) async fn dawdle(ctx: &MutationCtx, id: Id<Counter>, millis: u64) -> Result<()> {
        ctx.db.patch(id, |counter| counter.count += 1).await?;
        here(|here| here.advance(Duration::from_millis(millis)));
        for _ in 0..10 {
            let _ = ctx.db.get(id).await;
        }
        Ok(())
    }

    #[query]
    pub(super) async fn dawdle_reading(_ctx: &QueryCtx, millis: u64) -> Result<()> {
        here(|here| here.advance(Duration::from_millis(millis)));
        Ok(())
    }

    /// Takes `millis` in each of its first `slow` runs.
    #[internal_mutation]
    pub(super) async fn stall(ctx: &MutationCtx, id: Id<Counter>, slow: u32, millis: u64) -> Result<()> {
        let run = here(|here| {
            here.runs += 1;
            here.runs
        });
        if run <= slow {
            here(|here| here.advance(Duration::from_millis(millis)));
        }
        Ok(ctx.db.patch(id, |counter| counter.count += 1).await?)
    }

    #[mutation]
    pub(super) async fn stall_later(
        ctx: &MutationCtx,
        id: Id<Counter>,
        slow: u32,
    ) -> Result<Id<ScheduledFunction>> {
        Ok(ctx.scheduler.run_after(Duration::ZERO, super::stall(id, slow, 1_001)).await?)
    }

    #[query]
    pub(super) async fn record(
        ctx: &QueryCtx,
        id: Id<ScheduledFunction>,
    ) -> Result<Option<Doc<ScheduledFunction>>> {
        Ok(ctx.db.system().get(id).await?)
    }

    /// Loses to a change in the middle of its first run. The second takes `millis`, and company comes.
    #[mutation]
    pub(super) async fn lose(ctx: &MutationCtx, id: Id<Counter>, millis: u64) -> Result<()> {
        let counter = ctx.db.get(id).await?.map_or(0, |counter| counter.count);
        let run = here(|here| {
            here.runs += 1;
            here.runs
        });
        if run == 1 {
            in_between(|app| Box::pin(async move { app.run_mutation(super::add(id, 1)).await }));
        } else {
            here(|here| here.advance(Duration::from_millis(millis)));
            super::let_company_wait();
        }
        ctx.db.patch(id, |change| change.count = counter + 10).await?;
        Ok(())
    }
}

use functions::{
    __add_call as add, __count_call as count, __dawdle_call as dawdle,
    __dawdle_reading_call as dawdle_reading, __lose_call as lose, __make_call as make,
    __record_call as record, __scan_and_make_call as scan_and_make, __stall_call as stall,
    __stall_later_call as stall_later,
};

/// Polls the company once; it finds the gate held and waits.
fn let_company_wait() {
    let mut company = here(|here| std::mem::take(&mut here.company));
    for running in &mut company {
        assert!(poll(running).is_pending(), "nobody commits while a run holds the gate");
    }
    here(|here| here.company = company);
}

async fn start(change: impl FnOnce(&mut Knobs)) -> (App, Id<Counter>) {
    let registry = Registry::new().table::<Counter>().function::<functions::__make>();
    let registry = registry.function::<functions::__add>().function::<functions::__count>();
    let registry = registry.function::<functions::__dawdle>().function::<functions::__dawdle_reading>();
    let registry = registry.function::<functions::__lose>().function::<functions::__scan_and_make>();
    let registry = registry.function::<functions::__stall>().function::<functions::__stall_later>();
    let registry = registry.function::<functions::__record>();
    let (env, clock) = Env::simulated(START, 1);
    let mut knobs = Knobs::default();
    change(&mut knobs);
    let app = App::builder(registry).env(env).knobs(knobs).start().await.expect("it starts");
    let counter = app.run_mutation(make()).await.expect("made");
    Here::begin(&app, Some(clock));
    (app, counter)
}

#[tokio::test]
async fn bounded_run_time_is_a_named_error_and_nothing_is_written() {
    let (app, counter) = start(|_| {}).await;
    app.run_mutation(dawdle(counter, 1_000)).await.expect("just within the limit");
    let error = app.run_mutation(dawdle(counter, 1_001)).await.expect_err("over the limit");
    assert_eq!(error.code(), "TransactionTimedOut");
    let message = error.to_string();
    assert!(message.contains("`conflicts/functions:dawdle` ran for 1001 ms"), "{message}");
    assert!(message.contains("`Knobs::transaction_timeout`") && message.contains("action"), "{message}");
    assert_eq!(app.run_query(count(counter)).await.expect("read"), 1);
    let error = app.run_query(dawdle_reading(1_001)).await.expect_err("over the limit");
    assert_eq!(error.code(), "TransactionTimedOut");
}

#[tokio::test]
async fn a_scheduled_mutation_that_took_too_long_is_tried_again() {
    let (app, counter) = start(|_| {}).await;
    let state = async |id: Id<ScheduledFunction>| {
        for _ in 0..10 {
            settle(&app).await;
            here(|here| here.advance(Duration::from_mins(1)));
        }
        app.run_query(record(id)).await.expect("read").expect("it has a record").value
    };
    let id = app.run_mutation(stall_later(counter, 2)).await.expect("scheduled");
    let stalled = state(id).await;
    assert_eq!(
        (stalled.state, stalled.attempts),
        (ScheduledState::Success, 3),
        "a machine stood still twice"
    );
    assert_eq!(app.run_query(count(counter)).await.expect("read"), 1);
    here(|here| here.runs = 0);
    let id = app.run_mutation(stall_later(counter, u32::MAX)).await.expect("scheduled");
    let slow = state(id).await;
    assert!(slow.error().is_some_and(|error| error.contains("`Knobs::transaction_timeout`")), "{slow:?}");
    assert_eq!(slow.attempts, 5, "a function that is slow by itself does not run for ever");
    assert_eq!(app.run_query(count(counter)).await.expect("read"), 1);
}

#[tokio::test]
async fn a_loser_runs_twice_and_no_more() {
    let (app, counter) = start(|_| {}).await;
    app.run_mutation(lose(counter, 0)).await.expect("the second run cannot lose");
    assert_eq!(here(|here| here.runs), 2);
    assert_eq!(app.run_query(count(counter)).await.expect("read"), 11, "the second run saw the change");
    assert_eq!(app.store_stats().conflicts, 1);
}

#[tokio::test]
async fn bounded_is_the_time_that_a_second_run_holds_everybody_up() {
    let (app, counter) = start(|knobs| knobs.commit_gate_timeout = Duration::from_millis(20)).await;
    app.run_mutation(dawdle(counter, 500)).await.expect("the first run may take longer");
    let error = app.run_mutation(lose(counter, 21)).await.expect_err("over the limit of the second run");
    assert_eq!(error.code(), "TransactionTimedOut");
    assert!(error.to_string().contains("`Knobs::commit_gate_timeout`"), "{error}");
    app.run_mutation(add(counter, 1)).await.expect("the gate is free again");
    assert_eq!(app.run_query(count(counter)).await.expect("read"), 3);
}

/// A loser's second run is long, and others come to wait. Then the next loser comes.
async fn a_second_long_loser(fair_after: Duration) -> (App, Id<Counter>, Running, Vec<Running>) {
    let (app, counter) = start(|knobs| knobs.commit_gate_fair_after = fair_after).await;
    for _ in 0..20 {
        let (app, company) = (app.clone(), app.run_mutation(make()).await.expect("made"));
        let running: Running = Box::pin(async move { app.run_mutation(add(company, 1)).await });
        here(|here| here.company.push(running));
    }
    app.run_mutation(lose(counter, 400)).await.expect("it commits");
    let company = here(|here| {
        here.runs = 0;
        std::mem::take(&mut here.company)
    });
    let again = app.clone();
    let again: Running = Box::pin(async move { again.run_mutation(lose(counter, 400)).await });
    (app, counter, again, company)
}

#[tokio::test]
async fn nobody_starves_while_long_losers_repeat() {
    let (app, counter, mut again, mut company) = a_second_long_loser(Duration::from_millis(1)).await;
    assert!(poll(&mut again).is_pending(), "those who waited go first");
    for running in &mut company {
        assert!(matches!(poll(running), Poll::Ready(Ok(()))), "the gate is free for them");
    }
    assert!(matches!(poll(&mut again), Poll::Ready(Ok(()))), "then it is the loser's turn");
    assert_eq!(here(|here| here.runs), 2);
    assert_eq!(app.run_query(count(counter)).await.expect("read"), 22);
}

#[tokio::test]
async fn a_knob_makes_it_first_come_first_served() {
    let (_app, _counter, mut again, company) = a_second_long_loser(Duration::MAX).await;
    assert_eq!(company.len(), 20);
    assert!(matches!(poll(&mut again), Poll::Ready(Ok(()))), "whoever comes first");
}

#[tokio::test]
async fn the_contention_report_names_the_document_the_index_and_both_functions() {
    let (app, counter) = start(|_| {}).await;
    assert_eq!((app.contention().total, app.contention().hot_spots.len()), (0, 0));
    for _ in 0..3 {
        app.run_mutation(lose(counter, 0)).await.expect("it commits");
        here(|here| here.runs = 0);
    }
    app.run_mutation(scan_and_make()).await.expect("it commits");
    let report = app.contention();
    assert_eq!((report.total, report.last_minute), (4, 4));
    let [hot, other] = &report.hot_spots[..] else { panic!("{report:?}") };
    assert_eq!((hot.table.as_str(), hot.index.as_deref()), ("counters", None));
    assert_eq!(hot.document, Some(counter.to_string()));
    assert_eq!((hot.loser, hot.winner), ("conflicts/functions:lose", Some("conflicts/functions:add")));
    assert_eq!((hot.count, hot.overcounted, hot.last_minute), (3, 0, 3));
    assert_eq!((other.table.as_str(), other.index.as_deref()), ("counters", Some("by_count")));
    assert_eq!(other.loser, "conflicts/functions:scan_and_make");
    assert_eq!((other.winner, other.count), (Some("conflicts/functions:make"), 1));
    here(|here| here.advance(Duration::from_mins(2)));
    let report = app.contention();
    assert_eq!((report.total, report.last_minute), (4, 0));
}

#[tokio::test]
async fn knobs_of_time_are_checked() {
    for change in [
        |knobs: &mut Knobs| knobs.transaction_timeout = Duration::ZERO,
        |knobs: &mut Knobs| knobs.commit_gate_timeout = Duration::from_secs(2),
    ] {
        let mut knobs = Knobs::default();
        change(&mut knobs);
        let error = App::builder(Registry::new()).knobs(knobs).start().await.err().expect("refused");
        assert_eq!(error.code(), "InvalidKnob");
    }
}
