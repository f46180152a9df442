//! Owns the choice of what clients do.

use super::functions::Op;

const KEYS: u32 = 12;
const GROUPS: u32 = 3;

/// Gives every transaction and every scheduled function a number of its own.
#[derive(Debug, Default)]
pub(super) struct Plan {
    next_tag: u32,
}

impl Plan {
    pub(super) fn tag(&mut self) -> u32 {
        self.next_tag += 1;
        self.next_tag
    }

    pub(super) fn queries(random: &mut fastrand::Rng) -> Vec<Op> {
        (0..random.u8(1..4)).map(|_| if random.bool() { get(random) } else { range(random) }).collect()
    }

    pub(super) fn ops(&mut self, depth: u32, random: &mut fastrand::Rng) -> Vec<Op> {
        (0..random.u8(1..5)).map(|_| self.op(depth, random)).collect()
    }

    fn op(&mut self, depth: u32, random: &mut fastrand::Rng) -> Op {
        let key = random.u32(..KEYS);
        match random.u8(..20) {
            2..4 => range(random),
            4..8 => Op::Put { key, group: random.u32(..GROUPS), amount: amount(key, random) },
            // The amounts of two keys stay different, so that a range has one order.
            8..10 => Op::Add { key, amount: 100 * random.i64(-3..4) },
            10 => Op::Delete { key },
            11..13 if depth > 0 => Op::Nested { ops: self.ops(depth - 1, random), fails: random.bool() },
            13..17 if depth > 0 => {
                let (tag, is_action) = (self.tag(), random.u8(..4) == 0);
                let delay_ms = if random.bool() { 0 } else { random.u32(..4000) };
                Op::Later { tag, delay_ms, ops: self.ops(depth - 1, random), is_action }
            }
            17..20 if self.next_tag > 0 => {
                Op::Cancel { tag: random.u32(self.next_tag.saturating_sub(8)..=self.next_tag) }
            }
            _ => get(random),
        }
    }
}

fn get(random: &mut fastrand::Rng) -> Op {
    Op::Get { key: random.u32(..KEYS) }
}

fn range(random: &mut fastrand::Rng) -> Op {
    let from = random.i64(-500..1500);
    let until = from + random.i64(0..2000);
    Op::Range { group: random.u32(..GROUPS), from, until, take: random.u32(1..6), down: random.bool() }
}

fn amount(key: u32, random: &mut fastrand::Rng) -> i64 {
    100 * random.i64(0..20) + i64::from(key)
}
