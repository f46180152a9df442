//! What can be wrong with a cron expression, told so that it can be put right.
//!
//! Invariant: every problem knows the bytes that are wrong and what belongs there; independent problems are told
//! together, one that follows from another is not told.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use super::field::Field;

/// Why a text is no cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpressionError {
    text: String,
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The wrong bytes of the text.
    pub(crate) span: Range<usize>,
    /// The field in which they stand, when it is one.
    pub(crate) field: Option<Field>,
    /// What is wrong with them.
    pub(crate) kind: ProblemKind,
}

/// The kinds of problems.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum ProblemKind {
    /// Not five fields.
    FieldCount {
        /// How many there are.
        found: usize,
        /// Whether each of them could be a field of some dialect.
        are_fields: bool,
    },
    /// A word that begins with `@` and means nothing.
    UnknownNickname {
        /// The word.
        word: String,
    },
    /// `@reboot`.
    Reboot,
    /// Something after a nickname.
    AfterNickname {
        /// The nickname.
        nickname: &'static str,
        /// What it stands for.
        full: &'static str,
    },
    /// A time zone, as some dialects have it before or after the fields.
    ZoneInside {
        /// The text.
        written: String,
        /// The name of the zone that is meant, as the database spells it.
        zone: Option<&'static str>,
    },
    /// Nothing before, between or after commas.
    EmptyItem,
    /// A number beyond the field's bounds.
    OutOfRange {
        /// The number as written.
        written: String,
    },
    /// Neither a number nor a name.
    NotAValue {
        /// The text.
        written: String,
        /// The name that may have been meant.
        suggestion: Option<&'static str>,
    },
    /// A sign of another cron dialect.
    OtherDialect {
        /// The text.
        written: String,
        /// What comes nearest to it in this one.
        instead: Option<OtherSign>,
    },
    /// A range that ends before it begins.
    ReversedRange {
        /// The range as written.
        written: String,
        /// The same, as it can be written.
        instead: String,
    },
    /// A step of zero.
    StepZero,
    /// A step that is no number.
    StepNotANumber {
        /// The text.
        written: String,
    },
    /// A step that leaves only the first value of the field.
    StepTooLarge {
        /// The step as written.
        written: String,
        /// That value, when it is what is meant.
        instead: Option<String>,
    },
    /// A step after a single value.
    StepAfterValue {
        /// The value as written.
        value: String,
        /// The step as written.
        step: String,
        /// What other dialects take it for.
        instead: String,
    },
    /// None of the days comes in any of the months.
    NeverComes {
        /// The least day that is asked for.
        day: u8,
        /// How long the longest of the months is.
        longest: u8,
    },
}

/// Signs of other dialects that can be told in this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OtherSign {
    /// `?`: any value.
    Any,
    /// `H` and `~`: a value that each cron has for itself, in the place of which this text can stand.
    Spread(String),
}

impl ExpressionError {
    pub(crate) fn new(text: &str, problems: Vec<Problem>) -> Self {
        Self { text: text.to_owned(), problems }
    }

