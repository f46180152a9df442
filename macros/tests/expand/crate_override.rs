#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn ping(ctx: &QueryCtx) {}
::backend::mainspring::__private::handle!(
    __ping : pub enum __ping {}, ping : pub enum ping {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::backend::mainspring::__private::Definition for __ping {
    type Kind = ::backend::mainspring::__private::Query;
    type Visibility = ::backend::mainspring::__private::Public;
    type Arguments = ();
    type Return = ();
    type Output = ();
    const PATH: &'static ::core::primitive::str = ::backend::mainspring::__private::function_path!(
        "ping"
    );
    const ARGUMENTS: ::backend::mainspring::__private::Arguments<Self::Arguments> = ::backend::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::backend::mainspring::__private::Returned<
        Self::Return,
        Self::Output,
    > = ::backend::mainspring::__private::returns::<()>();
    fn invoke(
        ctx: &::backend::mainspring::__private::QueryCtx,
        (): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        ping(ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __ping_call() -> ::backend::mainspring::__private::CallOf<__ping> {
    ::backend::mainspring::__private::Call::new(())
}
