//! How the arguments and the result of a function travel, and the proof that they can.
//!
//! A codec is a value of function pointers. The functions that make one demand that each type is a
//! [`Value`]; generated code calls them with the types as the user wrote them, so a type that cannot travel is
//! one error, on that type.
//!
//! Invariant: pure; nothing is proved twice.

#![expect(clippy::type_complexity, reason = "the codecs of many arguments are long to write and never read")]

use schemars::{Schema, SchemaGenerator};

use crate::error::{Error, Result};
use crate::value::{Arguments, DecodeError, EncodeError, JsonFormat, Limits, TableNumbers, Value, json};

type Names = &'static [&'static str];

/// Reads the wire's JSON, checking ids against the tables.
type DecodeJson<A> = fn(Names, &str, Option<&dyn TableNumbers>) -> Result<A, DecodeError>;

/// How the arguments of a function travel.
#[doc(hidden)]
pub struct ArgumentCodec<A> {
    pub(crate) names: Names,
    pub(crate) encode: fn(&A, Names, &Limits, &mut Vec<u8>) -> Result<usize, EncodeError>,
    pub(crate) decode_binary: fn(Names, &[u8]) -> Result<A, DecodeError>,
    pub(crate) decode_json: DecodeJson<A>,
    pub(crate) schemas: fn(&mut SchemaGenerator) -> Vec<Schema>,
}

/// How the result of a function travels: `R` is the return type as written, `O` what the caller gets.
#[doc(hidden)]
pub struct ReturnCodec<R, O> {
    pub(crate) into_result: fn(R) -> Result<O>,
    pub(crate) encode: fn(&O, JsonFormat, &mut Vec<u8>) -> Result<usize, EncodeError>,
}

/// A type that a function can return.
#[diagnostic::on_unimplemented(
    message = "a function cannot return `{Self}`",
    label = "neither a value nor written as a `Result` of one",
    note = "if the type is yours, add `#[mainspring::value]` to its declaration",
    note = "if it is an alias of a `Result`, write `Result<…>` in the signature"
)]
pub trait ReturnValue: Value {}

/// A type that can be the error of a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a function",
    label = "does not convert into `mainspring::Error`",
    note = "implement `std::error::Error` for it, or use `mainspring::Error`"
)]
pub trait ReturnError: Into<Error> + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Value> ReturnValue for T {}
#[diagnostic::do_not_recommend]
impl<E: Into<Error> + Send + 'static> ReturnError for E {}

/// The codec of a function that returns a value.
#[doc(hidden)]
pub const fn returns<T: ReturnValue>() -> ReturnCodec<T, T> {
    ReturnCodec { into_result: Ok, encode }
}

/// The codec of a function that returns a `Result`.
#[doc(hidden)]
pub const fn returns_result<T: Value, E: ReturnError>() -> ReturnCodec<std::result::Result<T, E>, T> {
    ReturnCodec { into_result: |result| result.map_err(Into::into), encode }
}

fn encode<T: Value>(value: &T, format: JsonFormat, out: &mut Vec<u8>) -> Result<usize, EncodeError> {
    json::write(value, format, &Limits::VALUE, out)
}

const fn arguments<A: Arguments>(names: Names) -> ArgumentCodec<A> {
    ArgumentCodec {
        names,
        encode: A::encode_binary,
        decode_binary: A::decode_binary,
        decode_json: A::decode_json,
        schemas: A::schemas,
    }
}

// Written out, since messages about a bound show the function that has it: one line each says more than a macro.

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments0(names: Names) -> ArgumentCodec<()> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments1<A: Value>(names: Names) -> ArgumentCodec<(A,)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments2<A: Value, B: Value>(names: Names) -> ArgumentCodec<(A, B)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments3<A: Value, B: Value, C: Value>(names: Names) -> ArgumentCodec<(A, B, C)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments4<A: Value, B: Value, C: Value, D: Value>(names: Names) -> ArgumentCodec<(A, B, C, D)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments5<A: Value, B: Value, C: Value, D: Value, E: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments6<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments7<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F, G)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments8<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F, G, H)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments9<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F, G, H, I)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments10<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value, J: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F, G, H, I, J)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments11<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value, J: Value, K: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F, G, H, I, J, K)> {
    arguments(names)
}

#[doc(hidden)]
#[rustfmt::skip]
pub const fn arguments12<A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value, J: Value, K: Value, L: Value>(names: Names) -> ArgumentCodec<(A, B, C, D, E, F, G, H, I, J, K, L)> {
    arguments(names)
}
