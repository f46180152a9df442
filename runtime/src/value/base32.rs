//! Crockford's base 32 in lower case, without padding.
//!
//! Owns the alphabet. Only the canonical text of given bytes is accepted: no upper case, no look-alikes, no bits
//! beyond the last byte.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// For each byte its digit's value, or `NONE`.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        #[expect(clippy::cast_possible_truncation, reason = "below 32")]
        {
            values[ALPHABET[value] as usize] = value as u8;
        }
        value += 1;
    }
    values
};

const NONE: u8 = 0xff;

/// How many characters `bytes` bytes take.
pub(crate) const fn text_length(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Writes the text of `bytes` to the front of `text`, which must have room; returns its length.
pub(crate) fn encode(bytes: &[u8], text: &mut [u8]) -> usize {
    let mut length = 0;
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut digits = text.iter_mut();
    let mut put = |value: u32| {
        if let Some(digit) = digits.next() {
            *digit = ALPHABET[(value & 31) as usize];
            length += 1;
        }
    };
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            put(bits >> held);
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        put(bits << (5 - held));
    }
    length
}

/// Reads `text` into the front of `bytes`; returns how many bytes it has, `Err` with the position of the first
/// character that cannot stand there.
pub(crate) fn decode(text: &[u8], bytes: &mut [u8]) -> Result<usize, usize> {
    let mut length = 0;
    let (mut bits, mut held) = (0_u32, 0_u32);
    for (position, character) in text.iter().enumerate() {
        let value = VALUES[usize::from(*character)];
        if value == NONE {
            return Err(position);
        }
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            let byte = bytes.get_mut(length).ok_or(position)?;
            #[expect(clippy::cast_possible_truncation, reason = "the low eight bits are wanted")]
            {
                *byte = (bits >> held) as u8;
            }
            length += 1;
            bits &= (1 << held) - 1;
        }
    }
    if bits != 0 || held >= 5 { Err(text.len().saturating_sub(1)) } else { Ok(length) }
}
