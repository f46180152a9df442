//! What runs and what waits, and why, for those who look on.
//!
//! Invariant: a copy of what is known at one instant. Nobody has paid for it before it was asked for.

use std::fmt;

use crate::function::ScheduledFunction;
use crate::value::{Doc, Id, Timestamp};

/// How many functions are listed of a kind.
pub(super) const LISTED: usize = 20;

/// What the scheduler has before it. `Display` shows for each queue that has something how much that is, which functions run and
/// which come next; then what is paused and what is parked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backlog {
    /// The queues: the one without a name first, then those of the application, then those that functions with limits
    /// have for themselves.
    pub queues: Vec<QueueBacklog>,
    /// The paths of the functions that are paused, sorted. Their jobs are in the store alone, and not counted.
    pub paused_functions: Vec<String>,
    /// What waits for another program.
    pub parked: Parked,
}

/// Functions that this program cannot run, so that the start has [parked](crate::StaleJobs::Park) them. They go on when a
/// program starts that can run them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// How many there are.
    pub count: usize,
    /// The first of them that the start met, at most 20.
    pub first: Vec<ParkedFunction>,
}

/// A function that this program cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParkedFunction {
    /// Its record.
    pub id: Id<ScheduledFunction>,
    /// The path that it was scheduled by.
    pub name: String,
    /// Why it cannot run: the function is gone, or takes other arguments.
    pub reason: String,
}

/// What runs and waits in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueBacklog {
    /// The queue's name.
    pub name: String,
    /// Whether it is paused. Its jobs are then in the store alone, and not counted here.
    pub paused: bool,
    /// Jobs that run.
    pub running: usize,
    /// Jobs that are due and wait for a place, as far as they are kept in memory.
    pub ready: usize,
    /// Jobs that are due and held back by the limits of their functions, as far as they are kept in memory.
    pub held_back: usize,
    /// Jobs that are not due yet, as far as they are kept in memory.
    pub waiting: usize,
    /// Whether the store has more, due or not.
    pub more_in_store: bool,
    /// When the next one is due.
    pub next_due: Option<Timestamp>,
    /// Of those that run, the ones that have done so for longest, at most 20.
    pub longest_running: Vec<RunningFunction>,
    /// Of those that wait and are kept in memory, the ones that are due first, at most 20, and what each of them waits for.
    pub next: Vec<WaitingFunction>,
}

/// A function that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunningFunction {
    /// Its record.
    pub id: Id<ScheduledFunction>,
    /// Its path.
    pub path: String,
    /// When it was started.
    pub since: Timestamp,
}

/// A function that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitingFunction {
    /// Its record.
    pub id: Id<ScheduledFunction>,
    /// Its path.
    pub path: String,
    /// The key for which the limits of its function hold apart, if they do, as its record has it.
    pub limit_key: Option<String>,
    /// When it is or was due.
    pub due: Timestamp,
    /// What keeps it from starting.
    pub waits_for: WaitsFor,
}

/// What keeps a function from starting. Of several reasons it is the first one that it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// It is not due yet.
    Time,
    /// Nothing: it is about to start.
    Turn,
    /// As many run as a knob allows.
    Place {
        /// The name of the knob: `scheduled_mutations` or `scheduled_actions`.
        knob: &'static str,
    },
    /// As many run as the [parallelism](crate::Queue::parallelism) of its queue allows.
    QueueParallelism,
    /// The [rate](crate::Queue::rate) of its queue lets nothing start before this time.
    QueueRate(Timestamp),
    /// As many run as the `concurrency` of its function allows, for its key if that holds apart.
    FunctionConcurrency,
    /// The `rate` of its function lets nothing start before this time, for its key if that holds apart.
    FunctionRate(Timestamp),
    /// Its function is paused.
    Resume,
    /// Its record could not be read or written, and is looked at again at this time.
    Retry(Timestamp),
}

impl Backlog {
    /// Whether nothing runs and nothing waits, and nothing is paused or parked. What is paused may have jobs in the store.
    pub fn is_empty(&self) -> bool {
        let Self { queues, paused_functions, parked } = self;
        parked.count == 0 && paused_functions.is_empty() && queues.iter().all(QueueBacklog::is_empty)
    }
}

impl Parked {
    pub(super) fn add(&mut self, job: Doc<ScheduledFunction>, reason: String) {
        self.count += 1;
        if self.first.len() < LISTED {
            self.first.push(ParkedFunction { id: job.id, name: job.value.name, reason });
        }
    }

    /// One of them was canceled, or replaced by what can run.
    pub(super) fn leave(&mut self, id: Id<ScheduledFunction>) {
        self.count -= 1;
        self.first.retain(|function| function.id != id);
    }
}

impl QueueBacklog {
    /// Whether nothing of the queue runs and nothing waits in it. A paused queue may have jobs in the store.
    pub fn is_empty(&self) -> bool {
        self.running + self.ready + self.held_back + self.waiting == 0 && !self.more_in_store && !self.paused
    }
}

