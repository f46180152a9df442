#[derive(
    ::mainspring::__private::serde::Serialize,
    ::mainspring::__private::serde::Deserialize,
    ::mainspring::__private::schemars::JsonSchema
)]
#[serde(
    crate = "::mainspring::__private::serde",
    bound(
        serialize = "for < 'v_ > < __JobFields as :: mainspring :: __private :: FieldOf < 0 >> :: Type : :: mainspring :: __private :: Encoded < 'v_ , __JobFields , 0 > , for < 'v_ > < __JobFields as :: mainspring :: __private :: FieldOf < 1 >> :: Type : :: mainspring :: __private :: Encoded < 'v_ , __JobFields , 1 >",
        deserialize = "< __JobFields as :: mainspring :: __private :: FieldOf < 0 >> :: Type : :: mainspring :: __private :: Decoded < 'de , __JobFields , 0 > , < __JobFields as :: mainspring :: __private :: FieldOf < 1 >> :: Type : :: mainspring :: __private :: Decoded < 'de , __JobFields , 1 >"
    )
)]
#[schemars(crate = "::mainspring::__private::schemars")]
#[cfg(unix)]
#[derive(Clone)]
pub(crate) struct Job {
    pub data: String,
    #[schemars(with = ":: mainspring :: __private :: Field < __JobFields , 0 >")]
    pub status: Status,
    #[schemars(with = ":: mainspring :: __private :: Field < __JobFields , 1 >")]
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
}
#[cfg(unix)]
#[allow(dead_code)]
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
