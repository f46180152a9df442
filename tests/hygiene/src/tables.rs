//! Tables and values among those names.

#[allow(unused_imports, reason = "they are there to be in the way")]
use crate::names::*;

// Called by the derive of schemars, which counts on the prelude.
use ::core::convert::{From as _, Into as _};

/// A value with fields called like what expansions bind.
#[::clockwork::value(crate = ::clockwork)]
#[derive(::core::clone::Clone)]
pub struct Inner {
    /// A field.
    pub key: ::std::string::String,
    /// A field.
    pub index: u32,
    /// A field.
    pub serializer: bool,
    /// A raw field.
    pub r#type: ::core::option::Option<u32>,
}

/// An enum whose variants are the prelude's.
#[::clockwork::value(crate = ::clockwork)]
#[derive(::core::clone::Clone)]
pub enum Outcome {
    /// A variant.
    Ok(u32),
    /// A variant.
    Err {
        /// A field.
        error: ::std::string::String,
    },
    /// A variant.
    None,
}

/// A table with indexes called like its fields, raw ones too.
#[::clockwork::table(name = "things", crate = ::clockwork)]
#[index(key(key))]
#[index(r#type(r#type, index))]
pub struct Thing {
    /// A field.
    pub key: ::std::string::String,
    /// A field.
    pub index: u32,
    /// A field.
    pub inner: Inner,
    /// A field.
    pub outcome: Outcome,
    /// A raw field.
    pub r#type: u32,
}
