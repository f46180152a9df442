#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
#[cfg(feature = "reports")]
#[deprecated]
#[cfg(unix)]
pub async fn report(ctx: &QueryCtx) -> String {
    body
}
#[cfg(feature = "reports")]
#[cfg(unix)]
::mainspring::__private::handle!(
    __report : pub enum __report {}, report : pub enum report {}
);
#[cfg(feature = "reports")]
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __report {
    type Kind = ::mainspring::__private::Query;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = ();
    type Return = String;
    type Output = String;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "report"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        _,
    >();
    fn invoke(
        ctx: &::mainspring::__private::QueryCtx,
        (): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        report(ctx)
    }
}
#[cfg(feature = "reports")]
#[cfg(unix)]
#[deprecated]
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __report_call() -> ::mainspring::__private::CallOf<__report> {
    ::mainspring::__private::Call::new(())
}
