//! When the loop is woken.

use std::time::Duration;

use mainspring::{MutationCtx, internal_mutation};

use super::*;

const ALARM: Timestamp = Timestamp::from_secs(1_000);

fn at(micros: u64) -> Timestamp {
    ALARM - Duration::from_secs(1) + Duration::from_micros(micros)
}

fn state(alarm: Option<Timestamp>) -> State {
    State {
        flow: Flow::new(vec![Queue::new("")], hashbrown::HashMap::new(), 1_000, Duration::from_secs(10)),
        mutations: Pool::new(4),
        mutations_at_work: Vec::new(),
        actions: Actions::new(4),
        pauses: HashMap::new(),
        alarm,
        reloading: false,
        stopping: false,
    }
}

#[test]
fn the_loop_is_woken_for_what_is_due_before_it_would_look() {
    for lane in Lane::ALL {
        let now = || at(0);
        assert!(state(None).is_to_look_for(lane, at(5), now));
        assert!(state(Some(at(5))).is_to_look_for(lane, at(4), now));
        assert!(!state(Some(at(5))).is_to_look_for(lane, at(5), now));
    }
}

/// It has been set for a worker that might have been stuck, and that has ended since then.
#[test]
fn what_may_start_at_once_does_not_wait_for_an_alarm_that_is_late() {
    for lane in Lane::ALL {
        assert!(state(Some(at(5))).is_to_look_for(lane, at(6), || at(7)));
        assert!(!state(Some(at(5))).is_to_look_for(lane, at(6), || at(4)), "the alarm is still to come");
    }
    let mut busy = state(Some(at(5)));
    busy.mutations.workers = 1;
    assert!(!busy.is_to_look_for(Lane::Mutations, at(6), || at(7)), "the worker sees it");
    assert!(busy.is_to_look_for(Lane::Actions, at(6), || at(7)));
}

#[internal_mutation]
async fn process(_ctx: &MutationCtx, number: u32) -> u32 {
    number
}

#[test]
fn a_pause_is_told_of_at_the_start_if_what_is_paused_is_gone() {
    let mut registry = Registry::new().function::<__process>();
    registry.add_queue(Queue::new("letters"));
    let path = registry.entries().next().expect("there is one").path;
    for (target, expected) in [
        (PauseTarget::Queue(String::new()), false),
        (PauseTarget::Queue("letters".into()), false),
        (PauseTarget::Queue("post".into()), true),
        (PauseTarget::Function(path.into()), false),
        (PauseTarget::Function("jobs:gone".into()), true),
    ] {
        assert_eq!(is_unknown(&registry, &target), expected, "{target:?}");
    }
}
