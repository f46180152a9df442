/// What runs at night.
#[cfg(unix)]
fn crons(crons: &mut Crons) {
    crons.daily("sweep", at(3, 0), internal::jobs::sweep());
}
#[cfg(unix)]
#[doc(hidden)]
#[allow(dead_code, deprecated, unused_variables, clippy::needless_pass_by_ref_mut)]
pub(crate) fn __crons_crons(into: &mut ::mainspring::__private::Crons) {
    ::mainspring::__private::Crons::define(
        into,
        ::core::concat!(::core::module_path!(), "::", "crons"),
        crons,
    );
}
