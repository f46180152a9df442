//! Looking through the scheduled functions that have ended, those that have failed above all.
//!
//! Invariant: reads, and a bounded number of records and bytes at once, however much has ended.

use crate::db::{Index, IndexRange, Page, PaginationOptions, SystemReader};
use crate::error::DbError;
use crate::function::job::ScheduledFunction;
use crate::function::registry::Registry;
use crate::store::Order;
use crate::value::{Doc, Timestamp};

/// Records that are read together.
const AT_ONCE: usize = 16;

/// After so many records a page is at its end, whatever it holds.
const LOOKED_AT: usize = 1_000;

/// And after so many bytes of arguments and results.
const BYTES: usize = 4 << 20;

impl ScheduledFunction {
    /// Those that have succeeded, failed or been canceled, by when that was.
    ///
    /// ```
    /// # use mainspring::{Doc, Order, QueryCtx, Result, ScheduledFunction};
    /// # async fn f(ctx: &QueryCtx) -> Result<Vec<Doc<ScheduledFunction>>> {
    /// let ended = ctx.db.system().query().with_index(ScheduledFunction::ended()).order(Order::Descending);
    /// Ok(ended.take(20).await?)
    /// # }
    /// ```
    pub fn ended() -> impl IndexRange<Self> {
        Index::<Self, (Option<String>, (Option<Timestamp>, ()))>::new(Self::BY_PLACE).eq(None)
    }
}

/// Those that have failed for good, of one function or of all, the latest first. A page may hold fewer than were asked for,
/// or none, before the last one.
pub(super) async fn failed(
    system: &SystemReader<'_>,
    registry: &Registry,
    path: Option<&str>,
    options: &PaginationOptions,
) -> Result<Page<Doc<ScheduledFunction>>, DbError> {
    let path = path.map(|path| registry.present_path(path));
    let is_meant = |job: &Doc<ScheduledFunction>| {
        job.error().is_some() && path.is_none_or(|path| registry.present_path(&job.name) == path)
    };
    let (mut found, mut looked_at, mut bytes) = (Vec::new(), 0, 0);
    let mut next = PaginationOptions { cursor: options.cursor.clone(), ..PaginationOptions::first(0) };
    loop {
        next.num_items = AT_ONCE.min(options.num_items - found.len());
        let ended = system.query().with_index(ScheduledFunction::ended());
        let Page { page, is_done, continue_cursor } = ended.order(Order::Descending).paginate(&next).await?;
        looked_at += page.len();
        let size = |job: &Doc<ScheduledFunction>| {
            job.arguments().len() + job.result_json.as_ref().map_or(0, String::len)
        };
        bytes += page.iter().map(size).sum::<usize>();
        found.extend(page.into_iter().filter(is_meant));
        if is_done || found.len() == options.num_items || looked_at >= LOOKED_AT || bytes > BYTES {
            return Ok(Page { page: found, is_done, continue_cursor });
        }
        next.cursor = Some(continue_cursor);
    }
}
