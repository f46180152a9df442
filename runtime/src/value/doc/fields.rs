//! Writing a struct's or map's fields into a map that is already open.

use std::fmt::Display;

use serde::ser::{Error, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};

/// Serializes fields into the map; refuses whatever has no fields.
pub(super) struct IntoMap<'a, M>(pub(super) &'a mut M);

/// What refuses the shapes that have no named fields.
macro_rules! no_fields {
    ($($method:ident($($arg:ident: $type:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $($arg: $type),*) -> Result<$ok, Self::Error> {
            $(let _ = $arg;)*
            Err(refused())
        })*
    };
}

impl<'a, M: SerializeMap> Serializer for IntoMap<'a, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = OpenMap<'a, M>;
    type SerializeStruct = OpenMap<'a, M>;
    type SerializeStructVariant = Impossible<(), M::Error>;

    no_fields! {
        serialize_bool(v: bool) -> (); serialize_char(v: char) -> (); serialize_str(v: &str) -> ();
        serialize_i8(v: i8) -> (); serialize_i16(v: i16) -> (); serialize_i32(v: i32) -> (); serialize_i64(v: i64) -> ();
        serialize_u8(v: u8) -> (); serialize_u16(v: u16) -> (); serialize_u32(v: u32) -> (); serialize_u64(v: u64) -> ();
        serialize_f32(v: f32) -> (); serialize_f64(v: f64) -> (); serialize_bytes(v: &[u8]) -> ();
        serialize_none() -> (); serialize_unit() -> (); serialize_unit_struct(name: &'static str) -> ();
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> ();
        serialize_seq(length: Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(length: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> Self::SerializeTupleVariant;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> Self::SerializeStructVariant;
    }

    fn collect_str<T: Display + ?Sized>(self, _text: &T) -> Result<(), M::Error> {
        Err(refused())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(variant, value)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, M::Error> {
        Ok(OpenMap(self.0))
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStruct, M::Error> {
        Ok(OpenMap(self.0))
    }
}

/// The map that is already open; ending it leaves it open.
pub(super) struct OpenMap<'a, M>(&'a mut M);

impl<M: SerializeMap> SerializeStruct for OpenMap<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(key, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<M: SerializeMap> SerializeMap for OpenMap<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        self.0.serialize_value(value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

fn refused<E: Error>() -> E {
    E::custom("a document must be a struct with named fields")
}
