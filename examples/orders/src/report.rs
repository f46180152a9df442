//! What the shop tells about itself.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use mainspring::{App, Doc, PaginationOptions, Result};

use crate::internal;
use crate::provider::Totals;
use crate::tables::{Order, State};

/// How many orders are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    placed: usize,
    paid: usize,
    shipped: usize,
    payment_failed: usize,
}

/// What became of one run.
pub(crate) struct Report {
    pub(crate) tally: Tally,
    pub(crate) bad_lines: usize,
    pub(crate) provider: Totals,
    pub(crate) commits: u64,
    pub(crate) elapsed: Duration,
}

impl Tally {
    pub(crate) async fn take(app: &App) -> Result<Self> {
        let mut tally = Self::default();
        for_each_order(app, |order| {
            match order.state {
                State::Placed => tally.placed += 1,
                State::Paid { .. } => tally.paid += 1,
                State::Shipped { .. } => tally.shipped += 1,
                State::PaymentFailed { .. } => tally.payment_failed += 1,
            }
            Ok(())
        })
        .await?;
        Ok(tally)
    }

    pub(crate) fn unsettled(&self) -> usize {
        self.placed + self.paid
    }

    fn all(&self) -> usize {
        self.unsettled() + self.shipped + self.payment_failed
    }
}

/// Writes all orders to a file, one JSON object a line.
pub(crate) async fn export(app: &App, path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for_each_order(app, |order| {
        serde_json::to_writer(&mut file, order)?;
        Ok(writeln!(file)?)
    })
    .await?;
    Ok(file.flush()?)
}

async fn for_each_order(app: &App, mut look: impl FnMut(&Doc<Order>) -> Result<()>) -> Result<()> {
    let mut options = PaginationOptions::first(500);
    loop {
        let orders = app.run_query(internal::orders::list(options)).await?;
        orders.page.iter().try_for_each(&mut look)?;
        if orders.is_done {
            return Ok(());
        }
        options = PaginationOptions::after(orders.continue_cursor, 500);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed, paid, shipped, payment_failed } = self;
        write!(f, "placed {placed:5}   paid {paid:5}   shipped {shipped:5}   payment failed {payment_failed:5}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tally, bad_lines, provider, commits, elapsed } = self;
        let row = |f: &mut fmt::Formatter<'_>, name, value| writeln!(f, "{name:<24}{value:>10}");
        row(f, "orders", tally.all())?;
        Ok(())
    }
}
