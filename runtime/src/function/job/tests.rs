//! The states of a job, step by step.

use std::time::Duration;

use super::*;
use crate::function::KindTag;

const NOW: Timestamp = Timestamp::from_secs(1_000);
const TWICE: Retry = Retry::attempts(2).backoff(Duration::from_secs(1)).jitter(false);

fn job() -> ScheduledFunction {
    ScheduledFunction::pending("jobs:process", Vec::new(), NOW, NOW)
}

fn started() -> ScheduledFunction {
    let mut job = job();
    job.start();
    job
}

fn rule(declared: Option<Retry>) -> RetryRule {
    RetryRule { declared, crash_limit: 3 }
}

fn error(permanent: bool) -> Failure {
    Failure::Error { text: "no connection".into(), permanent }
}

#[test]
fn without_a_policy_the_first_failure_is_the_last() {
    for failure in [error(false), Failure::Crashed, Failure::cut(None)] {
        let mut job = started();
        assert_eq!(job.fail(&failure, &rule(None), NOW, 0), Next::Over);
        assert!(matches!(&job.state, ScheduledState::Failed { error } if error.starts_with(failure.text())));
        assert_eq!((job.completed_time, job.due()), (Some(NOW), None));
    }
}

#[test]
fn an_action_is_tried_as_often_as_the_policy_says() {
    let mut job = started();
    let due = NOW + Duration::from_secs(1);
    assert_eq!(job.fail(&error(false), &rule(Some(TWICE)), NOW, 0), Next::Again(due));
    assert_eq!((&job.state, job.next_run(), job.attempts), (&ScheduledState::Pending, Some(due), 1));
    assert_eq!(job.last_error.as_deref(), Some("no connection"));
    assert!(!job.may_start(NOW) && job.may_start(due));
    job.start();
    assert_eq!(job.fail(&error(false), &rule(Some(TWICE)), due, 0), Next::Over);
    assert_eq!((job.attempts, job.last_error.as_deref()), (2, None));
}

#[test]
fn at_the_end_of_time_what_is_tried_again_waits_and_is_not_taken_for_parked() {
    let (now, mut job) = (Timestamp::MAX - Duration::from_millis(1), started());
    assert!(matches!(job.fail(&error(false), &rule(Some(TWICE)), now, 0), Next::Again(_)));
    assert!(job.next_run().is_some() && !job.is_parked());
}

#[test]
fn a_mutation_counts_its_attempts_when_they_end() {
    let mut job = job();
    assert!(matches!(job.fail(&error(false), &rule(Some(TWICE)), NOW, 0), Next::Again(_)));
    assert_eq!(job.fail(&error(false), &rule(Some(TWICE)), NOW, 0), Next::Over);
    assert_eq!(job.attempts, 2);
}

#[test]
fn a_permanent_error_is_not_retried() {
    let mut job = started();
    assert_eq!(job.fail(&error(true), &rule(Some(TWICE)), NOW, 0), Next::Over);
}

#[test]
fn a_jobs_own_policy_comes_before_its_functions() {
    let mut job = started();
    job.retry = Some(Retry::attempts(1));
    assert_eq!(job.fail(&error(false), &rule(Some(TWICE)), NOW, 0), Next::Over);
}

#[test]
fn a_job_that_was_in_too_many_crashes_is_held_to_be_their_cause() {
    let mut job = job();
    let patient = rule(Some(Retry::attempts(100)));
    for _ in 0..2 {
        job.start();
        assert!(matches!(job.fail(&Failure::Crashed, &patient, NOW, 0), Next::Again(_)));
    }
    job.start();
    // An error in between is no crash and no reason to forgive one.
    assert!(matches!(job.fail(&error(false), &patient, NOW, 0), Next::Again(_)));
    job.start();
    assert_eq!(job.fail(&Failure::Crashed, &patient, NOW, 0), Next::Over);
    assert_eq!((job.attempts, job.crashes), (4, 3));
}

#[test]
fn a_mutation_that_was_marked_waits_again_after_a_crash_until_there_were_too_many() {
    let rule = rule(None);
    let mut job = job();
    for crash in 1..3 {
        job.mark();
        assert_eq!(job.fail(&Failure::Crashed, &rule, NOW, 0), Next::Again(NOW));
        assert_eq!(
            (job.next_run(), job.attempts, job.crashes),
            (Some(NOW), 0, crash),
            "no attempt has ended"
        );
    }
    job.mark();
    assert_eq!(job.fail(&Failure::Crashed, &rule, NOW, 0), Next::Over);
    let reason = "the process ended while the function ran, 3 times: it is not tried again";
    assert_eq!((job.error(), job.attempts), (Some(reason), 1));
}

#[test]
fn what_has_ended_does_not_end_again() {
    let mut job = started();
    job.finish(ScheduledState::Canceled, NOW);
    assert_eq!(job.fail(&error(false), &rule(Some(TWICE)), NOW, 0), Next::Ended);
    job.finish(ScheduledState::Success, NOW);
    assert_eq!(job.state, ScheduledState::Canceled);
}

