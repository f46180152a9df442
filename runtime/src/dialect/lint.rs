//! What is allowed in a cron expression but probably not meant.
//!
//! Invariant: a lint never changes what an expression means.

use std::fmt;
use std::ops::Range;

use super::error::underline;
use super::field::{Field, Values};

/// A part of an expression that may surprise its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lint {
    /// The bytes of the text.
    pub(crate) span: Range<usize>,
    /// The field in which they stand.
    pub(crate) field: Field,
    /// What is surprising about them.
    pub(crate) kind: LintKind,
}

/// The kinds of lints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum LintKind {
    /// The step does not divide the field, so that the gap at the field's end differs from the others.
    UnevenStep {
        /// The item as written.
        item: String,
        /// Its step.
        step: u8,
        /// The values that it gives.
        values: Values,
    },
    /// The step is larger than its range, so that only the range's first value is left.
    StepBeyondRange {
        /// The item as written.
        item: String,
        /// That value.
        instead: String,
    },
    /// The days of month come in none of the months; only the days of week are left.
    DayNeverComes {
        /// The least day that is asked for.
        day: u8,
        /// How long the longest of the months is.
        longest: u8,
    },
}

impl Lint {
    /// A stable tag, for tests and tools.
    pub(crate) const fn code(&self) -> &'static str {
        match self.kind {
            LintKind::UnevenStep { .. } => "CronUnevenStep",
            LintKind::StepBeyondRange { .. } => "CronStepBeyondRange",
            LintKind::DayNeverComes { .. } => "CronDayNeverComes",
        }
    }

    /// How to write what may have been meant.
    pub(crate) fn help(&self) -> Option<String> {
        let step = match &self.kind {
            LintKind::UnevenStep { step, .. } => *step,
            LintKind::StepBeyondRange { instead, .. } => return Some(format!("write `{instead}`")),
            LintKind::DayNeverComes { longest, .. } => {
                return Some(format!("write `*` for the day of month, or a day up to {longest}"));
            }
        };
        let every = match self.field {
            Field::Minute => format!("from_mins({step})"),
            Field::Hour => format!("from_hours({step})"),
            Field::DayOfMonth | Field::DayOfWeek => format!("from_hours({step} * 24)"),
            // Months have no length that an interval could be.
            Field::Month => return None,
        };
        Some(format!("for equal times between runs use `interval` with `Duration::{every}`"))
    }

    /// The expression with carets under the part, for terminals.
    pub(crate) fn picture(&self, text: &str) -> String {
        let mut picture = format!("{text}\n{}", underline(text, &self.span, &self.to_string()));
        if let Some(help) = self.help() {
            picture.push_str("\nhelp: ");
            picture.push_str(&help);
        }
        picture
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LintKind::UnevenStep { item, values, .. } => {
                let (first, last) = (values.first().unwrap_or_default(), values.last().unwrap_or_default());
                let gap = self.field.size() + first - last;
                write!(
                    f,
                    "{}: `{item}` is not every {item_step}",
                    self.field,
                    item_step = self.step_in_words()
                )?;
                match self.field {
                    Field::Minute => write!(f, ": minute {last} is followed by {first} after {gap}"),
                    Field::Hour => write!(f, ": hour {last} is followed by {first} after {gap}"),
                    Field::DayOfMonth => write!(f, ": it starts again on the first of each month"),
                    Field::Month => write!(f, ": it starts again in January, after {gap}"),
                    Field::DayOfWeek => write!(f, ": it starts again on Sunday, after {gap}"),
                }
            }
            LintKind::StepBeyondRange { item, .. } => {
                write!(
                    f,
                    "{}: the step of `{item}` is larger than its range and leaves one value",
                    self.field
                )
            }
            LintKind::DayNeverComes { day, .. } => {
                write!(
                    f,
                    "{}: day {day} never comes in these months, only the day of week counts",
                    self.field
                )
            }
        }
    }
}

impl Lint {
    fn step_in_words(&self) -> String {
        let LintKind::UnevenStep { step, .. } = self.kind else { return String::new() };
        let unit = match self.field {
            Field::Minute => "minutes",
            Field::Hour => "hours",
            Field::DayOfMonth | Field::DayOfWeek => "days",
            Field::Month => "months",
        };
        format!("{step} {unit}")
    }
}
