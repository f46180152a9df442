use mainspring::*;

/// Indexes with a field's name, and with a raw one.
#[table(name = "jobs")]
#[index(data(data))]
#[index(r#type(r#type, data))]
pub(crate) struct Job {
    data: String,
    r#type: u32,
}
