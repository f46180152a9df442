//! The crons of the code: what `#[crons]` functions say.
//!
//! Invariant: what is wrong is kept until the start, which tells all of it at once; nothing runs from here.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::dialect::{Weekday, check_name};

use crate::error::{CronError, StartError};
use crate::function::call::Call;
use crate::function::crons::record::{CronSource, Declaration};
use crate::function::crons::schedule::{CronSchedule, TimeOfDay};
use crate::function::definition::Function;
use crate::function::handler;
use crate::function::method::Schedulable;
use crate::recurrence::{CatchUp, Overlap};
use crate::value::EncodeError;

/// Takes the crons of a `#[crons]` function.
///
/// Each method names the cron, says when it runs, and takes the call of a mutation or an action, public or internal. What
/// it returns takes further options. Names are unique in the application: a cron is known by its name, and one with
/// another name is another cron.
pub struct Crons {
    definitions: Vec<CronDefinition>,
    place: &'static str,
}

/// A cron that was just declared; takes its options.
///
/// ```
/// # use mainspring::{CatchUp, CronEntry, Overlap};
/// # use std::time::Duration;
/// # fn declared(cron: CronEntry<'_>) {
/// cron.time_zone("Europe/Berlin").catch_up(CatchUp::None).overlap(Overlap::Allow).splay(Duration::from_mins(5));
/// # }
/// ```
pub struct CronEntry<'a> {
    schedule: &'a mut CronSchedule,
}

/// A cron of the code.
#[derive(Clone)]
pub(crate) struct CronDefinition {
    pub(crate) name: String,
    pub(crate) schedule: CronSchedule,
    pub(crate) path: &'static str,
    arguments: Result<Vec<u8>, EncodeError>,
    place: Place,
}

/// Where a cron is declared.
#[derive(Clone, Copy)]
struct Place {
    /// The `#[crons]` function, as a Rust path.
    function: &'static str,
    at: &'static Location<'static>,
}

impl CronDefinition {
    /// Where it is declared, for a message.
    pub(crate) fn place(&self) -> String {
        self.place.to_string()
    }
}

impl Crons {
    pub(crate) fn new() -> Self {
        Self { definitions: Vec::new(), place: "" }
    }

    /// Takes the crons of one `#[crons]` function, called `place` in messages.
    #[doc(hidden)]
    pub fn define(&mut self, place: &'static str, define: fn(&mut Self)) {
        self.place = place;
        define(self);
    }

    /// Runs `call` every so often, at least a second. The first run is when the application first starts with the cron;
    /// the others are whole intervals after it, however late one of them was.
    #[track_caller]
    pub fn interval<F>(&mut self, name: &str, every: Duration, call: Call<F>) -> CronEntry<'_>
    where
        F: Function + Schedulable<F::Kind>,
    {
        self.add(name, CronSchedule::interval(every), call)
    }

    /// Runs `call` at the times of a cron expression of five fields: minute, hour, day of month, month, day of week. The
    /// documentation of [`#[crons]`](macro@crate::crons) has the dialect.
    #[track_caller]
    pub fn cron<F>(&mut self, name: &str, expression: &str, call: Call<F>) -> CronEntry<'_>
    where
        F: Function + Schedulable<F::Kind>,
    {
        self.add(name, CronSchedule::cron(expression), call)
    }

    /// Runs `call` every hour, at a minute from 0 to 59.
    #[track_caller]
    pub fn hourly<F>(&mut self, name: &str, minute: u8, call: Call<F>) -> CronEntry<'_>
    where
        F: Function + Schedulable<F::Kind>,
    {
        self.add(name, CronSchedule::hourly(minute), call)
    }

    /// Runs `call` every day: `crons.daily("report", at(9, 0), …)`.
    #[track_caller]
    pub fn daily<F>(&mut self, name: &str, time: TimeOfDay, call: Call<F>) -> CronEntry<'_>
    where
        F: Function + Schedulable<F::Kind>,
    {
        self.add(name, CronSchedule::daily(time), call)
    }

    /// Runs `call` every week: `crons.weekly("report", Weekday::Monday, at(9, 0), …)`.
    #[track_caller]
    pub fn weekly<F>(&mut self, name: &str, day: Weekday, time: TimeOfDay, call: Call<F>) -> CronEntry<'_>
    where
        F: Function + Schedulable<F::Kind>,
    {
        self.add(name, CronSchedule::weekly(day, time), call)
    }

