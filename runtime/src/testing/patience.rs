//! When work that goes on at one instant is taken to have no end.
//!
//! Invariant: pure. What is told at last is told by what was asked for.

/// After so many commits it is time to ask how many functions led to the latest one.
const BEFORE_GENERATIONS: u64 = 5_000;

/// So many functions, each scheduled by the one before, have no end.
pub(super) const ENDLESS_GENERATIONS: usize = 5_000;

/// After so many commits it is time to ask how much is due.
const BEFORE_COUNT: u64 = 50_000;

/// Patience with what goes on at one instant.
pub(super) struct Patience {
    /// The commits when it was asked last for generations, and for what is due.
    looked_at: u64,
    counted_at: u64,
    due_then: Option<usize>,
}

impl Patience {
    pub(super) fn new(commits: u64) -> Self {
        Self { looked_at: commits, counted_at: commits, due_then: None }
    }

    /// Whether it is to be asked how many generations there are.
    pub(super) fn wants_generations(&mut self, commits: u64) -> bool {
        let wants = commits - self.looked_at >= BEFORE_GENERATIONS;
        if wants {
            self.looked_at = commits;
        }
        wants
    }

    /// Whether it is to be asked how much is due.
    pub(super) fn wants_count(&mut self, commits: u64) -> bool {
        let wants = commits - self.counted_at >= BEFORE_COUNT;
        if wants {
            self.counted_at = commits;
        }
        wants
    }

    /// Whether it becomes no less: so much is due now.
    pub(super) fn ends(&mut self, due: usize) -> bool {
        self.due_then.replace(due).is_some_and(|then| due >= then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_when_it_has_become_no_less_between_two_counts() {
        let mut patience = Patience::new(7);
        assert!(
            !patience.wants_count(50_006) && patience.wants_count(50_007) && !patience.wants_count(100_006)
        );
        assert!(!patience.ends(9) && !patience.ends(8));
        assert!(patience.ends(8));
        let mut patience = Patience::new(0);
        assert!(!patience.ends(0) && patience.ends(0), "what is not scheduled goes on as well");
    }

    #[test]
    fn generations_are_asked_for_now_and_then() {
        let mut patience = Patience::new(0);
        let asked = (0..20_000).filter(|commits| patience.wants_generations(*commits));
        assert_eq!(asked.collect::<Vec<_>>(), [5_000, 10_000, 15_000]);
    }
}
