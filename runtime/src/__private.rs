//! The door for generated code: whatever the macros and the code generator name is named through here.
//!
//! Nothing in it is covered by any promise; write against the crate root instead.
//!
//! Invariant: re-exports only.

pub use crate::__function_path as function_path;
pub use crate::__handle as handle;
pub use crate::__place as place;
pub use crate::db::Index;
pub use crate::function::{
    Action, ActionCtx, BlockingActionCtx, Call, CallOf, Crons, Definition, Handle, Internal, Mutation,
    MutationCtx, Named, Policy, Public, Query, QueryCtx, Rate, Registry, Retry, path_bytes, path_length,
    path_text, run_blocking,
};
pub use crate::function::{
    ArgumentCodec as Arguments, ReturnCodec as Returned, arguments0, arguments1, arguments2, arguments3,
    arguments4, arguments5, arguments6, arguments7, arguments8, arguments9, arguments10, arguments11,
    arguments12, returns, returns_result,
};
pub use crate::function::{Handler, KindTag, Request, Tables};
pub use crate::value::{Decoded, Encoded, Field, FieldOf};
pub use crate::value::{Document, EncodeError, IndexSpec, KeyWriter, Table, Value, field};
pub use crate::value::{Part, names_schema, read_name, read_struct, struct_schema};
pub use {schemars, serde};
