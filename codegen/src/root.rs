//! Which file is the crate root.
//!
//! Invariant: only a root that calls `functions!()` is chosen, for it alone includes what is
//! generated; a root that does not lex gets the benefit of the doubt.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::scan::Scan;
use crate::source::{Source, Sources};

/// The chosen root.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) path: PathBuf,
    pub(crate) scan: Scan,
    /// Whether `scan` is of the file as it stands.
    pub(crate) complete: bool,
}

/// The root at `named`, or else src/lib.rs before src/main.rs.
///
/// # Errors
/// There is none, it cannot be read, or none calls `functions!()`.
pub(crate) fn find(package: &Path, named: Option<&Path>, sources: &mut Sources) -> Result<Root, Error> {
    let candidates = match named {
        Some(path) => vec![package.join(path)],
        None => ["lib.rs", "main.rs"]
            .into_iter()
            .map(|file| package.join("src").join(file))
            .filter(|path| path.exists())
            .collect(),
    };
    if candidates.is_empty() {
        return Err(Error::NoRoot { package: package.to_owned() });
    }
    let mut broken = None;
    for path in &candidates {
        let source = sources.read(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let (scan, complete) = match source {
            Source::Good(scan) => (scan, true),
            Source::Broken(last) => (last.unwrap_or_default(), false),
        };
        let calls = scan.calls_functions;
        let root = Root { path: path.clone(), scan, complete };
        if calls {
            return Ok(root);
        }
        if !complete && broken.is_none() {
            broken = Some(root);
        }
    }
    broken.ok_or_else(|| Error::NoFunctionsCall {
        roots: candidates.iter().map(|path| PathBuf::from(sources.display(path))).collect(),
    })
}
