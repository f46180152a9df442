#[derive(
    ::mainspring::__private::serde::Serialize,
    ::mainspring::__private::serde::Deserialize,
    ::mainspring::__private::schemars::JsonSchema
)]
#[serde(
    crate = "::mainspring::__private::serde",
    bound(
        serialize = "for < 'v_ > < __ReplyFields as :: mainspring :: __private :: FieldOf < 0 >> :: Type : :: mainspring :: __private :: Encoded < 'v_ , __ReplyFields , 0 >",
        deserialize = "< __ReplyFields as :: mainspring :: __private :: FieldOf < 0 >> :: Type : :: mainspring :: __private :: Decoded < 'de , __ReplyFields , 0 >"
    )
)]
#[schemars(crate = "::mainspring::__private::schemars")]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    pub text: String,
    #[schemars(with = ":: mainspring :: __private :: Field < __ReplyFields , 0 >")]
    status: Status,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Reply {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
    };
}
#[allow(dead_code, non_camel_case_types)]
enum __ReplyFields {}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::FieldOf<0> for __ReplyFields {
    type Type = Status;
}
