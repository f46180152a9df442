#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
#[must_use]
pub async fn submit_job(
    ctx: &MutationCtx,
    mut data: String,
    at: Timestamp,
) -> Result<Id<Job>> {
    body
}
::mainspring::__private::handle!(
    __submit_job : pub enum __submit_job {}, submit_job : pub enum submit_job {}
);
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __submit_job {
    type Kind = ::mainspring::__private::Mutation;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = (String, Timestamp);
    type Return = Result<Id<Job>>;
    type Output = Id<Job>;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "submit_job"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments2::<
        _,
        _,
    >(&["data", "at"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns_result::<
        Id<Job>,
        _,
    >();
    fn invoke(
        ctx: &::mainspring::__private::MutationCtx,
        (data, at): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        submit_job(ctx, data, at)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __submit_job_call(
    data: String,
    at: Timestamp,
) -> ::mainspring::__private::CallOf<__submit_job> {
    ::mainspring::__private::Call::new((data, at))
}
