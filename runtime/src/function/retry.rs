//! When a scheduled function that failed is tried again.
//!
//! Owns the policy, its arithmetic, and which errors are worth another attempt. Invariant: pure.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{CallError, CronError, DbError, Error, HttpError, ScheduleError};
use crate::value::{DecodeError, EncodeError, IdError, Value};

/// How often, and after which pauses, a scheduled function is tried again when it fails.
///
/// The pauses grow by `factor` from `backoff` up to `max`. With jitter, which is the default, each is drawn
/// evenly between nothing and that length, so that many jobs that failed together do not come back together.
///
/// ```
/// # use std::time::Duration;
/// # use mainspring::Retry;
/// const PATIENT: Retry = Retry::attempts(8).backoff(Duration::from_secs(2)).max(Duration::from_hours(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    max_attempts: u32,
    backoff_millis: u64,
    factor: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_millis: Option<u64>,
    jitter: bool,
}

/// The longest pause in milliseconds where none is given, unless the first one is longer.
const DEFAULT_MAX: u64 = 5 * 60 * 1_000;

impl Value for Retry {}

impl Retry {
    /// At most `max_attempts` runs, the first included: 1 means no second one. The pauses begin with 1 second
    /// and double up to 5 minutes, with jitter.
    pub const fn attempts(max_attempts: u32) -> Self {
        Self { max_attempts, backoff_millis: 1_000, factor: 2.0, max_millis: None, jitter: true }
    }

    /// The pause before the second attempt. Default 1 second; counted in milliseconds.
    pub const fn backoff(mut self, pause: Duration) -> Self {
        self.backoff_millis = whole_millis(pause);
        self
    }

    /// How many times as long each pause is as the one before. Default 2; at least 1.
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// The longest pause. Default 5 minutes, or `backoff` if that is longer; at least `backoff`. Counted in milliseconds.
    pub const fn max(mut self, pause: Duration) -> Self {
        self.max_millis = Some(whole_millis(pause));
        self
    }

    /// Whether a pause is drawn between nothing and its full length. Default yes.
    pub const fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// What is wrong with the policy, if anything is.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        if self.max_attempts == 0 {
            return Some("it allows no attempt at all: the first run is one");
        }
        // The comparison is also false for what is no number.
        if !(self.factor >= 1.0 && self.factor.is_finite()) {
            return Some(
                "its factor is below 1 or no number: each pause would be shorter than the one before",
            );
        }
        if self.max_millis.is_some_and(|max| max < self.backoff_millis) {
            return Some(
                "its `max` is shorter than its `backoff`: the first pause would be longer than the longest",
            );
        }
        None
    }

    /// How many runs there may be.
    pub(crate) fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The pause after the attempt number `attempt`, counted from 1; `random` decides the jitter.
    pub(crate) fn pause_after(&self, attempt: u32, random: u64) -> Duration {
        let max_millis = self.max_millis.unwrap_or(DEFAULT_MAX.max(self.backoff_millis));
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        #[expect(clippy::cast_precision_loss, reason = "pauses are shorter than 2^52 ms")]
        let (backoff, longest) = (self.backoff_millis as f64, max_millis as f64);
        // Nothing grows to nothing, however often.
        let full =
            if self.backoff_millis == 0 { 0.0 } else { (backoff * self.factor.powi(exponent)).min(longest) };
        // A fraction of 53 random bits is exact.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = if self.jitter { (random >> 11) as f64 / (1_u64 << 53) as f64 } else { 1.0 };
        Duration::try_from_secs_f64(full * fraction / 1_000.0).unwrap_or(Duration::from_millis(max_millis))
    }
}

