//! Who starts next, without a store and without a clock.

use super::*;
use crate::schedule::backlog::QueueBacklog;
use crate::value::{DocumentId, TableNumber};

mod gates;

const NOW: Timestamp = Timestamp::from_secs(1_000);
const STEP: Duration = Duration::from_secs(10);
const NOBODY: [u64; 0] = [];

fn job(n: u64) -> JobId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Id::new(TableNumber(2), DocumentId(bytes))
}

fn number(picked: &Picked) -> u64 {
    let DocumentId(bytes) = picked.job.document();
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    u64::from_be_bytes(first)
}

fn later(secs: u64) -> Timestamp {
    NOW + Duration::from_secs(secs)
}

fn flow(queues: Vec<Queue>, limits: &[(&'static str, FunctionLimits)]) -> Flow {
    Flow::new(queues, limits.iter().copied().collect(), 1_000, STEP)
}

fn wait(path: &'static str, key: Option<&str>) -> Waiting {
    Waiting { lane: Lane::Actions, path, limit_key: key.map(Into::into) }
}

fn waits(queue: &str, due: Timestamp, waiting: Waiting) -> Again {
    Again::Waits(Box::new(Waits { due, queue: queue.to_owned(), waiting }))
}

/// The numbers of the jobs that start, in their order, when none ends.
fn all(flow: &mut Flow, now: Timestamp) -> Vec<u64> {
    std::iter::from_fn(|| flow.pick(Lane::Actions, now)).map(|picked| number(&picked)).collect()
}

/// What waits, while nothing is told of what runs.
fn backlog(flow: &Flow) -> Vec<QueueBacklog> {
    flow.backlog(std::iter::empty(), NOW)
}

fn one_at_a_time() -> FunctionLimits {
    FunctionLimits { concurrency: Some(1), rate: None }
}

#[test]
fn jobs_of_one_queue_start_in_the_order_of_their_times() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    for (n, secs) in [(1, 3), (2, 1), (3, 2), (4, 100)] {
        flow.insert("", later(secs), job(n), wait("a:b", None));
    }
    assert_eq!(flow.next_event(NOW), Some(later(1)));
    assert_eq!(all(&mut flow, later(5)), [2, 3, 1]);
    assert_eq!(flow.next_event(later(5)), Some(later(100)));
}

#[test]
fn lanes_do_not_take_each_others_jobs() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    flow.insert("", NOW, job(1), wait("a:b", None));
    assert_eq!(flow.pick(Lane::Mutations, NOW), None);
    assert_eq!(flow.startable(NOW), [0, 1]);
}

#[test]
fn a_queue_runs_as_many_as_it_says_and_holds_up_no_other() {
    let mut flow = flow(vec![Queue::new("slow").parallelism(2), Queue::new("")], &[]);
    for n in 1..=4 {
        flow.insert("slow", NOW, job(n), wait("a:b", None));
    }
    flow.insert("", later(1), job(9), wait("a:b", None));
    let first = flow.pick(Lane::Actions, later(1)).expect("it starts");
    assert_eq!(all(&mut flow, later(1)), [2, 9]);
    flow.done(&first, later(1));
    assert_eq!(all(&mut flow, later(1)), [3]);
}

#[test]
fn a_higher_priority_comes_first_among_those_who_wait_equally_long() {
    let mut flow = flow(vec![Queue::new("low"), Queue::new("high").priority(1)], &[]);
    flow.insert("low", NOW, job(1), wait("a:b", None));
    flow.insert("high", NOW, job(2), wait("a:b", None));
    assert_eq!(all(&mut flow, NOW), [2, 1]);
}

/// New jobs of a high priority come without end, as fast as jobs start; one of a low priority was there first.
#[test]
fn a_low_priority_does_not_starve() {
    let mut flow = flow(vec![Queue::new("low"), Queue::new("high").priority(3)], &[]);
    flow.insert("low", NOW, job(0), wait("a:b", None));
    let started = (0..100).find(|n| {
        let now = later(*n);
        flow.insert("high", now, job(n + 1), wait("a:b", None));
        let picked = flow.pick(Lane::Actions, now).expect("something starts");
        flow.done(&picked, now);
        number(&picked) == 0
    });
    assert_eq!(started, Some(30), "three steps of ten seconds are three steps of ten seconds");
}

