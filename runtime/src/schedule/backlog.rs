//! What waits, and why, for those who look on.
//!
//! Invariant: a copy of numbers at one instant.

use std::fmt;

use crate::function::ScheduledFunction;
use crate::value::{Doc, Id, Timestamp};

/// How many parked functions are listed.
const LISTED: usize = 20;

/// What the scheduler has before it. `Display` shows a line for each queue that has something, what is paused and what is parked.
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

/// What waits in one queue.
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
        if self.paused {
            return f.write_str(" is paused");
        }
        let Self { running, ready, held_back, waiting, .. } = self;
        write!(f, ": {running} running, {ready} ready, {held_back} held back by limits, {waiting} not due")?;
        if self.more_in_store {
            f.write_str(" and more in the store")?;
        }
        match self.next_due {
            Some(due) if *waiting > 0 => write!(f, ", the next at {due}"),
            _ => Ok(()),
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
