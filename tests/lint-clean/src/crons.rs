//! Crons of every kind.

use core::time::Duration;

use mainspring::{CatchUp, Crons, Weekday, at, crons};

use crate::internal;

/// What runs again and again.
#[crons]
pub fn all(crons: &mut Crons) {
    let _interval = crons.interval("interval", Duration::from_mins(5), internal::expire());
    let _weekly = crons
        .weekly("weekly", Weekday::Monday, at(9, 0), internal::expire())
        .time_zone("Europe/Berlin")
        .catch_up(CatchUp::None);
}

#[crons]
fn more(crons: &mut Crons) {
    let _hourly = crons.hourly("hourly", 30, internal::expire());
}
