//! From serde's data model to the values of our encodings.
//!
//! Owns the rules that hold for every output: which Rust number becomes which value, what may be a field name or a
//! key, the limits, the paths of errors. What the bytes look like is the [`Sink`]'s business.

use serde::ser::{Serialize, Serializer};

use super::error::{EncodeError, EncodeErrorKind};
use super::id::{ID, text_length};
use super::limits::{Limits, Meter};
use super::timestamp::TIMESTAMP;
use super::{DocumentId, TableNumber, Timestamp};

mod catch;
mod compound;

use catch::{catch_id, catch_micros};
pub(crate) use compound::{Fields, Items, TupleVariant};

/// An output form. Its methods are called in the order of a correct value.
pub(crate) trait Sink {
    /// What [`begin_object`](Self::begin_object) wants back at the end.
    type Mark: Copy;

    fn null(&mut self);
    fn boolean(&mut self, value: bool);
    /// An integer that is a number, of at most 32 bits.
    fn number(&mut self, value: i64);
    fn float(&mut self, value: f64);
    fn int64(&mut self, value: i64);
    fn string(&mut self, text: &str);
    fn bytes(&mut self, bytes: &[u8]);
    fn id(&mut self, table: TableNumber, document: DocumentId);
    fn timestamp(&mut self, time: Timestamp);
    /// An array begins; `length` is binding if it is given.
    fn begin_array(&mut self, length: Option<usize>);
    /// An element follows, after `before` others.
    fn element(&mut self, before: usize);
    fn end_array(&mut self, length_was_given: bool);
    fn begin_object(&mut self) -> Self::Mark;
    /// A field of this name follows, after `before` others.
    fn field(&mut self, name: &str, before: usize);
    fn end_object(&mut self, mark: Self::Mark);
}

/// A sink and the count of what went into it.
pub(crate) struct Output<'l, S> {
    pub(crate) sink: S,
    pub(crate) meter: Meter<'l>,
}

impl<'l, S: Sink> Output<'l, S> {
    pub(crate) fn new(sink: S, limits: &'l Limits) -> Self {
        Self { sink, meter: Meter::new(limits) }
    }

    /// Encodes a whole value.
    pub(crate) fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(Encoder { out: self })
    }
}

/// The serializer.
pub(crate) struct Encoder<'o, 'l, S> {
    pub(crate) out: &'o mut Output<'l, S>,
}

impl<'o, 'l, S: Sink> Encoder<'o, 'l, S> {
    fn number(self, value: i64) -> Result<(), EncodeError> {
        self.out.meter.add(9)?;
        self.out.sink.number(value);
        Ok(())
    }

    fn object(self) -> Result<Fields<'o, 'l, S>, EncodeError> {
        self.out.meter.enter()?;
        Ok(Fields::begin(self.out))
    }

    /// The object `{variant: …}` that is around the content of a variant.
    fn variant(self, variant: &'static str) -> Result<Fields<'o, 'l, S>, EncodeError> {
        let mut object = self.object()?;
        object.name(variant)?;
        Ok(object)
    }
}

impl<'o, 'l, S: Sink> Serializer for Encoder<'o, 'l, S> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Items<'o, 'l, S>;
    type SerializeTuple = Items<'o, 'l, S>;
    type SerializeTupleStruct = Items<'o, 'l, S>;
    type SerializeTupleVariant = TupleVariant<'o, 'l, S>;
    type SerializeMap = Fields<'o, 'l, S>;
    type SerializeStruct = Fields<'o, 'l, S>;
    type SerializeStructVariant = Fields<'o, 'l, S>;

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.out.meter.add(1)?;
        self.out.sink.boolean(value);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), EncodeError> {
        self.out.meter.add(9)?;
        self.out.sink.int64(value);
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Result<(), EncodeError> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => Err(too_wide(value)),
        }
    }

    fn serialize_i128(self, value: i128) -> Result<(), EncodeError> {
        Err(too_wide(value))
    }

    fn serialize_u128(self, value: u128) -> Result<(), EncodeError> {
        Err(too_wide(value))
    }

    fn serialize_f32(self, value: f32) -> Result<(), EncodeError> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), EncodeError> {
        self.out.meter.add(9)?;
        self.out.sink.float(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), EncodeError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        self.out.meter.add(value.len() + 2)?;
        self.out.sink.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        self.out.meter.add(value.len() + 2)?;
        self.out.sink.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.out.meter.add(1)?;
        self.out.sink.null();
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        match name {
            ID => {
                let (table, document) = catch_id(value)?;
                self.out.meter.add(text_length(table) + 2)?;
                self.out.sink.id(table, document);
            }
            TIMESTAMP => {
                let time = catch_micros(value)?;
                self.out.meter.add(9)?;
                self.out.sink.timestamp(time);
            }
            _ => value.serialize(self)?,
        }
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let mut object = self.object()?;
        object.entry(variant, value)?;
        object.close();
        Ok(())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'o, 'l, S>, EncodeError> {
        self.out.meter.enter()?;
        Ok(Items::begin(self.out, length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'o, 'l, S>, EncodeError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Items<'o, 'l, S>, EncodeError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<TupleVariant<'o, 'l, S>, EncodeError> {
        TupleVariant::begin(self.variant(variant)?, variant, length)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Fields<'o, 'l, S>, EncodeError> {
        self.object()
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Fields<'o, 'l, S>, EncodeError> {
        self.object()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Fields<'o, 'l, S>, EncodeError> {
        self.variant(variant)?.content(variant)
    }
}

#[cold]
fn too_wide(value: impl std::fmt::Display) -> EncodeError {
    let reason = format!("integer {value} does not fit 64 bits with sign");
    EncodeError::new(EncodeErrorKind::OutOfRange, reason)
}
