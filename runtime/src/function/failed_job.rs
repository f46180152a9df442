//! What a dead-letter handler is told: which job has failed for good, with which arguments, and why.
//!
//! Invariant: a value, complete in itself; the job's record may be gone when it is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::function::argument;
use crate::function::job::ScheduledFunction;
use crate::value::{Bytes, DecodeError, Id, Timestamp, Value};

/// A scheduled function that has failed and will not run again: the argument of an `on_failure` handler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FailedJob {
    /// The job. Its record is kept for `Knobs::scheduled_retention`.
    pub id: Id<ScheduledFunction>,
    /// The path by which the function was scheduled, such as `jobs:process`. It stays when the function is renamed.
    pub name: String,
    /// Its arguments, encoded.
    pub(crate) arguments: Bytes,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: String,
    /// When it was asked to run.
    pub scheduled_time: Timestamp,
}

impl Value for FailedJob {}

impl FailedJob {
    /// The argument `name` of the failed function.
    ///
    /// # Errors
    /// When the function has no such argument, or it does not read as a `T`.
    pub fn argument<T: Value>(&self, name: &str) -> Result<T, DecodeError> {
        argument::read(&self.arguments, name)
    }

    /// The arguments as the wire's JSON.
    pub fn arguments_json(&self) -> String {
        argument::all_as_json(&self.arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{DocumentId, Limits, TableNumber, binary};

    #[derive(Serialize)]
    struct Arguments {
        data: String,
        count: u32,
    }

    #[test]
    fn arguments_are_read_by_name_and_type() {
        let mut arguments = Vec::new();
        let written = Arguments { data: "x".into(), count: 7 };
        binary::write(&written, &Limits::VALUE, &mut arguments).expect("written");
        let failed = FailedJob {
            id: Id::new(TableNumber(1), DocumentId([1; 16])),
            name: "a:b".into(),
            arguments: Bytes::from(arguments),
            attempts: 1,
            error: "no".into(),
            scheduled_time: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(failed.argument::<u32>("count").expect("it is there"), 7);
        assert_eq!(failed.argument::<String>("data").expect("it is there"), "x");
        assert!(failed.argument::<u32>("data").is_err(), "it is a text");
        let error = failed.argument::<u32>("other").expect_err("there is none");
        assert!(error.to_string().contains("`other`"), "{error}");
        assert_eq!(failed.arguments_json(), r#"{"data":"x","count":7}"#);
    }
}
