//! Ids as text.

use proptest::prelude::*;

use super::*;

type Raw = (TableNumber, DocumentId);

fn text(table: u32, document: [u8; 16]) -> String {
    IdText::new(TableNumber(table), DocumentId(document)).as_str().to_owned()
}

fn raw() -> impl Strategy<Value = (u32, [u8; 16])> {
    (prop_oneof![any::<u32>(), 0..300_u32, 9_990..20_000_u32], any::<[u8; 16]>())
}

#[test]
fn known_texts() {
    let counted = std::array::from_fn(|index| u8::try_from(index).unwrap());
    for (table, document, expected) in [
        (1, [0; 16], "0400000000000000000000000000248"),
        (10_001, counted, "j57000820c20a1g7104gm2rc1m70ynr8"),
    ] {
        assert_eq!(text(table, document), expected);
        assert_eq!(parse(expected), Ok((TableNumber(table), DocumentId(document))));
    }
}

#[test]
fn says_what_is_wrong_with_a_text() {
    let good = text(10_001, [7; 16]);
    assert_eq!(parse(""), Err(IdError::Length(0)));
    assert_eq!(parse(&good[1..30]), Err(IdError::Length(29)));
    assert_eq!(parse(&format!("{}!", &good[..31])), Err(IdError::Character(31)));
    assert_eq!(parse(&good.to_uppercase()), Err(IdError::Character(0)));
    assert_eq!(parse(&format!("{}0", &good[..31])), Err(IdError::Checksum));
}

#[test]
fn refuses_bits_beyond_the_last_byte() {
    assert_eq!(parse("0400000000000000000000000000249"), Err(IdError::Character(30)));
    assert_eq!(parse(&format!("{}0", text(1, [0; 16]))), Err(IdError::Checksum));
    assert_eq!(parse(&format!("{}0", text(10_001, [0; 16]))), Err(IdError::Character(32)));
}

#[test]
fn refuses_table_numbers_longer_than_needed_or_too_large() {
    for number in [&[0x81, 0x00][..], &[0xff, 0xff, 0xff, 0xff, 0x7f], &[0x80, 0x80, 0x80, 0x80, 0x00]] {
        let mut bytes = number.to_vec();
        bytes.extend([9; 16]);
        let footer = fletcher16(&bytes);
        bytes.extend(footer);
        let mut text = [0; TEXT_MAX];
        let length = base32::encode(&bytes, &mut text);
        assert_eq!(parse(std::str::from_utf8(&text[..length]).unwrap()), Err(IdError::Table));
    }
}

#[test]
fn holds_its_creation_time() {
    let time = Timestamp::from_micros(1_700_000_000_123_456);
    assert_eq!(DocumentId::new(time, u64::MAX).creation_time(), time);
    assert!(
        DocumentId::new(time, u64::MAX) < DocumentId::new(Timestamp::from_micros(time.as_micros() + 1), 0)
    );
}

proptest! {
    #[test]
    fn round_trip((table, document) in raw()) {
        let text = text(table, document);
        prop_assert_eq!(text.len(), text_length(TableNumber(table)));
        let read: Result<Raw, _> = parse(&text);
        prop_assert_eq!(read, Ok((TableNumber(table), DocumentId(document))));
    }

    /// Whatever is accepted is the one text of what it says; a checksum cannot find every change.
    #[test]
    fn altered_texts_are_refused((table, document) in raw(), position in 0..31_usize, change in 1..32_u8) {
        let good = text(table, document);
        let mut altered = good.clone().into_bytes();
        let value = base32_value(altered[position]) ^ change;
        altered[position] = b"0123456789abcdefghjkmnpqrstvwxyz"[usize::from(value)];
        let altered = String::from_utf8(altered).unwrap();
        prop_assert!(parse(&altered).is_err(), "{} became {}", good, altered);
    }

    #[test]
    fn accepts_only_its_own_texts(candidate in "[0-9a-z]{29,39}|\\PC{0,40}") {
        if let Ok((table, document)) = parse(&candidate) {
            prop_assert_eq!(text(table.0, document.0), candidate);
        }
    }
}

fn base32_value(character: u8) -> u8 {
    let position = b"0123456789abcdefghjkmnpqrstvwxyz".iter().position(|known| *known == character);
    u8::try_from(position.unwrap()).unwrap()
}
