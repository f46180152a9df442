#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn fetch(_: &ActionCtx) {}
::mainspring::__private::handle!(
    __fetch : pub enum __fetch {}, fetch : pub enum fetch {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __fetch {
    type Kind = ::mainspring::__private::Action;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = ();
    type Return = ();
    type Output = ();
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "fetch"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        (),
    >();
    fn invoke(
        ctx: &::mainspring::__private::ActionCtx,
        (): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        fetch(ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __fetch_call() -> ::mainspring::__private::CallOf<__fetch> {
    ::mainspring::__private::Call::new(())
}
