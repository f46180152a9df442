#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn count(ctx: &ActionCtx) -> Result<usize> {
    Ok(
        ::core::compile_error!(
            "`ctx.db` does not exist in action `count`: an action stands outside of transactions\nhelp: read with `ctx.run_query(internal::…)`, write with `ctx.run_mutation(internal::…)`"
        )
            .query::<Job>()
            .collect()
            .await?
            .len(),
    )
}
::mainspring::__private::handle!(
    __count : pub enum __count {}, count : pub enum count {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __count {
    type Kind = ::mainspring::__private::Action;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = ();
    type Return = Result<usize>;
    type Output = usize;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "count"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments0(
        &[],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns_result::<
        usize,
        _,
    >();
    fn invoke(
        ctx: &::mainspring::__private::ActionCtx,
        (): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        count(ctx)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __count_call() -> ::mainspring::__private::CallOf<__count> {
    ::mainspring::__private::Call::new(())
}
