//! Crons that look like mistakes and are none.

use std::time::Duration;

use mainspring::*;

use crate::internal::orders;
use crate::tables::Order;

#[internal_mutation]
pub(crate) async fn sweep(_ctx: &MutationCtx) {}

#[action]
pub(crate) async fn greet(_ctx: &ActionCtx, whom: String) {
    let _ = whom;
}

#[crons]
fn every_way(crons: &mut Crons) {
    crons.interval("interval", Duration::from_secs(1), __sweep_call());
    crons.interval("long interval", 90 * Duration::from_mins(1), __sweep_call());
    crons.cron("cron", "*/15 9-17 * * mon-fri", __sweep_call());
    crons.cron("nickname", r"@daily", __sweep_call());
    crons.cron("leap day", "0 0 29 2 *", __sweep_call()).time_zone("europe/berlin");
    crons.hourly("hourly", 59, __greet_call("ada".into()));
    crons.daily("daily", at(23, 59), __greet_call("ada".to_owned()));
    crons.weekly("weekly", Weekday::Sunday, mainspring::at(0, 0), __sweep_call()).overlap(Overlap::QueueOne);
    crons
        .monthly("monthly", 31, at(0, 0), __sweep_call())
        .catch_up(CatchUp::None)
        .splay(Duration::from_mins(5));
}

/// Names and times that are no literals are looked at when the application starts.
#[crons]
fn by_a_loop(list: &mut Crons) {
    const EVERY: Duration = Duration::from_hours(2);
    for (name, minute) in [("first", 0), ("second", 30)] {
        list.hourly(name, minute, __sweep_call());
    }
    list.interval("constant", EVERY, __sweep_call());
}

/// The warning of a step that is no interval can be silenced.
#[crons]
#[allow(deprecated)]
fn by_sevens(crons: &mut Crons) {
    crons.cron("sevens", "*/7 * * * *", __sweep_call());
}

/// Another `crons` than the parameter.
#[crons]
fn others(declared: &mut Crons) {
    struct Others;
    impl Others {
        fn cron(&self, name: &str, text: &str) {
            let _ = (name, text);
        }
    }
    let crons = Others;
    crons.cron("", "no expression");
    declared.hourly("own", 0, __sweep_call());
}

#[crons]
pub(crate) fn none(_: &mut Crons) {}

#[mutation]
async fn registers(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    let schedule = CronSchedule::monthly(28, at(8, 0)).time_zone("Asia/Tokyo").overlap(Overlap::Allow);
    ctx.crons.register(&format!("remind of {order}"), schedule, orders::remind(order)).await?;
    Ok(ctx.crons.delete("another").await?)
}

#[query]
async fn looks(ctx: &QueryCtx) -> Result<Vec<CronStatus>> {
    Ok(ctx.crons.list().await?)
}
