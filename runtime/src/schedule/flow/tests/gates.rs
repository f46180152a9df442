//! Who goes through a gate, who waits at it, and that nobody is stranded there.

use super::*;
use crate::schedule::flow::gates::GATES_BEFORE_SWEEP;

#[test]
fn a_functions_limit_holds_apart_for_each_key() {
    let mut flow = flow(vec![Queue::new("")], &[("a:b", one_at_a_time())]);
    for (n, key) in [(1, "x"), (2, "x"), (3, "y"), (4, "x"), (5, "y")] {
        flow.insert("", NOW, job(n), wait("a:b", Some(key)));
    }
    flow.insert("", NOW, job(6), wait("c:d", None));
    let first = flow.pick(Lane::Actions, NOW).expect("it starts");
    assert_eq!(number(&first), 1);
    assert_eq!(all(&mut flow, NOW), [3, 6], "who is held back holds up nobody else");
    flow.done(&first, NOW);
    assert_eq!(all(&mut flow, NOW), [2], "the first that waited for the key");
}

#[test]
fn a_functions_rate_is_kept_and_tells_when_the_next_may_start() {
    let limits = FunctionLimits { concurrency: None, rate: Some(Rate::new(2, Duration::from_secs(2))) };
    let mut flow = flow(vec![Queue::new("")], &[("a:b", limits)]);
    for n in 1..=5 {
        flow.insert("", NOW, job(n), wait("a:b", None));
    }
    assert_eq!(all(&mut flow, NOW), [1, 2]);
    assert_eq!(flow.next_event(NOW), Some(later(1)));
    assert_eq!(all(&mut flow, later(1)), [3]);
    assert_eq!(flow.next_event(later(1)), Some(later(2)));
    assert_eq!(all(&mut flow, later(10)), [4, 5], "a burst is as large as the count");
    assert_eq!(flow.next_event(later(10)), None);
}

#[test]
fn a_rate_and_a_concurrency_hold_together() {
    let rate = Some(Rate::new(10, Duration::from_secs(1)));
    let mut flow = flow(vec![Queue::new("")], &[("a:b", FunctionLimits { concurrency: Some(1), rate })]);
    for n in 1..=3 {
        flow.insert("", NOW, job(n), wait("a:b", None));
    }
    let mut running = flow.pick(Lane::Actions, NOW).expect("it starts");
    for n in 2..=3 {
        assert_eq!(flow.pick(Lane::Actions, NOW), None);
        flow.done(&running, NOW);
        running = flow.pick(Lane::Actions, NOW).expect("there is a token");
        assert_eq!(number(&running), n);
    }
}

#[test]
fn who_waited_for_others_to_end_and_then_for_a_token_starts() {
    let rate = Some(Rate::new(2, Duration::from_secs(2)));
    let mut flow = flow(vec![Queue::new("")], &[("a:b", FunctionLimits { concurrency: Some(2), rate })]);
    for n in 1..=3 {
        flow.insert("", NOW, job(n), wait("a:b", None));
    }
    let first = flow.pick(Lane::Actions, NOW).expect("it starts");
    let second = flow.pick(Lane::Actions, NOW).expect("it starts");
    assert_eq!(flow.pick(Lane::Actions, NOW), None);
    flow.done(&first, NOW);
    flow.done(&second, NOW);
    assert_eq!(flow.next_event(NOW), Some(later(1)), "when there is a token");
    assert_eq!(all(&mut flow, later(1)), [3]);
}

#[test]
fn pausing_a_queue_does_not_strand_others_at_a_common_gate() {
    let mut flow = flow(vec![Queue::new("one"), Queue::new("two")], &[("a:b", one_at_a_time())]);
    flow.insert("one", NOW, job(1), wait("a:b", None));
    let running = flow.pick(Lane::Actions, NOW).expect("it starts");
    flow.insert("one", NOW, job(2), wait("a:b", None));
    flow.insert("two", later(1), job(3), wait("a:b", None));
    assert_eq!(all(&mut flow, later(1)), [0; 0]);
    // The second is let go on and then forgotten.
    flow.done(&running, later(1));
    flow.pause_queue("one", true);
    assert_eq!(all(&mut flow, later(1)), [3]);
}

#[test]
fn gates_that_nobody_uses_are_forgotten() {
    let mut flow = flow(vec![Queue::new("")], &[("a:b", one_at_a_time())]);
    for n in 0..10_000 {
        flow.insert("", NOW, job(n), wait("a:b", Some(&n.to_string())));
        let picked = flow.pick(Lane::Actions, NOW).expect("it starts");
        flow.done(&picked, NOW);
    }
    assert!(flow.gates.len() <= 2 * GATES_BEFORE_SWEEP, "{}", flow.gates.len());
}

