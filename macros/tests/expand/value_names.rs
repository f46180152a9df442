#[derive(Clone, Copy)]
pub enum Status {
    Pending,
    /// Over.
    Complete,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Status {}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::serde::Serialize for Status {
    fn serialize<S_: ::mainspring::__private::serde::Serializer>(
        &self,
        to: S_,
    ) -> ::core::result::Result<S_::Ok, S_::Error> {
        match self {
            Self::Pending => {
                ::mainspring::__private::serde::Serializer::serialize_unit_variant(
                    to,
                    "Status",
                    0,
                    "Pending",
                )
            }
            Self::Complete => {
                ::mainspring::__private::serde::Serializer::serialize_unit_variant(
                    to,
                    "Status",
                    1,
                    "Complete",
                )
            }
        }
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl<'de_> ::mainspring::__private::serde::Deserialize<'de_> for Status {
    fn deserialize<D_: ::mainspring::__private::serde::Deserializer<'de_>>(
        from: D_,
    ) -> ::core::result::Result<Self, D_::Error> {
        match ::mainspring::__private::read_name(
            from,
            "Status",
            &["Pending", "Complete"],
        ) {
            ::core::result::Result::Ok(0) => ::core::result::Result::Ok(Self::Pending),
            ::core::result::Result::Ok(_) => ::core::result::Result::Ok(Self::Complete),
            ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
        }
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::schemars::JsonSchema for Status {
    fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::std::borrow::Cow::Borrowed("Status")
    }
    fn schema_id() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::std::borrow::Cow::Borrowed(
            ::core::concat!(::core::module_path!(), "::", "Status"),
        )
    }
    fn json_schema(
        generator: &mut ::mainspring::__private::schemars::SchemaGenerator,
    ) -> ::mainspring::__private::schemars::Schema {
        let _ = generator;
        ::mainspring::__private::names_schema(
            "",
            &[("Pending", ""), ("Complete", "Over.")],
        )
    }
}
