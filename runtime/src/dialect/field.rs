//! The five fields of a cron expression and the sets of values they hold.
//!
//! Invariant: a field's bounds, names and words are written down here and nowhere else; a set never holds a value
//! outside its field, and Sunday is always 0 in it.

use std::fmt;

/// One of the five fields, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or the English names.
    Month,
    /// 0 to 7, both ends being Sunday, or the English names.
    DayOfWeek,
}

impl Field {
    /// All five, in order.
    pub(crate) const ALL: [Self; 5] =
        [Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek];

    /// The name used in messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    /// What may stand in the field, for messages.
    pub(crate) const fn accepts(self) -> &'static str {
        match self {
            Self::Minute => "0-59",
            Self::Hour => "0-23",
            Self::DayOfMonth => "1-31",
            Self::Month => "1-12 or jan-dec",
            Self::DayOfWeek => "0-7 or sun-sat, 0 and 7 being Sunday",
        }
    }

    /// The least value.
    pub(crate) const fn first(self) -> u8 {
        match self {
            Self::Minute | Self::Hour | Self::DayOfWeek => 0,
            Self::DayOfMonth | Self::Month => 1,
        }
    }

    /// The greatest value; Sunday counts as 0.
    pub(crate) const fn last(self) -> u8 {
        match self {
            Self::Minute => 59,
            Self::Hour => 23,
            Self::DayOfMonth => 31,
            Self::Month => 12,
            Self::DayOfWeek => 6,
        }
    }

    /// The greatest number that may be written; Sunday may be 7, so that ranges can end on it.
    pub(crate) const fn last_written(self) -> u8 {
        match self {
            Self::DayOfWeek => 7,
            _ => self.last(),
        }
    }

    /// How many values there are.
    pub(crate) const fn size(self) -> u8 {
        self.last() - self.first() + 1
    }

    /// The names of the values, from the least one on.
    pub(crate) const fn value_names(self) -> &'static [&'static str] {
        match self {
            Self::Month => {
                &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            }
            Self::DayOfWeek => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
            Self::Minute | Self::Hour | Self::DayOfMonth => &[],
        }
    }

    /// The value of a name, in any case.
    pub(crate) fn value_of_name(self, name: &str) -> Option<u8> {
        let position = self.value_names().iter().position(|known| known.eq_ignore_ascii_case(name))?;
        u8::try_from(position).ok().map(|position| position + self.first())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of values of one field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(u64);

impl Values {
    /// Every value of the field.
    pub(crate) fn all(field: Field) -> Self {
        let mut values = Self::default();
        (field.first()..=field.last()).for_each(|value| values.insert(value));
        values
    }

    pub(crate) fn insert(&mut self, value: u8) {
        self.0 |= 1 << value;
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether the value is in the set.
    pub(crate) fn contains(self, value: u8) -> bool {
        self.0 >> value & 1 == 1
    }

    /// Whether the set leaves nothing of its field out.
    pub(crate) fn is_all(self, field: Field) -> bool {
        self == Self::all(field)
    }

    /// The values, ascending.
    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = u8> + Clone {
        (0..64).filter(move |value| self.contains(*value))
    }

    pub(crate) fn first(self) -> Option<u8> {
        self.iter().next()
    }

    pub(crate) fn last(self) -> Option<u8> {
        self.iter().next_back()
    }

    pub(crate) fn len(self) -> u32 {
        self.0.count_ones()
    }
}
