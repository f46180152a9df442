//! What runs and waits in each queue, and what keeps it from starting, for those who look on.
//!
//! Invariant: changes nothing, and takes no longer than what is held in memory is long.

use std::collections::BTreeMap;

use super::gates::{Gate, GateKey};
use super::{AtWork, Flow, QueueState, Ready};
use crate::schedule::backlog::{LISTED, QueueBacklog, RunningFunction, WaitingFunction, WaitsFor};
use crate::schedule::timers::{Lane, Place, Waiting};
use crate::value::Timestamp;

/// Those of a queue that are due first.
#[derive(Default)]
struct First<'a>(BTreeMap<Place, (&'a Waiting, WaitsFor)>);

impl<'a> First<'a> {
    fn add(&mut self, place: Place, waiting: &'a Waiting, waits_for: WaitsFor) {
        self.0.insert(place, (waiting, waits_for));
        if self.0.len() > LISTED {
            self.0.pop_last();
        }
    }

    fn into_functions(self) -> Vec<WaitingFunction> {
        let function = |((due, id), (waiting, waits_for)): (Place, (&Waiting, WaitsFor))| {
            let limit_key = waiting.limit_key.as_deref().map(str::to_owned);
            WaitingFunction { id, path: waiting.path.to_owned(), limit_key, due, waits_for }
        };
        self.0.into_iter().map(function).collect()
    }
}

impl Flow {
    /// What waits where, and what runs of that which is `at_work`.
    pub(in crate::schedule) fn backlog(
        &self,
        at_work: impl Iterator<Item = AtWork>,
        now: Timestamp,
    ) -> Vec<QueueBacklog> {
        let mut running: Vec<Vec<AtWork>> = vec![Vec::new(); self.queues.len()];
        for job in at_work {
            running[job.queue].push(job);
        }
        let lists = running.into_iter().zip(self.first(now));
        let queues = self.queues.iter().enumerate().zip(lists);
        let queues = queues.map(|((number, queue), (running, first))| {
            let lanes = || queue.lanes.iter();
            let has_more = lanes().any(|lane| lane.timers.has_more()) || self.leaves_out_of(number);
            QueueBacklog {
                name: self.name(number),
                paused: queue.paused,
                running: queue.running as usize,
                ready: lanes().map(|lane| lane.ready.len()).sum(),
                held_back: lanes().map(|lane| lane.held_back).sum(),
                waiting: lanes().map(|lane| lane.timers.len()).sum(),
                more_in_store: has_more && !queue.paused,
                next_due: lanes().filter_map(|lane| lane.timers.next_due()).min().filter(|_| !queue.paused),
                longest_running: longest(running),
                next: first.into_functions(),
            }
        });
        queues.collect()
    }

