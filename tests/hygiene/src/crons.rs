//! Crons declared by functions with names that clash.

/// Called like what generated code calls its parameter, and its parameter like the module.
#[::clockwork::crons(crate = ::clockwork)]
pub fn into(crons: &mut ::clockwork::Crons) {
    let _: ::clockwork::CronEntry<'_> = crons.cron("nightly", "0 3 * * *", crate::internal::private());
}

/// A raw name.
#[::clockwork::crons(crate = ::clockwork)]
fn r#loop(r#fn: &mut ::clockwork::Crons) {
    r#fn.daily("raw", ::clockwork::at(0, 30), crate::internal::private());
}

/// Conditional, deprecated, and with lints of its own.
#[cfg(feature = "reports")]
#[deprecated]
#[::clockwork::crons(crate = ::clockwork)]
pub(crate) fn reports(crons: &mut ::clockwork::Crons) {
    crons.interval("reports", ::core::time::Duration::from_secs(1), crate::internal::report(1));
}

/// Under the other condition.
#[cfg(not(feature = "reports"))]
#[deprecated]
#[::clockwork::crons(crate = ::clockwork)]
pub(crate) fn reports(_: &mut ::clockwork::Crons) {}
