//! The file of orders: one JSON object a line.
//!
//! What is wrong with a line is the line's result, so that one bad line costs one order.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use mainspring::{Error, Result};
use serde::Deserialize;

use crate::tables::Purchase;

/// A line that is not blank.
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// The order, or why there is none.
    pub order: Result<NewOrder, String>,
}

#[derive(Deserialize)]
#[serde(expecting = "an order")]
pub struct NewOrder {
    pub reference: String,
    #[serde(flatten)]
    pub purchase: Purchase,
}

/// The lines of a file.
pub struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    number: usize,
    /// The lines on which the references were.
    references: HashMap<String, usize>,
}

impl Lines {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), number: 0, references: HashMap::new() })
    }

    /// The next line that is not blank.
    pub fn next(&mut self) -> Result<Option<Line>> {
        let mut text = Vec::new();
        loop {
            let read = self.file.read_until(b'\n', &mut text);
            if read.map_err(|error| unreadable(&self.path, &error))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let line = text.trim_ascii();
            if !line.is_empty() {
                return Ok(Some(Line { number: self.number, order: self.parse(line) }));
            }
            text.clear();
        }
    }

    fn parse(&mut self, text: &[u8]) -> Result<NewOrder, String> {
        let order: NewOrder = serde_json::from_slice(text).map_err(|error| describe(&error))?;
        match self.references.insert(order.reference.clone(), self.number) {
            Some(line) => Err(format!("the reference `{}` was on line {line} already", order.reference)),
            None => Ok(order),
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::msg(format!("cannot read `{}`: {error}", path.display()))
}

/// The error without its place in the text, which is a single line.
fn describe(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("{} (column {})", error.to_string().trim_end_matches(&place), error.column())
}