#[test]
fn a_queues_rate_is_kept_and_tells_when_the_next_may_start() {
    let queue = Queue::new("mail").rate(Rate::new(1, Duration::from_secs(5)));
    let mut flow = flow(vec![queue], &[]);
    flow.insert("mail", NOW, job(1), wait("a:b", None));
    flow.insert("mail", NOW, job(2), wait("a:b", None));
    assert_eq!(all(&mut flow, NOW), [1]);
    assert_eq!(flow.next_event(NOW), Some(later(5)));
    assert_eq!(flow.startable(NOW)[Lane::Actions as usize], 0);
    assert_eq!(all(&mut flow, later(5)), [2]);
}

#[test]
fn what_is_paused_is_left_to_the_store_and_read_again_when_it_is_resumed() {
    let mut flow = flow(vec![Queue::new(""), Queue::new("mail")], &[]);
    flow.insert("mail", NOW, job(1), wait("a:b", None));
    flow.insert("", NOW, job(2), wait("a:b", None));
    flow.pause_queue("mail", true);
    assert_eq!(all(&mut flow, NOW), [2]);
    assert_eq!((flow.wants_reload(NOW), flow.next_event(NOW)), (None, None));
    flow.pause_queue("mail", false);
    assert_eq!(flow.wants_reload(NOW).map(|queue| flow.name(queue)).as_deref(), Some("mail"));
}

#[test]
fn a_paused_function_does_not_start_and_its_queue_goes_on() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    flow.insert("", NOW, job(1), wait("a:b", None));
    flow.insert("", NOW, job(2), wait("c:d", None));
    flow.pause_function("a:b", true);
    flow.insert("", NOW, job(3), wait("a:b", None));
    assert_eq!(all(&mut flow, NOW), [2]);
    let offer = |flow: &mut Flow| {
        let reload = flow.begin_reload(0, NOW);
        flow.offer(&reload, (NOW, job(1)), wait("a:b", None));
        flow.offer(&reload, (NOW, job(2)), wait("c:d", None));
        flow.end_reload(&reload, None);
        all(flow, NOW)
    };
    flow.load("");
    assert_eq!(offer(&mut flow), [0; 0], "a reload passes over what is paused");
    flow.pause_function("a:b", false);
    assert_eq!(flow.wants_reload(NOW), Some(0));
    assert_eq!(offer(&mut flow), [1], "what runs is not taken up again");
}

#[test]
fn a_job_that_was_replaced_waits_where_the_last_order_says() {
    let queues = vec![Queue::new("old"), Queue::new("new")];
    for queue in ["old", "new"] {
        let mut flow = flow(queues.clone(), &[("a:a", one_at_a_time())]);
        flow.insert("old", NOW, job(1), wait("a:a", Some("before")));
        let picked = flow.pick(Lane::Actions, NOW).expect("it is due");
        // Its record was replaced before its worker looked at it.
        flow.insert(queue, later(5), job(1), wait("a:a", Some("after")));
        flow.done(&picked, NOW);
        flow.put_back(picked, Lane::Actions, waits(queue, later(5), wait("a:a", Some("after"))));
        let picked = flow.pick(Lane::Actions, later(5)).expect("it is due");
        assert_eq!(picked.gate, Some(("a:a", Some("after".into()))), "{queue}");
        flow.done(&picked, later(5));
        assert!(flow.pick(Lane::Actions, later(5)).is_none(), "{queue}: it waits once");
    }
}

#[test]
fn more_due_jobs_than_are_held_are_read_when_there_is_room() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    for n in 0..1_500 {
        flow.insert("", NOW, job(n), wait("a:b", None));
    }
    let mut started = 0;
    while flow.wants_reload(NOW).is_none() {
        let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
        flow.done(&picked, NOW);
        started += 1;
    }
    assert!((500..=1_000).contains(&started), "{started}");
}

/// One is taken up after the other, as they are scheduled: none of them is ever behind a horizon when it comes.
#[test]
fn what_is_due_and_cannot_start_is_not_kept_without_bound() {
    let mut flow = flow(vec![Queue::new("").parallelism(1)], &[]);
    for n in 0..10_000 {
        flow.insert("", NOW, job(n), wait("a:b", None));
        let _ = flow.pick(Lane::Actions, NOW);
    }
    let held = flow.queues[0].lanes[Lane::Actions as usize].held();
    assert_eq!((held, flow.in_flight.len(), flow.queues[0].lanes[1].timers.len()), (1_000, 1_001, 0));
}

