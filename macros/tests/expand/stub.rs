#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub fn broken<T>(ctx: &QueryCtx, (a, b): (T, &str)) -> Result<u32> {
    body
}
::mainspring::__private::handle!(
    __broken : pub enum __broken {}, broken : pub enum broken {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __broken {
    type Kind = ::mainspring::__private::Query;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = ();
    type Return = ();
    type Output = ();
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "broken"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        (),
    >();
    fn invoke(
        ctx: &::mainspring::__private::QueryCtx,
        _: Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        async { ::core::unreachable!() }
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __broken_call<T>(_: (T, &str)) -> ::mainspring::__private::CallOf<__broken> {
    ::mainspring::__private::Call::new(())
}
