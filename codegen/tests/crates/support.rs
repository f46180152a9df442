//! A temporary crate, and what was generated for it.

use std::fs;
use std::path::PathBuf;

use mainspring_codegen::{Generator, Report};
use tempfile::TempDir;

pub(crate) const ROOT: &str = "mainspring::functions!(); mod functions;";

/// A package whose files a test writes.
pub(crate) struct Package {
    folder: TempDir,
    out: TempDir,
}

/// One run's result.
pub(crate) struct Run {
    pub(crate) report: Report,
    pub(crate) text: String,
}

impl Package {
    /// With these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let package = Self { folder: tempfile::tempdir().unwrap(), out: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            package.write(path, text);
        }
        package
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join(path)).unwrap();
    }

    pub(crate) fn generator(&self) -> Generator {
        Generator::new(self.folder.path(), self.out.path())
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.out.path().join("mainspring.rs")
    }

    pub(crate) fn run(&self) -> Run {
        let report = self.generator().run().unwrap();
        Run { report, text: fs::read_to_string(self.output()).unwrap() }
    }
}

impl Run {
    /// Rust paths of what `registry()` holds, `[cfg, …]` before what has conditions.
    pub(crate) fn registered(&self) -> Vec<String> {
        let mut cfgs = Vec::new();
        let mut found = Vec::new();
        let registry = self.text.split("pub fn registry()").nth(1).unwrap();
        for line in registry.lines().map(str::trim) {
            if let Some(cfg) = line.strip_prefix("#[cfg(").and_then(|rest| rest.strip_suffix(")]")) {
                cfgs.push(cfg.to_owned());
            } else if let Some((_, path)) = line.split_once("::<crate::") {
                let path = path.split('>').next().unwrap();
                let conditions =
                    if cfgs.is_empty() { String::new() } else { format!("[{}] ", cfgs.join(", ")) };
                found.push(format!("{conditions}{path}"));
                cfgs.clear();
            }
        }
        found
    }

    /// The messages of the `compile_error!`s, each with its `#[cfg]`s before it.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let lines: Vec<&str> = self.text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if let Some(literal) = line.strip_prefix("compile_error!(\"") {
                let attributes =
                    lines[..index].iter().rev().take_while(|line| line.starts_with("#[")).count();
                let message =
                    literal.strip_suffix("\");").unwrap().replace("\\n", "\n").replace("\\\"", "\"");
                let mut cfgs = lines[index - attributes..index].to_vec();
                cfgs.push(&message);
                found.push(cfgs.join("\n"));
            }
        }
        found
    }

    pub(crate) fn watched(&self) -> Vec<String> {
        self.report.watched.iter().map(|path| path.display().to_string()).collect()
    }
}
