//! From the text of one field to its values.
//!
//! Owns the grammar of a field: items between commas; an item is `*`, a value, a range, or one of `*` and a range with
//! a step. Must never know how fields act together.
//!
//! Invariant: takes any text without panicking, and every span it reports lies on character bounds of that text.

use std::ops::Range;

use super::error::{Problem, ProblemKind};
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
    let step = parse_step(field, step_piece, item, findings);
    let (base, step) = (base?, step?);
    if base.is_single {
        let (value, step) = (base_piece.text.to_owned(), step_piece.text.to_owned());
        let instead = format!("{value}-{}/{step}", field.last());
        findings.report(field, item.span(), ProblemKind::StepAfterValue { value, step, instead });
        return None;
    }
    let values = stepped(field, &base, step);
    if step > base.last - base.first {
        let kind = LintKind::StepBeyondRange { item: item.text.to_owned() };
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
            let instead = around_the_end(field, first.text, last.text, from, to);
            let kind = ProblemKind::ReversedRange { written: piece.text.to_owned(), instead };
            findings.report(field, piece.span(), kind);
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
        ProblemKind::OtherDialect { written: written.to_owned() }
    } else {
        ProblemKind::NotAValue { written: written.to_owned(), suggestion: name_meant(field, written) }
    };
    findings.report(field, piece.span_within(item), kind);
    None
}

fn parse_step(field: Field, piece: Piece<'_>, item: Piece<'_>, findings: &mut Findings) -> Option<u8> {
    let written = || piece.text.to_owned();
    let kind = match piece.text.parse::<u8>() {
        _ if !piece.is_number() => ProblemKind::StepNotANumber { written: written() },
        Ok(0) => ProblemKind::StepZero,
        Ok(step) if step < field.size() => return Some(step),
        _ => ProblemKind::StepTooLarge { written: written() },
    };
    findings.report(field, piece.span_within(item), kind);
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