    /// Those of each queue that are due first.
    fn first(&self, now: Timestamp) -> Vec<First<'_>> {
        let mut all: Vec<First<'_>> = Vec::new();
        for queue in &self.queues {
            let mut first = First::default();
            for lane in &queue.lanes {
                let ready = lane.ready.iter().map(|Ready { due, job, waiting }| ((*due, *job), waiting));
                for (place, waiting) in ready.take(LISTED).chain(lane.timers.first(LISTED)) {
                    first.add(place, waiting, self.hindrance(queue, place, waiting, now));
                }
            }
            all.push(first);
        }
        for (key, gate) in &self.gates {
            for (number, ready) in gate.first(LISTED) {
                let waits_for = self.hindrance_at(key, gate, now);
                let of_queue = || self.hindrance(&self.queues[number], ready.place(), &ready.waiting, now);
                all[number].add(ready.place(), &ready.waiting, waits_for.unwrap_or_else(of_queue));
            }
        }
        for ((until, _), (number, ready)) in &self.put_off {
            all[*number].add(ready.place(), &ready.waiting, WaitsFor::Retry(*until));
        }
        all
    }

    /// What keeps a job from starting that no gate holds back.
    fn hindrance(&self, queue: &QueueState, place: Place, waiting: &Waiting, now: Timestamp) -> WaitsFor {
        let token = || queue.bucket.and_then(|bucket| bucket.wait(now));
        if self.paused_functions.contains(waiting.path) {
            WaitsFor::Resume
        } else if place.0 > now {
            WaitsFor::Time
        } else if queue.room() == 0 {
            WaitsFor::QueueParallelism
        } else if let Some(until) = token() {
            WaitsFor::QueueRate(until)
        } else if self.full[waiting.lane as usize] {
            let knob = match waiting.lane {
                Lane::Mutations => "scheduled_mutations",
                Lane::Actions => "scheduled_actions",
            };
            WaitsFor::Place { knob }
        } else {
            WaitsFor::Turn
        }
    }

    /// What keeps jobs from starting that wait at a gate, if the gate still does.
    fn hindrance_at(&self, key: &GateKey, gate: &Gate, now: Timestamp) -> Option<WaitsFor> {
        let limits = self.limits.get(key.0).copied().unwrap_or_default();
        if self.paused_functions.contains(key.0) {
            Some(WaitsFor::Resume)
        } else if limits.concurrency.is_some_and(|limit| gate.running >= limit) {
            Some(WaitsFor::FunctionConcurrency)
        } else {
            gate.token(now).map(WaitsFor::FunctionRate)
        }
    }
}

