pub fn r#loop(list: &mut Crons) {
    {
        #[deprecated(
            note = "\n*/7 * * * *\n^^^ minute: `*/7` is not every 7 minutes: minute 56 is followed by 0 after 4\nhelp: for equal times between runs use `interval` with `Duration::from_mins(7)`"
        )]
        #[allow(non_upper_case_globals)]
        const CronUnevenStep: () = ();
        let () = CronUnevenStep;
    }
    list.cron("sweep", "*/7 * * * *", internal::jobs::sweep());
}
#[doc(hidden)]
#[allow(dead_code, deprecated, unused_variables, clippy::needless_pass_by_ref_mut)]
pub(crate) fn __loop_crons(into: &mut ::backend::mainspring::__private::Crons) {
    ::backend::mainspring::__private::Crons::define(
        into,
        ::core::concat!(::core::module_path!(), "::", "loop"),
        r#loop,
    );
}
