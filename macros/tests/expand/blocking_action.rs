#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub fn render(
    ctx: &BlockingActionCtx,
    page: u32,
    dark: bool,
) -> Result<Bytes, RenderError> {
    body
}
::mainspring::__private::handle!(
    __render : pub enum __render {}, render : pub enum render {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __render {
    type Kind = ::mainspring::__private::Action;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = (u32, bool);
    type Return = Result<Bytes, RenderError>;
    type Output = Bytes;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "render"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments2::<
        _,
        _,
    >(&["page", "dark"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns_result::<
        Bytes,
        RenderError,
    >();
    fn invoke(
        ctx: &::mainspring::__private::ActionCtx,
        (page, dark): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        ::mainspring::__private::run_blocking(ctx, move |ctx| render(ctx, page, dark))
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __render_call(
    page: u32,
    dark: bool,
) -> ::mainspring::__private::CallOf<__render> {
    ::mainspring::__private::Call::new((page, dark))
}
