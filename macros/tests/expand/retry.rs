#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn process(ctx: &ActionCtx, id: Id<Job>) -> Result<()> {
    body
}
::mainspring::__private::handle!(
    __process : pub enum __process {}, process : pub enum process {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __process {
    type Kind = ::mainspring::__private::Action;
    type Visibility = ::mainspring::__private::Internal;
    type Arguments = (Id<Job>,);
    type Return = Result<()>;
    type Output = ();
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "process"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments1::<
        Id<Job>,
    >(&["id"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns_result::<
        (),
        _,
    >();
    const POLICY: ::mainspring::__private::Policy = ::mainspring::__private::Policy::NONE
        .retry(
            ::mainspring::__private::Retry::attempts(5u32)
                .backoff(::core::time::Duration::from_millis(1000u64))
                .factor(2f64)
                .max(::core::time::Duration::from_millis(300000u64))
                .jitter(true),
        )
        .on_failure(internal::jobs::mark_failed);
    fn invoke(
        ctx: &::mainspring::__private::ActionCtx,
        (id,): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        process(ctx, id)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __process_call(id: Id<Job>) -> ::mainspring::__private::CallOf<__process> {
    ::mainspring::__private::Call::new((id,))
}
