//! Pages of a query and the cursors between them.
//!
//! The names on the wire are those that the official clients' paginated queries use.
//!
//! Invariant: a cursor, however it was come by, never reaches beyond its query's range. It is text for an index key and
//! not encrypted: who may not see a field should not page along it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::DbError;
use crate::store::Key;
use crate::value::Value;

/// Which page is asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaginationOptions {
    /// How many documents the page holds at most.
    pub num_items: usize,
    /// Where the page starts: the last page's `continue_cursor`, or nothing for the first page.
    pub cursor: Option<Cursor>,
    /// Where the page ends, if it is to end at a known place (a page asked for again).
    #[serde(default)]
    pub end_cursor: Option<Cursor>,
    /// A number by which a client tells its paginated queries apart; not looked at.
    #[serde(default)]
    pub id: Option<f64>,
}

/// One page of a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The documents, or what the function made of them.
    pub page: Vec<T>,
    /// Whether the query has no more.
    pub is_done: bool,
    /// Where the next page starts.
    pub continue_cursor: Cursor,
}

/// A place in a query's index, as opaque text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(String);

impl PaginationOptions {
    /// The first page, of at most `num_items`.
    pub fn first(num_items: usize) -> Self {
        Self { num_items, cursor: None, end_cursor: None, id: None }
    }

    /// The page after `cursor`, of at most `num_items`.
    pub fn after(cursor: Cursor, num_items: usize) -> Self {
        Self { cursor: Some(cursor), ..Self::first(num_items) }
    }
}

impl<T> Page<T> {
    /// The same page with every document changed by `change`.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Self { page, is_done, continue_cursor } = self;
        Page { page: page.into_iter().map(change).collect(), is_done, continue_cursor }
    }
}

impl Value for PaginationOptions {}
impl Value for Cursor {}
impl<T: Value> Value for Page<T> {}

const AT_KEY: u8 = 0;
const AT_START: u8 = 1;
const AT_END: u8 = 2;

impl Cursor {
    /// After `key`, or after everything.
    pub(crate) fn at(query: u32, key: Option<&Key>) -> Self {
        match key {
            Some(key) => Self::encode(query, AT_KEY, key),
            None => Self::end(query),
        }
    }

    pub(crate) fn start(query: u32) -> Self {
        Self::encode(query, AT_START, &[])
    }

    pub(crate) fn end(query: u32) -> Self {
        Self::encode(query, AT_END, &[])
    }

    /// The key behind the cursor: `None` is the end. A start cursor opens as the empty key, before all others.
    pub(crate) fn open(&self, query: u32) -> Result<Option<Key>, DbError> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| DbError::InvalidCursor)?;
        match bytes.split_first_chunk::<5>() {
            Some(([a, b, c, d, place], key)) if u32::from_le_bytes([*a, *b, *c, *d]) == query => match *place
            {
                AT_KEY => Ok(Some(Key::from(key))),
                AT_START => Ok(Some(Key::default())),
                AT_END => Ok(None),
                _ => Err(DbError::InvalidCursor),
            },
            _ => Err(DbError::InvalidCursor),
        }
    }

    fn encode(query: u32, place: u8, key: &[u8]) -> Self {
        let mut bytes = query.to_le_bytes().to_vec();
        bytes.push(place);
        bytes.extend_from_slice(key);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }
}
