pub struct Reply {
    pub text: &'static str,
}
impl ::mainspring::__private::Value for Reply {}
impl ::mainspring::__private::serde::Serialize for Reply {
    fn serialize<S_: ::mainspring::__private::serde::Serializer>(
        &self,
        _: S_,
    ) -> ::core::result::Result<S_::Ok, S_::Error> {
        ::core::unreachable!()
    }
}
impl<'de_> ::mainspring::__private::serde::Deserialize<'de_> for Reply {
    fn deserialize<D_: ::mainspring::__private::serde::Deserializer<'de_>>(
        _: D_,
    ) -> ::core::result::Result<Self, D_::Error> {
        ::core::unreachable!()
    }
}
impl ::mainspring::__private::schemars::JsonSchema for Reply {
    fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::core::unreachable!()
    }
    fn json_schema(
        _: &mut ::mainspring::__private::schemars::SchemaGenerator,
    ) -> ::mainspring::__private::schemars::Schema {
        ::core::unreachable!()
    }
}
