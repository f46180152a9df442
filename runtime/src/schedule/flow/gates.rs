//! The limits of functions, and those who wait for them.
//!
//! A gate stands before the runs of one function with one key. Those that it does not admit wait at it, in their order. When
//! they are so many that nothing else of their queue is held any more, the later half of each gate's is left out: it is in
//! the store, and read again when the gate has nobody left. So whoever is held back keeps nobody else from starting, unless
//! more keys than fit in memory are at their limits at once. Runs of one key may wait in several queues; each is let go on as if
//! the others had no place, and which of them starts is seen when it does.
//!
//! Invariant: pure. At a gate that leaves jobs out no later job of the same queue starts or waits. While a gate admits one,
//! the first of each queue that waits for it is ready there.

use std::collections::{BTreeSet, VecDeque};

use super::{Flow, JobId, Ready};
use crate::schedule::gcra::Bucket;
use crate::schedule::timers::{Lane, Place, Waiting};
use crate::value::Timestamp;

/// Gates that nobody uses are swept out when there are this many.
pub(super) const GATES_BEFORE_SWEEP: usize = 1_024;

pub(super) type GateKey = (&'static str, Option<Box<str>>);

#[derive(Default)]
pub(super) struct Gate {
    pub(super) running: u32,
    bucket: Option<Bucket>,
    queues: Vec<OfQueue>,
    refill: Option<Timestamp>,
}

/// Those of a queue that a gate has not admitted.
struct OfQueue {
    queue: usize,
    waiting: VecDeque<Ready>,
    /// The first of those that are left out.
    left_out: Option<(Lane, Place)>,
}

/// What a gate says to a job.
pub(super) enum Entrance {
    /// It goes through, and has taken from a bucket that will be full again then.
    Admitted(Option<Timestamp>),
    /// It is to wait, for a token until this time.
    HeldBack(Option<Timestamp>),
    /// Others that come before it are in the store alone, and so is it to be.
    LeftOut,
}

impl Gate {
    /// Of each queue the first ones that were not admitted, up to so many.
    pub(super) fn first(&self, count: usize) -> impl Iterator<Item = (usize, &Ready)> {
        self.queues.iter().flat_map(move |of| of.waiting.iter().take(count).map(|ready| (of.queue, ready)))
    }

    /// When there is a token again: `None` if there is one now, or no rate.
    pub(super) fn token(&self, now: Timestamp) -> Option<Timestamp> {
        self.bucket.and_then(|bucket| bucket.wait(now))
    }

    /// Whether a job is left to the store, because one that comes before it is.
    pub(super) fn leaves_out(&self, queue: usize, place: Place) -> bool {
        let of_queue = self.queues.iter().find(|of| of.queue == queue);
        of_queue.and_then(|of| of.left_out).is_some_and(|(_, first)| place >= first)
    }

    fn of_queue(&mut self, queue: usize) -> &mut OfQueue {
        let index = self.queues.iter().position(|of| of.queue == queue).unwrap_or_else(|| {
            self.queues.push(OfQueue { queue, waiting: VecDeque::new(), left_out: None });
            self.queues.len() - 1
        });
        &mut self.queues[index]
    }

    /// Who was let go on and is forgotten now lets nobody after it go on: that has to be seen to.
    fn look_again(&mut self, key: &GateKey, refills: &mut BTreeSet<(Timestamp, GateKey)>) {
        if self.is_wanted() {
            if let Some(former) = self.refill.replace(Timestamp::MIN) {
                refills.remove(&(former, key.clone()));
            }
            refills.insert((Timestamp::MIN, key.clone()));
        }
    }

    /// Lets whoever waits go on when there is a token, unless that is seen to already.
    fn expect(
        &mut self,
        token: Option<Timestamp>,
        key: &GateKey,
        refills: &mut BTreeSet<(Timestamp, GateKey)>,
    ) {
        if let Some(token) = token
            && self.is_wanted()
            && self.refill.is_none()
        {
            self.refill = Some(token);
            refills.insert((token, key.clone()));
        }
    }

    fn is_wanted(&self) -> bool {
        self.queues.iter().any(|of| !of.waiting.is_empty() || of.left_out.is_some())
    }
}

impl Flow {
    /// Lets those go on who waited for a token that is there now.
    pub(super) fn refill(&mut self, now: Timestamp) {
        while let Some((instant, key)) = self.refills.first().cloned()
            && instant <= now
        {
            self.refills.remove(&(instant, key.clone()));
            if let Some(gate) = self.gates.get_mut(&key) {
                gate.refill = None;
            }
            self.reopen(&key, now);
        }
    }

    /// The clock was set back, and nobody waits.
    pub(super) fn set_gates_back(&mut self, now: Timestamp) {
        self.refills.clear();
        for gate in self.gates.values_mut() {
            gate.refill = None;
            gate.bucket.iter_mut().for_each(|bucket| bucket.set_back(now));
        }
    }

    /// Goes through a gate, or says why not.
    pub(super) fn enter(&mut self, key: &GateKey, queue: usize, place: Place, now: Timestamp) -> Entrance {
        let limits = self.limits.get(key.0).copied().unwrap_or_default();
        let gate = self
            .gates
            .entry(key.clone())
            .or_insert_with(|| Gate { bucket: limits.rate.map(Bucket::new), ..Gate::default() });
        if gate.leaves_out(queue, place) {
            return Entrance::LeftOut;
        }
        if limits.concurrency.is_some_and(|limit| gate.running >= limit) {
            return Entrance::HeldBack(None);
        }
        if let Some(bucket) = &mut gate.bucket {
            if let Some(refill) = bucket.wait(now) {
                return Entrance::HeldBack(Some(refill));
            }
            bucket.take(now);
            // Whoever still waits goes on with the next token, which may have come since somebody was last let go on.
            let next = bucket.wait(now).unwrap_or(now);
            gate.expect(Some(next), key, &mut self.refills);
        }
        gate.running += 1;
        Entrance::Admitted(gate.bucket.map(|bucket| bucket.full_at()))
    }

    /// Takes from a gate's bucket what was taken by another process.
    pub(super) fn restore_gate(&mut self, key: GateKey, full_at: Timestamp, now: Timestamp) {
        if let Some(rate) = self.limits.get(key.0).and_then(|limits| limits.rate) {
            self.gates.entry(key).or_default().bucket = Some(Bucket::restored(rate, full_at, now));
        }
    }

    pub(super) fn hold_back(&mut self, key: &GateKey, queue: usize, ready: Ready, refill: Option<Timestamp>) {
        let Some(gate) = self.gates.get_mut(key) else { return };
        let lane = &mut self.queues[queue].lanes[ready.waiting.lane as usize];
        lane.held_back += 1;
        // Those that were let go on and came back stand before those that never were.
        let waiting = &mut gate.of_queue(queue).waiting;
        let place = waiting.partition_point(|other| other.place() < ready.place());
        waiting.insert(place, ready);
        gate.expect(refill, key, &mut self.refills);
    }

    /// Lets as many of each queue go on from a gate as it may admit now. If it may admit more than wait of one, those that
    /// were left out are read.
    pub(super) fn reopen(&mut self, key: &GateKey, now: Timestamp) {
        let limits = self.limits.get(key.0).copied().unwrap_or_default();
        let Some(gate) = self.gates.get_mut(key) else { return };
        let room = limits.concurrency.map_or(usize::MAX, |limit| limit.saturating_sub(gate.running) as usize);
        let tokens = gate.bucket.map_or(usize::MAX, |bucket| bucket.available(now));
        let admits = room.min(tokens);
        let mut gone = Vec::new();
        for OfQueue { queue, waiting, left_out } in &mut gate.queues {
            let lanes = &mut self.queues[*queue].lanes;
            if admits > waiting.len()
                && let Some((lane, first)) = left_out.take()
            {
                let lane = &mut lanes[lane as usize];
                lane.timers.rewind(first);
                // Later ones that nobody has looked at are not to start before those.
                lane.ready.retain(|ready| {
                    let Waiting { path, limit_key, .. } = &ready.waiting;
                    let stays = ready.place() < first || (*path, limit_key) != (key.0, &key.1);
                    if !stays {
                        gone.push(ready.job);
                    }
                    stays
                });
            }
            let count = admits.min(waiting.len());
            for ready in waiting.drain(..count).rev() {
                let lane = &mut lanes[ready.waiting.lane as usize];
                lane.held_back -= 1;
                lane.make_ready(ready);
            }
        }
        // Whoever was held back for others that ran may have to wait for a token now.
        let token = gate.bucket.and_then(|bucket| bucket.wait(now));
        gate.expect(token, key, &mut self.refills);
        self.leave_all(gone);
    }

    /// Leaves the later half of those out who wait at the gates of a queue. Returns whether that makes room for others.
    pub(super) fn relieve(&mut self, number: usize, lane: Lane) -> bool {
        let mut gone = Vec::new();
        for of in self.gates.values_mut().flat_map(|gate| &mut gate.queues).filter(|of| of.queue == number) {
            // All are runs of one function.
            if of.waiting.front().is_none_or(|first| first.waiting.lane != lane) {
                continue;
            }
            let later = of.waiting.split_off(of.waiting.len().div_ceil(2));
            let Some(first) = later.front().map(Ready::place) else { continue };
            gone.extend(later.iter().map(|ready| ready.job));
            let former = of.left_out.map_or(first, |(_, former)| former);
            of.left_out = Some((lane, first.min(former)));
        }
        let lane = &mut self.queues[number].lanes[lane as usize];
        lane.held_back -= gone.len();
        lane.is_tight = gone.len() < self.capacity.div_ceil(8);
        let makes_room = !lane.is_tight;
        self.leave_all(gone);
        makes_room
    }

    /// Forgets those of a queue who wait at gates, and says who they are.
    pub(super) fn forget_at_gates(&mut self, number: usize) -> Vec<JobId> {
        let mut gone = Vec::new();
        for gate in self.gates.values_mut() {
            if let Some(index) = gate.queues.iter().position(|of| of.queue == number) {
                gone.extend(gate.queues.swap_remove(index).waiting.into_iter().map(|ready| ready.job));
            }
        }
        gone
    }

    /// A job that its gate may have let go on does not start here.
    pub(super) fn look_again(&mut self, key: &GateKey) {
        if let Some(gate) = self.gates.get_mut(key) {
            gate.look_again(key, &mut self.refills);
        }
    }

    /// Takes a job of a queue away that waits at a gate. Returns whether there was one.
    pub(super) fn remove_waiting(&mut self, number: usize, place: Place, key: &GateKey) -> bool {
        let Some(gate) = self.gates.get_mut(key) else { return false };
        let waiting = &mut gate.of_queue(number).waiting;
        let found = waiting.binary_search_by(|ready| ready.place().cmp(&place)).ok();
        let Some(ready) = found.and_then(|index| waiting.remove(index)) else { return false };
        self.queues[number].lanes[ready.waiting.lane as usize].held_back -= 1;
        true
    }

    /// Whether a gate leaves out jobs of a queue.
    pub(super) fn leaves_out_of(&self, number: usize) -> bool {
        let mut queues = self.gates.values().flat_map(|gate| &gate.queues);
        queues.any(|of| of.queue == number && of.left_out.is_some())
    }

    /// Forgets the gates that nobody uses.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        if self.gates.len() < 2 * self.gates_after_sweep {
            return;
        }
        self.gates.retain(|_, gate| {
            let is_idle = gate.running == 0 && !gate.is_wanted() && gate.refill.is_none();
            !(is_idle && gate.bucket.is_none_or(|bucket| bucket.is_full(now)))
        });
        self.gates_after_sweep = self.gates.len().max(GATES_BEFORE_SWEEP);
    }
}
