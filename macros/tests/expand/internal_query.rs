#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn count(ctx: &QueryCtx) -> u64 {
    0
}
::mainspring::__private::handle!(
    __count : pub enum __count {}, count : pub enum count {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __count {
    type Kind = ::mainspring::__private::Query;
    type Visibility = ::mainspring::__private::Internal;
    type Arguments = ();
    type Return = u64;
    type Output = u64;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "count"
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
        count(ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __count_call() -> ::mainspring::__private::CallOf<__count> {
    ::mainspring::__private::Call::new(())
}
