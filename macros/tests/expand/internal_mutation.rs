#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub(crate) async fn mark(ctx: &MutationCtx, done: bool) {}
::mainspring::__private::handle!(
    __mark : pub (crate) enum __mark {}, mark : pub (crate) enum mark {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __mark {
    type Kind = ::mainspring::__private::Mutation;
    type Visibility = ::mainspring::__private::Internal;
    type Arguments = (bool,);
    type Return = ();
    type Output = ();
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "mark"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments1::<
        _,
    >(&["done"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        (),
    >();
    fn invoke(
        ctx: &::mainspring::__private::MutationCtx,
        (done,): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        mark(ctx, done)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __mark_call(done: bool) -> ::mainspring::__private::CallOf<__mark> {
    ::mainspring::__private::Call::new((done,))
}