#[test]
fn a_token_that_nobody_has_seen_is_for_whoever_waited_longest() {
    let rate = Some(Rate::new(2, Duration::from_secs(2)));
    let limits = [("a:b", FunctionLimits { concurrency: None, rate })];
    let mut flow = flow(vec![Queue::new("").parallelism(4)], &limits);
    for (n, path) in [(1, "a:b"), (2, "a:b"), (3, "a:b"), (4, "a:b"), (5, "c:d"), (6, "c:d")] {
        flow.insert("", NOW, job(n), wait(path, None));
    }
    let running: Vec<_> = std::iter::from_fn(|| flow.pick(Lane::Actions, NOW)).collect();
    assert_eq!(running.iter().map(number).collect::<Vec<_>>(), [1, 2, 5, 6]);
    // One token comes back, and another, while the queue is full.
    assert_eq!(flow.pick(Lane::Actions, later(1)), None);
    flow.insert("", later(2), job(7), wait("a:b", None));
    for picked in &running[2..] {
        flow.done(picked, later(2));
    }
    assert_eq!(all(&mut flow, later(2)), [3, 4]);
}

#[test]
fn what_is_canceled_while_it_is_held_back_uses_no_token_and_waits_no_longer() {
    let rare = FunctionLimits { concurrency: None, rate: Some(Rate::new(1, Duration::from_secs(1))) };
    for limits in [&[("a:b", rare)][..], &[]] {
        let mut flow = flow(vec![Queue::new("slow").rate(Rate::new(1, Duration::from_secs(1)))], limits);
        for n in 0..5 {
            flow.insert("slow", NOW, job(n), wait("a:b", None));
        }
        assert_eq!(all(&mut flow, NOW), [0]);
        for n in 1..4 {
            flow.withdraw("slow", (NOW, job(n)), wait("a:b", None));
        }
        let backlog = &backlog(&flow)[0];
        assert_eq!((backlog.ready + backlog.held_back, flow.in_flight.len()), (1, 2));
        assert_eq!(all(&mut flow, later(1)), [4]);
    }
}

/// The gate lets one go on whose queue has no place, or loses its last one to another.
#[test]
fn a_queue_that_is_full_holds_up_no_other_at_a_common_gate() {
    for is_full_before in [true, false] {
        let queues = vec![Queue::new("one").parallelism(1), Queue::new("two")];
        let mut flow = flow(queues, &[("a:b", one_at_a_time())]);
        flow.insert("two", NOW, job(1), wait("a:b", None));
        let running = flow.pick(Lane::Actions, NOW).expect("it starts");
        flow.insert("one", NOW, job(2), wait("a:b", None));
        flow.insert("two", later(1), job(3), wait("a:b", None));
        assert_eq!(all(&mut flow, later(1)), NOBODY);
        flow.insert("one", NOW - STEP, job(4), wait("c:d", None));
        if is_full_before {
            assert_eq!(all(&mut flow, later(2)), [4]);
            flow.done(&running, later(2));
            assert_eq!(all(&mut flow, later(2)), [3]);
        } else {
            flow.done(&running, later(2));
            assert_eq!(all(&mut flow, later(2)), [4, 3]);
        }
    }
}

#[test]
fn a_queue_without_a_token_holds_up_no_other_at_a_common_gate() {
    let daily = Rate::new(1, Duration::from_hours(24));
    let queues = vec![Queue::new("one").rate(daily), Queue::new("two")];
    let often = FunctionLimits { concurrency: None, rate: Some(Rate::new(1, Duration::from_secs(1))) };
    let mut flow = flow(queues, &[("a:b", often)]);
    flow.insert("two", NOW, job(1), wait("a:b", None));
    for (n, queue) in [(2, "one"), (3, "one"), (4, "two"), (5, "two")] {
        flow.insert(queue, NOW, job(n), wait("a:b", None));
    }
    assert_eq!(all(&mut flow, NOW), [1]);
    flow.insert("one", NOW, job(6), wait("c:d", None));
    assert_eq!(all(&mut flow, NOW), [6]);
    assert_eq!((all(&mut flow, later(1)), all(&mut flow, later(2))), (vec![4], vec![5]));
    assert_eq!(flow.next_event(later(3)), Some(NOW + Duration::from_hours(24)));
}
