//! From the text of one field to its values.
//!
//! Owns the grammar of a field: items between commas; an item is `*`, a value, a range, or one of `*` and a range with
//! a step. Must never know how fields act together.
//!
//! Invariant: takes any text without panicking, and every span it reports lies on character bounds of that text.

use std::ops::Range;

use super::error::{OtherSign, Problem, ProblemKind};
use super::field::{Field, Values};
use super::lint::{Lint, LintKind};

/// A field that was read.
pub(crate) struct ParsedField {
    pub(crate) values: Values,
    pub(crate) begins_with_star: bool,
}

/// Reads fields and gathers what is wrong with them.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) lints: Vec<Lint>,
}

/// A piece of the text and where it begins.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'t> {
    pub(crate) text: &'t str,
    pub(crate) start: usize,
}

impl Piece<'_> {
    pub(crate) fn span(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// What stands before and after the first `separator`.
    fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once(separator)?;
        let right_start = self.start + left.len() + separator.len_utf8();
        Some((Self { text: left, start: self.start }, Self { text: right, start: right_start }))
    }

    /// The span of a piece of `whole`; an empty piece has the span of the separator beside it, which is what is wrong.
    fn span_within(self, whole: Self) -> Range<usize> {
        match self.text {
            "" if self.start > whole.start => self.start - 1..self.start,
            "" => self.start..self.start + 1,
            _ => self.span(),
        }
    }

    fn is_number(self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// What an item spans before its step is applied, in written values: 7 may be among them.
struct Base {
    first: u8,
    last: u8,
    is_single: bool,
}

/// Reads one field; what is wrong goes to `findings`, and the values are then incomplete.
pub(crate) fn parse_field(field: Field, piece: Piece<'_>, findings: &mut Findings) -> ParsedField {
    let mut values = Values::default();
    let mut rest = Some(piece);
    while let Some(left) = rest {
        let (item, after) = match left.split_once(',') {
            Some((item, after)) => (item, Some(after)),
            None => (left, None),
        };
        if item.text.is_empty() {
            findings.report(field, item.span_within(piece), ProblemKind::EmptyItem);
        } else if let Some(found) = parse_item(field, item, findings) {
            values.extend(found);
        }
        rest = after;
    }
    ParsedField { values, begins_with_star: piece.text.starts_with('*') }
}

fn parse_item(field: Field, item: Piece<'_>, findings: &mut Findings) -> Option<Values> {
    let Some((base_piece, step_piece)) = item.split_once('/') else {
        let base = parse_base(field, item, item, findings)?;
        return Some(stepped(field, &base, 1));
    };
    // Both halves are looked at before giving up: their mistakes are independent.
    let base = parse_base(field, base_piece, item, findings);
    let step = parse_step(field, step_piece, item, base.as_ref(), findings);
    let (base, step) = (base?, step?);
    if base.is_single {
        let (value, written) = (base_piece.text.to_owned(), step_piece.text.to_owned());
        let instead = from_value_on(field, &value, base.first % (field.last() + 1), step);
        let kind = ProblemKind::StepAfterValue { value, step: written, instead };
        findings.report(field, item.span(), kind);
        return None;
    }
    let values = stepped(field, &base, step);
    if step > base.last - base.first {
        let (item_text, instead) = (item.text.to_owned(), base.first.to_string());
        let kind = LintKind::StepBeyondRange { item: item_text, instead };
        findings.lints.push(Lint { span: item.span(), field, kind });
    } else if step > 1 && is_whole(field, &base) && is_uneven(field, step) {
        let kind = LintKind::UnevenStep { item: item.text.to_owned(), step, values };
        findings.lints.push(Lint { span: item.span(), field, kind });
    }
    Some(values)
}

fn parse_base(field: Field, piece: Piece<'_>, item: Piece<'_>, findings: &mut Findings) -> Option<Base> {
    if piece.text == "*" {
        return Some(Base { first: field.first(), last: field.last(), is_single: false });
    }
    // `L-3` is one sign of another dialect, not a range with a wrong end.
    if let Some((first, last)) = piece.split_once('-').filter(|_| !is_of_other_dialect(piece.text)) {
        let range = (parse_value(field, first, item, findings), parse_value(field, last, item, findings));
        let (from, to) = (range.0?, range.1?);
        if from > to {
            let step = item.split_once('/').and_then(|(_, step)| step.text.parse().ok());
            let instead = match step.filter(|step| (2..field.size()).contains(step)) {
                Some(step) => steps_around_the_end(field, first.text, from, to, step),
                None => around_the_end(field, first.text, last.text, from, to),
            };
            let kind = ProblemKind::ReversedRange { written: item.text.to_owned(), instead };
            findings.report(field, item.span(), kind);
            return None;
        }
        return Some(Base { first: from, last: to, is_single: false });
    }
    let value = parse_value(field, piece, item, findings)?;
    Some(Base { first: value, last: value, is_single: true })
}

fn parse_value(field: Field, piece: Piece<'_>, item: Piece<'_>, findings: &mut Findings) -> Option<u8> {
    let written = piece.text;
    let kind = if written.is_empty() {
        ProblemKind::EmptyItem
    } else if piece.is_number() {
        match written.parse::<u8>() {
            Ok(value) if (field.first()..=field.last_written()).contains(&value) => return Some(value),
            // Leading zeros are no reason to overflow: `u8` reads any number of them.
            _ => ProblemKind::OutOfRange { written: written.to_owned() },
        }
    } else if let Some(value) = field.value_of_name(written) {
        return Some(value);
    } else if is_of_other_dialect(written) {
        let (base, step) =
            item.text.split_once('/').map_or((item.text, None), |(base, step)| (base, Some(step)));
        // What is one end of a range cannot be told alone.
        let instead = other_sign(field, written, step.is_some()).filter(|_| base == written);
        ProblemKind::OtherDialect { written: written.to_owned(), instead }
    } else {
        ProblemKind::NotAValue { written: written.to_owned(), suggestion: name_meant(field, written) }
    };
    findings.report(field, piece.span_within(item), kind);
    None
}

fn parse_step(
    field: Field,
    piece: Piece<'_>,
    item: Piece<'_>,
    base: Option<&Base>,
    findings: &mut Findings,
) -> Option<u8> {
    let (written, span) = (piece.text.to_owned(), piece.span_within(item));
    let (span, kind) = match piece.text.parse::<u8>() {
        _ if !piece.is_number() => (span, ProblemKind::StepNotANumber { written }),
        Ok(0) => (span, ProblemKind::StepZero),
        Ok(step) if step < field.size() => return Some(step),
        found => {
            // From one end of the field to the other it is once in each round; what is longer is longer than a round.
            let is_one_value = |base: &&Base| !is_whole(field, base) || found == Ok(field.size());
            let instead = base.filter(is_one_value).map(|base| base.first.to_string());
            let span = if instead.is_some() { item.span() } else { span };
            (span, ProblemKind::StepTooLarge { written, instead })
        }
    };
    findings.report(field, span, kind);
    None
}

impl Findings {
    pub(crate) fn report(&mut self, field: impl Into<Option<Field>>, span: Range<usize>, kind: ProblemKind) {
        self.problems.push(Problem { span, field: field.into(), kind });
    }
}

/// Every `step`-th value from the first on; a Sunday written as 7 becomes 0.
fn stepped(field: Field, base: &Base, step: u8) -> Values {
    let mut values = Values::default();
    for value in (base.first..=base.last).step_by(usize::from(step)) {
        values.insert(if field == Field::DayOfWeek { value % 7 } else { value });
    }
    values
}

fn is_whole(field: Field, base: &Base) -> bool {
    base.last - base.first + 1 >= field.size()
}

/// Whether counting by `step` and starting again at the end of the field leaves a shorter gap there.
fn is_uneven(field: Field, step: u8) -> bool {
    field == Field::DayOfMonth || !field.size().is_multiple_of(step)
}

/// The marks of Quartz and Jenkins: `?`, `L`, `5L`, `LW`, `L-3`, `15W`, `5#2`, `H`, `H(0-7)`, `1~5`.
fn is_of_other_dialect(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let is_marked_number = |mark: char| {
        upper.strip_suffix(mark).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    text == "?"
        || text.contains(['#', '~'])
        || upper == "LW"
        || upper == "H"
        || upper.starts_with("H(")
        || upper.starts_with("L-")
        || is_marked_number('L')
        || is_marked_number('W')
}

/// Whether a word could be a field, of this dialect or of another one, if perhaps a wrong one.
pub(crate) fn could_be_field(word: &str) -> bool {
    let begins_with_name =
        || [Field::Month, Field::DayOfWeek].iter().any(|field| name_meant(*field, word).is_some());
    word.starts_with(|letter: char| letter.is_ascii_digit() || "*?,-/".contains(letter))
        || is_of_other_dialect(word)
        || begins_with_name()
}

/// What a sign of another dialect comes to in this one, which has no word for most of them.
fn other_sign(field: Field, text: &str, has_step: bool) -> Option<OtherSign> {
    if text == "?" {
        return Some(OtherSign::Any);
    }
    let hash = text.strip_prefix(['H', 'h']);
    let inner = hash.and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')')?.split_once('-'));
    let bounds = inner.or_else(|| text.split_once('~'));
    if bounds.is_none() && hash.is_none() {
        return None;
    }
    let is_value = |value: &u8| (field.first()..=field.last()).contains(value);
    let value = |text: &str| text.parse::<u8>().ok().filter(is_value);
    let range = bounds.and_then(|(first, last)| Some((value(first)?, value(last)?)));
    let instead = match range.filter(|(first, last)| first <= last) {
        Some((first, last)) if has_step => format!("{first}-{last}"),
        None if has_step => "*".to_owned(),
        Some((first, _)) => first.to_string(),
        None => field.first().to_string(),
    };
    Some(OtherSign::Spread(instead))
}

