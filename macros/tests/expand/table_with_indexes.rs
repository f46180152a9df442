#[cfg(unix)]
#[derive(Clone)]
pub(crate) struct Job {
    pub data: String,
    pub status: Status,
    pub created_at: Timestamp,
    r#type: u32,
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Value for Job {
    const FIELDS: () = {
        ::mainspring::__private::field::<String>();
        ::mainspring::__private::field::<u32>();
    };
    const NAMES: &'static [&'static ::core::primitive::str] = &[
        "data",
        "status",
        "created_at",
        "type",
    ];
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::serde::Serialize for Job
where
    for<'v_> <__JobFields as ::mainspring::__private::FieldOf<
        0,
    >>::Type: ::mainspring::__private::Encoded<'v_, __JobFields, 0>,
    for<'v_> <__JobFields as ::mainspring::__private::FieldOf<
        1,
    >>::Type: ::mainspring::__private::Encoded<'v_, __JobFields, 1>,
{
    fn serialize<S_: ::mainspring::__private::serde::Serializer>(
        &self,
        to: S_,
    ) -> ::core::result::Result<S_::Ok, S_::Error> {
        let mut fields = match ::mainspring::__private::serde::Serializer::serialize_struct(
            to,
            "Job",
            4,
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
        match ::mainspring::__private::serde::ser::SerializeStruct::serialize_field(
            &mut fields,
            "status",
            &self.status,
        ) {
            ::core::result::Result::Ok(()) => {}
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(error);
            }
        }
        match ::mainspring::__private::serde::ser::SerializeStruct::serialize_field(
            &mut fields,
            "created_at",
            &self.created_at,
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
impl<'de_> ::mainspring::__private::serde::Deserialize<'de_> for Job
where
    <__JobFields as ::mainspring::__private::FieldOf<
        0,
    >>::Type: ::mainspring::__private::Decoded<'de_, __JobFields, 0>,
    <__JobFields as ::mainspring::__private::FieldOf<
        1,
    >>::Type: ::mainspring::__private::Decoded<'de_, __JobFields, 1>,
{
    fn deserialize<D_: ::mainspring::__private::serde::Deserializer<'de_>>(
        from: D_,
    ) -> ::core::result::Result<Self, D_::Error> {
        match ::mainspring::__private::read_struct::<Self, _, _>(from, "Job") {
            ::core::result::Result::Ok(
                (field_0, (field_1, (field_2, (field_3, ())))),
            ) => {
                ::core::result::Result::Ok(Self {
                    data: field_0,
                    status: field_1,
                    created_at: field_2,
                    r#type: field_3,
                })
            }
            ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
        }
    }
}
#[cfg(unix)]
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
            &[
                ::mainspring::__private::Part::field::<String>("data", ""),
                ::mainspring::__private::Part::witnessed::<__JobFields, 0>("status", ""),
                ::mainspring::__private::Part::witnessed::<
                    __JobFields,
                    1,
                >("created_at", ""),
                ::mainspring::__private::Part::field::<u32>("type", ""),
            ],
        )
    }
}
#[cfg(unix)]
#[allow(dead_code, non_camel_case_types)]
enum __JobFields {}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::FieldOf<0> for __JobFields {
    type Type = Status;
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::FieldOf<1> for __JobFields {
    type Type = Timestamp;
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Document for Job {
    const TABLE: &'static ::core::primitive::str = "jobs";
    const INDEXES: &'static [::mainspring::__private::IndexSpec] = &[
        ::mainspring::__private::IndexSpec {
            name: "by_status_and_created_at",
            fields: &["status", "created_at"],
        },
        ::mainspring::__private::IndexSpec {
            name: "type",
            fields: &["type"],
        },
    ];
    const PLACE: &'static ::core::primitive::str = ::mainspring::__private::place!();
    fn index_key(
        &self,
        index: ::core::primitive::usize,
        key: &mut ::mainspring::__private::KeyWriter,
    ) -> ::core::result::Result<(), ::mainspring::__private::EncodeError> {
        match index {
            0 => {
                key.witnessed::<__JobFields, 0>(&self.status)?;
                key.witnessed::<__JobFields, 1>(&self.created_at)?;
            }
            1 => {
                key.field(&self.r#type)?;
            }
            _ => {}
        }
        ::core::result::Result::Ok(())
    }
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::mainspring::__private::Table for Job {}
#[cfg(unix)]
#[allow(
    dead_code,
    deprecated,
    non_upper_case_globals,
    private_interfaces,
    unreachable_pub,
    clippy::type_complexity
)]
impl Job {
    ///Index on `status`, then `created_at`.
    pub(crate) const by_status_and_created_at: ::mainspring::__private::Index<
        Job,
        (Status, (Timestamp, ())),
    > = ::mainspring::__private::Index::new(0);
    ///Index on `type`.
    pub(crate) const r#type: ::mainspring::__private::Index<Job, (u32, ())> = ::mainspring::__private::Index::new(
        1,
    );
}
