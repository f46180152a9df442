//! An expression: five fields and how they act together.
//!
//! Invariant: an [`Expression`] has at least one date on which it runs, and its fields are never empty.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::error::{ExpressionError, ProblemKind};
use super::field::{Field, Values};
use super::lint::{Lint, LintKind};
use super::parse::{Findings, ParsedField, Piece, could_be_field, parse_field};
use super::zone_name::{ZoneError, is_meant_as_zone, known_zone, zone_name};

/// The nicknames and what they stand for.
pub(crate) const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// How many days each month has in a leap year.
const LONGEST: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// When something runs, on the local clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    text: String,
    fields: [Values; 5],
    join: DayJoin,
    follows_clock: bool,
    lints: Vec<Lint>,
}

/// How day of month and day of week act together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayJoin {
    /// Both must match: one of the fields begins with `*`.
    Both,
    /// One is enough: neither field begins with `*`.
    Either,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weekday {
    /// Written 0, 7 or `sun`.
    Sunday,
    /// Written 1 or `mon`.
    Monday,
    /// Written 2 or `tue`.
    Tuesday,
    /// Written 3 or `wed`.
    Wednesday,
    /// Written 4 or `thu`.
    Thursday,
    /// Written 5 or `fri`.
    Friday,
    /// Written 6 or `sat`.
    Saturday,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// When the text is no expression, or none of its dates ever comes.
    pub(crate) fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut findings = Findings::default();
        match read(text, &mut findings) {
            Some((fields, join, follows_clock)) if findings.problems.is_empty() => {
                Ok(Self { text: text.to_owned(), fields, join, follows_clock, lints: findings.lints })
            }
            _ => {
                findings.problems.sort_by_key(|problem| problem.span.start);
                // Nothing before a comma and nothing after it is one mistake.
                findings.problems.dedup();
                Err(ExpressionError::new(text, findings.problems))
            }
        }
    }

    /// What a field matches.
    pub(crate) fn values(&self, field: Field) -> Values {
        self.fields[field as usize]
    }

    /// How day of month and day of week act together.
    pub(crate) fn day_join(&self) -> DayJoin {
        self.join
    }

    /// Whether the expression follows the clock through its changes, since minute or hour begin with `*`. Others
    /// name fixed times: those that a change leaves out run after it, and those it repeats do not run again.
    pub(crate) fn follows_clock(&self) -> bool {
        self.follows_clock
    }

    /// What in the text is allowed but probably not meant.
    pub(crate) fn lints(&self) -> &[Lint] {
        &self.lints
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads the text; `None`, or problems among the findings, when it is wrong.
fn read(text: &str, findings: &mut Findings) -> Option<([Values; 5], DayJoin, bool)> {
    let mut words = words(text);
    if let Some((at, zone)) = zone_inside(&words) {
        let word = words.remove(at);
        findings.report(None, word.span(), ProblemKind::ZoneInside { written: word.text.to_owned(), zone });
    }
    if let Some(word) = words.first().filter(|word| word.text.starts_with('@')) {
        let (nickname, full) = full_form(*word, findings)?;
        if let [_, second, ..] = words[..] {
            let kind = ProblemKind::AfterNickname { nickname, full };
            findings.report(None, second.start..text.trim_end().len(), kind);
        }
        return read(full, findings);
    }
    let Ok(fields) = <[Piece<'_>; 5]>::try_from(words.as_slice()) else {
        // All of them: which one is too much, nobody can tell.
        let span = match words.as_slice() {
            [] => 0..text.len(),
            [first, .., last] => first.start..last.span().end,
            [only] => only.span(),
        };
        let are_fields = words.iter().all(|word| could_be_field(word.text));
        findings.report(None, span, ProblemKind::FieldCount { found: words.len(), are_fields });
        return None;
    };
    let [minute, hour, day, month, weekday] =
        Field::ALL.map(|field| parse_field(field, fields[field as usize], findings));
    let joins_both = day.begins_with_star || weekday.begins_with_star;
    let join = if joins_both { DayJoin::Both } else { DayJoin::Either };
    let follows_clock = minute.begins_with_star || hour.begins_with_star;
    if findings.problems.is_empty() {
        let dates = fields[2].start..fields[3].span().end;
        check_dates(&day, &month, join, dates, findings);
    }
    Some(([minute, hour, day, month, weekday].map(|field| field.values), join, follows_clock))
}

fn words(text: &str) -> Vec<Piece<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    for piece in text.split_inclusive(|letter: char| letter.is_ascii_whitespace()) {
        let word = piece.trim_ascii_end();
        if !word.is_empty() {
            words.push(Piece { text: word, start });
        }
        start += piece.len();
    }
    words
}

/// The word that is a time zone, and the zone's name if that is known: `Europe/Berlin`, `TZ=Europe/Berlin`,
/// `CRON_TZ=Europe/Berlin`; before or after the fields also one that is misspelled.
fn zone_inside(words: &[Piece<'_>]) -> Option<(usize, Option<&'static str>)> {
    let named = |(at, word): (usize, &Piece<'_>)| match word.text.split_once('=') {
        Some((variable, zone)) if is_zone_variable(variable) => Some((at, zone_meant(zone))),
        Some(_) => None,
        None => known_zone(word.text).map(|zone| (at, Some(zone))),
    };
    let misspelled = || {
        let ends = [0, words.len().checked_sub(1)?];
        let at = ends.into_iter().find(|at| is_meant_as_zone(words[*at].text))?;
        Some((at, zone_meant(words[at].text)))
    };
    let named = words.iter().enumerate().find_map(named);
    // What may be five fields is not compared with all names there are.
    let may_be_fields = words.len() == 5 && words.iter().all(|word| could_be_field(word.text));
    named.or_else(|| if may_be_fields { None } else { misspelled() })
}

fn is_zone_variable(word: &str) -> bool {
    ["TZ", "CRON_TZ"].iter().any(|variable| variable.eq_ignore_ascii_case(word))
}

fn zone_meant(text: &str) -> Option<&'static str> {
    zone_name(text).map_or_else(|ZoneError { suggestion, .. }| suggestion, Some)
}

/// A nickname and what it stands for.
fn full_form(nickname: Piece<'_>, findings: &mut Findings) -> Option<(&'static str, &'static str)> {
    let word = nickname.text;
    let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    if known.is_none() {
        let kind = if word.eq_ignore_ascii_case("@reboot") {
            ProblemKind::Reboot
        } else {
            ProblemKind::UnknownNickname { word: word.to_owned() }
        };
        findings.report(None, nickname.span(), kind);
    }
    known.copied()
}

/// Refuses days of month that come in none of the months.
///
/// Nothing else can keep an expression from ever running: 29 February falls on every day of the week in time.
fn check_dates(
    day: &ParsedField,
    month: &ParsedField,
    join: DayJoin,
    span: Range<usize>,
    findings: &mut Findings,
) {
    let longest = month.values.iter().map(|month| LONGEST[usize::from(month) - 1]).max().unwrap_or(31);
    let Some(day) = day.values.first().filter(|day| *day > longest) else { return };
    match join {
        DayJoin::Both => {
            findings.report(Field::DayOfMonth, span, ProblemKind::NeverComes { day, longest });
        }
        DayJoin::Either => findings.lints.push(Lint {
            span,
            field: Field::DayOfMonth,
            kind: LintKind::DayNeverComes { day, longest },
        }),
    }
}
