//! The records of crons and of their runs, documents of the system tables `_crons` and `_cron_runs`.
//!
//! Invariant: `done` goes back only after a clock that was wrong, and no slot runs again of which there is a record; or under
//! new time-zone data, by which what the zone's clock had `shown` stays done. So a slot has one run at most. A cron without
//! `due` waits for the end of its latest run, is at the end of its calendar, or has a zone that is not known
//! to this release, or a schedule that it cannot read.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::CronError;
use crate::function::crons::schedule::{CronSchedule, When};
use crate::function::job::{ScheduledFunction, ScheduledState};
use crate::recurrence::{
    CatchUp, LocalTime, Overlap, Progress, Recurrence, Rules, Slot, Zone, coming_slots, next_due, splay,
};
use crate::value::{Bytes, Document, EncodeError, Id, IndexSpec, KeyWriter, SystemTable, Timestamp, Value};

/// A cron, as `ctx.db.system()` reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cron {
    /// The name, unique in the application.
    pub name: String,
    /// The path of the function that it runs.
    pub function: String,
    arguments: Bytes,
    /// Who made it.
    pub source: CronSource,
    /// The cron expression, or `every 90 minutes`.
    pub schedule: String,
    /// The same in English, with the time zone.
    pub description: String,
    /// The IANA name of the zone whose clock counts.
    pub time_zone: String,
    /// Which missed runs are made up for.
    pub catch_up: CatchUp,
    /// What happens when a run is due while the former one goes on.
    pub overlap: Overlap,
    /// Of an interval: its length in microseconds.
    every: Option<u64>,
    /// How long after their times runs start, in microseconds.
    delay: u64,
    /// Where intervals are counted from.
    anchor: Timestamp,
    /// Every slot up to this instant has run or will not.
    done: Timestamp,
    /// The latest time that the zone's clock had shown at `done`, in seconds since 1970 began on it, if a slot was dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<LocalTime>,
    /// Slots after `done` and up to this one run for certain, one after another.
    backlog: Option<Timestamp>,
    /// The nominal time of the latest run, as its clock shows it: `2026-11-01T01:30`.
    pub last_slot: Option<String>,
    /// The latest run.
    pub last_job: Option<Id<ScheduledFunction>>,
    /// How many runs were skipped because a run before them had not ended.
    pub skipped: u64,
    /// Slots up to this instant may have run on a clock that was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ran_ahead: Option<Timestamp>,
    /// When it is to be looked at next.
    due: Option<Timestamp>,
}

/// When the clock is set back by more than this, it was wrong before; when by less, crons wait for it.
pub(crate) const CLOCK_WAS_WRONG: Duration = Duration::from_hours(24);

/// Who made a cron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CronSource {
    /// A `#[crons]` function: the cron is there as long as the code says so.
    Code,
    /// `ctx.crons.register`: the cron is there until it is deleted.
    Runtime,
}

/// A run of a cron, as `ctx.db.system()` reads it. The latest of each cron are kept (`Knobs::cron_runs_kept`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CronRun {
    /// The cron.
    pub cron: Id<Cron>,
    /// The nominal time: what the zone's clock shows, such as `2026-11-01T01:30`, with `+` after it when the clock shows it
    /// for the second time; of an interval the instant.
    pub slot: String,
    /// The instant for which it was scheduled.
    pub scheduled_time: Timestamp,
    /// The scheduled function that it is. Its record is gone after `Knobs::scheduled_retention`.
    pub job: Id<ScheduledFunction>,
    /// What has become of it.
    pub state: ScheduledState,
}

/// What to write down of a cron, whoever makes it.
pub(crate) struct Declaration<'a> {
    pub(crate) name: &'a str,
    pub(crate) function: &'static str,
    pub(crate) arguments: &'a [u8],
    pub(crate) source: CronSource,
    pub(crate) schedule: &'a CronSchedule,
}

impl Cron {
    pub(crate) const BY_DUE: usize = 0;
    pub(crate) const BY_NAME: usize = 1;

    /// A cron that begins at `now`.
    ///
    /// # Errors
    /// When the schedule names no times.
    pub(crate) fn new(declaration: &Declaration<'_>, now: Timestamp) -> Result<Self, CronError> {
        let Declaration { name, function, arguments, source, schedule } = *declaration;
        let CronSchedule { when, time_zone, catch_up, overlap, splay: within } = schedule;
        let recurrence = when
            .recurrence(time_zone, now)
            .map_err(|reason| CronError::InvalidSchedule { name: name.to_owned(), reason })?;
        let description = recurrence.describe();
        let every = match when {
            When::Expression(_) => None,
            When::Every(every) => Some(micros(*every)),
        };
        let done = when.done_at(now);
        let delay = splay(name, *within);
        let progress = Progress { done, shown: None, backlog: None };
        Ok(Self {
            name: name.to_owned(),
            function: function.to_owned(),
            arguments: Bytes::from(arguments.to_vec()),
            source,
            schedule: when.text(&description),
            description,
            time_zone: recurrence.zone_name().to_owned(),
            catch_up: catch_up.storable(),
            overlap: *overlap,
            every,
            delay: micros(delay),
            anchor: now,
            done: progress.done,
            shown: progress.shown,
            backlog: progress.backlog,
            last_slot: None,
            last_job: None,
            skipped: 0,
            ran_ahead: None,
            due: next_due(&recurrence, &progress, delay),
        })
    }

