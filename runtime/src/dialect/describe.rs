//! Expressions in English.
//!
//! Invariant: speaks from the values of an expression, never from its text, so that two expressions that run at the
//! same times on every day are described alike.

use super::{DayJoin, Expression, Field, Values};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From Monday on: `Monday to Friday` and `Saturday and Sunday` are how people think of a week.
const WEEK: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// More times of day than this are told by their minutes and hours.
const MOST_TIMES: u32 = 6;

impl Expression {
    /// When the expression runs, in English: `at 09:00, Monday to Friday`.
    pub(crate) fn describe(&self) -> String {
        let (time, names_times) = self.describe_time();
        match self.describe_date() {
            Some(date) => format!("{time}, {date}"),
            None if names_times => format!("{time} every day"),
            None => time,
        }
    }

    /// The times of day, and whether they are told one by one.
    fn describe_time(&self) -> (String, bool) {
        let (minutes, hours) = (self.values(Field::Minute), self.values(Field::Hour));
        if hours.is_all(Field::Hour) {
            return (describe_minutes_of_every_hour(minutes), false);
        }
        if let Some(step) = even_step(hours, Field::Hour)
            && let (1, Some(minute), Some(hour)) = (minutes.len(), minutes.first(), hours.first())
            && hours.len() > 2
        {
            return (format!("every {step} hours from {hour:02}:{minute:02}"), false);
        }
        if minutes.len() * hours.len() <= MOST_TIMES {
            let times: Vec<_> = hours
                .iter()
                .flat_map(|hour| minutes.iter().map(move |minute| format!("{hour:02}:{minute:02}")))
                .collect();
            return (format!("at {}", join(&times)), true);
        }
        let within = describe_hours(hours);
        let time = if minutes.is_all(Field::Minute) {
            format!("every minute {within}")
        } else if let Some(step) = even_step(minutes, Field::Minute).filter(|_| minutes.first() == Some(0)) {
            format!("every {step} minutes {within}")
        } else {
            format!("at {} {within}", count_of("minute", minutes))
        };
        (time, false)
    }

    /// The days; `None` when it is every day.
    fn describe_date(&self) -> Option<String> {
        let (days, weekdays) = (self.values(Field::DayOfMonth), self.values(Field::DayOfWeek));
        let (all_days, all_weekdays) = (days.is_all(Field::DayOfMonth), weekdays.is_all(Field::DayOfWeek));
        let months = self.values(Field::Month);
        let in_words = || join(&runs(months, |month| MONTHS[usize::from(month) - 1].to_owned()));
        let of_months = (!months.is_all(Field::Month)).then(in_words);
        let on_days = || {
            let of = of_months.as_deref().unwrap_or("every month");
            format!("on the {} of {of}", join(&runs(days, ordinal)))
        };
        let in_months = || of_months.as_ref().map(|months| format!(" in {months}")).unwrap_or_default();
        let named = describe_weekdays(weekdays);
        match self.day_join() {
            // One of two is enough, and one of them always is.
            DayJoin::Either if all_days || all_weekdays => {
                of_months.map(|months| format!("every day in {months}"))
            }
            DayJoin::Either => Some(format!("{} and every {}{}", on_days(), join(&named), in_months())),
            DayJoin::Both if all_days && all_weekdays => {
                of_months.map(|months| format!("every day in {months}"))
            }
            DayJoin::Both if all_weekdays => Some(on_days()),
            DayJoin::Both if all_days => Some(match &named[..] {
                [one] if weekdays.len() == 1 => format!("every {one}{}", in_months()),
                _ => format!("{}{}", join(&named), in_months()),
            }),
            DayJoin::Both => Some(format!("{} when it is {}", on_days(), join_any(&named))),
        }
    }
}

fn describe_minutes_of_every_hour(minutes: Values) -> String {
    match even_step(minutes, Field::Minute) {
        _ if minutes.is_all(Field::Minute) => "every minute".to_owned(),
        Some(step) if minutes.first() == Some(0) => format!("every {step} minutes"),
        Some(step) => format!("every {step} minutes from minute {}", minutes.first().unwrap_or_default()),
        None if minutes.len() == 1 && minutes.contains(0) => "every hour".to_owned(),
        None => format!("at {} of every hour", count_of("minute", minutes)),
    }
}

/// The hours in which something runs several times: `from 09:00 to 17:59`.
fn describe_hours(hours: Values) -> String {
    let stretches = stretches(hours);
    if stretches.len() > 2 {
        return format!("in {}", count_of("hour", hours));
    }
    let parts: Vec<_> =
        stretches.iter().map(|(first, last)| format!("from {first:02}:00 to {last:02}:59")).collect();
    join(&parts)
}

fn describe_weekdays(weekdays: Values) -> Vec<String> {
    let mut from_monday = Values::default();
    weekdays.iter().for_each(|day| from_monday.insert((day + 6) % 7));
    runs(from_monday, |day| WEEK[usize::from(day)].to_owned())
}

/// `minute 5`, `minutes 5 and 35`.
fn count_of(unit: &str, values: Values) -> String {
    let plural = if values.len() == 1 { "" } else { "s" };
    format!("{unit}{plural} {}", join(&runs(values, |value| value.to_string())))
}

/// The time between values when it is the same everywhere, from the last to the first of the next round included.
fn even_step(values: Values, field: Field) -> Option<u8> {
    let (first, last) = (values.first()?, values.last()?);
    let second = values.iter().nth(1)?;
    let step = second - first;
    let is_even = values.iter().zip(values.iter().skip(1)).all(|(one, next)| next - one == step);
    (is_even && step > 1 && field.size() - last + first == step).then_some(step)
}

/// Unbroken stretches of values.
fn stretches(values: Values) -> Vec<(u8, u8)> {
    let mut stretches: Vec<(u8, u8)> = Vec::new();
    for value in values.iter() {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => stretches.push((value, value)),
        }
    }
    stretches
}

/// The values in words, three or more in a row as `first to last`.
fn runs(values: Values, word: impl Fn(u8) -> String) -> Vec<String> {
    let mut words = Vec::new();
    for (first, last) in stretches(values) {
        if last - first >= 2 {
            words.push(format!("{} to {}", word(first), word(last)));
        } else {
            words.extend((first..=last).map(&word));
        }
    }
    words
}

fn join(words: &[String]) -> String {
    join_with(words, "and")
}

fn join_any(words: &[String]) -> String {
    join_with(words, "or")
}

fn join_with(words: &[String], last_joint: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} {last_joint} {last}", before.join(", ")),
    }
}

fn ordinal(day: u8) -> String {
    let ending = match (day % 10, day / 10) {
        (1, 0 | 2 | 3) => "st",
        (2, 0 | 2) => "nd",
        (3, 0 | 2) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}
