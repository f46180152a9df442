#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
/// Finds a job.
#[tracing::instrument]
pub async fn get_job(ctx: &QueryCtx, id: Id<Job>) -> Result<Option<Doc<Job>>> {
    ctx.db.get(id).await
}
::mainspring::__private::handle!(
    __get_job : pub enum __get_job {}, get_job : pub enum get_job {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __get_job {
    type Kind = ::mainspring::__private::Query;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = (Id<Job>,);
    type Return = Result<Option<Doc<Job>>>;
    type Output = Option<Doc<Job>>;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "get_job"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments1::<
        Id<Job>,
    >(&["id"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns_result::<
        Option<Doc<Job>>,
        _,
    >();
    fn invoke(
        ctx: &::mainspring::__private::QueryCtx,
        (id,): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        get_job(ctx, id)
    }
}
/// Finds a job.
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __get_job_call(id: Id<Job>) -> ::mainspring::__private::CallOf<__get_job> {
    ::mainspring::__private::Call::new((id,))
}