    /// What is wrong, from left to right; never empty.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The expression with carets under what is wrong, for terminals: a line for the expression, then one or two for
    /// each problem.
    pub(crate) fn picture(&self) -> String {
        let mut picture = self.text.clone();
        for problem in &self.problems {
            picture.push('\n');
            picture.push_str(&underline(&self.text, &problem.span, &problem.to_string()));
            if let Some(help) = problem.help() {
                picture.push_str("\nhelp: ");
                picture.push_str(&help);
            }
        }
        picture
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no cron expression", self.text)?;
        for (position, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if position == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl Error for ExpressionError {}

/// Carets under a span of a text, and a message after them.
///
/// Tabs of the text stay tabs, so that the carets stand where they should.
pub(crate) fn underline(text: &str, span: &Range<usize>, message: &str) -> String {
    let blank = |letter: char| if letter == '\t' { '\t' } else { ' ' };
    let before: String = text.get(..span.start).unwrap_or_default().chars().map(blank).collect();
    let width = text.get(span.clone()).map_or(1, |wrong| wrong.chars().count().max(1));
    format!("{before}{} {message}", "^".repeat(width))
}

impl Problem {
    /// A stable tag, for tests and tools.
    pub(crate) const fn code(&self) -> &'static str {
        match self.kind {
            ProblemKind::FieldCount { .. } => "CronFieldCount",
            ProblemKind::UnknownNickname { .. } => "CronUnknownNickname",
            ProblemKind::Reboot => "CronReboot",
            ProblemKind::AfterNickname { .. } => "CronAfterNickname",
            ProblemKind::ZoneInside { .. } => "CronZoneInside",
            ProblemKind::EmptyItem => "CronEmptyItem",
            ProblemKind::OutOfRange { .. } => "CronOutOfRange",
            ProblemKind::NotAValue { .. } => "CronNotAValue",
            ProblemKind::OtherDialect { .. } => "CronOtherDialect",
            ProblemKind::ReversedRange { .. } => "CronReversedRange",
            ProblemKind::StepZero => "CronStepZero",
            ProblemKind::StepNotANumber { .. } => "CronStepNotANumber",
            ProblemKind::StepTooLarge { .. } => "CronStepTooLarge",
            ProblemKind::StepAfterValue { .. } => "CronStepAfterValue",
            ProblemKind::NeverComes { .. } => "CronNeverComes",
        }
    }

    /// What belongs in the place of the wrong bytes.
    pub(crate) fn expected(&self) -> String {
        let field_accepts = || self.field.map_or("", Field::accepts).to_owned();
        match &self.kind {
            ProblemKind::FieldCount { .. }
            | ProblemKind::UnknownNickname { .. }
            | ProblemKind::Reboot
            | ProblemKind::ZoneInside { .. } => {
                "minute, hour, day of month, month and day of week".to_owned()
            }
            ProblemKind::AfterNickname { .. } => "the end of the text".to_owned(),
            ProblemKind::StepZero | ProblemKind::StepNotANumber { .. } | ProblemKind::StepTooLarge { .. } => {
                let longest = self.field.map_or(0, |field| field.size() - 1);
                format!("a step from 1 to {longest}")
            }
            ProblemKind::ReversedRange { instead, .. } | ProblemKind::StepAfterValue { instead, .. } => {
                format!("`{instead}`")
            }
            ProblemKind::NeverComes { longest, .. } => format!("a day up to {longest}"),
            ProblemKind::EmptyItem
            | ProblemKind::OutOfRange { .. }
            | ProblemKind::NotAValue { .. }
            | ProblemKind::OtherDialect { .. } => field_accepts(),
        }
    }

    /// How to write what may have been meant.
    pub(crate) fn help(&self) -> Option<String> {
        let help = match &self.kind {
            ProblemKind::FieldCount { found: 6 | 7, are_fields: true } => {
                "seconds and years are not part of it: five fields are minute, hour, day of month, month, day of week"
                    .to_owned()
            }
            ProblemKind::UnknownNickname { word } if word.eq_ignore_ascii_case("@every") => {
                "for a time between runs use `interval`".to_owned()
            }
            ProblemKind::UnknownNickname { .. } => {
                "the nicknames are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually".to_owned()
            }
            ProblemKind::Reboot => "run it in `main`, once the application has started".to_owned(),
            ProblemKind::AfterNickname { nickname, full } => {
                format!("take it out, or write five fields: `{nickname}` is `{full}`")
            }
            ProblemKind::ZoneInside { zone: Some(zone), .. } => {
                format!("take it out, and write `.time_zone(\"{zone}\")` behind the cron")
            }
            ProblemKind::ZoneInside { zone: None, .. } => {
                "take it out, and write `.time_zone(…)` behind the cron, with an IANA name such as \"Europe/Berlin\""
                    .to_owned()
            }
            ProblemKind::OutOfRange { written } if self.field == Some(Field::Hour) && written == "24" => {
                "midnight is hour 0".to_owned()
            }
            ProblemKind::NotAValue { suggestion: Some(name), .. } => format!("write `{name}`"),
            ProblemKind::OtherDialect { instead: Some(OtherSign::Any), .. } => "write `*`".to_owned(),
            ProblemKind::OtherDialect { instead: Some(OtherSign::Spread(instead)), .. } => {
                self.help_to_spread(instead)
            }
            ProblemKind::ReversedRange { instead, .. }
            | ProblemKind::StepAfterValue { instead, .. }
            | ProblemKind::StepTooLarge { instead: Some(instead), .. } => format!("write `{instead}`"),
            ProblemKind::StepZero => "leave the step out, or write another one".to_owned(),
            // Months have no length that an interval could be.
            ProblemKind::StepTooLarge { .. } if self.field == Some(Field::Month) => {
                "once a year is as seldom as it gets: write one month, such as `1`".to_owned()
            }
            ProblemKind::StepTooLarge { .. } => {
                "for a time between runs that is longer than the field, use `interval`".to_owned()
            }
            ProblemKind::NeverComes { longest: 29, .. } => {
                "write a day up to 28, or 29 for leap years only".to_owned()
            }
            ProblemKind::NeverComes { longest, .. } => {
                format!("write a day up to {longest}, or a longer month")
            }
            ProblemKind::FieldCount { .. }
            | ProblemKind::EmptyItem
            | ProblemKind::OutOfRange { .. }
            | ProblemKind::NotAValue { .. }
            | ProblemKind::OtherDialect { .. }
            | ProblemKind::StepNotANumber { .. } => return None,
        };
        Some(help)
    }

    /// A delay is a day at most, so it spreads runs over hours and minutes only.
    fn help_to_spread(&self, instead: &str) -> String {
        match self.field {
            Some(Field::Minute | Field::Hour) => format!(
                "write `{instead}`, and `.splay(…)` behind the cron: it delays each cron by a time of its own"
            ),
            _ => format!("write `{instead}`: `.splay(…)` spreads runs over a day at most"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected();
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        match &self.kind {
            ProblemKind::FieldCount { found, .. } => {
                write!(f, "expected five fields ({expected}), found {found}")
            }
            ProblemKind::UnknownNickname { word } => write!(f, "`{word}` is not known, expected {expected}"),
            ProblemKind::Reboot => {
                write!(f, "`@reboot` is no time: what runs at start belongs in the program's start")
            }
            ProblemKind::AfterNickname { .. } => write!(f, "a nickname stands alone, expected {expected}"),
            ProblemKind::ZoneInside { written, .. } => {
                write!(
                    f,
                    "`{written}` stands for a time zone, which is no part of the expression: expected {expected}"
                )
            }
            ProblemKind::EmptyItem => write!(f, "a value is missing here, expected {expected}"),
            ProblemKind::OutOfRange { written } => {
                write!(f, "`{written}` is out of range, expected {expected}")
            }
            ProblemKind::NotAValue { written, .. } => {
                write!(f, "`{written}` means nothing here, expected {expected}")
            }
            ProblemKind::OtherDialect { written, .. } => {
                write!(f, "`{written}` is of another cron dialect, expected {expected}")
            }
            ProblemKind::ReversedRange { written, .. } => {
                write!(f, "`{written}` ends before it begins, expected {expected}")
            }
            ProblemKind::StepZero => write!(f, "a step of 0 goes nowhere, expected {expected}"),
            ProblemKind::StepNotANumber { written } => {
                write!(f, "`{written}` is no step, expected {expected}")
            }
            ProblemKind::StepTooLarge { written, .. } => {
                write!(f, "the step {written} leaves only the first value, expected {expected}")
            }
            ProblemKind::StepAfterValue { value, step, .. } => {
                write!(f, "`{value}/{step}` has a step but no range, expected {expected}")
            }
            ProblemKind::NeverComes { day, longest } => {
                write!(f, "a date that never comes: day {day} in months of at most {longest} days")
            }
        }
    }
}