#[test]
fn a_job_that_is_replaced_into_another_queue_waits_there_alone() {
    let mut flow = flow(vec![Queue::new("old"), Queue::new("new")], &[("c:d", one_at_a_time())]);
    // It is due; it waits at a gate; it sleeps.
    for (due, path) in [(NOW, "a:b"), (NOW, "c:d"), (later(5), "a:b")] {
        let running = (path == "c:d").then(|| {
            flow.insert("old", NOW, job(9), wait(path, None));
            flow.pick(Lane::Actions, NOW).expect("it starts")
        });
        flow.insert("old", due, job(1), wait(path, None));
        assert_eq!(flow.startable(NOW)[Lane::Actions as usize], usize::from(due == NOW));
        assert_eq!(flow.pick(Lane::Mutations, NOW), None);
        if running.is_some() {
            assert_eq!(flow.pick(Lane::Actions, NOW), None);
        }
        flow.withdraw("old", (due, job(1)), wait(path, None));
        flow.insert("new", due, job(1), wait("e:f", None));
        let left = &backlog(&flow)[0];
        assert_eq!((left.ready + left.waiting, left.held_back), (0, 0), "{path} {due}");
        assert_eq!(flow.in_flight.len(), usize::from(running.is_some()), "{path} {due}");
        let picked = flow.pick(Lane::Actions, due).expect("it is due");
        assert_eq!((picked.job, picked.queue), (job(1), 1));
        flow.done(&picked, due);
        assert_eq!(flow.pick(Lane::Actions, due), None, "{path} {due}: it waits once");
        if let Some(running) = running {
            flow.done(&running, NOW);
        }
    }
}

#[test]
fn what_comes_again_while_it_runs_starts_when_that_has_ended() {
    let mut flow = flow(vec![Queue::new(""), Queue::new("new")], &[]);
    flow.insert("", NOW, job(1), wait("a:b", None));
    let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
    flow.insert("new", NOW, job(1), wait("a:b", None));
    assert_eq!(flow.pick(Lane::Actions, NOW), None, "it runs");
    flow.done(&picked, NOW);
    flow.put_back(picked, Lane::Actions, waits("new", NOW, wait("a:b", None)));
    let again = flow.pick(Lane::Actions, NOW).expect("it is due");
    assert_eq!((again.job, again.queue), (job(1), 1));
    flow.done(&again, NOW);
    assert_eq!(flow.pick(Lane::Actions, later(9)), None, "it waited once");
}

#[test]
fn what_is_put_off_into_a_queue_that_is_paused_stays_there() {
    let mut flow = flow(vec![Queue::new("old"), Queue::new("new")], &[]);
    flow.pause_queue("new", true);
    flow.insert("old", NOW, job(1), wait("a:b", None));
    let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
    flow.withdraw("old", (NOW, job(1)), wait("a:b", None));
    flow.insert("new", later(5), job(1), wait("a:b", None));
    flow.done(&picked, NOW);
    flow.put_back(picked, Lane::Actions, waits("new", later(5), wait("a:b", None)));
    assert_eq!(all(&mut flow, later(9)), NOBODY);
}

#[test]
fn what_came_again_and_was_put_off_waits_for_its_time() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    flow.insert("", NOW, job(1), wait("a:b", None));
    let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
    flow.insert("", NOW, job(1), wait("a:b", None));
    assert_eq!(flow.startable(NOW)[Lane::Actions as usize], 0, "it runs");
    flow.withdraw("", (NOW, job(1)), wait("a:b", None));
    flow.insert("", later(5), job(1), wait("a:b", None));
    flow.done(&picked, NOW);
    assert_eq!((all(&mut flow, NOW), all(&mut flow, later(5))), (NOBODY.to_vec(), vec![1]));
}

#[test]
fn after_the_clock_was_set_back_nobody_waits_for_the_old_time() {
    let hourly = Some(Rate::new(1, Duration::from_hours(1)));
    let limited = [("a:b", FunctionLimits { concurrency: None, rate: hourly })];
    let slow = Queue { rate: hourly, ..Queue::new("slow") };
    let mut flow = flow(vec![Queue::new(""), slow], &limited);
    let jobs = [("", 1, "a:b"), ("", 2, "a:b"), ("slow", 3, "c:d"), ("slow", 4, "c:d")];
    let places =
        jobs.map(|(queue, n, path)| (queue, NOW - Duration::from_hours(10), job(n), wait(path, None)));
    for (queue, due, job, waiting) in places.clone() {
        flow.insert(queue, due, job, waiting);
    }
    assert_eq!(all(&mut flow, NOW), [1, 3]);
    let now = NOW - Duration::from_hours(9);
    assert_eq!(all(&mut flow, now), NOBODY, "the buckets are empty");
    while let Some(queue) = flow.wants_reload(now) {
        let reload = flow.begin_reload(queue, now);
        for (of, due, job, waiting) in places.clone() {
            if flow.name(queue) == of {
                flow.offer(&reload, (due, job), waiting);
            }
        }
        flow.end_reload(&reload, None);
    }
    assert_eq!(all(&mut flow, now), NOBODY);
    let next = flow.next_event(now).expect("two wait");
    assert_eq!(next, now + Duration::from_hours(1));
    assert_eq!(all(&mut flow, next), [2, 4]);
}

