//! What waits, and why, for those who look on.
//!
//! Invariant: a copy of numbers at one instant.

use std::fmt;

use crate::value::Timestamp;

/// What the scheduler has before it. `Display` shows a line for each queue that has something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backlog {
    /// The queues: the one without a name first, then those of the application, then those that functions with limits
    /// have for themselves.
    pub queues: Vec<QueueBacklog>,
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
    /// Whether nothing runs and nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queues.iter().all(QueueBacklog::is_empty)
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
        let mut lines = self.queues.iter().filter(|queue| !queue.is_empty()).peekable();
        while let Some(queue) = lines.next() {
            write!(f, "{queue}")?;
            if lines.peek().is_some() {
                writeln!(f)?;
            }
        }
        Ok(())
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
            let backlog = Backlog { queues: vec![queue(), full] };
            assert!(!backlog.is_empty(), "{backlog:?}");
            let line = backlog.to_string();
            assert!(line.starts_with("queue `mail`") && line.lines().count() == 1, "{line}");
        }
        let backlog = Backlog { queues: vec![queue(), queue()] };
        assert_eq!((backlog.is_empty(), backlog.to_string()), (true, "nothing is scheduled".to_owned()));
    }
}
