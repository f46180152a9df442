//! Owns the mutations of inputs: what a fuzzer without a compiler's help can do, from a seed.

/// Pieces that the formats are made of.
const TOKENS: &[&[u8]] = &[
    b"null",
    b"true",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"$integer",
    b"$float",
    b"$bytes",
    b"1e400",
    b"-0",
    b"9007199254740993",
    b"AAAAAAAAAIA=",
    b"Text",
    b"Named",
    b"first",
    b"List",
    b"Map",
    b"kind",
    b"\x0a",
    b"\x0b",
    b"\x0c",
    b"\x0f",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xff\xff\xff\xff",
    b"\x80",
    b"\x01\x00\x00\x00",
    b"\x00\x10\x00\x00",
];

/// The longest input made.
const LONGEST: usize = 1 << 14;

/// A changed copy of one of `inputs`; sometimes of two.
pub(super) fn mutated(inputs: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = random.choice(inputs).cloned().unwrap_or_default();
    for _ in 0..random.u8(1..6) {
        step(&mut bytes, inputs, random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn step(bytes: &mut Vec<u8>, inputs: &[Vec<u8>], random: &mut fastrand::Rng) {
    let at = random.usize(..=bytes.len());
    let end = at + random.usize(..=(bytes.len() - at).min(32));
    match random.u8(..9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
        1 if at < bytes.len() => {
            bytes[at] = random.choice([0, 1, 0x7f, 0x80, 0xff, b'"', b'0']).unwrap_or_default();
        }
        2 => bytes.insert(at, random.u8(..)),
        3 => drop(bytes.drain(at..end)),
        4 => bytes.truncate(at),
        5 => {
            let copy = bytes[at..end].to_vec();
            let to = random.usize(..=bytes.len());
            bytes.splice(to..to, copy);
        }
        6 | 7 => {
            let token = random.choice(TOKENS).copied().unwrap_or_default();
            let until = if random.bool() { at } else { (at + token.len()).min(bytes.len()) };
            bytes.splice(at..until, token.iter().copied());
        }
        _ => {
            let other = random.choice(inputs).cloned().unwrap_or_default();
            let from = random.usize(..=other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
    }
}