#[test]
fn a_retry_waits_for_its_time_though_the_job_came_again_before() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    flow.insert("", NOW, job(1), wait("a:b", None));
    let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
    // Put off to a time that is there at once, which the attempt that has begun sees.
    flow.withdraw("", (NOW, job(1)), wait("a:b", None));
    flow.insert("", later(1), job(1), wait("a:b", None));
    assert_eq!(flow.pick(Lane::Actions, later(1)), None, "it runs");
    flow.done(&picked, later(1));
    let retry = waits("", later(5), wait("a:b", None));
    flow.put_back(picked, Lane::Actions, retry);
    let again = flow.pick(Lane::Actions, later(1)).expect("it came again");
    flow.done(&again, later(1));
    flow.put_back(again, Lane::Actions, waits("", later(5), wait("a:b", None)));
    assert_eq!((all(&mut flow, later(4)), all(&mut flow, later(5))), (NOBODY.to_vec(), vec![1]));
}

/// It ran as it was picked, and failed as what it was replaced by.
#[test]
fn a_retry_of_a_job_that_was_replaced_waits_where_the_last_order_says() {
    let mut flow = flow(vec![Queue::new(""), Queue::new("other")], &[("a:b", one_at_a_time())]);
    flow.insert("", NOW, job(1), wait("a:b", Some("former")));
    let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
    flow.done(&picked, NOW);
    flow.put_back(picked, Lane::Actions, waits("other", later(5), wait("a:b", Some("present"))));
    flow.insert("", NOW, job(2), wait("a:b", Some("present")));
    assert_eq!(all(&mut flow, NOW), [2]);
    let other = backlog(&flow).into_iter().find(|queue| queue.name == "other").expect("declared");
    assert_eq!(other.waiting, 1);
    assert_eq!(all(&mut flow, later(5)), NOBODY, "another one of its key runs");
}

/// It failed, and is to run again at the very instant to which it was put off while it ran.
#[test]
fn a_retry_of_what_has_come_again_at_its_time_waits_once() {
    let mut flow = flow(vec![Queue::new("")], &[]);
    flow.insert("", NOW, job(1), wait("a:b", None));
    let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
    flow.insert("", later(1), job(1), wait("a:b", None));
    assert_eq!(flow.pick(Lane::Actions, later(1)), None, "it runs");
    flow.done(&picked, later(1));
    let retry = waits("", later(1), wait("a:b", None));
    flow.put_back(picked, Lane::Actions, retry);
    flow.withdraw("", (later(1), job(1)), wait("a:b", None));
    assert_eq!(flow.startable(later(1)), [0, 0]);
}

#[test]
fn an_order_that_is_told_late_takes_no_later_one_away() {
    let mut flow = flow(vec![Queue::new("")], &[("a:b", one_at_a_time())]);
    for path in ["a:b", "c:d"] {
        flow.insert("", NOW, job(9), wait("a:b", None));
        let running = flow.pick(Lane::Actions, NOW).expect("it starts");
        // It was due at 3, then put off to 60, then brought forward to now; of that it is told first.
        flow.insert("", NOW, job(1), wait(path, None));
        assert_eq!(flow.startable(NOW), [0, 1]);
        assert_eq!(flow.pick(Lane::Mutations, NOW), None);
        if path == "a:b" {
            assert_eq!(flow.pick(Lane::Actions, NOW), None);
        }
        flow.withdraw("", (later(3), job(1)), wait(path, None));
        flow.insert("", later(60), job(1), wait(path, None));
        flow.done(&running, NOW);
        let picked = flow.pick(Lane::Actions, NOW).expect("it is due");
        assert_eq!(number(&picked), 1, "{path}");
        flow.done(&picked, NOW);
        flow.withdraw("", (later(60), job(1)), wait(path, None));
    }
}

