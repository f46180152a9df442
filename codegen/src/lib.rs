//! The build-script half of mainspring: finds the annotated functions, tables and crons of a crate and
//! writes the modules `api` and `internal` and the function `registry()`.
//!
//! ```toml
//! [build-dependencies]
//! mainspring-codegen = "0.1"
//! ```
//!
//! ```text
//! // build.rs
//! fn main() {
//!     mainspring_codegen::generate();
//! }
//! ```
//!
//! ```text
//! // src/main.rs or src/lib.rs
//! mainspring::functions!();
//! mod functions;
//! ```
//!
//! # What is found
//!
//! The modules of the crate are followed from its root, by rustc's rules: `mod name;` in name.rs or
//! name/mod.rs, inline modules, `#[path]`. The root is src/lib.rs or src/main.rs, whichever calls
//! `functions!()`; the library if both do; another file with [`generate_from`].
//!
//! - **Functions** with `#[query]`, `#[mutation]`, `#[action]`, `#[internal_query]`,
//!   `#[internal_mutation]` or `#[internal_action]` in `crate::functions` and the modules under it.
//!   The last segment of the attribute's path counts, so `#[mainspring::query]` does too. Anywhere
//!   else an annotated function gets a warning.
//! - **Tables**: structs with `#[table(name = "…")]`, in any module.
//! - **Crons**: functions with `#[crons]`, in any module.
//!
//! Found as text, not as compiled code. What that means:
//!
//! | where the annotation stands | |
//! |---|---|
//! | `#[cfg]`, `#[cfg_attr(…, query)]`, `#[path]` | followed, see below |
//! | `use mainspring::query as ask;` in the same module | followed |
//! | a `macro_rules!` of the crate | its calls are expanded, as far as tokens go; one that is not understood gets a warning |
//! | `include!("file.rs")`, also with `concat!` and `env!("OUT_DIR")` | followed; any other argument gets a warning under `functions` |
//! | the call of another crate's macro | an error on the function, if it is written there |
//! | an `impl`, a trait, an `extern` block | an error on the function: it has no path |
//! | the body of a function, an initialiser, a module in them | as before, but for tests |
//!
//! A file that this build script writes for `include!` has to be written before [`generate`] is called. What stays unseen: a
//! function that another crate's macro makes by itself, and an attribute that another module has renamed.
//!
//! # Paths
//!
//! The path of a function on the wire is its modules under `crate::functions`, joined by `/`, then
//! `:` and its name. A function in the module `functions` itself has the path of that module:
//!
//! | function | path | call |
//! |---|---|---|
//! | `crate::functions::jobs::submit` | `jobs:submit` | `api::jobs::submit(…)` |
//! | `crate::functions::billing::invoices::send` | `billing/invoices:send` | `api::billing::invoices::send(…)` |
//! | `crate::functions::ping` | `functions:ping` | `api::ping(…)` |
//! | `crate::functions::r#type::r#match` | `type:match` | `api::r#type::r#match(…)` |
//!
//! # Conditions
//!
//! `#[cfg]` on functions, tables, crons and the modules around them, and `#![cfg]` at the top of a file,
//! are repeated on what is generated. `#[cfg_attr(…, path = "…")]` is followed on both sides of its
//! condition. Nothing is evaluated here, so one run serves every configuration.
//!
//! # Visibility
//!
//! `registry()` stands in the crate root and names every function, table and crons function, so the modules around
//! them must be `pub` or `pub(crate)` unless they are in the root itself, and so must the table's
//! struct. A function itself may be private. Private modules under `#[cfg(test)]` are passed over.
//!
//! # Errors
//!
//! - **Syntax errors** are rustc's. A file that does not lex (an open brace, an open string) stands for
//!   what it said when it last did, so that calls of its functions raise no errors of their own.
//! - **Mistakes that rustc would not explain** become one `compile_error!` each in the generated
//!   file: two functions with one path, two structs with one table name, two crons of one name, a private module on the way,
//!   no module `functions`. Under the `#[cfg]`s of what is concerned.
//! - **No root that calls `functions!()`**, or a file that cannot be written, fails the build script
//!   with a `cargo::error` line: no panic and no back-trace.

mod attribute;
mod cargo;
mod check;
mod error;
mod generator;
mod model;
mod root;
mod rules;
mod scan;
mod source;
mod walk;
mod write;

use std::path::Path;

pub use error::Error;
pub use generator::Generator;
pub use generator::Report;

/// Writes `$OUT_DIR/mainspring.rs` for the crate that this build script belongs to, and tells cargo
/// which files it came from.
///
/// The file is touched only when its content changes. When nothing can be generated, prints a
/// `cargo::error` line and returns: cargo shows it and fails the build once the script has ended.
pub fn generate() {
    report(&Generator::from_env().and_then(|generator| generator.run()));
}

/// As [`generate`], with the file `root` (relative to the package) as the crate root.
pub fn generate_from(root: impl AsRef<Path>) {
    report(&Generator::from_env().and_then(|generator| generator.root(root).run()));
}

fn report(outcome: &Result<Report, Error>) {
    for line in cargo::directives(outcome) {
        println!("{line}");
    }
}
