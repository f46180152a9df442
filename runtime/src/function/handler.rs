//! Functions behind one signature: encoded arguments in, encoded result out.
//!
//! The network and the scheduler know a function by its path and its arguments as bytes. The typed work
//! (decode, invoke, encode) is one generic function here, so that an annotated function expands to little.
//!
//! Invariant: decoding and encoding only; knows no transaction and no retry.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use schemars::{Schema, SchemaGenerator};

use crate::db::Catalog;
use crate::error::{CallError, Error, Result};
use crate::function::action::ActionCtx;
use crate::function::context::{MutationCtx, QueryCtx};
use crate::function::definition::{Function, invoke};
use crate::function::kind::{Kind, KindTag};
use crate::value::{DecodeError, EncodeError, JsonFormat, Limits, TableNumbers, fnv1a, of_type};

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Says that `'b` outlives `'a`, so that a body may borrow from where it was made.
#[derive(Clone, Copy)]
pub(crate) struct Within<'a, 'b>(PhantomData<&'a &'b ()>);

impl Within<'_, '_> {
    pub(crate) const HERE: Self = Self(PhantomData);
}

/// A function as the registry keeps it.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum Handler {
    Query(Handle<QueryCtx>),
    Mutation(Handle<MutationCtx>),
    Action(Handle<ActionCtx>),
}

/// Decodes arguments, runs the function, encodes its result.
pub(crate) type Handle<Context> = for<'a> fn(&'a Context, &'a Request) -> BoxFuture<'a, Result<Vec<u8>>>;

/// Encoded arguments, and how the result is wanted.
#[doc(hidden)]
pub struct Request {
    pub(crate) arguments: Encoded,
    /// `None`: the result is not wanted.
    pub(crate) reply: Option<JsonFormat>,
}

/// Arguments as they came.
pub(crate) enum Encoded {
    Json(String),
    Binary(Vec<u8>),
}

/// A context that knows the tables, against which ids in arguments are checked.
#[doc(hidden)]
pub trait Tables {
    #[doc(hidden)]
    fn tables(&self) -> &dyn TableNumbers;
}

impl Handler {
    pub(crate) fn kind(self) -> KindTag {
        match self {
            Self::Query(_) => KindTag::Query,
            Self::Mutation(_) => KindTag::Mutation,
            Self::Action(_) => KindTag::Action,
        }
    }
}

pub(crate) fn handle<'a, F>(
    ctx: &'a <F::Kind as Kind>::Context,
    request: &'a Request,
) -> BoxFuture<'a, Result<Vec<u8>>>
where
    F: Function,
    <F::Kind as Kind>::Context: Tables,
{
    Box::pin(async move {
        let arguments =
            decode::<F>(&request.arguments, ctx.tables()).map_err(|error| match request.arguments {
                Encoded::Json(_) => Error::refused(error),
                Encoded::Binary(_) => error.into(),
            })?;
        let output = invoke::<F>(ctx, arguments).await?;
        let mut reply = Vec::new();
        if let Some(format) = request.reply {
            (F::RETURN.encode)(&output, format, &mut reply).map_err(invalid_value::<F>)?;
        }
        Ok(reply)
    })
}

/// The arguments of `F` from their encoded form.
pub(crate) fn decode<F: Function>(
    encoded: &Encoded,
    tables: &dyn TableNumbers,
) -> Result<F::Arguments, CallError> {
    let codec = F::ARGUMENTS;
    let decoded = match encoded {
        Encoded::Json(text) => (codec.decode_json)(codec.names, text, Some(tables)),
        Encoded::Binary(bytes) => (codec.decode_binary)(codec.names, bytes),
    };
    decoded.map_err(invalid_arguments::<F>)
}

/// Whether these are arguments of `F` in binary form.
pub(crate) fn accepts<F: Function>(bytes: &[u8]) -> Result<(), CallError> {
    let decoded = (F::ARGUMENTS.decode_binary)(F::ARGUMENTS.names, bytes);
    decoded.map(drop).map_err(invalid_arguments::<F>)
}

/// A hash of the names and types of the arguments of `F`: while it stays, what was accepted before is accepted.
pub(crate) fn fingerprint<F: Function>() -> i64 {
    of_type::<F>(|| fingerprint_of(F::ARGUMENTS.names, F::ARGUMENTS.schemas))
}

fn fingerprint_of(names: &[&str], schemas: fn(&mut SchemaGenerator) -> Vec<Schema>) -> i64 {
    let mut generator = SchemaGenerator::default();
    let mut text = String::new();
    for (name, schema) in names.iter().zip(schemas(&mut generator)) {
        text.extend([name, ": ", &schema.as_value().to_string(), "\n"]);
    }
    for (name, definition) in generator.take_definitions(true) {
        text.extend([&name, " = ", &definition.to_string(), "\n"]);
    }
    // That of all functions is a part of every start, so it has to be cheap.
    fnv1a(text.as_bytes()).cast_signed()
}

/// The arguments of `F` in binary form.
pub(crate) fn encode<F: Function>(arguments: &F::Arguments) -> Result<Vec<u8>, EncodeError> {
    encode_within::<F>(arguments, &Limits::VALUE)
}

/// As [`encode`], within other limits.
pub(super) fn encode_within<F: Function>(
    arguments: &F::Arguments,
    limits: &Limits,
) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::with_capacity(64);
    let codec = F::ARGUMENTS;
    (codec.encode)(arguments, codec.names, limits, &mut bytes)?;
    Ok(bytes)
}

pub(crate) fn invalid_value<F: Function>(source: EncodeError) -> CallError {
    CallError::InvalidValue { path: F::PATH.to_owned(), source }
}

fn invalid_arguments<F: Function>(source: DecodeError) -> CallError {
    CallError::InvalidArguments { path: F::PATH.to_owned(), source }
}

impl Tables for Catalog {
    fn tables(&self) -> &dyn TableNumbers {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::ScheduledFunction;
    use crate::value::{Arguments, Id};

    fn of<A: Arguments>(names: &[&str]) -> i64 {
        fingerprint_of(names, A::schemas)
    }

    #[test]
    fn a_fingerprint_follows_names_and_types_and_nothing_else() {
        let first = of::<(String, u32)>(&["text", "count"]);
        assert_eq!(of::<(String, u32)>(&["text", "count"]), first);
        let others = [
            of::<(String, u32)>(&["text", "number"]),
            of::<(String, i64)>(&["text", "count"]),
            of::<(Option<String>, u32)>(&["text", "count"]),
            of::<(String,)>(&["text"]),
            of::<(String, Id<ScheduledFunction>)>(&["text", "count"]),
            of::<()>(&[]),
        ];
        for (number, other) in others.iter().enumerate() {
            assert!(*other != first && !others[..number].contains(other), "{number}");
        }
    }

    /// What a type is made of counts, also where it is only named.
    #[test]
    fn a_fingerprint_follows_the_types_inside_of_types() {
        mod before {
            #[mainspring::value]
            pub(super) struct Order {
                pub(super) cents: u32,
            }
        }
        mod after {
            #[mainspring::value]
            pub(super) struct Order {
                pub(super) cents: String,
            }
        }
        let fingerprints =
            [of::<(Vec<before::Order>,)>(&["orders"]), of::<(Vec<after::Order>,)>(&["orders"])];
        assert_ne!(fingerprints[0], fingerprints[1]);
    }
}
