#[allow(clippy::unused_async, clippy::needless_pass_by_value)]
pub async fn wide(
    ctx: &MutationCtx,
    first: String,
    second: String,
    third: String,
    fourth: String,
    fifth: String,
    sixth: String,
    seventh: String,
    eighth: String,
    ninth: String,
    tenth: String,
    eleventh: String,
    twelfth: String,
) -> Result<Vec<String>> {
    body
}
::mainspring::__private::handle!(__wide : pub enum __wide {}, wide : pub enum wide {});
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Definition for __wide {
    type Kind = ::mainspring::__private::Mutation;
    type Visibility = ::mainspring::__private::Public;
    type Arguments = (
        String,
        String,
        String,
        String,
        String,
        String,
        String,
        String,
        String,
        String,
        String,
        String,
    );
    type Return = Result<Vec<String>>;
    type Output = Vec<String>;
    const PATH: &'static ::core::primitive::str = ::mainspring::__private::function_path!(
        "wide"
    );
    const ARGUMENTS: ::mainspring::__private::Arguments<Self::Arguments> = ::mainspring::__private::arguments12::<
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
    >(
        &[
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
    );
    const RETURN: ::mainspring::__private::Returned<Self::Return, Self::Output> = ::mainspring::__private::returns_result::<
        Vec<String>,
        _,
    >();
    fn invoke(
        ctx: &::mainspring::__private::MutationCtx,
        (
            first,
            second,
            third,
            fourth,
            fifth,
            sixth,
            seventh,
            eighth,
            ninth,
            tenth,
            eleventh,
            twelfth,
        ): Self::Arguments,
    ) -> impl ::core::future::Future<Output = Self::Return> + ::core::marker::Send {
        wide(
            ctx,
            first,
            second,
            third,
            fourth,
            fifth,
            sixth,
            seventh,
            eighth,
            ninth,
            tenth,
            eleventh,
            twelfth,
        )
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
#[allow(clippy::too_many_arguments)]
pub fn __wide_call(
    first: String,
    second: String,
    third: String,
    fourth: String,
    fifth: String,
    sixth: String,
    seventh: String,
    eighth: String,
    ninth: String,
    tenth: String,
    eleventh: String,
    twelfth: String,
) -> ::mainspring::__private::CallOf<__wide> {
    ::mainspring::__private::Call::new((
        first,
        second,
        third,
        fourth,
        fifth,
        sixth,
        seventh,
        eighth,
        ninth,
        tenth,
        eleventh,
        twelfth,
    ))
}
