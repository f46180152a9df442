//! Which mutations collide, on what, how often.
//!
//! Counts are kept for the pairs and places that collide most: when there is no room for a new one, it takes the place
//! of the one counted least and goes on from its count ("space saving"), so that whatever collides often is kept and
//! is counted at least as often as it was. Without conflicts the only cost is to note the path of each commit.
//!
//! Invariant: bounded memory; informs and never decides.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::db::Catalog;
use crate::store::{Collision, CommitTs, Conflict, IndexNumber};
use crate::value::{DocumentId, TableNumber, TableNumbers as _, Timestamp, id_text};

/// What mutations have lost conflicts on, from [`App::contention`](crate::App::contention).
///
/// No conflict reaches a caller: each of these only made a mutation run a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contention {
    /// Conflicts since the start.
    pub total: u64,
    /// Conflicts in the last minute, to ten seconds.
    pub last_minute: u64,
    /// Those that happen most often, the most frequent of the last minute first, then of all time.
    pub hot_spots: Vec<HotSpot>,
}

/// One thing that two mutations collide on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HotSpot {
    /// The table; empty when that is not known, because the loser was older than what is remembered.
    pub table: String,
    /// The index of which a range was read that changed; `None` for a document.
    pub index: Option<String>,
    /// The document that was looked up by its id; `None` for a range of an index.
    pub document: Option<String>,
    /// The path of the mutation that had to run again.
    pub loser: &'static str,
    /// The path of the mutation that came first, if it is still known.
    pub winner: Option<&'static str>,
    /// How often, since the start; perhaps up to `overcounted` too many.
    pub count: u64,
    /// By how much `count` may be too high, because this spot took the place of another.
    pub overcounted: u64,
    /// How often in the last minute, to ten seconds.
    pub last_minute: u64,
}

/// Spots that are counted.
const SPOTS: usize = 256;
/// Commits whose paths are remembered, to name the winner of a conflict.
const WINNERS: usize = 1024;
/// A minute in buckets.
const BUCKETS: usize = 6;
const IN_A_MINUTE: i64 = 6;
const BUCKET_SECONDS: i64 = 10;

/// The collisions of one application.
pub(crate) struct Collisions {
    winners: Mutex<Winners>,
    spots: Mutex<Spots>,
}

struct Winners {
    commits: Vec<(CommitTs, &'static str)>,
    next: usize,
}

#[derive(Default)]
struct Spots {
    all: Count,
    by_spot: HashMap<Spot, Count>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Spot {
    place: Place,
    loser: &'static str,
    winner: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Document(TableNumber, DocumentId),
    /// As a whole: in a hot range it is another document each time.
    Index(IndexNumber),
    Forgotten,
}

#[derive(Clone, Copy, Default)]
struct Count {
    total: u64,
    overcounted: u64,
    /// By ten seconds, the newest in the bucket of `newest`.
    recent: [u32; BUCKETS],
    newest: i64,
}

impl Collisions {
    pub(crate) fn new() -> Self {
        let winners = Winners { commits: vec![(CommitTs(0), ""); WINNERS], next: 0 };
        Self { winners: Mutex::new(winners), spots: Mutex::default() }
    }

    /// Notes who committed at `ts`.
    pub(crate) fn won(&self, ts: CommitTs, path: &'static str) {
        let mut winners = self.winners.lock();
        let next = winners.next;
        winners.commits[next] = (ts, path);
        winners.next = (next + 1) % WINNERS;
    }

    /// Counts a conflict that the mutation `loser` has lost.
    pub(crate) fn lost(&self, loser: &'static str, conflict: &Conflict, now: Timestamp) {
        let winner = {
            let winners = self.winners.lock();
            let commit = winners.commits.iter().find(|(ts, _)| *ts == conflict.ts);
            commit.map(|(_, path)| *path)
        };
        let place = match &conflict.collision {
            Collision::Document { table, id } => Place::Document(*table, *id),
            Collision::Key { index, .. } | Collision::DroppedIndex { index } => Place::Index(*index),
            Collision::Forgotten => Place::Forgotten,
        };
        self.spots.lock().count(Spot { place, loser, winner }, now);
    }

