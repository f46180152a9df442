//! Places parcels, whose jobs call the server that is its second argument, in the folder that is its first, says which ones
//! were acknowledged, and stops at a point, until it is killed. `tests/api/job_kills` starts it.

use std::error::Error;
use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use fastrand::Rng;
use mainspring::{App, AppBuilder, Env, Knobs, ScheduledFunction, StaleJobs, StartError, Timestamp};
use mainspring_tests::functions::freight::{DOCK, YARD};
use mainspring_tests::kills::{WEEK, builder, is_at_rest, pass, say, stop_at};
use mainspring_tests::{api, registry};
use tokio::task::JoinSet;

/// How many parcels it places, if it lives so long.
const PARCELS: u32 = 16;

/// So many orders of a parcel take the place of one another.
const VERSIONS: u32 = 4;

/// What a program has that cannot run all that waits.
mod functions {
    use mainspring::{MutationCtx, Registry, internal_mutation};
    use mainspring_tests::functions::{freight, parcels, ticks};
    use mainspring_tests::tables::{Entry, Tick};

    /// Takes what `freight:weigh` takes in another type.
    #[internal_mutation(renamed_from = "freight:weigh")]
    pub(crate) async fn weigh_in_words(_ctx: &MutationCtx, number: u32, grams: String) -> String {
        format!("{number} {grams}")
    }

    /// It has neither `freight:haul` nor `freight:forward`.
    pub(crate) fn of_another_program() -> Registry {
        Registry::new()
            .table::<Entry>()
            .table::<Tick>()
            .function::<__weigh_in_words>()
            .function::<freight::__book>()
            .function::<freight::__collect>()
            .function::<freight::__cross>()
            .function::<freight::__fall_silent>()
            .function::<freight::__fulfil>()
            .function::<freight::__order>()
            .function::<freight::__pass>()
            .function::<freight::__pause>()
            .function::<freight::__paused>()
            .function::<freight::__pay>()
            .function::<freight::__resume>()
            .function::<freight::__shelve>()
            .function::<freight::__store>()
            .function::<freight::__sum>()
            .function::<freight::__tally>()
            .function::<freight::__toll>()
            .function::<freight::__tow>()
            .function::<freight::__towed>()
            .function::<freight::__unload>()
            .function::<parcels::__announce>()
            .function::<parcels::__announced>()
            .function::<parcels::__call_off>()
            .function::<parcels::__deliver>()
            .function::<parcels::__entries>()
            .function::<parcels::__give_up>()
            .function::<parcels::__jobs>()
            .function::<parcels::__linger>()
            .function::<parcels::__load>()
            .function::<parcels::__look_up>()
            .function::<parcels::__place>()
            .function::<parcels::__place_and_fail>()
            .function::<parcels::__process_with_retry>()
            .function::<parcels::__remind>()
            .function::<parcels::__report>()
            .function::<parcels::__ring>()
            .function::<parcels::__settle>()
            .function::<parcels::__stamp>()
            .function::<parcels::__unannounced>()
            .function::<parcels::__undelivered>()
            .function::<parcels::__wait>()
            .function::<ticks::__origin>()
            .function::<ticks::__tick>()
    }
}

/// What it has been asked to be.
struct Victim {
    folder: PathBuf,
    server: String,
    life: u32,
    round: u32,
    /// Whether it is another program than the one that placed what waits.
    is_other: bool,
    retention: Duration,
    random: Rng,
}

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(worker_threads = 3)]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let (folder, server) = (PathBuf::from(argument("the folder")?), argument("the server")?);
    let (life, round) = (argument("the life")?.parse()?, argument("the round")?.parse()?);
    let is_other = argument("the program")? == "other";
    let retention = Duration::from_micros(argument("the retention")?.parse()?);
    let point = argument("the point")?;
    stop_at(point, argument("the passing")?.parse()?);
    let random = Rng::with_seed(argument("the seed")?.parse()?);
    let mut victim = Victim { folder, server, life, round, is_other, retention, random };
    victim.live().await?;
    say("done");
    pending().await
}

