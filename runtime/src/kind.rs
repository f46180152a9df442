//! Kinds of functions and who may call them, as types; and which method runs which kind.
//!
//! An application seldom names anything in here: the attribute macros choose the types, and the bounds are there for
//! what the compiler says when a function is handed to the wrong method.

pub use crate::function::Action;
pub use crate::function::CallKey;
#[doc(hidden)]
pub use crate::function::Calls;
pub use crate::function::FailureHandler;
pub use crate::function::Internal;
pub use crate::function::Kind;
pub use crate::function::Mutation;
pub use crate::function::NoKey;
pub use crate::function::NotAction;
pub use crate::function::NotMutation;
pub use crate::function::NotQuery;
pub use crate::function::Public;
pub use crate::function::Query;
pub use crate::function::RunsOnce;
pub use crate::function::Schedulable;
pub use crate::function::StaysInside;
pub use crate::function::Visibility;
pub use crate::function::WritesNothing;
