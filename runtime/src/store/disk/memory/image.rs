//! Owns what a crash leaves of a disk.

use std::sync::Arc;

use parking_lot::Mutex;

use super::file::{Content, Left};
use super::{MemoryDisk, State};

/// What kind of crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// The process is gone; whatever it wrote is there, synced or not.
    Process,
    /// The power is gone: of what was not synced, anything may be there. Names are as likely lost as kept.
    PowerCut,
    /// The power is gone, and nothing that was not synced is there.
    NothingUnsynced,
}

/// How many of the unsynced names a crash leaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum LeftNames {
    Everything,
    Nothing,
    Beginning,
    Any,
}

impl State {
    /// A disk with what the crash leaves of this one.
    pub(super) fn image(&self, crash: Crash, random: &mut fastrand::Rng) -> MemoryDisk {
        if crash == Crash::Process {
            // The system goes on, and still has to write what was not synced.
            let files = self.files.iter().map(|(number, content)| (*number, content.unlocked())).collect();
            let state =
                Self { names: self.names.clone(), files, next_file: self.next_file, ..Self::default() };
            return MemoryDisk { state: Arc::new(Mutex::new(state)) };
        }
        let names = self.names.after(crash.names(random), random);
        // One way for all files now and then, so that what belongs together is lost or kept together.
        let common = (crash == Crash::PowerCut && random.bool()).then(|| crash.content(random));
        let mut state = Self { next_file: self.next_file, ..Self::default() };
        for number in names.files() {
            let left = common.unwrap_or_else(|| crash.content(random));
            state.files.insert(number, Content::synced(self.files[&number].after(left, random)));
        }
        state.names = names;
        MemoryDisk { state: Arc::new(Mutex::new(state)) }
    }
}

impl Crash {
    fn names(self, random: &mut fastrand::Rng) -> LeftNames {
        match self {
            Self::NothingUnsynced => LeftNames::Nothing,
            Self::Process | Self::PowerCut => {
                let ways = [LeftNames::Everything, LeftNames::Nothing, LeftNames::Beginning, LeftNames::Any];
                ways[random.usize(..ways.len())]
            }
        }
    }

    fn content(self, random: &mut fastrand::Rng) -> Left {
        match self {
            Self::NothingUnsynced => Left::Nothing,
            Self::Process | Self::PowerCut => match random.u8(..6) {
                0 => Left::Everything,
                1 => Left::Nothing,
                2 => Left::Beginning(random.u32(..=1000)),
                _ => Left::AnySectors,
            },
        }
    }
}