impl fmt::Display for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing is scheduled");
        }
        let queues = self.queues.iter().filter(|queue| !queue.is_empty()).map(QueueBacklog::to_string);
        let paused = self.paused_functions.iter().map(|path| format!("function `{path}` is paused"));
        let parked = (self.parked.count > 0).then(|| self.parked.to_string());
        f.write_str(&queues.chain(paused).chain(parked).collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Display for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parked, for this program cannot run them: {}", self.count)?;
        for ParkedFunction { id, name, reason } in &self.first {
            write!(f, "\n- {id} {name}: {reason}")?;
        }
        match self.count - self.first.len() {
            0 => Ok(()),
            more => write!(f, "\n- and {more} more"),
        }
    }
}

impl fmt::Display for QueueBacklog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.name {
            "" => f.write_str("the queue without a name")?,
            name => write!(f, "queue `{name}`")?,
        }
        let Self { running, ready, held_back, waiting, longest_running, next, .. } = self;
        if self.paused {
            f.write_str(" is paused")?;
        } else {
            write!(
                f,
                ": {running} running, {ready} ready, {held_back} held back by limits, {waiting} not due"
            )?;
            if self.more_in_store {
                f.write_str(" and more in the store")?;
            }
            if let Some(due) = self.next_due.filter(|_| *waiting > 0) {
                write!(f, ", the next at {due}")?;
            }
        }
        list(f, longest_running, *running, "run")?;
        list(f, next, ready + held_back + waiting, "wait")
    }
}

/// A line for each of the first, and one for the others, of which there are `count` with the first.
fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, first: &[T], count: usize, what: &str) -> fmt::Result {
    for function in first {
        write!(f, "\n- {function}")?;
    }
    match count.saturating_sub(first.len()) {
        more if more > 0 && !first.is_empty() => write!(f, "\n- and {more} more that {what}"),
        _ => Ok(()),
    }
}

impl fmt::Display for RunningFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, path, since } = self;
        write!(f, "{id} {path}: runs since {since}")
    }
}

