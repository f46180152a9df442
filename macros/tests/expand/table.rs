#[derive(
    ::mainspring::__private::serde::Serialize,
    ::mainspring::__private::serde::Deserialize,
    ::mainspring::__private::schemars::JsonSchema
)]
#[serde(crate = "::mainspring::__private::serde")]
#[schemars(crate = "::mainspring::__private::schemars")]
pub struct Job {
    pub data: String,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Job {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
    };
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Document for Job {
    const TABLE: &'static ::core::primitive::str = "jobs";
    const INDEXES: &'static [::mainspring::__private::IndexSpec] = &[];
    fn index_key(
        &self,
        _: ::core::primitive::usize,
        _: &mut ::mainspring::__private::KeyWriter,
    ) -> ::core::result::Result<(), ::mainspring::__private::EncodeError> {
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Table for Job {}
