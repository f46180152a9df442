//! Taking the stored form apart.
//!
//! Every step checks that its bytes are there; nothing is trusted.

use super::{VERSION, tag};
use crate::value::error::{DecodeError, DecodeErrorKind};
use crate::value::json::NESTING;
use crate::value::{DocumentId, TableNumber};

/// What is left to read.
pub(crate) struct Reader<'de> {
    bytes: &'de [u8],
    depth: u32,
}

/// How an array says where it ends.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// So many elements are left.
    Counted(usize),
    /// There is an end mark.
    Open,
    /// No elements are left.
    Done,
}

impl<'de> Reader<'de> {
    pub(crate) fn new(bytes: &'de [u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&VERSION, bytes)) => Ok(Self { bytes, depth: 0 }),
            Some((version, _)) => Err(malformed(&format!("the stored value has unknown version {version}"))),
            None => Err(cut_off()),
        }
    }

    pub(crate) fn expect_end(&self) -> Result<(), DecodeError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(malformed("the stored value goes on after its end")) }
    }

    /// The tag of the next value, which stays.
    #[inline]
    pub(super) fn peek(&self) -> Result<u8, DecodeError> {
        self.bytes.first().copied().ok_or_else(cut_off)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        let (byte, rest) = self.bytes.split_first().ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(*byte)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'de [u8], DecodeError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(taken)
    }

    #[inline]
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(*taken)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, DecodeError> {
        let byte = self.byte()?;
        if byte < 0x80 { Ok(byte.into()) } else { self.long_varint(byte) }
    }

    fn long_varint(&mut self, first: u8) -> Result<u64, DecodeError> {
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(malformed("a stored integer is too long"))
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.varint()?).map_err(|_| cut_off())
    }

    /// The content of a `NUMBER` or `INT64`.
    #[inline]
    pub(super) fn integer(&mut self) -> Result<i64, DecodeError> {
        let zigzag = self.varint()?;
        #[expect(clippy::cast_possible_wrap, reason = "zigzag: the lowest bit is the sign")]
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// The content of a `FLOAT`.
    #[inline]
    pub(super) fn float(&mut self) -> Result<f64, DecodeError> {
        self.fixed().map(f64::from_le_bytes)
    }

    /// The content of a `TIMESTAMP`.
    #[inline]
    pub(super) fn micros(&mut self) -> Result<i64, DecodeError> {
        self.fixed().map(i64::from_le_bytes)
    }

    /// The content of `BYTES`.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'de [u8], DecodeError> {
        let length = self.length()?;
        self.take(length)
    }

    /// The content of a `STRING`.
    #[inline]
    pub(super) fn string(&mut self) -> Result<&'de str, DecodeError> {
        let bytes = self.bytes()?;
        text(bytes)
    }

    /// The content of an `ID`.
    #[inline]
    pub(super) fn id(&mut self) -> Result<(TableNumber, DocumentId), DecodeError> {
        let table =
            u32::try_from(self.varint()?).map_err(|_| malformed("a stored table number is too large"))?;
        Ok((TableNumber(table), DocumentId(self.fixed()?)))
    }

    /// An `ARRAY` or `OPEN_ARRAY` begins, of which `tag` is the tag.
    #[inline]
    pub(super) fn begin_array(&mut self, tag: u8) -> Result<Extent, DecodeError> {
        self.enter()?;
        if tag == tag::OPEN_ARRAY {
            return Ok(Extent::Open);
        }
        let count = self.length()?;
        // An element has at least its tag.
        if count > self.bytes.len() { Err(cut_off()) } else { Ok(Extent::Counted(count)) }
    }

    /// Whether there is another element.
    #[inline]
    pub(super) fn next_element(&mut self, extent: &mut Extent) -> Result<bool, DecodeError> {
        match extent {
            Extent::Counted(0) => *extent = Extent::Done,
            Extent::Counted(left) => {
                *left -= 1;
                return Ok(true);
            }
            Extent::Open if self.peek()? == tag::END => {
                self.bytes = &self.bytes[1..];
                *extent = Extent::Done;
            }
            Extent::Open => return Ok(true),
            Extent::Done => {}
        }
        Ok(false)
    }

    /// The name of the next field of an object, unless it ends.
    #[inline]
    pub(super) fn next_field(&mut self) -> Result<Option<&'de str>, DecodeError> {
        match self.length()? {
            0 => Ok(None),
            length => text(self.take(length - 1)?).map(Some),
        }
    }

    /// An array or object begins.
    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), DecodeError> {
        self.depth += 1;
        if self.depth > NESTING { Err(too_deep()) } else { Ok(()) }
    }

    /// The innermost array or object ended.
    #[inline]
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        match self.byte()? {
            tag::NULL | tag::FALSE | tag::TRUE => {}
            tag::NUMBER | tag::INT64 => drop(self.varint()?),
            tag::FLOAT | tag::TIMESTAMP => drop(self.fixed::<8>()?),
            tag::STRING | tag::BYTES => drop(self.bytes()?),
            tag::ID => drop(self.id()?),
            tag @ (tag::ARRAY | tag::OPEN_ARRAY) => {
                let mut extent = self.begin_array(tag)?;
                while self.next_element(&mut extent)? {
                    self.skip()?;
                }
                self.leave();
            }
            tag::OBJECT => {
                self.enter()?;
                while self.next_field()?.is_some() {
                    self.skip()?;
                }
                self.leave();
            }
            other => return Err(unknown_tag(other)),
        }
        Ok(())
    }
}

#[inline]
fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| malformed("a stored string is not UTF-8"))
}

#[cold]
fn malformed(reason: &str) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Malformed, reason)
}

#[cold]
fn cut_off() -> DecodeError {
    malformed("the stored value is cut off")
}

#[cold]
fn too_deep() -> DecodeError {
    DecodeError::new(DecodeErrorKind::TooDeep, format!("arrays and objects nest deeper than {NESTING}"))
}

#[cold]
pub(super) fn unknown_tag(tag: u8) -> DecodeError {
    malformed(&format!("the stored value has unknown tag {tag:#04x}"))
}
