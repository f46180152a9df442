//! Types with names that expansions, derives and the prelude use.

/// Not the prelude's.
pub struct Option;
/// Not the prelude's.
pub struct Result;
/// Not the prelude's.
pub struct Vec;
/// Not the prelude's.
pub struct String;
/// Not the prelude's.
pub struct Box;
/// Not the prelude's.
pub struct Some;
/// Not the prelude's.
pub struct None;
/// Not the prelude's.
pub struct Ok;
/// Not the prelude's.
pub struct Err;
/// Not core's.
pub struct Send;
/// Not core's.
pub struct Sized;
/// Not core's.
pub struct Future;
/// Like a type parameter.
pub struct S;
/// Like a type parameter.
pub struct T;
/// Like a type parameter.
pub struct D;
/// Like a type parameter.
pub struct A;
/// Like a type parameter.
pub struct E;
/// Like a type parameter.
pub struct F;
/// Like the framework's.
pub struct Call;
/// Like the framework's.
pub struct Function;
/// Like the framework's.
pub struct Definition;
/// Like the framework's.
pub struct Handle;
/// Like the framework's.
pub struct Query;
/// Like the framework's.
pub struct Mutation;
/// Like the framework's.
pub struct Action;
/// Like the framework's.
pub struct Public;
/// Like the framework's.
pub struct Internal;
/// Like the framework's.
pub struct Arguments;
/// Like the framework's.
pub struct Value;
/// Like the framework's.
pub struct Document;
/// Like the framework's.
pub struct Table;
/// Like the framework's.
pub struct Index;

/// A module like the crate's own name.
pub mod mainspring {}
/// A module like a crate that derives name.
pub mod serde {}
/// A module like a crate that derives name.
pub mod schemars {}
/// A module like a crate that everything names.
pub mod core {}
/// A module like a crate that everything names.
pub mod std {}
