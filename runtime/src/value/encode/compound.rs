//! Arrays and objects of the encoder.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Encoder, Output, Sink};
use crate::value::error::EncodeError;
use crate::value::map_key::with_key;

/// An open array.
pub(crate) struct Items<'o, 'l, S> {
    out: &'o mut Output<'l, S>,
    declared: Option<usize>,
    count: usize,
}

impl<'o, 'l, S: Sink> Items<'o, 'l, S> {
    #[inline]
    pub(super) fn begin(out: &'o mut Output<'l, S>, declared: Option<usize>) -> Self {
        out.sink.begin_array(declared);
        Self { out, declared, count: 0 }
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.out.meter.element(self.count)?;
        self.out.sink.element(self.count);
        let index = self.count;
        self.count += 1;
        value.serialize(Encoder { out: self.out }).map_err(|error| error.in_index(index))
    }

    #[inline]
    fn close(self) -> Result<(), EncodeError> {
        if let Some(declared) = self.declared
            && declared != self.count
        {
            return Err(EncodeError::custom(format_args!(
                "{declared} elements announced, {} given",
                self.count
            )));
        }
        self.out.sink.end_array(self.declared.is_some());
        self.out.meter.leave();
        Ok(())
    }
}

macro_rules! items {
    ($($trait:ident::$method:ident),*) => {
        $(impl<S: Sink> $trait for Items<'_, '_, S> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.close()
            }
        })*
    };
}

items!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field
);

/// An open object.
pub(crate) struct Fields<'o, 'l, S: Sink> {
    out: &'o mut Output<'l, S>,
    mark: S::Mark,
    count: usize,
    /// The key whose value is due, when key and value come apart.
    key: Option<String>,
    /// The enum variant that this object is the content of.
    variant: Option<(&'static str, S::Mark)>,
}

impl<'o, 'l, S: Sink> Fields<'o, 'l, S> {
    #[inline]
    pub(super) fn begin(out: &'o mut Output<'l, S>) -> Self {
        let mark = out.sink.begin_object();
        Self { out, mark, count: 0, key: None, variant: None }
    }

    /// Begins the object that is this one's only field's value.
    pub(super) fn content(self, variant: &'static str) -> Result<Self, EncodeError> {
        self.out.meter.enter().map_err(|error| error.in_field(variant))?;
        let outer = self.mark;
        Ok(Self { variant: Some((variant, outer)), ..Self::begin(self.out) })
    }

    /// Writes the name of the next field.
    #[inline]
    pub(super) fn name(&mut self, name: &str) -> Result<(), EncodeError> {
        self.out.meter.field(name, self.count)?;
        self.out.sink.field(name, self.count);
        self.count += 1;
        Ok(())
    }

    /// Writes a field whose name is known to be text.
    #[inline]
    pub(super) fn entry<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), EncodeError> {
        self.name(name)?;
        value.serialize(Encoder { out: self.out }).map_err(|error| error.in_field(name))
    }

    #[inline]
    pub(super) fn close(self) {
        self.out.sink.end_object(self.mark);
        self.out.meter.leave();
        if let Some((_, outer)) = self.variant {
            self.out.sink.end_object(outer);
            self.out.meter.leave();
        }
    }
}

impl<S: Sink> SerializeStruct for Fields<'_, '_, S> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.entry(name, value)
    }

    #[inline]
    fn end(self) -> Result<(), EncodeError> {
        self.close();
        Ok(())
    }
}

impl<S: Sink> SerializeStructVariant for Fields<'_, '_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let variant = self.variant.map(|(variant, _)| variant);
        self.entry(name, value).map_err(|error| match variant {
            Some(variant) => error.in_field(variant),
            None => error,
        })
    }

    fn end(self) -> Result<(), EncodeError> {
        self.close();
        Ok(())
    }
}

impl<S: Sink> SerializeMap for Fields<'_, '_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        with_key(key, |key| {
            self.key = Some(key.to_owned());
            self.name(key)
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let key = self.key.take().ok_or_else(|| EncodeError::custom("a map's value comes without a key"))?;
        value.serialize(Encoder { out: self.out }).map_err(|error| error.in_field(&key))
    }

    fn serialize_entry<K: Serialize + ?Sized, T: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &T,
    ) -> Result<(), EncodeError> {
        with_key(key, |key| self.entry(key, value))
    }

    fn end(self) -> Result<(), EncodeError> {
        if self.key.is_some() {
            return Err(EncodeError::custom("a map's key comes without a value"));
        }
        self.close();
        Ok(())
    }
}

/// The open array of a tuple variant, inside its object.
pub(crate) struct TupleVariant<'o, 'l, S: Sink> {
    items: Items<'o, 'l, S>,
    object: S::Mark,
    variant: &'static str,
}

impl<'o, 'l, S: Sink> TupleVariant<'o, 'l, S> {
    pub(super) fn begin(
        object: Fields<'o, 'l, S>,
        variant: &'static str,
        length: usize,
    ) -> Result<Self, EncodeError> {
        let Fields { out, mark: object, .. } = object;
        out.meter.enter().map_err(|error| error.in_field(variant))?;
        Ok(Self { items: Items::begin(out, Some(length)), object, variant })
    }
}

impl<S: Sink> SerializeTupleVariant for TupleVariant<'_, '_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.items.item(value).map_err(|error| error.in_field(self.variant))
    }

    fn end(self) -> Result<(), EncodeError> {
        let Items { out, declared, count } = self.items;
        Items { out: &mut *out, declared, count }.close()?;
        out.sink.end_object(self.object);
        out.meter.leave();
        Ok(())
    }
}