#[test]
fn a_job_that_is_replaced_starts_anew_as_the_last_order_says() {
    let mut job = job();
    job.retry = Some(TWICE);
    (job.queue, job.limit_key, job.keeps_result) = ("letters".into(), Some("before".into()), false);
    job.start();
    assert!(matches!(job.fail(&Failure::Crashed, &rule(None), NOW, 0), Next::Again(_)));
    let mut order = Order {
        path: "jobs:process",
        kind: KindTag::Action,
        arguments: vec![7],
        time: NOW + Duration::from_mins(1),
        queue: "reports",
        limit_key: Some("after".into()),
        keeps_result: true,
        retry: Some(Retry::attempts(5)),
        claim: None,
    };
    assert_eq!(job.replace(&order, NOW), order.time);
    let mut ordered = ScheduledFunction::pending("jobs:process", vec![7], order.time, NOW);
    (ordered.queue, ordered.limit_key, ordered.keeps_result) = ("reports".into(), Some("after".into()), true);
    (ordered.retry, ordered.edition) = (order.retry, 1);
    assert_eq!(job, ordered, "of its attempts, crashes and errors nothing is left");
    order.time = NOW - Duration::from_mins(1);
    assert_eq!(job.replace(&order, NOW), NOW, "what is past is due now");
    assert_eq!(job.edition, 2);
}

#[test]
fn what_is_past_is_due_now_and_what_is_to_come_is_not() {
    let at = |time| ScheduledFunction::pending("jobs:process", Vec::new(), time, NOW);
    let (earlier, later) = (NOW - Duration::from_mins(1), NOW + Duration::from_mins(1));
    assert_eq!((at(earlier).due(), at(earlier).scheduled_time), (Some(NOW), earlier));
    assert_eq!(at(later).due(), Some(later));
}

#[test]
fn only_what_is_pending_may_start() {
    let far = NOW + Duration::from_hours(1);
    let mut ended = started();
    ended.finish(ScheduledState::Success, NOW);
    for job in [started(), ended] {
        assert_eq!((job.next_run(), job.may_start(far)), (None, false), "{:?}", job.state);
    }
}

#[test]
fn a_parked_job_keeps_its_time_and_an_interrupted_one_its_state() {
    let time = NOW + Duration::from_mins(1);
    let waits = ScheduledFunction::pending("jobs:process", Vec::new(), time, NOW);
    let mut is_retried = started();
    is_retried.retry = Some(TWICE);
    let failure = Failure::Error { text: "busy".into(), permanent: false };
    assert!(matches!(is_retried.fail(&failure, &rule(None), NOW, 0), Next::Again(_)));
    for before in [waits, is_retried] {
        let mut job = before.clone();
        job.park("there is no such function any more");
        assert_eq!((job.is_parked(), job.next_run(), job.may_start(time)), (true, None, false));
        assert_eq!(job.last_error.as_deref(), Some("there is no such function any more"));
        job.unpark();
        assert_eq!(job, before, "its time, and why its last attempt failed");
    }
    let mut job = started();
    let interrupted = job.clone();
    job.park("there is no such function any more");
    assert!(job.is_parked() && job.state == ScheduledState::InProgress);
    job.unpark();
    assert_eq!(job, interrupted);
}

#[test]
fn what_was_canceled_leaves_no_result() {
    for keeps_result in [true, false] {
        let mut job = started();
        job.keeps_result = keeps_result;
        let mut canceled = job.clone();
        canceled.finish(ScheduledState::Canceled, NOW);
        canceled.succeed(b"1", NOW);
        assert_eq!((canceled.result_json, canceled.state), (None, ScheduledState::Canceled));
        job.succeed(b"1", NOW);
        assert_eq!(job.result_json.as_deref(), keeps_result.then_some("1"));
    }
}

#[test]
fn what_failed_or_was_canceled_waits_again_as_if_never_tried() {
    let later = NOW + Duration::from_mins(1);
    let mut failed = started();
    assert_eq!(failed.fail(&Failure::Crashed, &rule(None), NOW, 0), Next::Over);
    let error = failed.error().map(str::to_owned);
    let mut canceled = started();
    canceled.finish(ScheduledState::Canceled, NOW);
    for (mut job, last_error) in [(failed, error), (canceled, None)] {
        assert_eq!(job.run_again(later), Ok(later));
        assert!(job.may_start(later) && !job.may_start(NOW));
        let mut anew = ScheduledFunction::pending("jobs:process", Vec::new(), NOW, later);
        (anew.edition, anew.reruns, anew.last_error) = (1, 1, last_error);
        assert_eq!(job, anew, "of its attempts and crashes nothing is left, and its time is what it was");
    }
}

#[test]
fn a_job_that_runs_again_is_the_same_work_until_it_is_replaced() {
    let id = Id::new(crate::value::TableNumber(2), crate::value::DocumentId([1; 16]));
    let order = Order {
        path: "jobs:process",
        kind: KindTag::Action,
        arguments: Vec::new(),
        time: NOW,
        queue: "",
        limit_key: None,
        keeps_result: false,
        retry: None,
        claim: None,
    };
    let mut job = started();
    let mut editions = vec![job.run(id).edition];
    for is_rerun in [true, true, false, true, false] {
        if is_rerun {
            job.finish(ScheduledState::Canceled, NOW);
            job.run_again(NOW).expect("it was canceled");
        } else {
            job.replace(&order, NOW);
        }
        editions.push(job.run(id).edition);
    }
    assert_eq!((editions, job.edition), (vec![0, 0, 0, 1, 1, 2], 5));
}

#[test]
fn what_has_not_ended_badly_does_not_run_again() {
    let mut parked = job();
    parked.park("there is no such function any more");
    let mut succeeded = started();
    succeeded.finish(ScheduledState::Success, NOW);
    for (job, reason) in [(job(), "waits"), (started(), "runs"), (parked, "parked"), (succeeded, "succeeded")]
    {
        let mut again = job.clone();
        let refused = again.run_again(NOW).expect_err("refused");
        assert!(refused.contains(reason), "{refused}");
        assert_eq!(again, job, "it stays as it is");
    }
}
