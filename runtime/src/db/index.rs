//! Typed index ranges: `Job::by_status_and_created_at.eq(Status::Pending).lt(yesterday)`.
//!
//! The field types of an index travel as a list `(A, (B, ()))`. `eq` takes the list's head off; one lower
//! and one upper bound may follow on the next field; then nothing more. A range that breaks these rules
//! does not compile.
//!
//! Invariant: pure. A range is bytes; it knows no transaction.

#![expect(clippy::needless_pass_by_value, reason = "`eq(status)` reads better than `eq(&status)`")]

use std::marker::PhantomData;

use crate::db::steps::{Above, Below, Open, TakesEq, TakesLower, TakesUpper};
use crate::value::{Document, EncodeError, KeyRange, KeyWriter, Value};

/// An index of the table `T` whose fields have the types in the list `F`. Made by `#[table]`.
pub struct Index<T, F> {
    position: usize,
    marker: PhantomData<fn() -> (T, F)>,
}

/// A part of an index: equal to the given values in the first fields and within bounds in the next.
///
/// `S` says what may still follow: [`Open`], [`Above`], [`Below`] or
/// [`Closed`](crate::Closed).
#[must_use = "a range selects nothing until it is given to `with_index`"]
pub struct Range<T, S> {
    bytes: RangeBytes,
    marker: PhantomData<fn() -> (T, S)>,
}

/// What `with_index` accepts: an index (all of it) or a range of one.
#[diagnostic::on_unimplemented(
    message = "not a range of an index of `{T}`",
    label = "expected an index of `{T}`, or a range of one",
    note = "write the index's constant, such as `Job::by_status`, and what its fields are compared with"
)]
pub trait IndexRange<T>: Sealed {
    #[doc(hidden)]
    fn into_bytes(self) -> RangeBytes;
}

/// What a field of type `A` can be compared with: an `A`, or a `&str` where `A` is a `String`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{A}` cannot be compared with `{Self}`",
    label = "expected `{A}`",
    note = "the fields of an index are given one after another: `.eq(first).eq(second)`"
)]
pub trait Comparable<A>: Sized {
    #[doc(hidden)]
    fn write(&self, key: &mut KeyWriter) -> Result<(), EncodeError>;
}

#[doc(hidden)]
pub struct RangeBytes {
    /// Which of the table's declared indexes; `None` is the order of creation.
    pub(crate) index: Option<usize>,
    pub(crate) keys: Result<KeyRange, EncodeError>,
    prefix: Vec<u8>,
}

#[doc(hidden)]
pub trait Sealed {}

impl<T, F> Index<T, F> {
    /// The index at `position` of the table's `Document::INDEXES`.
    #[doc(hidden)]
    pub const fn new(position: usize) -> Self {
        Self { position, marker: PhantomData }
    }

    fn all(self) -> Range<T, Open<F>> {
        let keys = Ok(KeyRange::all());
        let bytes = RangeBytes { index: Some(self.position), keys, prefix: Vec::new() };
        Range { bytes, marker: PhantomData }
    }
}

impl<T, A: Value, Rest> Index<T, (A, Rest)> {
    /// Documents whose first field equals `value`.
    pub fn eq(self, value: impl Comparable<A>) -> Range<T, Open<Rest>> {
        self.all().eq(value)
    }

    /// Documents whose first field is greater than `value`.
    pub fn gt(self, value: impl Comparable<A>) -> Range<T, Above<A>> {
        self.all().gt(value)
    }

    /// Documents whose first field is `value` or greater.
    pub fn gte(self, value: impl Comparable<A>) -> Range<T, Above<A>> {
        self.all().gte(value)
    }

    /// Documents whose first field is less than `value`.
    pub fn lt(self, value: impl Comparable<A>) -> Range<T, Below<A>> {
        self.all().lt(value)
    }

    /// Documents whose first field is `value` or less.
    pub fn lte(self, value: impl Comparable<A>) -> Range<T, Below<A>> {
        self.all().lte(value)
    }
}

impl<T, S> Range<T, S> {
    /// Of these, the documents whose next field equals `value`.
    pub fn eq(self, value: impl Comparable<S::Field>) -> Range<T, S::Next>
    where
        S: TakesEq,
    {
        self.narrow(|bytes| {
            let at = bytes.field(&value)?;
            bytes.prefix.clone_from(&at);
            Ok(KeyRange::prefix(&at))
        })
    }

    /// Of these, the documents whose next field is greater than `value`.
    pub fn gt(self, value: impl Comparable<S::Field>) -> Range<T, S::Next>
    where
        S: TakesLower,
    {
        self.narrow(|bytes| Ok(bytes.current().above(&bytes.field(&value)?)))
    }

    /// Of these, the documents whose next field is `value` or greater.
    pub fn gte(self, value: impl Comparable<S::Field>) -> Range<T, S::Next>
    where
        S: TakesLower,
    {
        self.narrow(|bytes| Ok(bytes.current().at_least(&bytes.field(&value)?)))
    }

    /// Of these, the documents whose next field is less than `value`.
    pub fn lt(self, value: impl Comparable<S::Field>) -> Range<T, S::Next>
    where
        S: TakesUpper,
    {
        self.narrow(|bytes| Ok(bytes.current().below(&bytes.field(&value)?)))
    }

    /// Of these, the documents whose next field is `value` or less.
    pub fn lte(self, value: impl Comparable<S::Field>) -> Range<T, S::Next>
    where
        S: TakesUpper,
    {
        self.narrow(|bytes| Ok(bytes.current().at_most(&bytes.field(&value)?)))
    }

    fn narrow<Next>(
        mut self,
        change: impl FnOnce(&mut RangeBytes) -> Result<KeyRange, EncodeError>,
    ) -> Range<T, Next> {
        if self.bytes.keys.is_ok() {
            self.bytes.keys = change(&mut self.bytes);
        }
        Range { bytes: self.bytes, marker: PhantomData }
    }
}

impl RangeBytes {
    /// All documents in the order of their creation.
    pub(crate) fn by_creation() -> Self {
        Self { index: None, keys: Ok(KeyRange::all()), prefix: Vec::new() }
    }

    /// The prefix followed by one more field.
    fn field<A>(&self, value: &impl Comparable<A>) -> Result<Vec<u8>, EncodeError> {
        let mut key = KeyWriter::new();
        value.write(&mut key)?;
        Ok([self.prefix.as_slice(), key.as_bytes()].concat())
    }

    /// The range so far; an error stays the range's result and is never looked into.
    fn current(&self) -> KeyRange {
        self.keys.as_ref().map_or_else(|_| KeyRange::all(), Clone::clone)
    }
}

impl<T, F> Sealed for Index<T, F> {}
impl<T, S> Sealed for Range<T, S> {}

impl<T: Document, F> IndexRange<T> for Index<T, F> {
    fn into_bytes(self) -> RangeBytes {
        self.all().bytes
    }
}

impl<T: Document, S> IndexRange<T> for Range<T, S> {
    fn into_bytes(self) -> RangeBytes {
        self.bytes
    }
}

impl<A: Value> Comparable<A> for A {
    fn write(&self, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(self)
    }
}

#[diagnostic::do_not_recommend]
impl Comparable<String> for &str {
    fn write(&self, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(self)
    }
}

impl<T, F> Clone for Index<T, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, F> Copy for Index<T, F> {}
