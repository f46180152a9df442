//! Random expressions, zones and starts, the same for the same seed for ever.

use crate::recurrence::Zone;
use crate::value::Timestamp;

/// Numbers that only look random (SplitMix64): the list of explained differences rests on their order.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(end).expect("small")).expect("small")
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Zones of every kind of change: by an hour, half an hour or two, at midnight or at two, on both halves of the
/// earth, several a year, or none.
pub(super) const ZONES: [&str; 36] = [
    "UTC",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/St_Johns",
    "America/Nuuk",
    "America/Phoenix",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Chisinau",
    "Europe/Moscow",
    "Atlantic/Azores",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Taipei",
    "Asia/Amman",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Easter",
    "Antarctica/Troll",
];

/// 2010-01-01, and the years after it whose clock changes are history: new time-zone data leaves them alone.
const HISTORY: (i64, usize) = (1_262_304_000, 15);
/// 2024-01-01.
const PRESENT: i64 = 1_704_067_200;
const DAY: usize = 86_400;

/// A start up to two days before a clock change of the zone, or any other one.
pub(super) fn start(dice: &mut Dice, zone: &Zone) -> Timestamp {
    let seconds = |dice: &mut Dice, end: usize| i64::try_from(dice.below(end)).expect("small");
    let year = 365 * DAY;
    if dice.below(4) > 0 {
        let before = HISTORY.0 + seconds(dice, HISTORY.1 * year);
        // The next change but for those of the last years, which are not history yet.
        if let Some(change) = zone.stretch_at(before, 0).end.filter(|change| *change < PRESENT + 31_536_000) {
            return Timestamp::from_secs(change - seconds(dice, 2 * DAY));
        }
    }
    Timestamp::from_secs(PRESENT + seconds(dice, 6 * year))
}

/// An expression that is mostly about the hours in which clocks change.
pub(super) fn expression(dice: &mut Dice) -> String {
    let minute = field(dice, 0, 59, &[]);
    let hour = match dice.below(3) {
        0 => field(dice, 0, 23, &[]),
        1 => dice.pick(&["0", "1", "2", "3", "23"]).to_owned(),
        _ => dice.pick(&["0-3", "1-2", "*/2", "1-23/3", "*", "0,2", "22-23", "*/6", "1,2,3"]).to_owned(),
    };
    let rarely = |dice: &mut Dice, first, last, names: &[&str]| {
        if dice.below(3) > 0 { "*".to_owned() } else { field(dice, first, last, names) }
    };
    let day = rarely(dice, 1, 31, &[]);
    let month = match dice.below(8) {
        0 => field(dice, 1, 12, &["jan", "FEB", "Mar", "apr", "may", "Nov", "dec"]),
        _ => "*".to_owned(),
    };
    let weekday = rarely(dice, 0, 7, &["sun", "MON", "tue", "Wed", "fri", "SAT"]);
    format!("{minute} {hour} {day} {month} {weekday}")
}

fn field(dice: &mut Dice, first: usize, last: usize, names: &[&str]) -> String {
    let items = dice.pick(&[1, 1, 1, 1, 2, 3]);
    let items: Vec<_> = (0..items).map(|_| item(dice, first, last, names)).collect();
    items.join(",")
}

fn item(dice: &mut Dice, first: usize, last: usize, names: &[&str]) -> String {
    let value = |dice: &mut Dice| first + dice.below(last - first + 1);
    match dice.below(9) {
        0 => "*".to_owned(),
        1 | 2 => format!("*/{}", 1 + dice.below((last - first).min(30) / 2)),
        3 | 4 => {
            let (one, other) = (value(dice), value(dice));
            format!("{}-{}", one.min(other), one.max(other))
        }
        5 => {
            let (one, other) = (value(dice), value(dice));
            let step = 1 + dice.below((last - first).min(30) / 2);
            format!("{}-{}/{step}", one.min(other), one.max(other))
        }
        6 if !names.is_empty() => dice.pick(names).to_owned(),
        _ => value(dice).to_string(),
    }
}
