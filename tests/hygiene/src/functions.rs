//! Functions among those names.

#[allow(unused_imports, reason = "they are there to be in the way")]
use crate::names::*;

// Methods of these are called in bodies.
use ::core::clone::Clone as _;
use ::core::iter::Iterator as _;

use crate::tables::{Inner, Outcome, Thing};

/// A type with a function's name.
#[::clockwork::value(crate = ::clockwork)]
pub struct shape {
    /// A field.
    pub sides: u32,
}

/// A module with a function's name.
pub mod area {
    /// In it.
    pub const UNIT: u32 = 1;
}

/// Takes the type that has its name.
#[::clockwork::query(crate = ::clockwork)]
pub async fn shape(_ctx: &::clockwork::QueryCtx, shape: shape) -> shape {
    shape
}

/// Has the name of a module.
#[::clockwork::query(crate = ::clockwork)]
pub async fn area(_ctx: &::clockwork::QueryCtx, area: u32) -> u32 {
    area * area::UNIT
}

/// Arguments called like what expansions bind, and like the function.
#[::clockwork::mutation(crate = ::clockwork)]
pub async fn invoke(
    context: &::clockwork::MutationCtx,
    ctx: u32,
    call: u32,
    arguments: ::std::vec::Vec<u32>,
    invoke: Outcome,
) -> ::clockwork::Result<::clockwork::Id<Thing>> {
    let inner = Inner {
        key: ::std::string::String::new(),
        index: ctx,
        serializer: true,
        r#type: ::core::option::Option::None,
    };
    let index = call + arguments.iter().sum::<u32>();
    let key = inner.key.clone();
    let thing = Thing { key, index, inner, outcome: invoke, r#type: 0 };
    ::core::result::Result::Ok(context.db.insert(thing).await?)
}

/// Raw names.
#[::clockwork::query(crate = ::clockwork)]
pub async fn r#match(r#in: &::clockwork::QueryCtx, r#type: u32) -> ::clockwork::Result<bool> {
    let range = Thing::r#type.eq(r#type);
    ::core::result::Result::Ok(r#in.db.query().with_index(range).first().await?.is_some())
}

/// On the blocking pool, with a name of the prelude.
#[::clockwork::action(crate = ::clockwork)]
pub fn drop(ctx: &::clockwork::BlockingActionCtx, size_of: u32) -> ::clockwork::Result<bool> {
    ctx.run_query(crate::api::r#match(size_of))
}

/// Calls what a macro has made.
#[::clockwork::query(crate = ::clockwork)]
pub async fn counts(ctx: &::clockwork::QueryCtx) -> ::clockwork::Result<u64> {
    ctx.run_query(crate::api::made::second(1)).await
}

/// Conditional, deprecated, and with lints of its own.
#[cfg(not(feature = "reports"))]
#[deprecated]
#[allow(clippy::unused_unit, reason = "to have one")]
#[::clockwork::internal_action(crate = ::clockwork)]
pub async fn report(_: &::clockwork::ActionCtx) -> () {}

/// Under the other condition, with another type.
#[cfg(feature = "reports")]
#[::clockwork::internal_action(crate = ::clockwork)]
pub async fn report(_: &::clockwork::ActionCtx, of: u32) -> u32 {
    of
}

/// Private.
#[::clockwork::internal_mutation(crate = ::clockwork)]
async fn private(_: &::clockwork::MutationCtx) {}

/// Of the crate, with a type of the crate.
#[::clockwork::internal_mutation(crate = ::clockwork)]
pub(crate) async fn of_the_crate(_: &::clockwork::MutationCtx, secret: Secret) -> u32 {
    secret.number
}

/// Of the parent.
#[::clockwork::internal_query(crate = ::clockwork)]
pub(super) async fn of_the_parent(_: &::clockwork::QueryCtx) -> u32 {
    1
}

/// A value of the crate.
#[::clockwork::value(crate = ::clockwork)]
pub(crate) struct Secret {
    number: u32,
}

/// Types by relative paths, two modules down.
pub mod below {
    /// One more.
    pub mod further {
        /// Relative paths.
        #[::clockwork::query(crate = ::clockwork)]
        pub async fn relative(
            _ctx: &::clockwork::QueryCtx,
            shape: super::super::shape,
            inner: crate::tables::Inner,
            own: Own,
        ) -> super::super::shape {
            let _ = (inner, own.number);
            shape
        }

        /// Beside it.
        #[::clockwork::value(crate = ::clockwork)]
        pub struct Own {
            /// A field.
            pub number: u32,
        }
    }
}

/// What a macro of the user's makes.
macro_rules! counters {
    ($($name:ident: $ty:ty = $start:expr),*) => {
        $(
            /// Counts.
            #[::clockwork::query(crate = ::clockwork)]
            pub async fn $name(ctx: &::clockwork::QueryCtx, from: $ty) -> ::clockwork::Result<$ty> {
                let _ = ctx.now();
                ::core::result::Result::Ok(from + $start)
            }
        )*
    };
}

/// Functions that a macro makes.
pub mod made {
    counters!(first: u32 = 1, second: u64 = 2);
}
