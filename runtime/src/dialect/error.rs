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
    },
    /// A word that begins with `@` and means nothing.
    UnknownNickname {
        /// The word.
        word: String,
    },
    /// `@reboot`.
    Reboot,
    /// Something after a nickname.
    AfterNickname,
    /// The name of a time zone, as some dialects have it before or after the fields.
    ZoneInside {
        /// The text.
        written: String,
        /// The zone's name alone.
        zone: String,
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
    },
    /// A step after a single value.
    StepAfterValue {
        /// The value as written.
        value: String,
        /// The step as written.
        step: String,
        /// The range that other dialects take it for.
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
            ProblemKind::AfterNickname => "CronAfterNickname",
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
            ProblemKind::AfterNickname => "the end of the text".to_owned(),
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
        match &self.kind {
            ProblemKind::FieldCount { found: 6 | 7 } => Some(
                "seconds and years are not part of it: five fields are minute, hour, day of month, month, day of week"
                    .to_owned(),
            ),
            ProblemKind::UnknownNickname { .. } => {
                Some("the nicknames are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually".to_owned())
            }
            ProblemKind::ZoneInside { zone, .. } => Some(format!("take it out, and write `.time_zone(\"{zone}\")` behind the cron")),
            ProblemKind::OutOfRange { written } if self.field == Some(Field::Hour) && written == "24" => {
                Some("midnight is hour 0".to_owned())
            }
            ProblemKind::NotAValue { suggestion: Some(name), .. } => Some(format!("write `{name}`")),
            ProblemKind::OtherDialect { written } if written == "?" => Some("write `*`".to_owned()),
            ProblemKind::ReversedRange { instead, .. } | ProblemKind::StepAfterValue { instead, .. } => {
                Some(format!("write `{instead}`"))
            }
            ProblemKind::StepTooLarge { .. } => {
                Some("for a time between runs that is longer than the field, use `interval`".to_owned())
            }
            _ => None,
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
            ProblemKind::FieldCount { found } => {
                write!(f, "expected five fields ({expected}), found {found}")
            }
            ProblemKind::UnknownNickname { word } => write!(f, "`{word}` is not known, expected {expected}"),
            ProblemKind::Reboot => {
                write!(f, "`@reboot` is no time: what runs at start belongs in the program's start")
            }
            ProblemKind::AfterNickname => write!(f, "a nickname stands alone, expected {expected}"),
            ProblemKind::ZoneInside { written, .. } => {
                write!(f, "`{written}` is a time zone, and no part of the expression: expected {expected}")
            }
            ProblemKind::EmptyItem => write!(f, "a value is missing here, expected {expected}"),
            ProblemKind::OutOfRange { written } => {
                write!(f, "`{written}` is out of range, expected {expected}")
            }
            ProblemKind::NotAValue { written, .. } => {
                write!(f, "`{written}` means nothing here, expected {expected}")
            }
            ProblemKind::OtherDialect { written } => {
                write!(f, "`{written}` is of another cron dialect, expected {expected}")
            }
            ProblemKind::ReversedRange { written, .. } => {
                write!(f, "`{written}` ends before it begins, expected {expected}")
            }
            ProblemKind::StepZero => write!(f, "a step of 0 goes nowhere, expected {expected}"),
            ProblemKind::StepNotANumber { written } => {
                write!(f, "`{written}` is no step, expected {expected}")
            }
            ProblemKind::StepTooLarge { written } => {
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
