//! Owns which file has which name: now, and surely after a power cut.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    now: Tree,
    synced: Tree,
    /// Since the folder they are in was synced, in order.
    changes: Vec<Change>,
}

/// Files by their number; folders have none.
type Tree = BTreeMap<PathBuf, Option<u64>>;

#[derive(Clone, Debug)]
enum Change {
    Insert(PathBuf, u64),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
}

impl Names {
    pub(super) fn get(&self, path: &Path) -> Option<u64> {
        self.now.get(path).copied().flatten()
    }

    pub(super) fn has_parent(&self, path: &Path) -> bool {
        parent(path).as_os_str().is_empty() || self.now.get(parent(path)).is_some_and(Option::is_none)
    }

    pub(super) fn insert(&mut self, path: &Path, file: u64) {
        self.change(Change::Insert(path.into(), file));
    }

    pub(super) fn make_folder(&mut self, path: &Path) {
        for folder in path.ancestors().filter(|folder| !folder.as_os_str().is_empty()) {
            self.now.insert(folder.into(), None);
            self.synced.insert(folder.into(), None);
        }
    }

    pub(super) fn remove(&mut self, path: &Path) {
        self.change(Change::Remove(path.into()));
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if !self.now.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.change(Change::Rename(from.into(), to.into()));
        Ok(())
    }

    pub(super) fn list(&self, folder: &Path) -> Vec<String> {
        // In any order, says the seam: so not in that of the names.
        let inside = self.now.keys().rev().filter(|path| path.parent() == Some(folder));
        inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }

    /// Puts the names in one folder on the disk.
    pub(super) fn sync(&mut self, folder: &Path) {
        let (here, elsewhere) =
            std::mem::take(&mut self.changes).into_iter().partition(|change| change.folder() == folder);
        self.changes = elsewhere;
        let here: Vec<Change> = here;
        for change in &here {
            change.apply(&mut self.synced);
        }
    }

    pub(super) fn sync_all(&mut self) {
        self.changes.clear();
        self.synced = self.now.clone();
    }

    /// The names after a crash that left all unsynced changes, or none, or the first few, or any.
    pub(super) fn after(&self, left: super::image::LeftNames, random: &mut fastrand::Rng) -> Self {
        use super::image::LeftNames;
        let mut tree = self.synced.clone();
        let first = random.usize(..=self.changes.len());
        for (number, change) in self.changes.iter().enumerate() {
            let is_left = match left {
                LeftNames::Everything => true,
                LeftNames::Nothing => false,
                LeftNames::Beginning => number < first,
                LeftNames::Any => random.bool(),
            };
            if is_left {
                change.apply(&mut tree);
            }
        }
        Self { now: tree.clone(), synced: tree, changes: Vec::new() }
    }

    /// The numbers of the files that have a name.
    pub(super) fn files(&self) -> impl Iterator<Item = u64> {
        self.now.values().filter_map(|file| *file)
    }
}

impl Change {
    fn folder(&self) -> &Path {
        let (Self::Insert(path, _) | Self::Remove(path) | Self::Rename(path, _)) = self;
        parent(path)
    }

    fn apply(&self, tree: &mut Tree) {
        match self {
            Self::Insert(path, file) => drop(tree.insert(path.clone(), Some(*file))),
            Self::Remove(path) => drop(tree.remove(path)),
            Self::Rename(from, to) => {
                if let Some(file) = tree.remove(from) {
                    tree.insert(to.clone(), file);
                }
            }
        }
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}
