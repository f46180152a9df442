//! When a cron runs and by which rules, as users say it.
//!
//! Invariant: plain data, right or wrong; [`CronSchedule::check`] tells which. Judging it needs no application.

use std::time::Duration;

use crate::dialect::{Expression, Weekday};

use crate::error::CronError;
use crate::recurrence::{CatchUp, Interval, Overlap, Recurrence, Schedule, Zone};
use crate::value::Timestamp;

/// The longest time that runs may be spread over.
pub(crate) const LONGEST_SPLAY: Duration = Duration::from_hours(24);
/// The most runs that are made up for.
const MOST_CAUGHT_UP: u32 = 1_000;

/// When a cron runs, and what becomes of runs that are missed or overlap. For `ctx.crons.register`; the crons of the code
/// are declared with [`Crons`](crate::Crons), whose methods are the same.
///
/// ```
/// # use mainspring::{CatchUp, CronSchedule, Weekday, at};
/// let schedule = CronSchedule::weekly(Weekday::Monday, at(9, 0)).time_zone("Europe/Berlin").catch_up(CatchUp::None);
/// # let _ = schedule;
/// ```
///
/// A text that a user has typed can be looked at before, or without, a cron: [`check`](Self::check) says what is wrong with
/// it, [`warnings`](Self::warnings) what is probably not meant, [`describe`](Self::describe) and [`preview`](Self::preview)
/// what it means.
///
/// ```
/// # use mainspring::{CronError, CronSchedule, Timestamp};
/// # fn main() -> Result<(), CronError> {
/// let typed = CronSchedule::cron("0 9 * * mon-fri").time_zone("Europe/Berlin");
/// assert_eq!(typed.describe()?, "at 09:00, Monday to Friday, Europe/Berlin");
/// let new_year = Timestamp::from_secs(1_798_761_600);
/// assert_eq!(typed.preview(new_year, 1)?, ["Fri 2027-01-01 09:00 (2027-01-01T08:00:00Z)"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a schedule does nothing until it is handed to `ctx.crons.register`"]
pub struct CronSchedule {
    pub(super) when: When,
    pub(super) time_zone: String,
    pub(super) catch_up: CatchUp,
    pub(super) overlap: Overlap,
    pub(super) splay: Duration,
}

/// The times themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    Expression(String),
    Every(Duration),
}

/// An hour and a minute, as a clock shows them. Made by [`at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

/// `at(9, 30)`: half past nine in the morning. Hours from 0 to 23, minutes from 0 to 59; others are refused where the
/// time is used.
pub const fn at(hour: u8, minute: u8) -> TimeOfDay {
    TimeOfDay { hour, minute }
}

impl CronSchedule {
    /// At the times of a cron expression of five fields: minute, hour, day of month, month, day of week. The
    /// documentation of [`#[crons]`](macro@crate::crons) has the dialect.
    ///
    /// Unlike the text of a `#[crons]` function, this one is not read by the compiler, a literal neither: it is judged when
    /// the cron is registered, which fails if it is wrong and logs what is probably not meant, or by [`check`](Self::check).
    pub fn cron(expression: &str) -> Self {
        Self::new(When::Expression(expression.to_owned()))
    }

    /// Every so often, at least a second, counted from the moment at which the cron is first known: the first run is at
    /// once.
    pub fn interval(every: Duration) -> Self {
        Self::new(When::Every(every))
    }

    /// Every hour, at a minute from 0 to 59.
    pub fn hourly(minute: u8) -> Self {
        Self::cron(&format!("{minute} * * * *"))
    }

    /// Every day.
    pub fn daily(TimeOfDay { hour, minute }: TimeOfDay) -> Self {
        Self::cron(&format!("{minute} {hour} * * *"))
    }

    /// Every week.
    pub fn weekly(day: Weekday, TimeOfDay { hour, minute }: TimeOfDay) -> Self {
        Self::cron(&format!("{minute} {hour} * * {}", day as u8))
    }

    /// Every month that has the day, from 1 to 31: not every month has a 29th, 30th or 31st.
    pub fn monthly(day: u8, TimeOfDay { hour, minute }: TimeOfDay) -> Self {
        Self::cron(&format!("{minute} {hour} {day} * *"))
    }

    /// The IANA time zone whose clock counts, such as `Europe/Berlin`. Default `UTC`. An interval has none.
    pub fn time_zone(mut self, name: &str) -> Self {
        name.clone_into(&mut self.time_zone);
        self
    }

    /// Which of the missed runs are made up for. Default [`CatchUp::Latest`].
    pub fn catch_up(mut self, catch_up: CatchUp) -> Self {
        self.catch_up = catch_up;
        self
    }

