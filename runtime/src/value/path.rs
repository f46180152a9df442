//! Where in a value something went wrong.
//!
//! Owns the path that errors carry. Segments are pushed innermost first, while the error travels outwards, so a
//! success never pays for them. Must never know what the error is.

use std::fmt;

/// One step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A field of an object.
    Field(Box<str>),
    /// An element of an array.
    Index(usize),
}

/// The steps from the outermost value to the part that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// Innermost first.
    segments: Vec<Segment>,
}

impl Path {
    /// Adds the step that leads to what the path names so far.
    pub(crate) fn push_outer(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// Removes the outermost step if it is an index.
    pub(crate) fn pop_outer_index(&mut self) {
        if matches!(self.segments.last(), Some(Segment::Index(_))) {
            self.segments.pop();
        }
    }

    /// Whether the path names the whole value.
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for segment in self.segments.iter().rev() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Field(name) if !is_plain(name) => write!(f, "[{name:?}]")?,
                Segment::Field(name) if first => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
            }
            first = false;
        }
        Ok(())
    }
}

/// Whether `name` reads well behind a dot.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_fields_indexes_and_odd_names() {
        let mut path = Path::default();
        assert!(path.is_empty());
        path.push_outer(Segment::Field("a b".into()));
        path.push_outer(Segment::Field("price".into()));
        path.push_outer(Segment::Index(3));
        path.push_outer(Segment::Field("items".into()));
        assert_eq!(path.to_string(), r#"items[3].price["a b"]"#);
        path.push_outer(Segment::Index(0));
        path.pop_outer_index();
        path.pop_outer_index();
        path.push_outer(Segment::Field("args".into()));
        assert_eq!(path.to_string(), r#"args.items[3].price["a b"]"#);
    }
}
