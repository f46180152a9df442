#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub fn ctx(_: &BlockingActionCtx, ctx: String, ctx_: u32) -> u32 {
    body
}
::mainspring::__private::handle!(__ctx : pub enum __ctx {}, ctx : pub enum ctx {});
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __ctx {
    type Kind = ::mainspring::__private::Action;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = (String, u32);
    type Return = u32;
    type Output = u32;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "ctx"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments2::<
        _,
        _,
    >(&["ctx", "ctx_"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        _,
    >();
    fn invoke(
        ctx__: &::mainspring::__private::ActionCtx,
        (ctx, ctx_): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        ::mainspring::__private::run_blocking(ctx__, move |ctx__| ctx(ctx__, ctx, ctx_))
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __ctx_call(ctx: String, ctx_: u32) -> ::mainspring::__private::CallOf<__ctx> {
    ::mainspring::__private::Call::new((ctx, ctx_))
}