    pub(crate) fn report(&self, catalog: &Catalog, now: Timestamp) -> Contention {
        let (all, spots) = {
            let spots = self.spots.lock();
            (spots.all, spots.by_spot.iter().map(|(spot, count)| (*spot, *count)).collect::<Vec<_>>())
        };
        let mut hot_spots: Vec<_> =
            spots.into_iter().map(|(spot, count)| hot_spot(spot, count, catalog, now)).collect();
        hot_spots.sort_by(|a, b| {
            (b.last_minute, b.count).cmp(&(a.last_minute, a.count)).then_with(|| {
                (&a.table, &a.index, &a.document, a.loser).cmp(&(&b.table, &b.index, &b.document, b.loser))
            })
        });
        Contention { total: all.total, last_minute: all.last_minute(now), hot_spots }
    }
}

impl Spots {
    fn count(&mut self, spot: Spot, now: Timestamp) {
        self.all.add(now);
        if self.by_spot.len() >= SPOTS && !self.by_spot.contains_key(&spot) {
            let least = self.by_spot.iter().min_by_key(|(_, count)| count.total);
            if let Some((least, count)) = least.map(|(spot, count)| (*spot, count.total)) {
                self.by_spot.remove(&least);
                self.by_spot.insert(spot, Count { total: count, overcounted: count, ..Count::default() });
            }
        }
        self.by_spot.entry(spot).or_default().add(now);
    }
}

impl Count {
    fn add(&mut self, now: Timestamp) {
        self.total += 1;
        self.move_to(bucket(now));
        self.recent[position(self.newest)] += 1;
    }

    fn last_minute(mut self, now: Timestamp) -> u64 {
        self.move_to(bucket(now));
        self.recent.iter().map(|count| u64::from(*count)).sum()
    }

    /// Empties the buckets of times that nobody counted in.
    fn move_to(&mut self, newest: i64) {
        let passed = newest.saturating_sub(self.newest).clamp(0, IN_A_MINUTE);
        for empty in 0..passed {
            self.recent[position(newest - empty)] = 0;
        }
        self.newest = self.newest.max(newest);
    }
}

fn bucket(now: Timestamp) -> i64 {
    now.as_micros().div_euclid(BUCKET_SECONDS * 1_000_000)
}

fn position(bucket: i64) -> usize {
    usize::try_from(bucket.rem_euclid(IN_A_MINUTE)).unwrap_or_default()
}

fn hot_spot(spot: Spot, count: Count, catalog: &Catalog, now: Timestamp) -> HotSpot {
    let (table, index, document) = match spot.place {
        Place::Document(table, id) => (Some(table), None, Some(id)),
        Place::Index(index) => match catalog.index_name(index) {
            Some((table, name)) => (Some(table), Some(name.to_owned()), None),
            None => (None, Some(format!("(index {})", index.0)), None),
        },
        Place::Forgotten => (None, None, None),
    };
    HotSpot {
        table: table.and_then(|table| catalog.name_of(table)).unwrap_or_default().to_owned(),
        index,
        document: table.zip(document).map(|(table, id)| id_text(table, id)),
        loser: spot.loser,
        winner: spot.winner,
        count: count.total,
        overcounted: count.overcounted,
        last_minute: count.last_minute(now),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn conflict(document: u8, ts: u64) -> Conflict {
        let collision = Collision::Document { table: TableNumber(10_001), id: DocumentId([document; 16]) };
        Conflict { collision, ts: CommitTs(ts) }
    }

    #[test]
    fn what_collides_often_is_kept_however_many_others_collide_once() {
        let collisions = Collisions::new();
        let places: Vec<String> = (0..2_000).map(|n| format!("rare:{n}")).collect();
        for (n, place) in places.into_iter().enumerate() {
            collisions.lost(Box::leak(place.into_boxed_str()), &conflict(1, 1), START);
            if n.is_multiple_of(10) {
                collisions.lost("hot:loser", &conflict(2, 2), START);
            }
        }
        let report = collisions.report(&Catalog::default(), START);
        assert_eq!((report.total, report.hot_spots.len()), (2_200, SPOTS));
        let hot = report.hot_spots.iter().find(|spot| spot.loser == "hot:loser").expect("it is kept");
        assert!(hot.count >= 200 && hot.count - hot.overcounted <= 200, "{hot:?}");
        assert_eq!(report.hot_spots[0].loser, "hot:loser");
    }

    #[test]
    fn a_minute_passes_and_the_total_stays() {
        let collisions = Collisions::new();
        collisions.won(CommitTs(7), "winner:w");
        collisions.lost("a:b", &conflict(1, 7), START);
        collisions.lost("a:b", &conflict(1, 7), START + Duration::from_secs(40));
        let at = |seconds| {
            let report = collisions.report(&Catalog::default(), START + Duration::from_secs(seconds));
            (report.total, report.last_minute, report.hot_spots[0].last_minute, report.hot_spots[0].count)
        };
        assert_eq!(at(40), (2, 2, 2, 2));
        assert_eq!(at(70), (2, 1, 1, 2));
        assert_eq!(at(1_000), (2, 0, 0, 2));
        assert_eq!(
            collisions.report(&Catalog::default(), START).hot_spots[0].winner,
            Some("winner:w"),
            "found by the time of its commit"
        );
    }
}
