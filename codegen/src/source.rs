//! The files that were read, and what each said when it was last well-formed.
//!
//! Invariant: a file in the middle of an edit hides nothing. When its text does not lex, its last
//! text that did stands in for it, so that rustc's syntax error is the only error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use crate::attribute::text;
use crate::scan::{Scan, scan};

/// The source files of one run.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    package: PathBuf,
    /// The folder of what is generated.
    out: PathBuf,
    /// Files and folders whose change asks for another run.
    watched: BTreeSet<PathBuf>,
    /// By path, the texts of the previous run.
    before: BTreeMap<String, String>,
    /// By path, the texts to remember after this run.
    now: BTreeMap<String, String>,
}

/// What is known of a file.
#[derive(Debug)]
pub(crate) enum Source {
    Good(Scan),
    /// It does not lex; this is what it said before, or nothing.
    Broken(Option<Scan>),
}

impl Sources {
    /// Begins a run in `package` that writes to `out`, with what `memory` holds from the one before.
    pub(crate) fn new(package: &Path, out: &Path, memory: &Path) -> Self {
        let before = fs::read_to_string(memory).map(|text| parse_memory(&text)).unwrap_or_default();
        Self { package: package.to_owned(), out: out.to_owned(), before, ..Self::default() }
    }

    /// The string that the argument of `include!` stands for: a literal, `env!` of a folder that is known here, and
    /// `concat!` of them.
    pub(crate) fn evaluate(&self, tokens: TokenStream) -> Option<String> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        match tokens.as_slice() {
            [TokenTree::Literal(literal)] => text(literal),
            [path @ .., TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(group)]
                if name == "env" && path.iter().all(|token| !matches!(token, TokenTree::Group(_))) =>
            {
                let folder = match self.evaluate(group.stream())?.as_str() {
                    "OUT_DIR" => &self.out,
                    "CARGO_MANIFEST_DIR" => &self.package,
                    _ => return None,
                };
                folder.to_str().map(str::to_owned)
            }
            [path @ .., TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(group)]
                if name == "concat" && path.iter().all(|token| !matches!(token, TokenTree::Group(_))) =>
            {
                let parts: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
                let parts = parts.split(is_comma).filter(|part| !part.is_empty());
                parts.map(|part| self.evaluate(part.iter().cloned().collect())).collect()
            }
            _ => None,
        }
    }

    /// Reads and scans one file.
    ///
    /// # Errors
    /// The file cannot be read. Text that is not UTF-8 is a broken file, not an error.
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<Source> {
        self.watch(path);
        let key = self.display(path);
        if let Ok(text) = String::from_utf8(fs::read(path)?)
            && let Ok(scan) = scan(&text)
        {
            if !scan.is_empty() {
                self.now.insert(key, text);
            }
            return Ok(Source::Good(scan));
        }
        let Some(last) = self.before.get(&key) else { return Ok(Source::Broken(None)) };
        let known = scan(last).ok();
        self.now.insert(key, last.clone());
        Ok(Source::Broken(known))
    }

    /// Asks for another run when `path` changes or appears. What a build script writes is as old as its run.
    pub(crate) fn watch(&mut self, path: &Path) {
        if !path.starts_with(&self.out) {
            self.watched.insert(path.to_owned());
        }
    }

    /// What to watch, relative to the package where it is inside.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        self.watched.iter().map(|path| self.relative(path).to_owned()).collect()
    }

    /// A path as a person reads it.
    pub(crate) fn display(&self, path: &Path) -> String {
        self.relative(path).display().to_string()
    }

    /// The side file's new content.
    pub(crate) fn memory(&self) -> String {
        render_memory(&self.now)
    }

    fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.package).unwrap_or(path)
    }
}

/// One entry a file: its length in bytes and its path on a line, then its text.
fn render_memory(texts: &BTreeMap<String, String>) -> String {
    let mut memory = String::new();
    for (path, text) in texts {
        // Writing to a string cannot fail.
        let _ = writeln!(memory, "{} {path}\n{text}", text.len());
    }
    memory
}

/// The entries up to the first that is damaged.
fn parse_memory(mut rest: &str) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    while let Some((path, text, after)) = parse_entry(rest) {
        texts.insert(path.to_owned(), text.to_owned());
        rest = after;
    }
    texts
}

fn parse_entry(rest: &str) -> Option<(&str, &str, &str)> {
    let (head, rest) = rest.split_once('\n')?;
    let (length, path) = head.split_once(' ')?;
    let length = length.parse().ok()?;
    Some((path, rest.get(..length)?, rest.get(length..)?.strip_prefix('\n')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_survives_the_round_trip() {
        let texts = BTreeMap::from([
            ("src/a b.rs".to_owned(), "mod ä;\n\n9 x\n".to_owned()),
            ("src/lib.rs".to_owned(), "mod a".to_owned()),
        ]);
        assert_eq!(parse_memory(&render_memory(&texts)), texts);
    }

    #[test]
    fn damaged_memory_is_forgotten_from_the_damage_on() {
        let known = BTreeMap::from([("a.rs".to_owned(), "mod a;".to_owned())]);
        for damage in
            ["", "x", "x b.rs\n", "9999 b.rs\nmod b;\n", "1 b.rs\nä\n", "3 b.rs\nmod b;\n", "-1 b\n"]
        {
            let text = format!("{}{damage}", render_memory(&known));
            assert_eq!(parse_memory(&text), known, "{damage:?}");
        }
    }
}
