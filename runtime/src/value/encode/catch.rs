//! Catching what our own newtypes carry.
//!
//! Ids and timestamps hand compact formats one scalar. These serializers say that they are compact and keep it.

use serde::ser::{Error, Impossible, Serialize, Serializer};

use crate::value::error::EncodeError;
use crate::value::id::from_bytes;
use crate::value::{DocumentId, TableNumber, Timestamp};

/// What stands in an id.
#[inline]
pub(super) fn catch_id<T: Serialize + ?Sized>(id: &T) -> Result<(TableNumber, DocumentId), EncodeError> {
    match id.serialize(Catch)? {
        Caught::Id(table, document) => Ok((table, document)),
        Caught::Micros(_) => Err(foreign()),
    }
}

/// What stands in a timestamp.
#[inline]
pub(super) fn catch_micros<T: Serialize + ?Sized>(timestamp: &T) -> Result<Timestamp, EncodeError> {
    match timestamp.serialize(Catch)? {
        Caught::Micros(micros) => Ok(Timestamp::from_micros(micros)),
        Caught::Id(..) => Err(foreign()),
    }
}

enum Caught {
    Id(TableNumber, DocumentId),
    Micros(i64),
}

struct Catch;

macro_rules! foreign_to_us {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {
        $(foreign_to_us!(@one $method($($type),*) -> $ok);)*
    };
    (@one $method:ident() -> $ok:ty) => {
        fn $method(self) -> Result<$ok, EncodeError> { Err(foreign()) }
    };
    (@one $method:ident($a:ty) -> $ok:ty) => {
        fn $method(self, _: $a) -> Result<$ok, EncodeError> { Err(foreign()) }
    };
    (@one $method:ident($a:ty, $b:ty) -> $ok:ty) => {
        fn $method(self, _: $a, _: $b) -> Result<$ok, EncodeError> { Err(foreign()) }
    };
    (@one $method:ident($a:ty, $b:ty, $c:ty) -> $ok:ty) => {
        fn $method(self, _: $a, _: $b, _: $c) -> Result<$ok, EncodeError> { Err(foreign()) }
    };
    (@one $method:ident($a:ty, $b:ty, $c:ty, $d:ty) -> $ok:ty) => {
        fn $method(self, _: $a, _: $b, _: $c, _: $d) -> Result<$ok, EncodeError> { Err(foreign()) }
    };
}

type No = Impossible<Caught, EncodeError>;

impl Serializer for Catch {
    type Ok = Caught;
    type Error = EncodeError;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_i64(self, micros: i64) -> Result<Caught, EncodeError> {
        Ok(Caught::Micros(micros))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Caught, EncodeError> {
        from_bytes(bytes).map(|(table, document)| Caught::Id(table, document)).ok_or_else(foreign)
    }

    foreign_to_us! {
        serialize_bool(bool) -> Caught; serialize_char(char) -> Caught; serialize_str(&str) -> Caught;
        serialize_i8(i8) -> Caught; serialize_i16(i16) -> Caught; serialize_i32(i32) -> Caught;
        serialize_u8(u8) -> Caught; serialize_u16(u16) -> Caught; serialize_u32(u32) -> Caught;
        serialize_u64(u64) -> Caught; serialize_f32(f32) -> Caught; serialize_f64(f64) -> Caught;
        serialize_none() -> Caught; serialize_unit() -> Caught; serialize_unit_struct(&'static str) -> Caught;
        serialize_unit_variant(&'static str, u32, &'static str) -> Caught;
        serialize_seq(Option<usize>) -> No; serialize_tuple(usize) -> No; serialize_map(Option<usize>) -> No;
        serialize_tuple_struct(&'static str, usize) -> No; serialize_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Caught, EncodeError> {
        Err(foreign())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<Caught, EncodeError> {
        Err(foreign())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Caught, EncodeError> {
        Err(foreign())
    }
}

#[cold]
fn foreign() -> EncodeError {
    EncodeError::custom("a foreign type uses a newtype name of `mainspring`")
}
