#[derive(
    crate::framework::__private::serde::Serialize,
    crate::framework::__private::serde::Deserialize,
    crate::framework::__private::schemars::JsonSchema
)]
#[serde(crate = "crate::framework::__private::serde")]
#[schemars(crate = "crate::framework::__private::schemars")]
pub struct Name(String);
#[automatically_derived]
#[allow(deprecated)]
impl crate::framework::__private::Value for Name {
    const FIELDS: () = {
        crate::framework::__private::field::<String>();
    };
}
