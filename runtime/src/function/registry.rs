//! The functions, tables and crons of an application.
//!
//! Invariant: filled before the application starts, by the generated `registry()`; only read afterwards.

use std::collections::HashMap;

use crate::db::TableDefinition;
use crate::error::{CallError, StartError};
use crate::function::crons::{CronDefinition, Crons, check_definitions};
use crate::function::definition::{Function, Named};
use crate::function::handler::{self, Handler};
use crate::function::kind::{Kind, KindTag, Visibility};
use crate::function::policy::Policy;
use crate::function::queue::Queue;
use crate::value::Table;

/// What an application consists of. Made by the generated `registry()`.
#[derive(Clone, Default)]
#[must_use = "a registry does nothing until it is handed to `App::builder`"]
pub struct Registry {
    functions: HashMap<&'static str, Entry>,
    tables: Vec<TableDefinition>,
    crons: Vec<CronDefinition>,
    queues: Vec<Queue>,
    /// Functions by the paths that they had before.
    renamed: HashMap<&'static str, &'static str>,
    duplicate: Option<Duplicate>,
}

/// A path that two functions have, and which they are.
#[derive(Clone)]
struct Duplicate {
    path: &'static str,
    first: String,
    second: String,
}

/// A registered function.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) path: &'static str,
    pub(crate) public: bool,
    pub(crate) handler: Handler,
    pub(crate) policy: Policy,
    /// The name of the definition's type.
    definition: &'static str,
    /// Where its attribute is, as `file:line`.
    place: &'static str,
    /// The names of the parameters.
    pub(crate) arguments: &'static [&'static str],
    /// Whether stored arguments are such as the function takes.
    pub(crate) accepts: fn(&[u8]) -> Result<(), CallError>,
    /// A hash of the types of the arguments.
    pub(crate) fingerprint: fn() -> i64,
}

/// Who asks for a function by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Somebody outside: public functions only.
    Outside,
    /// The scheduler.
    Scheduler,
}

impl Registry {
    /// A registry without functions and tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the function that the attribute macros have named `N`.
    pub fn function<N: Named>(mut self) -> Self {
        self.add::<N::Handle>(std::any::type_name::<N>(), N::PLACE);
        self
    }

    /// Adds the table whose documents are `T`.
    pub fn table<T: Table>(mut self) -> Self {
        self.tables.push(TableDefinition::of::<T>());
        self
    }

    /// Adds the crons that a `#[crons]` function declares.
    pub fn crons(mut self, define: fn(&mut Crons)) -> Self {
        let mut crons = Crons::new();
        define(&mut crons);
        self.crons.extend(crons.into_definitions());
        self
    }

    fn add<F: Function>(&mut self, definition: &'static str, place: &'static str) {
        let entry = Entry {
            path: F::PATH,
            public: F::Visibility::PUBLIC,
            handler: <F::Kind as Kind>::handler::<F>(),
            policy: F::POLICY,
            definition,
            place,
            arguments: F::ARGUMENTS.names,
            accepts: handler::accepts::<F>,
            fingerprint: handler::fingerprint::<F>,
        };
        self.renamed.extend(entry.policy.renamed_from.iter().map(|former| (*former, F::PATH)));
        if let Some(queue) = entry.policy.queue {
            self.add_queue(queue);
        }
        if let Some(first) = self.functions.insert(F::PATH, entry) {
            let (path, first, second) = (F::PATH, first.declared(), declared(definition, place));
            self.duplicate.get_or_insert(Duplicate { path, first, second });
        }
    }

    /// Adds a queue of scheduled functions.
    pub(crate) fn add_queue(&mut self, queue: Queue) {
        if !self.queues.contains(&queue) {
            self.queues.push(queue);
        }
    }

    /// Whether the queue is one of the application's.
    pub(crate) fn has_queue(&self, queue: &Queue) -> bool {
        *queue == Queue::DEFAULT || self.queues.contains(queue)
    }

    /// Whether jobs that wait in the queue `name` have the limits that they were scheduled under: it is declared, or a
    /// function's own.
    pub(crate) fn knows_queue(&self, name: &str) -> bool {
        name.is_empty() || name.contains(':') || self.queues.iter().any(|queue| queue.name == name)
    }

    pub(crate) fn queues(&self) -> &[Queue] {
        &self.queues
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.functions.values()
    }

