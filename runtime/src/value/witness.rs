//! Proof, made once, that the types of a struct's fields are values.
//!
//! What serde and schemars derive asks every field for its traits, and says so in words of its own when one has none. The
//! macros therefore state each field's type in one place, as a [`FieldOf`] a hidden *witness*, where a type that is no
//! value is one error on the user's own token. The derived code takes the witness's word for it through
//! [`Encoded`] and [`Decoded`], which hold whether or not that place is in order.
//!
//! Invariant: nothing here exists at run time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Value;

/// The witness of a struct says: field number `N` has this type, and it is a value.
#[doc(hidden)]
pub trait FieldOf<const N: usize> {
    type Type: Value;
}

/// A type that can be encoded because the witness `W` has said so of field number `N`.
///
/// Written `for<'v> Status: Encoded<'v, W, 0>`. The lifetime is there so that rustc does not judge the bound where it is
/// written: it would report a false one there, in every derived implementation.
#[doc(hidden)]
pub trait Encoded<'v, W, const N: usize>: Serialize {}

/// A type that can be decoded because the witness `W` has said so of field number `N`.
///
/// The lifetime is serde's `'de`: two fields of one type are then two equal bounds, and `for<'v>` in each would leave
/// rustc to choose.
#[doc(hidden)]
pub trait Decoded<'de, W, const N: usize>: Deserialize<'de> {}

#[diagnostic::do_not_recommend]
impl<W: FieldOf<N>, const N: usize> Encoded<'_, W, N> for W::Type {}

#[diagnostic::do_not_recommend]
impl<W: FieldOf<N>, const N: usize> Decoded<'_, W, N> for W::Type {}

/// Has the schema of field number `N`. In place of the field's own type, of which schemars would ask for proof.
#[doc(hidden)]
#[derive(JsonSchema)]
#[schemars(transparent, bound = "W: FieldOf<N>")]
pub struct Field<W: FieldOf<N>, const N: usize> {
    _value: W::Type,
}