/// Whether another attempt would end the same way.
///
/// What an error says of itself comes first. Else an application error is permanent, since it is an answer and no
/// accident, and so are those errors of the framework that follow from the code and the arguments alone. Everything
/// else, such as a service that does not answer, may be gone next time.
pub(crate) fn is_permanent(error: &Error) -> bool {
    if let Some(permanent) = error.said_permanent() {
        return permanent;
    }
    error.rests_on_app()
        || matches!(
            error.find(),
            Some(
                CallError::FunctionNotFound { .. }
                    | CallError::FunctionGone { .. }
                    | CallError::WrongKind { .. }
                    | CallError::InvalidArguments { .. }
                    | CallError::InvalidValue { .. }
                    | CallError::ForeignAwait { .. }
                    | CallError::NestedTooDeep { .. }
                    | CallError::IdempotencyKeyTaken { .. }
                    | CallError::InvalidIdempotencyKey { .. }
                    | CallError::IdempotentResultUnreadable { .. }
            )
        )
        || matches!(
            error.find(),
            Some(
                DbError::LimitExceeded { .. }
                    | DbError::Unencodable { .. }
                    | DbError::WrongTable { .. }
                    | DbError::UnknownTable { .. }
                    | DbError::InvalidBound { .. }
                    | DbError::InvalidCursor
            )
        )
        || matches!(
            error.find(),
            Some(
                ScheduleError::OutOfHorizon { .. }
                    | ScheduleError::InvalidArguments { .. }
                    | ScheduleError::InvalidRetry { .. }
                    | ScheduleError::InvalidKey { .. }
                    | ScheduleError::UnknownQueue { .. }
                    | ScheduleError::UnknownFunction { .. }
            )
        )
        || matches!(
            error.find(),
            Some(
                CronError::InvalidName { .. }
                    | CronError::InvalidSchedule { .. }
                    | CronError::WrongSchedule { .. }
                    | CronError::InvalidArguments { .. }
                    | CronError::Declared { .. }
            )
        )
        || is_of_a_value(error)
        || is_of_a_request(error)
}

/// Whether a value of the function's own could not be read or written. What a stored document holds may be another thing next
/// time.
fn is_of_a_value(error: &Error) -> bool {
    error.find::<EncodeError>().is_some()
        || error.find::<IdError>().is_some()
        || error.find::<DecodeError>().is_some() && error.find::<DbError>().is_none()
}

/// Whether an HTTP request could not be made, so that nobody was asked.
fn is_of_a_request(error: &Error) -> bool {
    error.find().is_some_and(HttpError::is_builder) || error.find().is_some_and(reqwest::Error::is_builder)
}