    /// What happens when a run is due and the one before it has not ended. Default [`Overlap::Skip`].
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.overlap = overlap;
        self
    }

    /// Starts each run later than its time by a delay below `within`, at most a day, which is always the same for a cron
    /// and differs between crons, so that not all of them start at the full hour. Default none.
    pub fn splay(mut self, within: Duration) -> Self {
        self.splay = within;
        self
    }

    fn new(when: When) -> Self {
        Self {
            when,
            time_zone: Zone::UTC.name().to_owned(),
            catch_up: CatchUp::default(),
            overlap: Overlap::default(),
            splay: Duration::ZERO,
        }
    }

    /// Whether a cron could have this schedule, as it is judged when one is registered.
    ///
    /// # Errors
    /// [`CronError::WrongSchedule`] when the expression, the time zone, the interval or an option is wrong; of an expression
    /// it shows the text with carets under what is wrong, and how to write it.
    pub fn check(&self) -> Result<(), CronError> {
        self.judge().map_err(|reason| CronError::WrongSchedule { reason })
    }

    /// What is allowed in the expression but probably not meant, such as `*/7` minutes: the text with carets under each such
    /// part, and how to write it otherwise. Registering logs the same.
    pub fn warnings(&self) -> Vec<String> {
        let When::Expression(text) = &self.when else { return Vec::new() };
        let expression = Expression::parse(text).ok();
        expression.iter().flat_map(Expression::lints).map(|lint| lint.picture(text)).collect()
    }

    /// When it runs, in English, with the time zone: `at 09:00, Monday to Friday, Europe/Berlin`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn describe(&self) -> Result<String, CronError> {
        Ok(self.recurrence(Timestamp::UNIX_EPOCH)?.describe())
    }

    /// The next runs of a cron that is registered at `after`, as people read them: what the clock of the zone shows, the
    /// instant, and a remark where that clock is changed, such as `Sun 2026-03-08 03:00 (2026-03-08T07:00:00Z, for 02:30,
    /// which the clock leaves out)`. Of an interval the instants alone, of which the first is `after`. Without the delay of a
    /// splay, which depends on the cron's name. There are fewer than `count` at the end of the calendar, the year 2100.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn preview(&self, after: Timestamp, count: usize) -> Result<Vec<String>, CronError> {
        let recurrence = self.recurrence(after)?;
        Ok(recurrence.preview(self.when.done_at(after), Duration::ZERO, count))
    }

    /// The times of a cron that begins at `anchor`, if the whole schedule is right.
    fn recurrence(&self, anchor: Timestamp) -> Result<Recurrence, CronError> {
        self.check()?;
        let recurrence = self.when.recurrence(&self.time_zone, anchor);
        recurrence.map_err(|reason| CronError::WrongSchedule { reason })
    }

    /// Whether the times and rules can be kept; if not, why.
    pub(super) fn judge(&self) -> Result<(), String> {
        self.when.recurrence(&self.time_zone, Timestamp::UNIX_EPOCH)?;
        if self.splay > LONGEST_SPLAY {
            return Err(format!("a splay of {:?} is too long: it is at most a day", self.splay));
        }
        match self.catch_up {
            CatchUp::All { max, .. } if !(1..=MOST_CAUGHT_UP).contains(&max) => {
                Err(format!("`CatchUp::All` has `max: {max}`: it is from 1 to 1,000"))
            }
            _ => Ok(()),
        }
    }
}

impl When {
    /// The times as arithmetic knows them, those of an interval counted from `anchor`.
    pub(super) fn recurrence(&self, time_zone: &str, anchor: Timestamp) -> Result<Recurrence, String> {
        let zone = Zone::named(time_zone).map_err(|error| error.to_string())?;
        match self {
            Self::Expression(text) => {
                let expression = Expression::parse(text)
                    .map_err(|error| format!("`{text}` is no cron expression\n{}", error.picture()))?;
                Ok(Recurrence::Calendar(Box::new(Schedule::new(expression, zone))))
            }
            Self::Every(every) => match Interval::new(*every, anchor) {
                Ok(_) if zone != Zone::UTC => Err(format!(
                    "an interval has no time zone, and `{time_zone}` would change nothing: remove it, or use an expression"
                )),
                Ok(interval) => Ok(Recurrence::Interval(interval)),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    /// Up to when slots are done of a cron that begins at `now`.
    pub(super) fn done_at(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::Expression(_) => now,
            // The anchor itself is a slot: the first run is at once.
            Self::Every(_) => now - Duration::from_micros(1),
        }
    }

    /// As it is shown: the expression, or `every 90 minutes`.
    pub(super) fn text(&self, described: &str) -> String {
        match self {
            Self::Expression(text) => text.clone(),
            Self::Every(_) => described.to_owned(),
        }
    }
}
