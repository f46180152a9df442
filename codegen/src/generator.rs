//! One run: find the root, follow its modules, check, write.
//!
//! Invariant: reads nothing of the process's environment but what [`Generator::from_env`] names,
//! and prints nothing.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::check;
use crate::error::Error;
use crate::model::{Imports, Place};
use crate::source::Sources;
use crate::{root, walk, write};

/// The file that `functions!()` includes.
const GENERATED: &str = "mainspring.rs";
/// The texts to fall back on; see [`Sources`].
const MEMORY: &str = "mainspring.sources";

/// Generates without being a build script: for tools and tests. Build scripts call
/// [`generate`](crate::generate).
#[derive(Clone, Debug)]
pub struct Generator {
    package: PathBuf,
    out: PathBuf,
    root: Option<PathBuf>,
}

/// What a run read and noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Files and folders whose change asks for another run; relative to the package where they are
    /// inside it.
    pub watched: Vec<PathBuf>,
    /// One line each.
    pub warnings: Vec<String>,
    /// Where a function, table or value is defined a second time, each as `file:line`. The macros leave out what would
    /// stand beside it, so that rustc's word about the user's own item is the only one.
    pub redefined: Vec<String>,
    /// Where an annotated function stands in an `impl`, a trait, a body or another block, each as `file:line`.
    pub members: Vec<String>,
    /// Where an annotated function or table stands in the call of a macro that the crate does not define itself, each as
    /// `file:line`.
    pub in_macros: Vec<String>,
    /// What modules import that queries and mutations may not call, each as `file:name=path`. A file of which several modules
    /// have functions is left out, since a macro knows the file of its function and not the module.
    pub imports: Vec<String>,
}

impl Generator {
    /// Reads the package in the folder `package` and writes to the folder `out`.
    pub fn new(package: impl Into<PathBuf>, out: impl Into<PathBuf>) -> Self {
        Self { package: package.into(), out: out.into(), root: None }
    }

    /// The folders that cargo tells a build script.
    ///
    /// # Errors
    /// [`Error::NotABuildScript`] when `CARGO_MANIFEST_DIR` or `OUT_DIR` is not set.
    pub fn from_env() -> Result<Self, Error> {
        let folder = |variable| env::var_os(variable).ok_or(Error::NotABuildScript { variable });
        Ok(Self::new(folder("CARGO_MANIFEST_DIR")?, folder("OUT_DIR")?))
    }

    /// Takes `path`, relative to the package, as the crate root.
    pub fn root(mut self, path: impl AsRef<Path>) -> Self {
        self.root = Some(path.as_ref().to_owned());
        self
    }

    /// Writes `mainspring.rs`, if that changes it.
    ///
    /// # Errors
    /// There is no root that calls `functions!()`, it cannot be read, or the output cannot be
    /// written. Mistakes in the sources are no errors: they are in the generated file, or left to
    /// rustc.
    pub fn run(&self) -> Result<Report, Error> {
        let memory = self.out.join(MEMORY);
        let mut sources = Sources::new(&self.package, &self.out, &memory);
        let root = root::find(&self.package, self.root.as_deref(), &mut sources)?;
        let found = walk::walk(&root.path, &root.scan, &mut sources);
        let plan = check(&found, &sources.display(&root.path), root.complete);
        write_if_changed(&self.out.join(GENERATED), &write::render(&plan))?;
        write_if_changed(&memory, &sources.memory())?;
        let line = |place: &Place| format!("{}:{}", place.file, place.line);
        let redefined = plan.redefined.iter().map(|place| line(place)).collect();
        let members = found.members.iter().map(line).collect();
        let in_macros = found.in_macros.iter().map(line).collect();
        let imports = imports(&found.imports);
        let warnings = found.warnings.iter().cloned().chain(plan.warnings).collect();
        Ok(Report { watched: sources.watched(), warnings, redefined, members, in_macros, imports })
    }
}

fn imports(all: &[Imports]) -> Vec<String> {
    let mut modules: HashMap<&str, usize> = HashMap::new();
    for module in all {
        *modules.entry(&module.file).or_default() += 1;
    }
    let alone = all.iter().filter(|module| modules[module.file.as_str()] == 1);
    let entries = |module: &Imports| {
        let entry = |(name, path): &(String, String)| format!("{}:{name}={path}", module.file);
        module.names.iter().map(entry).collect::<Vec<_>>()
    };
    alone.flat_map(entries).collect()
}

fn write_if_changed(path: &Path, content: &str) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|current| current == content.as_bytes()) {
        return Ok(());
    }
    fs::write(path, content).map_err(|source| Error::Write { path: path.to_owned(), source })
}
