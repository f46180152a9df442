//! Owns what is known of a world: the commits in order, what clients were told, and whether that fits the model.

use std::collections::{BTreeMap, BTreeSet};

use super::functions::{Everything, Op, Seen, Trail};
use super::model::{Model, agree};
use super::plan::Plan;
use crate::store::testing::Fault;
use crate::value::{DocumentId, TableNumber, Timestamp};

/// One world through all its lives.
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) fault: Option<Fault>,
    pub(super) now: Timestamp,
    /// Every document that a commit has put, in the order of commits.
    pub(super) inserted: Vec<(TableNumber, DocumentId)>,
    /// How many of them there were at the end of each life that nobody has judged since, the last one at least.
    pub(super) ends: Vec<usize>,
    /// The transactions that clients were told of.
    pub(super) told: BTreeSet<u32>,
    /// What queries saw, and after how many transactions.
    pub(super) looked: Vec<(u32, Vec<Op>, Vec<Seen>)>,
}

impl World {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        let now = Timestamp::from_secs(1_800_000_000);
        let (inserted, looked, ends) = (Vec::new(), Vec::new(), Vec::new());
        Self { plan: Plan::default(), fault, now, inserted, ends, told: BTreeSet::new(), looked }
    }

    /// The disk is off, or the application has stopped: nothing of this life comes after it.
    pub(super) fn end_of_life(&mut self) {
        self.ends.push(self.inserted.len());
    }

    /// Whether what is there fits all that is known. After a crash, forgets the commits that it took.
    pub(super) fn judge(&mut self, there: &Everything) {
        let trails: BTreeMap<_, &Trail> =
            there.trails.iter().map(|(id, trail)| ((id.table(), id.document()), trail)).collect();
        let table = there.trails.first().map(|(id, _)| id.table());
        let is_trail = |(other, _): &&(TableNumber, DocumentId)| Some(*other) == table;
        // Of each life a crash has taken the end. More than one is to be judged when a life ended before it could look.
        let mut begin = 0;
        for end in std::mem::take(&mut self.ends) {
            let former = self.inserted[begin..end].iter().filter(is_trail);
            let is_lost = former.map(|trail| !trails.contains_key(trail));
            assert!(is_lost.is_sorted(), "a commit is lost, and a later one is not");
            begin = end;
        }
        // What came after the last life may be newer than what was looked at.
        let new = self.inserted.split_off(begin);
        self.inserted.retain(|id| trails.contains_key(id));
        self.ends.push(self.inserted.len());
        self.inserted.extend(new);
        let left: Vec<&Trail> = self.inserted.iter().filter_map(|id| trails.get(id).copied()).collect();
        assert_eq!(left.len(), trails.len(), "a commit that nobody heard of");
        let tags: BTreeSet<u32> = left.iter().map(|trail| trail.tag).collect();
        assert_eq!(tags.len(), left.len(), "a transaction has committed twice");
        let lost: Vec<_> = self.told.difference(&tags).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let mut models = vec![Model::default()];
        for trail in &left {
            let mut model = models[models.len() - 1].clone();
            if let Err(wrong) = model.commit(trail) {
                panic!("{wrong}");
            }
            models.push(model);
        }
        for (after, ops, seen) in &self.looked {
            let model = models
                .get(*after as usize)
                .unwrap_or_else(|| panic!("a query saw {after} transactions, of which some are lost"));
            let expected = model.look(ops);
            assert!(agree(&expected, seen), "a query did {ops:?}, saw {seen:?}, and not {expected:?}");
        }
        let model = &models[models.len() - 1];
        assert!(model.has(&there.items), "the documents are others: {model:?}");
        Self::judge_jobs(model, there);
    }

    fn judge_jobs(model: &Model, there: &Everything) {
        let jobs: BTreeMap<u32, &str> = there.jobs.iter().map(|(tag, state)| (*tag, &**state)).collect();
        assert!(
            jobs.keys().eq(model.jobs.keys()),
            "other functions are scheduled: {jobs:?}, not {:?}",
            model.jobs
        );
        for (tag, job) in &model.jobs {
            let state = jobs[tag];
            let fits = match state {
                "pending" => !job.has_run && !job.is_canceled,
                "success" => job.has_run,
                "canceled" => job.is_canceled,
                "failed" => job.is_action,
                // Mutations are so, too, before they run, while they are suspected of having ended processes.
                "in progress" => job.is_action || !job.has_run && !job.is_canceled,
                _ => false,
            };
            assert!(fits, "function {tag} is {state}: {job:?}");
        }
    }

    /// Whether every function that is left has come to its end.
    pub(super) fn judge_the_end(there: &Everything) {
        for (tag, state) in &there.jobs {
            let is_over = matches!(&**state, "success" | "canceled" | "failed");
            assert!(is_over, "function {tag} is still {state} at the end");
        }
    }
}
