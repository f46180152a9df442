//! When the loop is woken.

use std::time::Duration;

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
