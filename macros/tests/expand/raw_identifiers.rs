#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn r#type(r#fn: &QueryCtx, r#in: String, ctx: u32) -> u32 {
    body
}
::mainspring::__private::handle!(
    __type : pub enum __type {}, r#type : pub enum r#type {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __type {
    type Kind = ::mainspring::__private::Query;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = (String, u32);
    type Return = u32;
    type Output = u32;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "type"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments2::<
        _,
        _,
    >(&["in", "ctx"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        _,
    >();
    fn invoke(
        r#fn: &::mainspring::__private::QueryCtx,
        (r#in, ctx): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        r#type(r#fn, r#in, ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __type_call(r#in: String, ctx: u32) -> ::mainspring::__private::CallOf<__type> {
    ::mainspring::__private::Call::new((r#in, ctx))
}