impl fmt::Display for WaitingFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, path, limit_key, due, waits_for } = self;
        write!(f, "{id} {path}")?;
        if let Some(key) = limit_key {
            write!(f, " per {key}")?;
        }
        match waits_for {
            WaitsFor::Time => write!(f, ": is due at {due}"),
            reason => write!(f, ": was due at {due}, {reason}"),
        }
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => f.write_str("waits for its time"),
            Self::Turn => f.write_str("is about to start"),
            Self::Place { knob } => write!(f, "waits for a place: as many run as `Knobs::{knob}` allows"),
            Self::QueueParallelism => f.write_str("waits for a place: as many run as its queue allows"),
            Self::QueueRate(until) => write!(f, "waits for the rate of its queue until {until}"),
            Self::FunctionConcurrency => f.write_str("waits for a place: as many run as its function allows"),
            Self::FunctionRate(until) => write!(f, "waits for the rate of its function until {until}"),
            Self::Resume => f.write_str("waits until its function is resumed"),
            Self::Retry(at) => write!(f, "could not be read or recorded and is looked at again at {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{DocumentId, TableNumber};

    fn queue() -> QueueBacklog {
        QueueBacklog {
            name: "mail".into(),
            paused: false,
            running: 0,
            ready: 0,
            held_back: 0,
            waiting: 0,
            more_in_store: false,
            next_due: None,
            longest_running: Vec::new(),
            next: Vec::new(),
        }
    }

    fn of(queues: Vec<QueueBacklog>) -> Backlog {
        Backlog { queues, ..Backlog::default() }
    }

    fn id(number: u8) -> Id<ScheduledFunction> {
        Id::new(TableNumber(2), DocumentId([number; 16]))
    }

    fn job(number: u8) -> Doc<ScheduledFunction> {
        let now = Timestamp::from_secs(0);
        let value = ScheduledFunction::pending("jobs:gone", Vec::new(), now, now);
        Doc { id: id(number), creation_time: now, value }
    }

    #[test]
    fn a_backlog_is_empty_when_nothing_runs_and_nothing_waits_anywhere() {
        let full = [
            QueueBacklog { paused: true, ..queue() },
            QueueBacklog { running: 1, ..queue() },
            QueueBacklog { ready: 1, ..queue() },
            QueueBacklog { held_back: 1, ..queue() },
            QueueBacklog { waiting: 1, ..queue() },
            QueueBacklog { more_in_store: true, ..queue() },
        ];
        for full in full {
            let backlog = of(vec![queue(), full]);
            assert!(!backlog.is_empty(), "{backlog:?}");
            let line = backlog.to_string();
            assert!(line.starts_with("queue `mail`") && line.lines().count() == 1, "{line}");
        }
        let backlog = of(vec![queue(), queue()]);
        assert_eq!((backlog.is_empty(), backlog.to_string()), (true, "nothing is scheduled".to_owned()));
    }

    #[test]
    fn what_a_queue_has_before_it_is_told_in_a_line() {
        let next_due = Some(Timestamp::from_secs(1_800_000_000));
        let shown = |queue: QueueBacklog| queue.to_string();
        let busy = QueueBacklog { running: 1, ready: 2, held_back: 3, waiting: 4, next_due, ..queue() };
        let numbers = "queue `mail`: 1 running, 2 ready, 3 held back by limits, 4 not due";
        let next = "the next at 2027-01-15T08:00:00Z";
        assert_eq!(shown(busy.clone()), format!("{numbers}, {next}"));
        let more = QueueBacklog { more_in_store: true, ..busy.clone() };
        assert_eq!(shown(more), format!("{numbers} and more in the store, {next}"));
        assert_eq!(shown(QueueBacklog { paused: true, ..busy }), "queue `mail` is paused");
        // The time of what is left in the store is a bound, and says nothing of what waits.
        let left_out = QueueBacklog { more_in_store: true, next_due, ..queue() };
        let none = "0 running, 0 ready, 0 held back by limits, 0 not due";
        assert_eq!(shown(left_out), format!("queue `mail`: {none} and more in the store"));
        let unnamed = QueueBacklog { name: String::new(), ..queue() };
        assert_eq!(shown(unnamed), format!("the queue without a name: {none}"));
    }

    #[test]
    fn what_runs_and_what_comes_next_has_a_line_each_and_the_others_are_counted() {
        let at = |secs: i64| Timestamp::from_secs(1_800_000_000 + secs);
        let running = |number| RunningFunction { id: id(number), path: "jobs:send".into(), since: at(0) };
        let waiting = |number, limit_key: Option<&str>, waits_for| {
            let (path, limit_key) = ("jobs:send".into(), limit_key.map(str::to_owned));
            WaitingFunction { id: id(number), path, limit_key, due: at(1), waits_for }
        };
        let reasons = [
            (WaitsFor::Turn, "is about to start"),
            (
                WaitsFor::Place { knob: "scheduled_actions" },
                "waits for a place: as many run as `Knobs::scheduled_actions` allows",
            ),
            (WaitsFor::QueueParallelism, "waits for a place: as many run as its queue allows"),
            (WaitsFor::QueueRate(at(9)), "waits for the rate of its queue until 2027-01-15T08:00:09Z"),
            (WaitsFor::FunctionConcurrency, "waits for a place: as many run as its function allows"),
            (WaitsFor::FunctionRate(at(9)), "waits for the rate of its function until 2027-01-15T08:00:09Z"),
            (WaitsFor::Resume, "waits until its function is resumed"),
            (
                WaitsFor::Retry(at(9)),
                "could not be read or recorded and is looked at again at 2027-01-15T08:00:09Z",
            ),
        ];
        for (waits_for, reason) in reasons {
            let line = format!("{} jobs:send: was due at 2027-01-15T08:00:01Z, {reason}", id(3));
            assert_eq!(waiting(3, None, waits_for).to_string(), line);
        }
        let next = vec![waiting(3, None, WaitsFor::Time), waiting(4, Some("\"x\""), WaitsFor::Turn)];
        let longest_running = vec![running(1), running(2)];
        let queue = QueueBacklog { running: 5, ready: 1, waiting: 3, longest_running, next, ..queue() };
        let lists = [
            format!("- {} jobs:send: runs since 2027-01-15T08:00:00Z", id(1)),
            format!("- {} jobs:send: runs since 2027-01-15T08:00:00Z", id(2)),
            "- and 3 more that run".to_owned(),
            format!("- {} jobs:send: is due at 2027-01-15T08:00:01Z", id(3)),
            format!("- {} jobs:send per \"x\": was due at 2027-01-15T08:00:01Z, is about to start", id(4)),
            "- and 2 more that wait".to_owned(),
        ];
        let text = queue.to_string();
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), lists);
        let paused =
            QueueBacklog { paused: true, running: 2, ready: 0, waiting: 0, next: Vec::new(), ..queue };
        let lines = ["queue `mail` is paused", &lists[0], &lists[1]];
        assert_eq!(paused.to_string().lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn what_is_parked_is_counted_to_the_last_and_the_first_of_it_are_listed() {
        let mut backlog = of(vec![queue(), QueueBacklog { paused: true, ..queue() }]);
        for number in 0..25 {
            backlog.parked.add(job(number), "there is no such function any more".to_owned());
        }
        let line = format!("- {} jobs:gone: there is no such function any more", id(7));
        let text = backlog.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 23);
        assert_eq!(lines[0], "queue `mail` is paused");
        assert_eq!(lines[1], "parked, for this program cannot run them: 25");
        assert_eq!((lines[9], lines[22]), (&*line, "- and 5 more"));

        backlog.parked.leave(id(7));
        backlog.parked.leave(id(24));
        assert_eq!((backlog.parked.count, backlog.parked.first.len()), (23, 19));
        assert!(backlog.parked.first.iter().all(|function| function.id != id(7)));

        let mut backlog = of(vec![queue()]);
        backlog.parked.add(job(7), "there is no such function any more".to_owned());
        let expected = format!("parked, for this program cannot run them: 1\n{line}");
        assert_eq!((backlog.is_empty(), backlog.to_string()), (false, expected));
        backlog.parked.leave(id(7));
        assert!(backlog.is_empty());
    }
}
