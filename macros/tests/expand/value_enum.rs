#[derive(
    ::mainspring::__private::serde::Deserialize,
    ::mainspring::__private::schemars::JsonSchema
)]
#[serde(crate = "::mainspring::__private::serde")]
#[schemars(crate = "::mainspring::__private::schemars")]
#[cfg(unix)]
#[derive(Serialize, Clone)]
pub enum Status {
    Pending,
    Failed { reason: String },
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Status {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
    };
}