fn longest(mut running: Vec<AtWork>) -> Vec<RunningFunction> {
    running.sort_unstable_by_key(|job| (job.since, job.job));
    let function =
        |AtWork { job, path, since, .. }: AtWork| RunningFunction { id: job, path: path.to_owned(), since };
    running.into_iter().take(LISTED).map(function).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{FunctionLimits, PauseTarget, Queue};
    use super::*;
    use crate::function::Rate;
    use crate::schedule::flow::{Again, JobId};
    use crate::value::{DocumentId, Id, TableNumber};

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn job(n: u8) -> JobId {
        Id::new(TableNumber(2), DocumentId([n; 16]))
    }

    fn later(secs: u64) -> Timestamp {
        NOW + Duration::from_secs(secs)
    }

    fn wait(path: &'static str, key: Option<&str>) -> Waiting {
        Waiting { lane: Lane::Actions, path, limit_key: key.map(Into::into) }
    }

    fn flow(queue: Queue, limits: FunctionLimits) -> Flow {
        Flow::new(vec![queue], [("a:limited", limits)].into_iter().collect(), 1_000, Duration::from_secs(10))
    }

    /// Those of the queue that are due first, and what they wait for.
    fn next(flow: &Flow, now: Timestamp) -> Vec<(JobId, WaitsFor)> {
        let queue = &flow.backlog(std::iter::empty(), now)[0];
        queue.next.iter().map(|function| (function.id, function.waits_for)).collect()
    }

    #[test]
    fn what_comes_next_is_told_in_its_order_and_what_is_not_due_waits_for_its_time() {
        let mut flow = flow(Queue::new(""), FunctionLimits::default());
        for n in (1..=30).rev() {
            flow.insert("", later(n), job(u8::try_from(n).unwrap()), wait("a:b", None));
        }
        let first: Vec<_> = (1..=20).map(|n| (job(n), WaitsFor::Time)).collect();
        assert_eq!(next(&flow, NOW), first);
        flow.set_full([false, true]);
        assert_eq!(flow.startable(later(2)), [0, 2]);
        let place = WaitsFor::Place { knob: "scheduled_actions" };
        assert_eq!(next(&flow, later(2))[..3], [(job(1), place), (job(2), place), (job(3), WaitsFor::Time)]);
        flow.set_full([false; 2]);
        assert_eq!(next(&flow, later(2))[0], (job(1), WaitsFor::Turn));
        let queue = flow.backlog(std::iter::empty(), later(2)).remove(0);
        assert_eq!((queue.ready, queue.waiting, queue.next.len()), (2, 28, 20));
        assert_eq!((&*queue.next[0].path, queue.next[0].due), ("a:b", later(1)));
    }

    #[test]
    fn a_queue_that_is_full_or_has_no_token_is_what_is_waited_for() {
        let rare = Queue::new("").rate(Rate::new(1, Duration::from_secs(1)));
        for (queue, expected) in [
            (Queue::new("").parallelism(1), WaitsFor::QueueParallelism),
            (rare, WaitsFor::QueueRate(later(1))),
        ] {
            let mut flow = flow(queue, FunctionLimits::default());
            for n in 1..=2 {
                flow.insert("", NOW, job(n), wait("a:b", None));
            }
            let picked = flow.pick(Lane::Actions, NOW).unwrap();
            assert_eq!(next(&flow, NOW), [(job(2), expected)]);
            let running = flow.backlog([picked.at_work(NOW)].into_iter(), NOW).remove(0).longest_running;
            let expected = RunningFunction { id: job(1), path: "a:b".into(), since: NOW };
            assert_eq!(running, [expected]);
        }
    }

    #[test]
    fn a_limit_of_the_function_is_what_is_waited_for_and_its_key_is_told() {
        let rate = Some(Rate::new(1, Duration::from_secs(1)));
        for (limits, expected) in [
            (FunctionLimits { concurrency: Some(1), rate: None }, WaitsFor::FunctionConcurrency),
            (FunctionLimits { concurrency: None, rate }, WaitsFor::FunctionRate(later(1))),
        ] {
            let mut flow = flow(Queue::new(""), limits);
            for n in 1..=3 {
                flow.insert("", NOW, job(n), wait("a:limited", Some("x")));
            }
            assert!(flow.pick(Lane::Actions, NOW).is_some() && flow.pick(Lane::Actions, NOW).is_none());
            assert_eq!(next(&flow, NOW), [(job(2), expected), (job(3), expected)]);
            let held_back = flow.backlog(std::iter::empty(), NOW).remove(0).next.remove(0);
            assert_eq!(held_back.limit_key.as_deref(), Some("x"));
            flow.pause(&PauseTarget::Function("a:limited".into()), true);
            assert_eq!(next(&flow, NOW)[0], (job(2), WaitsFor::Resume));
        }
    }

    #[test]
    fn a_pause_or_a_record_that_could_not_be_read_is_what_is_waited_for() {
        let mut flow = flow(Queue::new(""), FunctionLimits::default());
        flow.insert("", NOW, job(1), wait("a:b", None));
        let picked = flow.pick(Lane::Actions, NOW).unwrap();
        flow.done(&picked, NOW);
        flow.put_back(picked, Lane::Actions, Again::AsPicked(later(7)));
        flow.insert("", NOW, job(2), wait("a:paused", None));
        flow.pause(&PauseTarget::Function("a:paused".into()), true);
        let expected = [(job(1), WaitsFor::Retry(later(7))), (job(2), WaitsFor::Resume)];
        assert_eq!(next(&flow, NOW), expected);
    }

    #[test]
    fn those_that_have_run_for_longest_are_told() {
        let mut flow = flow(Queue::new(""), FunctionLimits::default());
        for n in 1..=30 {
            flow.insert("", NOW, job(n), wait("a:b", None));
        }
        let picked = |n: u64| flow.pick(Lane::Actions, NOW).unwrap().at_work(later(100 - n));
        let at_work: Vec<_> = (1..=30).map(picked).collect();
        let queue = flow.backlog(at_work.into_iter(), later(100)).remove(0);
        let told: Vec<_> =
            queue.longest_running.iter().map(|function| (function.id, function.since)).collect();
        let expected: Vec<_> = (11..=30).rev().map(|n| (job(n), later(100 - u64::from(n)))).collect();
        assert_eq!((queue.running, told), (30, expected));
    }
}
