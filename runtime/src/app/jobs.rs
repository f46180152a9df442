//! What the command `jobs` tells of data that is not in use: what waits in each queue, what is parked, what has failed last.
//!
//! Invariant: changes nothing, and holds a bounded number of jobs, however many there are.

use std::collections::BTreeMap;
use std::fmt;

use crate::app::backup::Data;
use crate::app::instant::Instant;
use crate::db::decode_document;
use crate::error::StartError;
use crate::function::{Pause, PauseTarget, ScheduledFunction, ScheduledState};
use crate::value::{Doc, Document as _, Id, Timestamp};

/// How many parked ones are listed, and how many that have failed.
const LISTED: usize = 20;

/// What there is of scheduled functions. It displays as a report for people.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    queues: BTreeMap<String, Waiting>,
    paused_functions: Vec<String>,
    parked: usize,
    /// A line of each of the first ones.
    first_parked: Vec<String>,
    failed: usize,
    /// A line of each of the latest ones.
    last_failed: BTreeMap<(Timestamp, Id<ScheduledFunction>), String>,
}

/// What there is in one queue.
#[derive(Debug, Default)]
struct Waiting {
    is_paused: bool,
    due: usize,
    not_due: usize,
    next: Option<Timestamp>,
    interrupted: usize,
}

impl Jobs {
    /// What there is now.
    pub(super) async fn of(data: &Data) -> Result<Self, StartError> {
        let mut jobs = Self::default();
        let now = data.env.now();
        let instant = Instant::of(data).await?;
        for table in instant.tables().await?.unwrap_or_default() {
            if ![ScheduledFunction::TABLE, Pause::TABLE].contains(&&*table.name) {
                continue;
            }
            let number = table.number;
            let mut documents = instant.documents_of(number);
            while let Some(found) = documents.next().await? {
                for (id, payload) in found {
                    // What does not decode is for the check to tell.
                    if table.name == ScheduledFunction::TABLE {
                        if let Ok(job) = decode_document(number, id, &payload) {
                            jobs.add(&job, now);
                        }
                    } else if let Ok(pause) = decode_document(number, id, &payload) {
                        jobs.pause(pause);
                    }
                }
            }
        }
        Ok(jobs)
    }

    fn pause(&mut self, pause: Doc<Pause>) {
        match pause.value.target {
            PauseTarget::Queue(name) => self.queues.entry(name).or_default().is_paused = true,
            PauseTarget::Function(path) => self.paused_functions.push(path),
        }
    }

    fn add(&mut self, job: &Doc<ScheduledFunction>, now: Timestamp) {
        if let (Some(error), Some(ended)) = (job.error(), job.completed_time) {
            self.failed += 1;
            let line = format!("{ended} {} {}: {}", job.id, job.name, first_line(error));
            self.last_failed.insert((ended, job.id), line);
            if self.last_failed.len() > LISTED {
                self.last_failed.pop_first();
            }
        } else if job.is_parked() {
            self.parked += 1;
            if self.first_parked.len() < LISTED {
                let reason = job.last_error.as_deref().unwrap_or_default();
                self.first_parked.push(format!("{} {}: {}", job.id, job.name, first_line(reason)));
            }
        } else if !job.is_finished() {
            self.queues.entry(job.queue.clone()).or_default().add(job, now);
        }
    }
}

impl Waiting {
    fn add(&mut self, job: &ScheduledFunction, now: Timestamp) {
        match job.next_run() {
            Some(due) if due > now => {
                self.not_due += 1;
                self.next = self.next.into_iter().chain([due]).min();
            }
            Some(_) => self.due += 1,
            None => self.interrupted += usize::from(job.state == ScheduledState::InProgress),
        }
    }
}

/// What people are told in a list; the record has all of it.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

impl fmt::Display for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = Vec::new();
        for (name, waiting) in &self.queues {
            let queue = if name.is_empty() { "the queue without a name" } else { &format!("queue `{name}`") };
            lines.push(format!("{queue}{waiting}"));
        }
        lines.extend(self.paused_functions.iter().map(|path| format!("function `{path}` is paused")));
        if self.parked > 0 {
            lines.push(format!("parked, for the program that ran last could not run them: {}", self.parked));
            lines.extend(self.first_parked.iter().map(|line| format!("- {line}")));
        }
        if self.failed > 0 {
            lines.push(format!("failed for good: {}, the latest first", self.failed));
            lines.extend(self.last_failed.values().rev().map(|line| format!("- {line}")));
        }
        if lines.is_empty() {
            return f.write_str("nothing waits, and nothing has failed");
        }
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_paused, due, not_due, next, interrupted } = self;
        f.write_str(if *is_paused { " is paused: " } else { ": " })?;
        write!(f, "{due} due, {not_due} not due")?;
        if let Some(next) = next {
            write!(f, ", the next at {next}")?;
        }
        match interrupted {
            0 => Ok(()),
            count => write!(f, ", {count} that ran when the process ended"),
        }
    }
}
