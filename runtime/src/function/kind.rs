//! Kinds of functions and who may call them, as types.
//!
//! Invariant: markers only; the compiler and the registry read them, nothing else happens here.

use crate::function::action::ActionCtx;
use crate::function::context::{MutationCtx, QueryCtx};
use crate::function::definition::Function;
use crate::function::handler::{Handler, handle};

/// The kind of a `#[query]`: reads one snapshot.
pub enum Query {}
/// The kind of a `#[mutation]`: reads and writes in one transaction.
pub enum Mutation {}
/// The kind of an `#[action]`: may do anything, and touches the database only by running queries and
/// mutations.
pub enum Action {}

/// The visibility of a function that can be called over the network.
pub enum Public {}
/// The visibility of a function that only other functions, the scheduler and crons can call.
pub enum Internal {}

/// What a function is: [`Query`], [`Mutation`] or [`Action`].
pub trait Kind: Sealed + Send + 'static {
    /// The context that functions of this kind take.
    type Context: Send + Sync + 'static;
    #[doc(hidden)]
    const TAG: KindTag;
    #[doc(hidden)]
    fn handler<F: Function<Kind = Self>>() -> Handler;
}

/// Who may call a function: [`Public`] or [`Internal`].
pub trait Visibility: Sealed + 'static {
    #[doc(hidden)]
    const PUBLIC: bool;
}

/// A kind as a value.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindTag {
    Query,
    Mutation,
    Action,
}

#[doc(hidden)]
pub trait Sealed {}

impl KindTag {
    pub(crate) fn with_article(self) -> &'static str {
        match self {
            Self::Query => "a query",
            Self::Mutation => "a mutation",
            Self::Action => "an action",
        }
    }
}

impl Kind for Query {
    type Context = QueryCtx;
    const TAG: KindTag = KindTag::Query;
    fn handler<F: Function<Kind = Self>>() -> Handler {
        Handler::Query(handle::<F>)
    }
}

impl Kind for Mutation {
    type Context = MutationCtx;
    const TAG: KindTag = KindTag::Mutation;
    fn handler<F: Function<Kind = Self>>() -> Handler {
        Handler::Mutation(handle::<F>)
    }
}

impl Kind for Action {
    type Context = ActionCtx;
    const TAG: KindTag = KindTag::Action;
    fn handler<F: Function<Kind = Self>>() -> Handler {
        Handler::Action(handle::<F>)
    }
}

impl Visibility for Public {
    const PUBLIC: bool = true;
}

impl Visibility for Internal {
    const PUBLIC: bool = false;
}

impl Sealed for Query {}
impl Sealed for Mutation {}
impl Sealed for Action {}
impl Sealed for Public {}
impl Sealed for Internal {}