#[test]
fn a_pool_that_is_full_leaves_the_last_place_of_a_queue_to_the_other_for_a_step_of_priority() {
    let mut flow = flow(vec![Queue::new("narrow").parallelism(1)], &[]);
    let mutation = Waiting { lane: Lane::Mutations, path: "m:n", limit_key: None };
    flow.insert("narrow", later(1), job(1), mutation);
    flow.insert("narrow", later(2), job(2), wait("a:b", None));
    flow.set_full([true, false]);
    assert_eq!(flow.startable(later(2)), [1, 1]);
    assert_eq!(flow.startable(later(1) + STEP), [1, 0]);
    assert_eq!(flow.pick(Lane::Actions, later(1) + STEP), None);
    flow.set_full([false; 2]);
    assert_eq!(number(&flow.pick(Lane::Mutations, later(1) + STEP).expect("it is its turn")), 1);
}

/// The places of a queue are for whoever has waited longest, of both pools.
#[test]
fn who_waits_longer_in_the_other_pool_gets_the_last_place_of_the_queue() {
    let mutation = || Waiting { lane: Lane::Mutations, path: "m:n", limit_key: None };
    for queue in [Queue::new("narrow").parallelism(1), Queue::new("slow").rate(Rate::new(1, STEP))] {
        let mut flow = flow(vec![queue], &[("c:d", one_at_a_time())]);
        let name = queue.name();
        flow.insert(name, NOW, job(1), wait("a:b", None));
        flow.insert(name, later(1), job(2), mutation());
        flow.insert(name, later(2), job(3), wait("a:b", None));
        let mut now = later(2);
        assert_eq!((flow.startable(now)[0], flow.pick(Lane::Mutations, now)), (0, None));
        let mut ends = |flow: &mut Flow, lane| {
            let picked = flow.pick(lane, now).expect("it is the next one");
            now += STEP;
            flow.done(&picked, now);
            (number(&picked), now)
        };
        let (first, then) = ends(&mut flow, Lane::Actions);
        assert_eq!((first, flow.startable(then), flow.pick(Lane::Actions, then)), (1, [1, 0], None));
        assert_eq!(ends(&mut flow, Lane::Mutations).0, 2);
        assert_eq!(ends(&mut flow, Lane::Actions).0, 3);
    }
}

#[test]
fn a_queue_that_cannot_be_read_holds_up_no_other_and_is_read_again() {
    let mut flow = flow(vec![Queue::new("damaged"), Queue::new("sound")], &[]);
    flow.load("damaged");
    flow.load("sound");
    assert_eq!(flow.wants_reload(NOW), Some(0));
    let reload = flow.begin_reload(0, NOW);
    flow.abandon_reload(&reload, NOW);
    assert_eq!(flow.wants_reload(NOW), Some(1));
    let reload = flow.begin_reload(1, NOW);
    flow.end_reload(&reload, None);
    assert_eq!((flow.wants_reload(NOW), flow.is_complete(NOW)), (None, false));
    assert_eq!(flow.next_event(NOW), Some(later(1)));
    assert_eq!(flow.wants_reload(later(1)), Some(0));
    let reload = flow.begin_reload(0, later(1));
    flow.end_reload(&reload, None);
    assert_eq!((flow.is_complete(later(1)), flow.next_event(later(1))), (true, None));
    // What was to be read is gone meanwhile, so that there is nothing to look for.
    flow.load("damaged");
    let reload = flow.begin_reload(0, NOW);
    flow.abandon_reload(&reload, NOW);
    flow.pause_queue("damaged", true);
    assert_eq!((flow.is_complete(later(1)), flow.next_event(later(1))), (true, None));
}

/// Nothing of the first is to be held, and the store has much of it.
#[test]
fn a_queue_that_is_read_on_and_on_lets_others_have_their_turn() {
    let mut flow = flow(vec![Queue::new("one"), Queue::new("two")], &[]);
    flow.pause_function("a:b", true);
    for queue in ["one", "two"] {
        flow.load(queue);
    }
    let mut read = Vec::new();
    for _ in 0..3 {
        let queue = flow.wants_reload(NOW).expect("it has more");
        read.push(flow.name(queue));
        let reload = flow.begin_reload(queue, NOW);
        flow.offer(&reload, (NOW, job(1)), wait("a:b", None));
        flow.end_reload(&reload, Some((NOW, job(1))));
    }
    assert_eq!(read, ["one", "two", "one"]);
}
