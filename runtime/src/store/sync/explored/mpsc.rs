//! As `std::sync::mpsc`, as far as the store uses it.

use std::sync::mpsc::{RecvError, SendError, TrySendError};

/// As the one of `std`.
#[derive(Debug)]
pub(in crate::store) enum SyncSender<T> {
    Real(std::sync::mpsc::SyncSender<T>),
    Explored(shuttle::sync::mpsc::SyncSender<T>),
}

/// As the one of `std`.
#[derive(Debug)]
pub(in crate::store) enum Receiver<T> {
    Real(std::sync::mpsc::Receiver<T>),
    Explored(shuttle::sync::mpsc::Receiver<T>),
}

pub(in crate::store) fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    if super::exploring() {
        let (sender, receiver) = shuttle::sync::mpsc::sync_channel(bound);
        (SyncSender::Explored(sender), Receiver::Explored(receiver))
    } else {
        let (sender, receiver) = std::sync::mpsc::sync_channel(bound);
        (SyncSender::Real(sender), Receiver::Real(receiver))
    }
}

impl<T> SyncSender<T> {
    pub(in crate::store) fn send(&self, value: T) -> Result<(), SendError<T>> {
        match self {
            Self::Real(sender) => sender.send(value),
            Self::Explored(sender) => sender.send(value),
        }
    }

    pub(in crate::store) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match self {
            Self::Real(sender) => sender.try_send(value),
            Self::Explored(sender) => sender.try_send(value),
        }
    }
}

impl<T> Receiver<T> {
    pub(in crate::store) fn recv(&self) -> Result<T, RecvError> {
        match self {
            Self::Real(receiver) => receiver.recv(),
            Self::Explored(receiver) => receiver.recv(),
        }
    }
}
