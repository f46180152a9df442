pub struct Job {
    pub data: String,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Job {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
    };
    const NAMES: &'static [&'static ::core::primitive::str] = &["data"];
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::serde::Serialize for Job {
    fn serialize<S_: ::mainspring::__private::serde::Serializer>(
        &self,
        to: S_,
    ) -> ::core::result::Result<S_::Ok, S_::Error> {
        let mut fields = match ::mainspring::__private::serde::Serializer::serialize_struct(
            to,
            "Job",
            1,
        ) {
            ::core::result::Result::Ok(fields) => fields,
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(error);
            }
        };
        match ::mainspring::__private::serde::ser::SerializeStruct::serialize_field(
            &mut fields,
            "data",
            &self.data,
        ) {
            ::core::result::Result::Ok(()) => {}
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(error);
            }
        }
        ::mainspring::__private::serde::ser::SerializeStruct::end(fields)
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl<'de_> ::mainspring::__private::serde::Deserialize<'de_> for Job {
    fn deserialize<D_: ::mainspring::__private::serde::Deserializer<'de_>>(
        from: D_,
    ) -> ::core::result::Result<Self, D_::Error> {
        match ::mainspring::__private::read_struct::<Self, _, _>(from, "Job") {
            ::core::result::Result::Ok((field_0, ())) => {
                ::core::result::Result::Ok(Self { data: field_0 })
            }
            ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
        }
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::schemars::JsonSchema for Job {
    fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::std::borrow::Cow::Borrowed("Job")
    }
    fn schema_id() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
        ::std::borrow::Cow::Borrowed(
            ::core::concat!(::core::module_path!(), "::", "Job"),
        )
    }
    fn json_schema(
        generator: &mut ::mainspring::__private::schemars::SchemaGenerator,
    ) -> ::mainspring::__private::schemars::Schema {
        ::mainspring::__private::struct_schema(
            generator,
            "",
            &[::mainspring::__private::Part::field::<String>("data", "")],
        )
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Document for Job {
    const TABLE: &'static ::core::primitive::str = "jobs";
    const INDEXES: &'static [::mainspring::__private::IndexSpec] = &[];
    const PLACE: &'static ::core::primitive::str = ::mainspring::__private::place!();
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