/// The values from one on, as other dialects understand a step after it; `from` is the value of `text`.
fn from_value_on(field: Field, text: &str, from: u8, step: u8) -> String {
    if field.last() - from < step {
        return text.to_owned();
    }
    // A Sunday that is written 7 ends a week, and begins one here.
    let first = if text.parse() == Ok(field.last() + 1) { "0" } else { text };
    format!("{first}-{}/{step}", field.last())
}

/// The name whose three letters a longer word begins with: `mon` for `monday`.
fn name_meant(field: Field, written: &str) -> Option<&'static str> {
    let start = written.get(..3)?;
    field.value_names().iter().find(|name| name.eq_ignore_ascii_case(start)).copied()
}

/// A range that goes past the end of its field, as a list that does not.
fn around_the_end(field: Field, from_text: &str, to_text: &str, from: u8, to: u8) -> String {
    if field == Field::DayOfWeek {
        let names = field.value_names();
        let days = (from..=6).chain(0..=to.min(6));
        let is_named = from_text.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let words =
            days.map(|day| if is_named { names[usize::from(day)].to_owned() } else { day.to_string() });
        return words.collect::<Vec<_>>().join(",");
    }
    let part = |first: &str, last: &str| {
        if first == last { first.to_owned() } else { format!("{first}-{last}") }
    };
    let is_named =
        !field.value_names().is_empty() && from_text.starts_with(|c: char| c.is_ascii_alphabetic());
    let (first, last) = match (is_named, field.value_names()) {
        (true, [first, .., last]) => ((*first).to_owned(), (*last).to_owned()),
        _ => (field.first().to_string(), field.last().to_string()),
    };
    format!("{},{}", part(from_text, &last), part(&first, to_text))
}

/// Every `step`-th value of a range that goes past the end of its field.
fn steps_around_the_end(field: Field, from_text: &str, from: u8, to: u8, step: u8) -> String {
    let is_named = from_text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let places = (from - field.first()..=to - field.first() + field.size()).step_by(usize::from(step));
    let words = places.map(|place| place % field.size()).map(|place| match field.value_names() {
        names @ [_, ..] if is_named => names[usize::from(place)].to_owned(),
        _ => (place + field.first()).to_string(),
    });
    words.collect::<Vec<_>>().join(",")
}