    /// This cron as the code now declares it, `declared` having been made at `now`.
    ///
    /// While the times stay what they are, in whatever words, the cron goes on from where it was, what it has missed
    /// included. Other times count from `now` on: those of an interval from one interval after it.
    pub(crate) fn redeclared(&self, mut declared: Self, now: Timestamp) -> Self {
        let (before, after) = (self.recurrence(), declared.recurrence());
        if before.zip(after).is_some_and(|(before, after)| before.has_times_of(&after)) {
            declared.anchor = self.anchor;
            declared.done = self.done;
            declared.shown = self.shown;
            declared.backlog = self.backlog;
        } else {
            declared.done = now.max(self.done);
        }
        declared.last_slot.clone_from(&self.last_slot);
        declared.last_job = self.last_job;
        declared.skipped = self.skipped;
        declared.ran_ahead = self.ran_ahead;
        declared.look_again(now);
        declared
    }

    /// Works out anew when the cron is due: new time-zone data may have moved its slots, or the clock was wrong.
    pub(crate) fn look_again(&mut self, now: Timestamp) {
        if self.done > now + CLOCK_WAS_WRONG {
            tracing::warn!(cron = self.name, until = %self.done, "the clock was wrong: this cron goes on from the present time");
            self.ran_ahead = self.ran_ahead.max(Some(self.done));
            self.anchor = self.anchor.min(now);
            self.done = now;
            self.shown = None;
            self.backlog = None;
        }
        self.due = match (self.backlog, self.recurrence()) {
            (Some(_), _) => Some(now),
            (None, Some(recurrence)) => next_due(&recurrence, &self.progress(), self.delay()),
            (None, None) => {
                self.tell_why_it_rests();
                None
            }
        };
    }

    /// When it runs; `None` when this release does not know the time zone, or cannot read the schedule.
    pub(crate) fn recurrence(&self) -> Option<Recurrence> {
        self.read_times().ok()
    }

    /// Says in the log why it has no recurrence, if it has none.
    pub(crate) fn tell_why_it_rests(&self) {
        let Err(reason) = self.read_times() else { return };
        let cron = &self.name;
        if Zone::named(&self.time_zone).is_err() {
            tracing::error!(
                cron,
                reason,
                "its time zone is not in the data of this release: it does not run"
            );
        } else {
            tracing::error!(cron, reason, "its schedule cannot be read by this release: it does not run");
        }
    }

    fn read_times(&self) -> Result<Recurrence, String> {
        let when = match self.every {
            Some(every) => When::Every(Duration::from_micros(every)),
            None => When::Expression(self.schedule.clone()),
        };
        when.recurrence(&self.time_zone, self.anchor)
    }

    pub(crate) fn rules(&self, lateness: Duration) -> Rules {
        Rules { catch_up: self.catch_up, overlap: self.overlap, splay: self.delay(), lateness }
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress { done: self.done, shown: self.shown, backlog: self.backlog }
    }

    /// Whether the slot at an instant may have run already.
    pub(crate) fn may_have_run(&self, slot: Timestamp) -> bool {
        self.ran_ahead.is_some_and(|until| slot <= until)
    }

    /// Enters what a step came to.
    pub(crate) fn advance(&mut self, progress: Progress, due: Option<Timestamp>) {
        self.done = progress.done;
        self.shown = progress.shown;
        self.backlog = progress.backlog;
        self.due = due;
    }

    /// Enters that `job` has ended; whether the cron has waited for that.
    pub(crate) fn run_ended(&mut self, job: Id<ScheduledFunction>, now: Timestamp) -> bool {
        let waited = self.backlog.is_some() && self.last_job == Some(job);
        if waited {
            self.due = Some(now);
        }
        waited
    }

    /// Whether a run waits for the end of the one before it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.backlog.is_some()
    }

    pub(crate) fn arguments(&self) -> &[u8] {
        &self.arguments
    }

    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// How long after their times its runs start.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_micros(self.delay)
    }

    /// The next slots of its recurrence, as it looks at `now`; those that are overdue or wait come first.
    pub(crate) fn next_slots(&self, recurrence: &Recurrence, count: usize, now: Timestamp) -> Vec<Slot> {
        coming_slots(recurrence, &self.progress(), self.delay(), now).take(count).collect()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl CronRun {
    pub(crate) const BY_CRON: usize = 0;
}

impl Value for Cron {}
impl Value for CronRun {}
impl Value for CronSource {}
impl SystemTable for Cron {}
impl SystemTable for CronRun {}

#[diagnostic::do_not_recommend]
impl Document for Cron {
    const TABLE: &'static str = "_crons";
    const INDEXES: &'static [IndexSpec] =
        &[IndexSpec { name: "by_due", fields: &["due"] }, IndexSpec { name: "by_name", fields: &["name"] }];

    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        if index == Self::BY_DUE { key.field(&self.due) } else { key.field(&self.name) }
    }
}

#[diagnostic::do_not_recommend]
impl Document for CronRun {
    const TABLE: &'static str = "_cron_runs";
    const INDEXES: &'static [IndexSpec] =
        &[IndexSpec { name: "by_cron_and_scheduled_time", fields: &["cron", "scheduledTime"] }];

    fn index_key(&self, _index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(&self.cron)?;
        key.field(&self.scheduled_time)
    }
}

#[cfg(test)]
mod tests;
