//! What a dead-letter handler is told: which job has failed for good, with which arguments, and why.
//!
//! Invariant: a value, complete in itself; the job's record may be gone when it is read.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize, de};

use crate::function::job::ScheduledFunction;
use crate::value::{Bytes, DecodeError, Id, JsonFormat, Timestamp, Value, binary};

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
        binary::read_with(&self.arguments, |reader| {
            reader.deserialize_map(Field { name, value: PhantomData })
        })
    }

    /// The arguments as the wire's JSON.
    pub fn arguments_json(&self) -> String {
        let mut text = Vec::new();
        let read = binary::to_json(&self.arguments, JsonFormat::Encoded, &mut text);
        read.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// Reads one field of an object and passes over the others.
struct Field<'a, T> {
    name: &'a str,
    value: PhantomData<fn() -> T>,
}

impl<'de, T: Value> Visitor<'de> for Field<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the argument `{}`", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(name) = fields.next_key::<String>()? {
            if name == self.name {
                found = Some(fields.next_value()?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| de::Error::custom(format_args!("there is no argument `{}`", self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{DocumentId, Limits, TableNumber};

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
