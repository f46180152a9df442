//! The program: opens the shop, places the orders of the file, waits until all are settled, closes.

use std::future::pending;
use std::path::Path;
use std::time::{Duration, Instant};

use mainspring::{App, AppBuilder, Error, Knobs, PaginationOptions, Result};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cli::Options;
use crate::functions::orders::{Placed, Refusal};
use crate::functions::payments::PROVIDER;
use crate::input::{Line, Lines, NewOrder};
use crate::provider::Provider;
use crate::report::{self, Progress, Report, Tally};
use crate::{api, internal};

/// How many orders are placed at the same time.
const PLACING: usize = 32;
/// How many cards are charged at the same time.
const CHARGING: usize = 64;
/// How many orders one transaction looks at.
const PAGE: usize = 200;
/// How often it is looked whether all orders are settled.
const LOOK: Duration = Duration::from_millis(100);

pub async fn run(options: &Options) -> Result<()> {
    let lines = Lines::open(&options.input)?;
    let provider = match &options.provider {
        Some(url) => Provider::elsewhere(url),
        None => Provider::start().await?,
    };
    let mut knobs = Knobs::default();
    knobs.scheduled_actions = CHARGING;
    let app = shop(&options.data).knobs(knobs).variable(PROVIDER, &provider.url).start().await?;
    match app.run_until_stopped_or(serve(&app, lines, options)).await? {
        Some(outcome) => outcome,
        None if options.once => Err(Error::msg("stopped before all orders were settled")),
        None => Ok(()),
    }
}

/// The shop with its data in this folder.
pub fn shop(data: &Path) -> AppBuilder {
    App::builder(crate::registry()).data_dir(data)
}

async fn serve(app: &App, lines: Lines, options: &Options) -> Result<()> {
    let started = Instant::now();
    let mut progress = Progress::new(started);
    // A provider that is not there should cost no order its attempts.
    app.run_action(internal::payments::provider_totals()).await?;
    resume(app).await?;
    let bad_lines = place(app, lines, &mut progress).await?;
    let tally = settle(app, &mut progress).await?;
    if let Some(file) = &options.export {
        report::export(app, file).await?;
    }
    let provider = app.run_action(internal::payments::provider_totals()).await?;
    let commits = app.store_stats().commits;
    println!("{}", Report { tally, bad_lines, provider, commits, elapsed: started.elapsed() });
    if options.once {
        return Ok(());
    }
    eprintln!("all orders are settled; Ctrl-C closes the shop");
    pending().await
}

/// Takes up what a crash left behind.
async fn resume(app: &App) -> Result<()> {
    let mut resumed = 0;
    let mut options = PaginationOptions::first(PAGE);
    loop {
        let orders = app.run_mutation(internal::orders::resume(options)).await?;
        resumed += orders.page.len();
        if orders.is_done {
            break;
        }
        options = PaginationOptions::after(orders.continue_cursor, PAGE);
    }
    if resumed > 0 {
        eprintln!("resumed {resumed} orders");
    }
    Ok(())
}

/// Places the orders of the file, skipping bad lines. Returns how many of those there are.
async fn place(app: &App, mut lines: Lines, progress: &mut Progress) -> Result<usize> {
    let mut counts = Counts::default();
    let mut placing = JoinSet::new();
    while let Some(Line { number, order }) = lines.next()? {
        match order {
            Ok(order) => drop(placing.spawn(place_one(app.clone(), number, order))),
            Err(reason) => counts.add(number, Err(reason)),
        }
        if placing.len() == PLACING
            && let Some(outcome) = placing.join_next().await
        {
            let (number, outcome) = outcome?;
            counts.add(number, outcome);
            progress.show(app).await?;
        }
    }
    while let Some(outcome) = placing.join_next().await {
        let (number, outcome) = outcome?;
        counts.add(number, outcome);
    }
    eprintln!("placed {} orders; {} were known, {} lines are bad", counts.new, counts.known, counts.bad);
    Ok(counts.bad)
}

async fn place_one(app: App, number: usize, order: NewOrder) -> (usize, Result<Placed, String>) {
    let NewOrder { reference, purchase } = order;
    let placed = app.run_mutation(api::orders::place_order(reference, purchase)).await;
    let reason = |error: Error| match error.app_data::<Refusal>() {
        Some(refusal) => refusal.to_string(),
        None => error.to_string(),
    };
    (number, placed.map_err(reason))
}

/// Waits until every order is shipped or its payment has failed.
async fn settle(app: &App, progress: &mut Progress) -> Result<Tally> {
    let mut before = Tally::default();
    loop {
        progress.show(app).await?;
        let tally = Tally::take(app).await?;
        if tally.unsettled() == 0 {
            return Ok(tally);
        }
        if tally == before {
            refuse_stalled(app).await?;
        }
        before = tally;
        sleep(LOOK).await;
    }
}

/// An order whose function has failed would be waited for in vain.
async fn refuse_stalled(app: &App) -> Result<()> {
    let stalled = app.run_query(internal::orders::stalled(PaginationOptions::first(PAGE))).await?;
    let Some(order) = stalled.page.first() else { return Ok(()) };
    let (count, reference) = (stalled.page.len(), &order.reference);
    Err(Error::msg(format!(
        "{count} orders cannot settle, `{reference}` among them: their scheduled functions failed. \
         `RUST_LOG=warn` shows why; the next start takes them up again"
    )))
}

/// What came of the lines of the file.
#[derive(Default)]
struct Counts {
    new: usize,
    known: usize,
    bad: usize,
}

impl Counts {
    fn add(&mut self, line: usize, outcome: Result<Placed, String>) {
        match outcome {
            Ok(Placed { is_new: true, .. }) => self.new += 1,
            Ok(Placed { is_new: false, .. }) => self.known += 1,
            Err(reason) => {
                eprintln!("line {line} is skipped: {reason}");
                self.bad += 1;
            }
        }
    }
}