const fn whole_millis(pause: Duration) -> u64 {
    // Far beyond any horizon, and exact as a float.
    const LONGEST: u64 = 1 << 52;
    let seconds = pause.as_secs();
    if seconds >= LONGEST / 1_000 { LONGEST } else { seconds * 1_000 + pause.subsec_millis() as u64 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::env::Env;
    use crate::error::StoreError;
    use crate::function::cancel::Cancellation;
    use crate::function::http::{HttpClient, SharedClient};
    use crate::function::job::ScheduledFunction;
    use crate::knobs::Knobs;
    use crate::value::{Id, json};

    const PLAIN: Retry = Retry::attempts(9).backoff(Duration::from_secs(1)).jitter(false);

    #[test]
    fn pauses_grow_by_the_factor_up_to_the_longest() {
        let pauses = |retry: Retry| (1..=5).map(|n| retry.pause_after(n, 7).as_millis()).collect::<Vec<_>>();
        assert_eq!(pauses(PLAIN), [1_000, 2_000, 4_000, 8_000, 16_000]);
        assert_eq!(pauses(PLAIN.factor(1.0)), [1_000; 5]);
        assert_eq!(pauses(PLAIN.max(Duration::from_secs(3))), [1_000, 2_000, 3_000, 3_000, 3_000]);
        assert_eq!(PLAIN.pause_after(u32::MAX, 7), Duration::from_mins(5));
        let none = PLAIN.backoff(Duration::ZERO);
        assert_eq!([1, 1_024, 1_025, u32::MAX].map(|n| none.pause_after(n, 7)), [Duration::ZERO; 4]);
    }

    #[test]
    fn a_first_pause_beyond_the_default_of_the_longest_is_as_long_as_it_says() {
        let patient = PLAIN.backoff(Duration::from_hours(1));
        assert_eq!([1, 2, 9].map(|n| patient.pause_after(n, 7)), [Duration::from_hours(1); 3]);
        assert_eq!(patient.mistake(), None);
    }

    #[test]
    fn full_jitter_lies_between_nothing_and_the_whole_pause() {
        let retry = PLAIN.jitter(true);
        assert_eq!(retry.pause_after(3, 0), Duration::ZERO);
        let longest = retry.pause_after(3, u64::MAX);
        assert!(longest <= Duration::from_secs(4) && longest > Duration::from_millis(3_999), "{longest:?}");
        assert_eq!(retry.pause_after(3, 1 << 63), Duration::from_secs(2));
    }

    #[test]
    fn a_policy_without_attempts_or_with_shrinking_pauses_is_a_mistake() {
        assert_eq!(PLAIN.mistake(), None);
        assert!(Retry::attempts(0).mistake().is_some());
        for factor in [0.9, -1.0, f64::NAN, f64::INFINITY] {
            assert!(PLAIN.factor(factor).mistake().is_some(), "{factor}");
        }
        assert!(PLAIN.max(Duration::from_millis(999)).mistake().is_some());
        assert_eq!(PLAIN.max(Duration::from_secs(1)).mistake(), None);
    }

    #[test]
    fn an_answer_is_permanent_and_an_accident_is_not() {
        let accident = || Error::msg("no connection");
        assert!(is_permanent(&Error::app("declined")));
        assert!(!is_permanent(&accident()));
        assert!(is_permanent(&Error::permanent(accident())));
        assert!(!is_permanent(&Error::transient(Error::app("come back later"))));
        assert!(is_permanent(&CallError::ForeignAwait { path: "a:b".into() }.into()));
        assert!(is_permanent(&ScheduleError::Db(DbError::InvalidCursor).into()));
        assert!(is_permanent(&ScheduleError::UnknownQueue { queue: "post" }.into()));
        assert!(is_permanent(&ScheduleError::UnknownFunction { path: "a:b".into() }.into()));
        let panicked = CallError::Panicked { path: "a:b".into(), message: "no".into() };
        assert!(!is_permanent(&panicked.into()));
    }

    #[test]
    fn a_cron_that_can_never_be_is_permanent_and_one_that_may_be_is_not() {
        let name = || "nightly".to_owned();
        let (source, reason) = (encode_error(), "no".to_owned());
        for error in [
            CronError::InvalidName { reason: reason.clone() },
            CronError::InvalidSchedule { name: name(), reason: reason.clone() },
            CronError::WrongSchedule { reason },
            CronError::InvalidArguments { name: name(), path: "a:b", source },
            CronError::Declared { name: name() },
        ] {
            assert!(is_permanent(&error.into()));
        }
        for error in [
            CronError::NameTaken { name: name() },
            CronError::NotFound { name: name() },
            CronError::Db(DbError::Store(StoreError::Closed)),
        ] {
            assert!(!is_permanent(&error.into()));
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_or_written_is_permanent_unless_the_store_has_it() {
        let decode_error = || json::read::<u8>("x", &json::Decoding::default()).expect_err("no number");
        assert!(is_permanent(&decode_error().into()));
        assert!(is_permanent(&encode_error().into()));
        assert!(is_permanent(&"x".parse::<Id<ScheduledFunction>>().expect_err("no id").into()));
        let (table, id) = ("jobs", "7".to_owned());
        let stored = DbError::Undecodable { table, id, source: decode_error() };
        assert!(!is_permanent(&stored.into()));
    }

    fn encode_error() -> EncodeError {
        json::to_string(&u64::MAX).expect_err("too large")
    }

    #[tokio::test]
    async fn a_request_that_cannot_be_made_is_permanent_and_an_answer_is_not() {
        let client = Arc::new(SharedClient::new(Env::real(), &Knobs::default()));
        let http = HttpClient::new(client, Cancellation::new());
        for request in [http.get("no address"), http.get("http://a.b").header("no header", "")] {
            assert!(is_permanent(&request.send().await.expect_err("it is wrong").into()));
        }
        let failed = http.client().expect("a client").get("no address").build().expect_err("it is none");
        assert!(is_permanent(&failed.into()));
        let answer = http::Response::builder().status(404).body("").expect("an answer");
        let status = reqwest::Response::from(answer).error_for_status().expect_err("the status says so");
        assert!(!is_permanent(&HttpError::from(status).into()));
        assert!(!is_permanent(&HttpError::NoClient { reason: "no".into() }.into()));
    }
}
