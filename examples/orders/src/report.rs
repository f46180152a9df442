//! What the shop tells about itself.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use mainspring::{App, Doc, Error, PaginationOptions, Result};

use crate::internal;
use crate::provider::Totals;
use crate::tables::{Order, State};

/// How many orders are in which state.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub placed: usize,
    pub paid: usize,
    pub shipped: usize,
    pub payment_failed: usize,
}

/// Shows now and then how far the orders have come.
pub struct Progress {
    started: Instant,
    shown: Instant,
    tally: Tally,
}

/// What came of a run.
pub struct Report {
    pub tally: Tally,
    pub bad_lines: usize,
    pub provider: Totals,
    pub commits: u64,
    pub elapsed: Duration,
}

/// The time between two lines of progress.
const PACE: Duration = Duration::from_millis(500);

impl Tally {
    pub async fn take(app: &App) -> Result<Self> {
        let mut tally = Self::default();
        let count = |order: &Doc<Order>| {
            match order.state {
                State::Placed => tally.placed += 1,
                State::Paid { .. } => tally.paid += 1,
                State::Shipped { .. } => tally.shipped += 1,
                State::PaymentFailed { .. } => tally.payment_failed += 1,
            }
            Ok(())
        };
        for_each_order(app, count).await?;
        Ok(tally)
    }

    pub fn unsettled(&self) -> usize {
        self.placed + self.paid
    }
}

impl Progress {
    pub fn new(started: Instant) -> Self {
        Self { started, shown: started, tally: Tally::default() }
    }

    /// Shows where the orders are, unless it did so a moment ago or nothing has changed.
    pub async fn show(&mut self, app: &App) -> Result<()> {
        if self.shown.elapsed() < PACE {
            return Ok(());
        }
        let tally = Tally::take(app).await?;
        if tally != self.tally {
            eprintln!("{:6.1} s   {tally}", self.started.elapsed().as_secs_f64());
        }
        self.shown = Instant::now();
        self.tally = tally;
        Ok(())
    }
}

/// Writes all orders to a file, one JSON object a line.
pub async fn export(app: &App, path: &Path) -> Result<()> {
    let file = File::create(path);
    let file = file.map_err(|error| Error::msg(format!("cannot write `{}`: {error}", path.display())))?;
    let mut file = BufWriter::new(file);
    let write = |order: &Doc<Order>| {
        serde_json::to_writer(&mut file, order)?;
        Ok(writeln!(file)?)
    };
    for_each_order(app, write).await?;
    Ok(file.flush()?)
}

async fn for_each_order(app: &App, mut look: impl FnMut(&Doc<Order>) -> Result<()>) -> Result<()> {
    const PAGE: usize = 500;
    let mut options = PaginationOptions::first(PAGE);
    loop {
        let orders = app.run_query(internal::orders::list(options)).await?;
        orders.page.iter().try_for_each(&mut look)?;
        if orders.is_done {
            return Ok(());
        }
        options = PaginationOptions::after(orders.continue_cursor, PAGE);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed, paid, shipped, payment_failed } = self;
        write!(f, "placed {placed}, paid {paid}, shipped {shipped}, payment failed {payment_failed}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tally, bad_lines, provider, commits, elapsed } = self;
        writeln!(f, "orders shipped         {:>8}", tally.shipped)?;
        writeln!(f, "orders not paid        {:>8}", tally.payment_failed)?;
        writeln!(f, "orders not settled     {:>8}", tally.unsettled())?;
        writeln!(f, "bad lines              {bad_lines:>8}")?;
        writeln!(f, "calls to the provider  {:>8}", provider.calls)?;
        writeln!(f, "charges                {:>8}", provider.charges)?;
        writeln!(f, "commits                {commits:>8}")?;
        write!(f, "wall time              {:>8.2} s", elapsed.as_secs_f64())
    }
}