    /// Runs `call` every month that has the day, from 1 to 31: not every month has a 29th, 30th or 31st.
    #[track_caller]
    pub fn monthly<F>(&mut self, name: &str, day: u8, time: TimeOfDay, call: Call<F>) -> CronEntry<'_>
    where
        F: Function + Schedulable<F::Kind>,
    {
        self.add(name, CronSchedule::monthly(day, time), call)
    }

    pub(crate) fn into_definitions(self) -> Vec<CronDefinition> {
        self.definitions
    }

    #[track_caller]
    fn add<F: Function>(&mut self, name: &str, schedule: CronSchedule, call: Call<F>) -> CronEntry<'_> {
        let arguments = encode(call);
        let place = Place { function: self.place, at: Location::caller() };
        let definition = CronDefinition { name: name.to_owned(), schedule, path: F::PATH, arguments, place };
        let definition = self.definitions.push_mut(definition);
        CronEntry { schedule: &mut definition.schedule }
    }
}

impl CronEntry<'_> {
    /// The IANA time zone whose clock counts, such as `Europe/Berlin`. Default `UTC`. An interval has none.
    pub fn time_zone(self, name: &str) -> Self {
        self.change(|schedule| schedule.time_zone(name))
    }

    /// Which of the missed runs are made up for. Default [`CatchUp::Latest`].
    pub fn catch_up(self, catch_up: CatchUp) -> Self {
        self.change(|schedule| schedule.catch_up(catch_up))
    }

    /// What happens when a run is due and the one before it has not ended. Default [`Overlap::Skip`].
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.change(|schedule| schedule.overlap(overlap))
    }

    /// Starts each run later than its time by a delay below `within`, at most a day, which is always the same for a cron
    /// and differs between crons, so that not all of them start at the full hour. Default none.
    pub fn splay(self, within: Duration) -> Self {
        self.change(|schedule| schedule.splay(within))
    }

    fn change(self, change: impl FnOnce(CronSchedule) -> CronSchedule) -> Self {
        *self.schedule = change(self.schedule.clone());
        self
    }
}

impl CronDefinition {
    /// What is to be written down of it, if it was checked.
    pub(crate) fn declaration(&self) -> Declaration<'_> {
        Declaration {
            name: &self.name,
            function: self.path,
            arguments: self.arguments.as_deref().unwrap_or_default(),
            source: CronSource::Code,
            schedule: &self.schedule,
        }
    }

    /// What is wrong with it, if anything.
    fn mistake(&self) -> Option<String> {
        if let Err(error) = check_declaration(&self.name, &self.schedule) {
            return Some(error.to_string());
        }
        let error = self.arguments.as_ref().err()?;
        Some(format!("cron `{}` cannot call `{}`: {error}", self.name, self.path))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.function.is_empty() {
            write!(f, "{} at ", self.function)?;
        }
        write!(f, "{}", self.at)
    }
}

/// The arguments of a call in binary form.
pub(super) fn encode<F: Function>(call: Call<F>) -> Result<Vec<u8>, EncodeError> {
    let Call { arguments, .. } = call;
    handler::encode::<F>(&arguments)
}

/// Looks at the name and the schedule of a cron.
pub(super) fn check_declaration(name: &str, schedule: &CronSchedule) -> Result<(), CronError> {
    check_name(name).map_err(|error| CronError::InvalidName { reason: error.to_string() })?;
    schedule.judge().map_err(|reason| CronError::InvalidSchedule { name: name.to_owned(), reason })
}

/// Looks at all crons of the code, and logs what is allowed in them but probably not meant.
pub(crate) fn check(definitions: &[CronDefinition]) -> Result<(), StartError> {
    let mut wrong = Vec::new();
    for (position, definition) in definitions.iter().enumerate() {
        let CronDefinition { name, place, .. } = definition;
        if let Some(mistake) = definition.mistake() {
            wrong.push(format!("{place}: {mistake}"));
        } else if let Some(first) = definitions[..position].iter().find(|first| first.name == *name) {
            wrong.push(format!("{place}: there is a cron `{name}` already, in {}: rename one", first.place));
        }
        for warning in definition.schedule.warnings() {
            tracing::warn!(cron = name, %place, "probably not meant:\n{warning}");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(StartError::InvalidCrons { report: wrong.join("\n") }) }
}
