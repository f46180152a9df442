//! What a transaction has read and written so far, against its limits.
//!
//! Invariant: counts only; a nested call that is rolled back has still used what it used.

use crate::error::DbError;
use crate::knobs::TransactionLimits;

/// The running totals of one transaction.
#[derive(Default)]
pub(crate) struct Usage {
    documents_read: usize,
    bytes_read: usize,
    index_ranges: usize,
    documents_written: usize,
    bytes_written: usize,
    functions_scheduled: usize,
    scheduled_argument_bytes: usize,
}

/// A limit that was gone over.
#[derive(Clone, Copy)]
pub(crate) struct Overrun {
    pub(crate) code: &'static str,
    pub(crate) knob: &'static str,
    pub(crate) what: &'static str,
    pub(crate) limit: usize,
}

impl From<Overrun> for DbError {
    fn from(Overrun { code, knob, what, limit }: Overrun) -> Self {
        Self::LimitExceeded { code, knob, what, limit }
    }
}

macro_rules! count {
    ($usage:ident.$field:ident += $amount:expr, $limits:ident, $code:literal, $what:literal) => {{
        $usage.$field += $amount;
        if $usage.$field > $limits.$field {
            return Err(Overrun {
                code: $code,
                knob: stringify!($field),
                what: $what,
                limit: $limits.$field,
            });
        }
    }};
}

impl Usage {
    /// One document of `bytes` was read.
    pub(crate) fn read(&mut self, bytes: usize, limits: &TransactionLimits) -> Result<(), Overrun> {
        count!(self.documents_read += 1, limits, "TooManyDocumentsRead", "documents read");
        count!(self.bytes_read += bytes, limits, "TooManyBytesRead", "bytes read");
        Ok(())
    }

    pub(crate) fn bytes_read(&self) -> usize {
        self.bytes_read
    }

    /// One index range is about to be scanned.
    pub(crate) fn range(&mut self, limits: &TransactionLimits) -> Result<(), Overrun> {
        count!(self.index_ranges += 1, limits, "TooManyReads", "index ranges");
        Ok(())
    }

    /// A document of `bytes` is about to be written; `fresh` unless this transaction wrote it before.
    pub(crate) fn write(
        &mut self,
        bytes: usize,
        fresh: bool,
        limits: &TransactionLimits,
    ) -> Result<(), Overrun> {
        count!(self.documents_written += usize::from(fresh), limits, "TooManyWrites", "documents written");
        count!(self.bytes_written += bytes, limits, "TooManyBytesWritten", "bytes written");
        Ok(())
    }

    /// A function with arguments of `bytes` is about to be scheduled.
    pub(crate) fn schedule(&mut self, bytes: usize, limits: &TransactionLimits) -> Result<(), Overrun> {
        count!(self.functions_scheduled += 1, limits, "TooManyFunctionsScheduled", "functions scheduled");
        count!(
            self.scheduled_argument_bytes += bytes,
            limits,
            "ScheduledFunctionsArgumentsTooLarge",
            "bytes of scheduled arguments"
        );
        Ok(())
    }
}
