#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn send(ctx: &MutationCtx, r#type: String) {
    body
}
::mainspring::__private::handle!(__send : pub enum __send {}, send : pub enum send {});
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __send {
    type Kind = ::mainspring::__private::Mutation;
    type Visibility = ::mainspring::__private::Internal;
    type Arguments = (String,);
    type Return = ();
    type Output = ();
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "send"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments1::<
        _,
    >(&["type"]);
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns::<
        (),
    >();
    const POLICY: ::mainspring::__private::Policy = ::mainspring::__private::Policy::NONE
        .queue(queues::EMAILS)
        .concurrency(4)
        .rate(
            ::mainspring::__private::Rate::new(
                100u32,
                ::core::time::Duration::from_millis(1000u64),
            ),
        )
        .per("type")
        .renamed_from(&["mail:send"]);
    fn invoke(
        ctx: &::mainspring::__private::MutationCtx,
        (r#type,): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        send(ctx, r#type)
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __send_call(r#type: String) -> ::mainspring::__private::CallOf<__send> {
    ::mainspring::__private::Call::new((r#type,))
}