impl Victim {
    async fn live(&mut self) -> Outcome {
        let before = Env::real().now() - self.retention;
        let app = self.start().await?;
        if self.retention < WEEK {
            // What this process does must not be old enough to be removed.
            wait_for_the_sweep(&app, before).await?;
        }
        let own = || (self.life * 1_000..).take(PARCELS as usize);
        let mut beside = JoinSet::new();
        beside.spawn(pause_now_and_then(app.clone(), self.random.fork()));
        beside.spawn(repeat(app.clone(), self.life.saturating_sub(1) * 1_000..self.life * 1_000));
        for number in own() {
            app.run_mutation(api::parcels::place(number)).await?;
            pass("Acknowledged");
            say(&format!("placed {number}"));
            let fails = self.random.u8(..4) == 0;
            if fails && app.run_mutation(api::parcels::place_and_fail(number + 500)).await.is_ok() {
                return Err("a mutation that fails has succeeded".into());
            }
            beside.spawn(call_off(app.clone(), number, self.pause(12_000)));
            beside.spawn(order(app.clone(), number, self.pause(5_000)));
            beside.spawn(repeat(app.clone(), number..number + 1));
            app.run_mutation(api::freight::store(number)).await?;
            if self.random.u8(..4) == 0 {
                app.run_mutation(api::freight::pay(number, self.round)).await?;
            }
            if !self.is_other {
                app.run_mutation(api::freight::ship(number)).await?;
            }
            book(&app, number).await?;
        }
        while let Some(ended) = beside.join_next().await {
            ended??;
        }
        while !is_at_rest(&app.idle().await) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// The program that placed what waits can run all of it. The other one has to say what it cannot run, and parks that.
    async fn start(&self) -> Outcome<App> {
        if !self.is_other {
            return Ok(self.builder(registry(), StaleJobs::Refuse).start().await?);
        }
        let other = |stale_jobs| self.builder(functions::of_another_program(), stale_jobs).start();
        let count = match other(StaleJobs::Refuse).await {
            Ok(app) => {
                expect_parked(&app, 0).await?;
                return Ok(app);
            }
            Err(StartError::StaleJobs { count, .. }) => count,
            Err(error) => return Err(error.into()),
        };
        let app = other(StaleJobs::Park).await?;
        expect_parked(&app, count).await?;
        say(&format!("parked {count}"));
        Ok(app)
    }

    fn builder(&self, functions: mainspring::Registry, stale_jobs: StaleJobs) -> AppBuilder {
        let change = |knobs: &mut Knobs| knobs.stale_jobs = stale_jobs;
        builder(functions, &self.folder, &self.server, self.life, self.retention, change)
    }

    fn pause(&mut self, longest_micros: u64) -> Duration {
        Duration::from_micros(self.random.u64(..longest_micros))
    }
}

/// Exactly so many jobs cannot be run by this program, and all of them are parked.
async fn expect_parked(app: &App, count: usize) -> Outcome {
    let is_stale = |record: &ScheduledFunction| {
        ["haul", "forward", "weigh"].map(|name| format!("freight:{name}")).contains(&record.name)
    };
    let jobs = app.run_query(api::parcels::jobs()).await?;
    let waiting = jobs.into_iter().filter(|(_, record)| is_stale(record) && !record.is_finished());
    let waiting: Vec<_> = waiting.collect();
    let is_parked = |record: &ScheduledFunction| record.next_run().is_none() && record.last_error.is_some();
    if waiting.len() == count && waiting.iter().all(|(_, record)| is_parked(record)) {
        return Ok(());
    }
    Err(format!("{count} were refused, and these are there: {waiting:#?}").into())
}

async fn wait_for_the_sweep(app: &App, before: Timestamp) -> Outcome {
    loop {
        let jobs = app.run_query(api::parcels::jobs()).await?;
        if !jobs.iter().any(|(_, record)| record.completed_time.is_some_and(|completed| completed < before)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn call_off(app: App, number: u32, after: Duration) -> Outcome {
    tokio::time::sleep(after).await;
    Ok(app.run_mutation(api::parcels::call_off(number)).await?)
}

async fn order(app: App, number: u32, between: Duration) -> Outcome {
    for version in 1..=VERSIONS {
        app.run_mutation(api::freight::order(number, version)).await?;
        tokio::time::sleep(between).await;
    }
    Ok(())
}

/// Books, or hears what it got when it was booked before.
async fn book(app: &App, number: u32) -> Outcome {
    let call = api::freight::book(number).idempotency_key(format!("book {number}"));
    let place = app.run_mutation(call).await?;
    pass("Acknowledged");
    say(&format!("booked {number} {place}"));
    Ok(())
}

/// Books again for what was placed, or at the same time.
async fn repeat(app: App, numbers: std::ops::Range<u32>) -> Outcome {
    let entries = app.run_query(api::parcels::entries()).await?;
    for (_, number) in entries.into_iter().filter(|(kind, of)| kind == "placed" && numbers.contains(of)) {
        book(&app, number).await?;
    }
    Ok(())
}

/// Ends the pause that a former process may have left, and makes others.
async fn pause_now_and_then(app: App, mut random: Rng) -> Outcome {
    let (paused, is_silent) = app.run_query(api::freight::paused()).await?;
    if is_silent && paused != 2 {
        return Err(format!("{paused} pauses are left of two").into());
    }
    if is_silent {
        say("silent");
    }
    loop {
        tokio::time::sleep(Duration::from_micros(random.u64(..20_000))).await;
        app.run_mutation(api::freight::resume()).await?;
        if random.u8(..8) == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_micros(random.u64(..10_000))).await;
        app.run_mutation(api::freight::pause()).await?;
        // What had started goes on.
        let runs = || {
            let queues = app.backlog().queues;
            queues.iter().any(|queue| [YARD.name(), DOCK.name()].contains(&&*queue.name) && queue.running > 0)
        };
        while runs() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        app.run_mutation(api::freight::fall_silent()).await?;
    }
}
