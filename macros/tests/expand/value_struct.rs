#[derive(
    ::mainspring::__private::serde::Serialize,
    ::mainspring::__private::serde::Deserialize,
    ::mainspring::__private::schemars::JsonSchema
)]
#[serde(crate = "::mainspring::__private::serde")]
#[schemars(crate = "::mainspring::__private::schemars")]
/// A reply.
#[derive(Debug, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    pub text: String,
    status: u16,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Reply {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
        ::mainspring::__private::field::<u16>();
    };
}
