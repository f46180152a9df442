//! As `std::thread`, as far as the store uses it.

use std::io;

pub(in crate::store) use std::thread::panicking;

/// As `std::thread::Builder`.
#[derive(Debug, Default)]
pub(in crate::store) struct Builder {
    name: String,
}

/// As `std::thread::JoinHandle`.
#[derive(Debug)]
pub(in crate::store) enum JoinHandle<T> {
    Real(std::thread::JoinHandle<T>),
    Explored(shuttle::thread::JoinHandle<T>),
}

/// As `std::thread::Thread`.
#[derive(Clone, Debug)]
pub(in crate::store) enum Thread {
    Real(std::thread::Thread),
    Explored(shuttle::thread::Thread),
}

/// As `std::thread::ThreadId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ThreadId {
    Real(std::thread::ThreadId),
    Explored(shuttle::thread::ThreadId),
}

impl Builder {
    pub(in crate::store) fn new() -> Self {
        Self::default()
    }

    pub(in crate::store) fn name(mut self, name: String) -> Self {
        self.name = name;
        self
    }

    pub(in crate::store) fn spawn<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        if super::exploring() {
            shuttle::thread::Builder::new().name(self.name).spawn(work).map(JoinHandle::Explored)
        } else {
            std::thread::Builder::new().name(self.name).spawn(work).map(JoinHandle::Real)
        }
    }
}

impl<T> JoinHandle<T> {
    pub(in crate::store) fn join(self) -> std::thread::Result<T> {
        match self {
            Self::Real(thread) => thread.join(),
            Self::Explored(thread) => thread.join(),
        }
    }

    pub(in crate::store) fn thread(&self) -> Thread {
        match self {
            Self::Real(thread) => Thread::Real(thread.thread().clone()),
            Self::Explored(thread) => Thread::Explored(thread.thread().clone()),
        }
    }
}

impl Thread {
    pub(in crate::store) fn id(&self) -> ThreadId {
        match self {
            Self::Real(thread) => ThreadId::Real(thread.id()),
            Self::Explored(thread) => ThreadId::Explored(thread.id()),
        }
    }
}

pub(in crate::store) fn current() -> Thread {
    if super::exploring() {
        Thread::Explored(shuttle::thread::current())
    } else {
        Thread::Real(std::thread::current())
    }
}

/// As `std::thread::yield_now`.
pub(in crate::store) fn yield_now() {
    if super::exploring() {
        shuttle::thread::yield_now();
    } else {
        std::thread::yield_now();
    }
}
