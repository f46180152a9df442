//! What a check has found.
//!
//! Invariant: bounded, however much is wrong.

use std::fmt;

/// What a check has found. It displays as a report for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
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
    /// In which table.
    pub table: String,
    /// What it is, with the id of the document.
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

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NAMED {
            self.notes.push(note);
        }
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tables, documents, index_entries, scheduled_functions, files, .. } = self;
        writeln!(f, "read {documents} documents of {tables} tables and {index_entries} index entries;")?;
        writeln!(f, "{scheduled_functions} scheduled functions and {files} stored files among them")?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for Problem { table, what } in &self.problems {
            writeln!(f, "{table}: {what}")?;
        }
        match (self.problem_count, self.problem_count - self.problems.len() as u64) {
            (0, _) => write!(f, "everything is in order"),
            (count, 0) => write!(f, "{count} problems"),
            (count, more) => write!(f, "{count} problems, of which {more} are not shown"),
        }
    }
}
