//! What a check has found.
//!
//! Invariant: bounded, however much is wrong.

use std::fmt;

use crate::error::StoreError;
use crate::store::Verified;

/// What a check has found. It displays as a report for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Segments of the log that were verified; none while the application runs.
    pub log_segments: u64,
    /// Tables looked at.
    pub tables: u64,
    /// Documents read.
    pub documents: u64,
    /// Index entries compared with their documents.
    pub index_entries: u64,
    /// Scheduled functions looked at.
    pub scheduled_functions: u64,
    /// Stored files read.
    pub files: u64,
    /// How much is wrong.
    pub problem_count: u64,
    /// What is wrong: the first hundred.
    pub problems: Vec<Problem>,
    /// What is worth knowing and not wrong.
    pub notes: Vec<String>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// In which table; `(disk)` for what lies in the store's files, `(catalogue)` for the list of tables.
    pub table: String,
    /// What it is, with the id of the document, or the file and the place.
    pub what: String,
}

/// Problems that are named one by one.
const NAMED: usize = 100;

impl CheckReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problem_count == 0
    }

    pub(super) fn problem(&mut self, table: &str, what: String) {
        self.problem_count += 1;
        if self.problems.len() < NAMED {
            self.problems.push(Problem { table: table.to_owned(), what });
        }
    }

    /// Notes what a store says that its files lack.
    pub(super) fn damage(&mut self, error: &StoreError) {
        self.problem("(disk)", error.to_string());
    }

    /// Notes what was found whole.
    pub(super) fn verified(&mut self, verified: &Verified) {
        self.log_segments = verified.segments;
    }

    /// Adds what another part of the check has found.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.log_segments += other.log_segments;
        self.tables += other.tables;
        self.documents += other.documents;
        self.index_entries += other.index_entries;
        self.scheduled_functions += other.scheduled_functions;
        self.files += other.files;
        for Problem { table, what } in &other.problems {
            self.problem(table, what.clone());
        }
        self.problem_count += other.problem_count - other.problems.len() as u64;
        other.notes.into_iter().for_each(|note| self.note(note));
        self
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NAMED {
            self.notes.push(note);
        }
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tables, documents, index_entries, scheduled_functions, files, .. } = self;
        if self.log_segments > 0 {
            writeln!(f, "verified {} segments of the log and every page of the base;", self.log_segments)?;
        }
        // Where the files are damaged, nothing of what is in them is looked at.
        if *tables > 0 || self.is_sound() {
            writeln!(f, "read {documents} documents of {tables} tables and {index_entries} index entries;")?;
            writeln!(f, "{scheduled_functions} scheduled functions and {files} stored files among them")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for Problem { table, what } in &self.problems {
            writeln!(f, "{table}: {what}")?;
        }
        match (self.problem_count, self.problem_count - self.problems.len() as u64) {
            (0, _) => write!(f, "everything is in order"),
            (1, _) => write!(f, "1 problem"),
            (count, 0) => write!(f, "{count} problems"),
            (count, more) => write!(f, "{count} problems, of which {more} are not shown"),
        }
    }
}