    /// The functions that can be scheduled, by every name that a job may know them by.
    pub(crate) fn schedulable(&self) -> impl Iterator<Item = (&'static str, &Entry)> {
        let renamed =
            self.renamed.iter().filter_map(|(former, path)| Some((*former, self.functions.get(path)?)));
        let named = self.functions.iter().map(|(path, entry)| (*path, entry)).chain(renamed);
        named.filter(|(_, entry)| entry.handler.kind() != KindTag::Query)
    }

    /// The crons of the code.
    pub(crate) fn cron_definitions(&self) -> &[CronDefinition] {
        &self.crons
    }

    /// The tables, those of the user before `system`.
    pub(crate) fn tables(&self, system: &[TableDefinition]) -> Vec<TableDefinition> {
        [&self.tables, system].concat()
    }

    pub(crate) fn check(&self) -> Result<(), StartError> {
        if let Some(Duplicate { path, first, second }) = &self.duplicate {
            let (first, second) = (first.clone(), second.clone());
            return Err(StartError::DuplicateFunction { path, first, second });
        }
        for former in self.renamed.keys() {
            let claims = self.entries().filter(|entry| entry.policy.renamed_from.contains(former));
            let mut claims: Vec<_> = claims.collect();
            claims.sort_by_key(|entry| entry.path);
            match (self.functions.get(former), claims.as_slice()) {
                (Some(there), [claim, ..]) => {
                    let (first, second) = (there.declared(), claim.declared());
                    return Err(StartError::RenamedFromExisting { path: claim.path, former, first, second });
                }
                (None, [first, second, ..]) => {
                    let (first, second) = (first.declared(), second.declared());
                    return Err(StartError::RenamedTwice { former, first, second });
                }
                _ => {}
            }
        }
        self.check_failure_handlers()?;
        for (number, queue) in self.queues.iter().enumerate() {
            if let Some(reason) = queue.mistake() {
                return Err(StartError::InvalidQueue { queue: queue.name, reason });
            }
            if self.queues[..number].iter().any(|other| other.name == queue.name) {
                let reason = "two constants of this name say different things: rename one";
                return Err(StartError::InvalidQueue { queue: queue.name, reason });
            }
        }
        check_definitions(&self.crons)
    }

    /// Handlers of failures may have handlers, but none that comes back to them: they would fail for ever.
    fn check_failure_handlers(&self) -> Result<(), StartError> {
        for entry in self.entries() {
            let mut circle = vec![entry.path];
            let mut next = Some(entry);
            while let Some(handler) = next.and_then(|entry| entry.policy.on_failure) {
                let comes_back = circle.iter().position(|path| *path == handler.path);
                circle.push(handler.path);
                if let Some(start) = comes_back {
                    return Err(StartError::CircularOnFailure { circle: circle[start..].join("` → `") });
                }
                next = self.functions.get(handler.path);
            }
        }
        Ok(())
    }

    /// The present path of the function that `name` is, or was: `name` itself if there is none.
    pub(crate) fn present_path<'a>(&'a self, name: &'a str) -> &'a str {
        self.find(name, Asker::Scheduler).map_or(name, |entry| entry.path)
    }

    /// The function `path`, as far as `asker` may know of it.
    pub(crate) fn find(&self, path: &str, asker: Asker) -> Result<&Entry, CallError> {
        let found = self.functions.get(path).or_else(|| self.functions.get(self.renamed.get(path)?));
        match found {
            Some(entry) if entry.public || asker == Asker::Scheduler => Ok(entry),
            _ if asker == Asker::Scheduler => Err(CallError::FunctionGone { path: path.to_owned() }),
            _ => Err(CallError::FunctionNotFound { path: path.to_owned() }),
        }
    }
}

impl Entry {
    fn declared(&self) -> String {
        declared(self.definition, self.place)
    }

    /// Refuses to run the function as another kind than it is.
    pub(crate) fn expect_kind(&self, asked: KindTag) -> Result<(), CallError> {
        let actual = self.handler.kind();
        if actual == asked {
            return Ok(());
        }
        let path = self.path.to_owned();
        Err(CallError::WrongKind { path, asked: asked.with_article(), actual: actual.with_article() })
    }
}

/// A function in a message: its Rust path, from that of its definition, and its place.
fn declared(definition: &str, place: &str) -> String {
    let (module, name) = definition.rsplit_once("::__").unwrap_or(("", definition));
    format!("`{module}::{name}` at {place}")
}
