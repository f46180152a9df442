#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn page(ctx: &QueryCtx) -> Paged<Job> {
    body
}
::mainspring::__private::handle!(__page : pub enum __page {}, page : pub enum page {});
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __page {
    type Kind = ::mainspring::__private::Query;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = ();
    type Return = Paged<Job>;
    type Output = Paged<Job>;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "page"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        Paged<Job>,
    >();
    fn invoke(
        ctx: &::mainspring::__private::QueryCtx,
        (): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        page(ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __page_call() -> ::mainspring::__private::CallOf<__page> {
    ::mainspring::__private::Call::new(())
}
