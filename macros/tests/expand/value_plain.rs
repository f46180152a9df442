/// A reply.
#[cfg(unix)]
#[derive(Debug, Clone)]
pub struct Reply {
    pub text: String,
    /// Its state.
    pub r#type: Option<Status>,
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Reply {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
    };
    const NAMES: &'static [&'static ::core::primitive::str] = &["text", "type"];
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::serde::Serialize for Reply
where
    for<'v_> <__ReplyFields as ::mainspring::__private::FieldOf<
        0,
    >>::Type: ::mainspring::__private::Encoded<'v_, __ReplyFields, 0>,
{
    fn serialize<S_: ::mainspring::__private::serde::Serializer>(
        &self,
        to: S_,
    ) -> ::core::result::Result<S_::Ok, S_::Error> {
        let mut fields = match ::mainspring::__private::serde::Serializer::serialize_struct(
            to,
            "Reply",
            2,
        ) {
            ::core::result::Result::Ok(fields) => fields,
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(error);
            }
        };
        match ::mainspring::__private::serde::ser::SerializeStruct::serialize_field(
            &mut fields,
            "text",
            &self.text,
        ) {
            ::core::result::Result::Ok(()) => {}
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(error);
            }
        }
        match ::mainspring::__private::serde::ser::SerializeStruct::serialize_field(
            &mut fields,
            "type",
            &self.r#type,
        ) {
            ::core::result::Result::Ok(()) => {}
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(error);
            }
        }
        ::mainspring::__private::serde::ser::SerializeStruct::end(fields)
    }
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl<'de_> ::mainspring::__private::serde::Deserialize<'de_> for Reply
where
    <__ReplyFields as ::mainspring::__private::FieldOf<
        0,
    >>::Type: ::mainspring::__private::Decoded<'de_, __ReplyFields, 0>,
{
    fn deserialize<D_: ::mainspring::__private::serde::Deserializer<'de_>>(
        from: D_,
    ) -> ::core::result::Result<Self, D_::Error> {
        match ::mainspring::__private::read_struct::<Self, _, _>(from, "Reply") {
            ::core::result::Result::Ok((field_0, (field_1, ()))) => {
                ::core::result::Result::Ok(Self {
                    text: field_0,
                    r#type: field_1,
                })
            }
            ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
        }
    }
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::schemars::JsonSchema for Reply {
    fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::std::borrow::Cow::Borrowed("Reply")
    }
    fn schema_id() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::std::borrow::Cow::Borrowed(
            ::core::concat!(::core::module_path!(), "::", "Reply"),
        )
    }
    fn json_schema(
        generator: &mut ::mainspring::__private::schemars::SchemaGenerator,
    ) -> ::mainspring::__private::schemars::Schema {
        ::mainspring::__private::struct_schema(
            generator,
            "A reply.",
            &[
                ::mainspring::__private::Part::field::<String>("text", ""),
                ::mainspring::__private::Part::witnessed::<
                    __ReplyFields,
                    0,
                >("type", "Its state."),
            ],
        )
    }
}
#[cfg(unix)]
#[allow(dead_code, non_camel_case_types)]
enum __ReplyFields {}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::FieldOf<0> for __ReplyFields {
    type Type = Option<Status>;
}
