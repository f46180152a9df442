use mainspring::*;

type Account = Id<tables::User>;

mod tables {
    use mainspring::table;

    #[table(name = "users")]
    pub(crate) struct User {
        name: String,
    }
}

/// One type under several names, and several times under one.
#[value]
pub(crate) struct Transfer {
    from: Account,
    to: Id<tables::User>,
    by: Option<Account>,
    at: Timestamp,
    seen: ::mainspring::Timestamp,
}

#[value]
pub(crate) enum Outcome {
    Done(Account),
    Refused { by: Account, at: Timestamp },
    Undone(Timestamp, self::Account),
}
