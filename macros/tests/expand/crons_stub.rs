fn crons(crons: &Crons) {
    crons.cron("sweep", "* * * *", internal::jobs::sweep());
}
#[doc(hidden)]
#[allow(dead_code, deprecated, unused_variables, clippy::needless_pass_by_ref_mut)]
pub(crate) fn __crons_crons(into: &mut ::mainspring::__private::Crons) {
    ::core::unreachable!();
}
