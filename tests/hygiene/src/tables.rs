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

/// A value of types that are more private than itself, of conditional fields, and of itself.
#[::clockwork::value(crate = ::clockwork)]
pub struct Closed {
    hidden: Hidden,
    #[cfg(not(feature = "reports"))]
    open: Open,
    #[cfg(feature = "reports")]
    report: Inner,
    boxed: ::core::option::Option<::std::boxed::Box<Closed>>,
    list: ::std::vec::Vec<Self>,
    #[serde(flatten)]
    rest: rest,
}

#[::clockwork::value(crate = ::clockwork)]
struct Hidden(u32, Choice);

#[cfg(not(feature = "reports"))]
#[::clockwork::value(crate = ::clockwork)]
struct Open {
    #[schemars(with = "u64")]
    choice: Choice,
}

/// With the name of a field.
#[allow(non_camel_case_types, reason = "to have one")]
#[::clockwork::value(crate = ::clockwork)]
struct rest {
    inner: Inner,
}

#[::clockwork::value(crate = ::clockwork)]
enum Choice {
    #[cfg(feature = "reports")]
    Report(Report),
    Other {
        hidden: ::std::boxed::Box<Hidden>,
    },
}

#[cfg(feature = "reports")]
#[::clockwork::value(crate = ::clockwork)]
struct Report(u32);
