use mainspring::{Crons, crons};

use crate::internal;

/// What runs at night.
#[crons]
fn nightly(crons: &mut Crons) {
    crons.daily("process", mainspring::at(3, 0), internal::jobs::process(1));
}

#[cfg(feature = "audit")]
#[crons]
fn r#loop(crons: &mut Crons) {
    crons.hourly("audit", 0, internal::billing::audit::note("hourly".into()));
}
