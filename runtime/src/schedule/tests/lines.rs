//! What a thread logs, for tests that look at it.
//!
//! Invariant: what other threads log is not among it.

use std::fmt::Write as _;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span;

/// What a thread logs, a line for each event.
#[derive(Clone, Default)]
pub(in crate::schedule) struct Lines(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= tracing::Level::INFO
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                match field.name() {
                    "message" => self.0 = format!("{value:?};{}", self.0),
                    name => write!(self.0, " {name}={value:?}").expect("a text grows"),
                }
            }
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Lines {
    /// The fields of the events whose messages begin with a text.
    pub(in crate::schedule) fn that_begin_with(&self, start: &str) -> Vec<String> {
        let short = |line: &String| line.split_once(';').map(|(_, fields)| fields.trim().to_owned());
        self.0.lock().iter().filter(|line| line.starts_with(start)).filter_map(short).collect()
    }
}
