#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn measure(ctx: &MutationCtx) -> bool {
    SystemTime::now().elapsed().is_ok()
}
::mainspring::__private::handle!(
    __measure : pub enum __measure {}, measure : pub enum measure {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __measure {
    type Kind = ::mainspring::__private::Mutation;
    type Visibility = ::mainspring::__private::Internal;
    type Arguments = ();
    type Return = bool;
    type Output = bool;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "measure"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        _,
    >();
    fn invoke(
        ctx: &::mainspring::__private::MutationCtx,
        (): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        measure(ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __measure_call() -> ::mainspring::__private::CallOf<__measure> {
    ::mainspring::__private::Call::new(())
}
