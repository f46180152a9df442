//! What stops the generator itself.
//!
//! Invariant: a mistake in the user's Rust is never an [`Error`]; rustc speaks of it, or a
//! `compile_error!` in the generated file does.

use std::io;
use std::path::PathBuf;

/// Why nothing could be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A variable that cargo sets for build scripts is missing.
    #[error("`{variable}` is not set: the generator runs in a build script; call it from `main` in build.rs")]
    NotABuildScript {
        /// The variable's name.
        variable: &'static str,
    },
    /// The package has neither src/lib.rs nor src/main.rs.
    #[error(
        "no crate root: `{}` has neither src/lib.rs nor src/main.rs; name the root with `mainspring_codegen::generate_from`",
        package.display()
    )]
    NoRoot {
        /// The package's folder.
        package: PathBuf,
    },
    /// No crate root calls `functions!()`, so nothing would include the generated file.
    #[error(
        "nothing includes the generated code: add `mainspring::functions!();` at the top of {}",
        roots.iter().map(|root| root.display().to_string()).collect::<Vec<_>>().join(" or ")
    )]
    NoFunctionsCall {
        /// The crate roots that were read, relative to the package.
        roots: Vec<PathBuf>,
    },
    /// The crate root cannot be read.
    #[error("cannot read the crate root `{}`: {source}", path.display())]
    Read {
        /// The root.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The generated file cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
