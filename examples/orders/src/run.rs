//! The program: starts the shop, places the orders of the file, waits until all are settled, stops.

use std::time::{Duration, Instant};

use mainspring::{App, Error, Knobs, PaginationOptions, Result};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cli::Options;
use crate::functions::orders::{Placed, Refusal};
use crate::functions::payments;
use crate::input::{Line, Lines, NewOrder};
use crate::provider::Provider;
use crate::report::{self, Report, Tally};
use crate::{api, internal};

/// How many orders are being placed at the same time.
const PLACING: usize = 32;
/// How many charges are asked for at the same time.
const CHARGING: usize = 64;
/// How often the progress is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How many orders one transaction takes up.
const PAGE: usize = 200;

pub(crate) async fn run(options: &Options) -> Result<()> {
    let lines = Lines::open(&options.input)?;
    let provider = ...;
}
