//! What the application does, said once more in the simplest way: maps, changed by one transaction after another.

use std::collections::BTreeMap;

use super::functions::{Item, Op, Seen, Trail};
use crate::value::Timestamp;

/// Everything, after some of the commits.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// Group and amount by key, in the order in which they were inserted.
    items: BTreeMap<u32, (u32, i64)>,
    pub(super) jobs: BTreeMap<u32, Job>,
    /// The transaction that commits.
    running: u32,
}

/// A scheduled function.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) is_action: bool,
    due: Timestamp,
    ops: Vec<Op>,
    pub(super) is_canceled: bool,
    pub(super) has_run: bool,
}

impl Model {
    /// One more commit; says what is wrong with it.
    pub(super) fn commit(&mut self, trail: &Trail) -> Result<(), String> {
        if let Some(job) = self.jobs.get(&trail.tag) {
            if job.has_run || (job.is_canceled && !job.is_action) {
                return Err(format!("function {} has run twice, or was canceled before: {job:?}", trail.tag));
            }
            if trail.at < job.due || trail.ops != job.ops {
                return Err(format!("function {} ran too early, or with other arguments", trail.tag));
            }
        }
        self.running = trail.tag;
        let seen = self.all(&trail.ops, trail.at);
        // Until its commit it is still pending, also for itself.
        if let Some(job) = self.jobs.get_mut(&trail.tag) {
            job.has_run = true;
        }
        if agree(&seen, &trail.seen) {
            return Ok(());
        }
        Err(format!("transaction {} did {:?}, saw {:?}, and not {seen:?}", trail.tag, trail.ops, trail.seen))
    }

    /// What a query sees.
    pub(super) fn look(&self, ops: &[Op]) -> Vec<Seen> {
        self.clone().all(ops, Timestamp::UNIX_EPOCH)
    }

    pub(super) fn has(&self, items: &[Item]) -> bool {
        let found: BTreeMap<_, _> = items.iter().map(|item| (item.key, (item.group, item.amount))).collect();
        found.len() == items.len() && found == self.items
    }

    fn all(&mut self, ops: &[Op], now: Timestamp) -> Vec<Seen> {
        ops.iter().map(|op| self.one(op, now)).collect()
    }

    fn one(&mut self, op: &Op, now: Timestamp) -> Seen {
        match op {
            Op::Get { key } => {
                return self
                    .items
                    .get(key)
                    .map_or(Seen::Nothing, |&(group, amount)| Seen::Item { group, amount });
            }
            Op::Range { group, from, until, take, down } => {
                let inside = |(_, (other, amount)): &(&u32, &(u32, i64))| {
                    other == group && (from..until).contains(&amount)
                };
                let mut found: Vec<_> =
                    self.items.iter().filter(inside).map(|(key, (_, amount))| (*key, *amount)).collect();
                found.sort_by_key(|(_, amount)| *amount);
                if *down {
                    found.reverse();
                }
                found.truncate(*take as usize);
                return Seen::Items { found };
            }
            Op::Put { key, group, amount } => drop(self.items.insert(*key, (*group, *amount))),
            Op::Add { key, amount } => {
                if let Some(item) = self.items.get_mut(key) {
                    item.1 += amount;
                }
            }
            Op::Delete { key } => drop(self.items.remove(key)),
            Op::Nested { ops, fails } => {
                let before = self.clone();
                let seen = self.all(ops, now);
                if !fails {
                    return Seen::Nested { seen };
                }
                *self = before;
            }
            Op::Later { tag, delay_ms, ops, is_action } => {
                let due = now + std::time::Duration::from_millis(u64::from(*delay_ms));
                let (is_action, ops) = (*is_action, ops.clone());
                // What a canceled function schedules is canceled.
                let is_canceled = self.jobs.get(&self.running).is_some_and(|job| job.is_canceled);
                self.jobs.insert(*tag, Job { is_action, due, ops, is_canceled, has_run: false });
            }
            Op::Cancel { tag } => {
                let Some(job) = self.jobs.get_mut(tag) else { return Seen::Nothing };
                let state = match (job.has_run, job.is_canceled) {
                    _ if job.is_action => "any",
                    // It has canceled itself.
                    (true, true) => "any",
                    (true, _) => "success",
                    (false, true) => "canceled",
                    (false, false) => "pending",
                };
                // An action goes on for a while after its commit.
                job.is_canceled |= !job.has_run || job.is_action;
                return Seen::Job { state: state.to_owned() };
            }
        }
        Seen::Nothing
    }
}

/// Whether they are the same, but for what the model cannot know: how far an action has come, and the order of equal
/// amounts.
pub(super) fn agree(model: &[Seen], real: &[Seen]) -> bool {
    let one = |(model, real): (&Seen, &Seen)| match (model, real) {
        (Seen::Job { state }, Seen::Job { .. }) if state == "any" => true,
        // A mutation is marked before it runs while it is suspected of having ended processes.
        (Seen::Job { state }, Seen::Job { state: real }) if state == "pending" && real == "in progress" => {
            true
        }
        (Seen::Nested { seen: model }, Seen::Nested { seen: real }) => agree(model, real),
        _ => model == real,
    };
    model.len() == real.len() && model.iter().zip(real).all(one)
}
