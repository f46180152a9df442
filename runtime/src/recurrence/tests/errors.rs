//! Every problem: its tag, the bytes it points at, the field, and what it says.

use super::expression;
use crate::dialect::{Expression, ExpressionError, Field, zone_name};

use crate::recurrence::Zone;

fn error(text: &str) -> ExpressionError {
    Expression::parse(text).map(|found| found.describe()).expect_err("it is wrong")
}

#[test]
fn every_problem_points_at_the_wrong_characters() {
    // Expression, tag, wrong characters (as they stand under the carets), field.
    let rows: [(&str, &str, &str, &str); 58] = [
        ("60 * * * *", "CronOutOfRange", "60", "minute"),
        ("0 24 * * *", "CronOutOfRange", "24", "hour"),
        ("0 0 0 * *", "CronOutOfRange", "0", "day of month"),
        ("0 0 32 * *", "CronOutOfRange", "32", "day of month"),
        ("0 0 1 13 *", "CronOutOfRange", "13", "month"),
        ("0 0 1 0 *", "CronOutOfRange", "0", "month"),
        ("0 0 * * 8", "CronOutOfRange", "8", "day of week"),
        ("99999999999999999999 * * * *", "CronOutOfRange", "99999999999999999999", "minute"),
        ("1-60 * * * *", "CronOutOfRange", "60", "minute"),
        ("0,5,75,10 * * * *", "CronOutOfRange", "75", "minute"),
        ("0 0 * * mon-fry", "CronNotAValue", "fry", "day of week"),
        ("0 0 * * monday", "CronNotAValue", "monday", "day of week"),
        ("0 0 * jann *", "CronNotAValue", "jann", "month"),
        ("mon * * * *", "CronNotAValue", "mon", "minute"),
        ("0 0 * mon *", "CronNotAValue", "mon", "month"),
        ("+5 * * * *", "CronNotAValue", "+5", "minute"),
        ("1.5 * * * *", "CronNotAValue", "1.5", "minute"),
        ("** * * * *", "CronNotAValue", "**", "minute"),
        ("é * * * *", "CronNotAValue", "é", "minute"),
        ("0\u{a0}0 * * * *", "CronNotAValue", "0\u{a0}0", "minute"),
        ("1-2-3 * * * *", "CronNotAValue", "2-3", "minute"),
        ("0 0 ? * *", "CronOtherDialect", "?", "day of month"),
        ("0 0 L * *", "CronOtherDialect", "L", "day of month"),
        ("0 0 L-3 * *", "CronOtherDialect", "L-3", "day of month"),
        ("0 0 LW * *", "CronOtherDialect", "LW", "day of month"),
        ("0 0 15W * *", "CronOtherDialect", "15W", "day of month"),
        ("0 0 * * 5L", "CronOtherDialect", "5L", "day of week"),
        ("0 0 * * 5#2", "CronOtherDialect", "5#2", "day of week"),
        ("H * * * *", "CronOtherDialect", "H", "minute"),
        ("H(0-7) * * * *", "CronOtherDialect", "H(0-7)", "minute"),
        ("1~5 * * * *", "CronOtherDialect", "1~5", "minute"),
        (", * * * *", "CronEmptyItem", ",", "minute"),
        ("1, * * * *", "CronEmptyItem", ",", "minute"),
        (",1 * * * *", "CronEmptyItem", ",", "minute"),
        ("1,,2 * * * *", "CronEmptyItem", ",", "minute"),
        ("-5 * * * *", "CronEmptyItem", "-", "minute"),
        ("5- * * * *", "CronEmptyItem", "-", "minute"),
        ("/5 * * * *", "CronEmptyItem", "/", "minute"),
        ("*/0 * * * *", "CronStepZero", "0", "minute"),
        ("*/ * * * *", "CronStepNotANumber", "/", "minute"),
        ("*/x * * * *", "CronStepNotANumber", "x", "minute"),
        ("*/5/2 * * * *", "CronStepNotANumber", "5/2", "minute"),
        ("*/90 * * * *", "CronStepTooLarge", "90", "minute"),
        ("*/60 * * * *", "CronStepTooLarge", "*/60", "minute"),
        ("0 */24 * * *", "CronStepTooLarge", "*/24", "hour"),
        ("0 0 */31 * *", "CronStepTooLarge", "*/31", "day of month"),
        ("0 0 1 */12 *", "CronStepTooLarge", "*/12", "month"),
        ("0 0 * * */7", "CronStepTooLarge", "*/7", "day of week"),
        ("1-5/999 * * * *", "CronStepTooLarge", "1-5/999", "minute"),
        ("5/15 * * * *", "CronStepAfterValue", "5/15", "minute"),
        ("0 0 * * fri-mon", "CronReversedRange", "fri-mon", "day of week"),
        ("0 0 * * fri-sun", "CronReversedRange", "fri-sun", "day of week"),
        ("0 0 * * fri-mon/2", "CronReversedRange", "fri-mon/2", "day of week"),
        ("0 0 * * 7/2", "CronStepAfterValue", "7/2", "day of week"),
        ("0 0 * * 5-0", "CronReversedRange", "5-0", "day of week"),
        ("0 22-6 * * *", "CronReversedRange", "22-6", "hour"),
        ("0 0 30 2 *", "CronNeverComes", "30 2", "day of month"),
        ("0 0 31 2,4,6 *", "CronNeverComes", "31 2,4,6", "day of month"),
    ];
    for (text, code, wrong, field) in rows {
        let error = error(text);
        assert_eq!(error.problems().len(), 1, "{error}");
        let problem = &error.problems()[0];
        assert_eq!(problem.code(), code, "{error}");
        assert_eq!(&text[problem.span.clone()], wrong, "{error}");
        let name = problem.field.map_or("", Field::name);
        assert_eq!(name, field, "{error}");
        assert!(!problem.expected().is_empty(), "{error}");
        assert!(error.to_string().contains(&problem.expected()) || code == "CronNeverComes", "{error}");
    }
}

#[test]
fn problems_of_the_whole_point_at_what_is_too_much_or_at_all() {
    let rows = [
        ("", "CronFieldCount", ""),
        ("   ", "CronFieldCount", "   "),
        (" 0 9 ", "CronFieldCount", "0 9"),
        ("daily", "CronFieldCount", "daily"),
        ("0 9 * *", "CronFieldCount", "0 9 * *"),
        ("0 0 9 * * 1-5", "CronFieldCount", "0 0 9 * * 1-5"),
        (" 0 0 9 * * 1-5 2026 ", "CronFieldCount", "0 0 9 * * 1-5 2026"),
        ("@reboot", "CronReboot", "@reboot"),
        ("@fortnightly", "CronUnknownNickname", "@fortnightly"),
        ("@daily 5 5", "CronAfterNickname", "5 5"),
        ("@every 5m", "CronUnknownNickname", "@every"),
        ("0 0 9 * * 99 99", "CronFieldCount", "0 0 9 * * 99 99"),
        ("0 9 * * * Europe/Berlin", "CronZoneInside", "Europe/Berlin"),
        ("utc 0 9 * * *", "CronZoneInside", "utc"),
        ("TZ=Europe/Berlin 0 9 * * *", "CronZoneInside", "TZ=Europe/Berlin"),
        ("tz=Europe/Berlin 0 9 * * *", "CronZoneInside", "tz=Europe/Berlin"),
        ("CRON_TZ=Nowhere 0 9 * * *", "CronZoneInside", "CRON_TZ=Nowhere"),
        ("0 9 * * * Europe/Berln", "CronZoneInside", "Europe/Berln"),
        ("0 9 * * * Berlin", "CronZoneInside", "Berlin"),
        ("berln 0 9 * * *", "CronZoneInside", "berln"),
        ("0 9 * * * GMT+2", "CronZoneInside", "GMT+2"),
        ("0 9 * * * Mars/Olympus", "CronZoneInside", "Mars/Olympus"),
        ("@daily  Berln", "CronZoneInside", "Berln"),
        ("@daily  America/New_York", "CronZoneInside", "America/New_York"),
    ];
    for (text, code, wrong) in rows {
        let error = error(text);
        assert_eq!(error.problems().len(), 1, "{error}");
        let problem = &error.problems()[0];
        assert_eq!(
            (problem.code(), &text[problem.span.clone()], problem.field),
            (code, wrong, None),
            "{error}"
        );
    }
}

#[test]
fn independent_problems_are_told_together_and_from_left_to_right() {
    let codes = |text: &str| -> Vec<_> {
        error(text).problems().iter().map(|problem| (problem.span.start, problem.code())).collect()
    };
    assert_eq!(
        codes("TZ=UTC 0 25 * * * 5"),
        [(0, "CronZoneInside"), (7, "CronFieldCount")],
        "fields that are too many are not looked at"
    );
    assert_eq!(codes("0 25 * * * UTC"), [(2, "CronOutOfRange"), (11, "CronZoneInside")]);
    assert_eq!(
        codes("61,5, 25-70 * fev 9/0"),
        [
            (0, "CronOutOfRange"),
            (4, "CronEmptyItem"),
            (6, "CronOutOfRange"),
            (9, "CronOutOfRange"),
            (14, "CronNotAValue"),
            (18, "CronOutOfRange"),
            (20, "CronStepZero"),
        ]
    );
}

#[test]
fn says_how_to_write_it() {
    let rows = [
        ("0 0 * * fri-mon", Some("write `fri,sat,sun,mon`")),
        ("0 0 * * fri-sun", Some("write `fri,sat,sun`")),
        ("0 0 * * 5-0", Some("write `5,6,0`")),
        ("0 0 * * 6-1", Some("write `6,0,1`")),
        ("0 0 * * 7-2", Some("write `0,1,2`")),
        ("0 22-6 * * *", Some("write `22-23,0-6`")),
        ("0 23-0 * * *", Some("write `23,0`")),
        ("0 0 1 nov-feb *", Some("write `nov-dec,jan-feb`")),
        ("0 0 1 dec-1 *", Some("write `dec,jan-1`")),
        ("0 0 * * fri-mon/2", Some("write `fri,sun`")),
        ("0 0 * * 7-2/2", Some("write `0,2`")),
        ("0 22-6/2 * * *", Some("write `22,0,2,4,6`")),
        ("0 22-6/1 * * *", Some("write `22-23,0-6`")),
        ("0 0 1 nov-feb/3 *", Some("write `nov,feb`")),
        ("5/15 * * * *", Some("write `5-59/15`")),
        ("50/15 * * * *", Some("write `50`")),
        ("0 0 * * 7/2", Some("write `0-6/2`")),
        ("0 0 * * sun/2", Some("write `sun-6/2`")),
        ("0 0 * * 6/2", Some("write `6`")),
        ("0 0 1 dec/2 *", Some("write `dec`")),
        ("0 0 * * tuesday", Some("write `tue`")),
        ("0 0 1 sept *", Some("write `sep`")),
        ("0 0 ? * 1", Some("write `*`")),
        ("0 24 * * *", Some("midnight is hour 0")),
        ("*/60 * * * *", Some("write `0`")),
        ("0-59/60 * * * *", Some("write `0`")),
        ("0 */24 * * *", Some("write `0`")),
        ("0 0 */31 * *", Some("write `1`")),
        ("0 0 1 */12 *", Some("write `1`")),
        ("0 0 * * */7", Some("write `0`")),
        ("0 0 * * 1-7/7", Some("write `1`")),
        ("0 9-17/24 * * *", Some("write `9`")),
        ("1-5/999 * * * *", Some("write `1`")),
        ("0 0 1 */24 *", Some("once a year is as seldom as it gets: write one month, such as `1`")),
        ("*/90 * * * *", Some("for a time between runs that is longer than the field, use `interval`")),
        ("0 0 */40 * *", Some("for a time between runs that is longer than the field, use `interval`")),
        ("@every 5m", Some("for a time between runs use `interval`")),
        ("9-17/0 * * * *", Some("leave the step out, or write another one")),
        ("0 0 30 2 *", Some("write a day up to 28, or 29 for leap years only")),
        ("0 0 31 2,4 *", Some("write a day up to 30, or a longer month")),
        ("@reboot", Some("run it in `main`, once the application has started")),
        ("@Daily 5", Some("take it out, or write five fields: `@daily` is `0 0 * * *`")),
        ("x * * * *", None),
        ("0 0 L * *", None),
        ("0 0 ?-5 * *", None),
        ("0 9 * *", None),
        ("0 9 * * mon to fri", None),
    ];
    for (text, help) in rows {
        assert_eq!(error(text).problems()[0].help().as_deref(), help, "{text}");
    }
    for text in ["0 0 9 * * 1-5", "0 0 12 ? * MON 2026"] {
        let help = error(text).problems()[0].help().unwrap_or_default();
        assert!(help.starts_with("seconds and years are not part of it"), "{text}: {help}");
    }
}

#[test]
fn says_how_to_spread_runs() {
    let of_a_day = "and `.splay(…)` behind the cron: it delays each cron by a time of its own";
    let rows = [
        ("H * * * *", format!("write `0`, {of_a_day}")),
        ("h/15 * * * *", format!("write `*`, {of_a_day}")),
        ("H(7-20) * * * *", format!("write `7`, {of_a_day}")),
        ("H(0-29)/10 * * * *", format!("write `0-29`, {of_a_day}")),
        ("H(a-b) * * * *", format!("write `0`, {of_a_day}")),
        ("1~5 * * * *", format!("write `1`, {of_a_day}")),
        ("~ * * * *", format!("write `0`, {of_a_day}")),
        ("0 3~90 * * *", format!("write `0`, {of_a_day}")),
        ("0 0 H * *", "write `1`: `.splay(…)` spreads runs over a day at most".to_owned()),
        ("0 0 * * H", "write `0`: `.splay(…)` spreads runs over a day at most".to_owned()),
    ];
    for (text, help) in rows {
        assert_eq!(error(text).problems()[0].help(), Some(help), "{text}");
    }
}

/// Whatever is wrong, what the help says in the place of it can be read.
#[test]
fn what_is_to_be_written_instead_is_an_expression() {
    let values =
        ["0", "1", "5", "6", "7", "12", "23", "31", "59", "mon", "sun", "dec", "H", "H(3-9)", "1~5", "?"];
    let mut items: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    items.extend(values.iter().flat_map(|first| values.map(|last| format!("{first}-{last}"))));
    items.push("*".to_owned());
    let steps = ["", "/1", "/2", "/5", "/7", "/12", "/24", "/31", "/60", "/90"];
    let mut count = 0;
    for (field, item, step) in Field::ALL.iter().flat_map(|field| {
        items.iter().flat_map(move |item| steps.map(move |step| (*field as usize, item, step)))
    }) {
        let mut fields = ["0", "0", "1", "1", "0"].map(str::to_owned);
        fields[field] = format!("{item}{step}");
        let text = fields.join(" ");
        let Err(error) = Expression::parse(&text) else { continue };
        let [problem] = error.problems() else { continue };
        let help = problem.help().unwrap_or_default();
        let Some(instead) = help.strip_prefix("write `").and_then(|rest| rest.split('`').next()) else {
            continue;
        };
        let mut repaired = text.clone();
        repaired.replace_range(problem.span.clone(), instead);
        expression(&repaired);
        count += 1;
    }
    assert!(count > 1000, "{count} were tried");
}

#[test]
fn zones_inside_are_told_by_the_name_that_is_known() {
    let rows = [
        ("0 9 * * * europe/berlin", Some("Europe/Berlin")),
        ("CRON_TZ=Europe/Berlin 0 9 * * *", Some("Europe/Berlin")),
        ("cron_tz=berlin 0 9 * * *", Some("Europe/Berlin")),
        ("Tz=Europe/Brelin 0 9 * * *", Some("Europe/Berlin")),
        ("0 9 * * * Europe/Berln", Some("Europe/Berlin")),
        ("0 9 * * * Berlin", Some("Europe/Berlin")),
        ("0 9 * * * tokio", Some("Asia/Tokyo")),
        ("CRON_TZ=Nowhere 0 9 * * *", None),
        ("TZ= 0 9 * * *", None),
        ("TZ=PST 0 9 * * *", None),
        ("0 9 * * * UTC+2", None),
        ("0 9 * * * GMT+2", None),
        ("Mars/Olympus 0 9 * * *", None),
    ];
    for (text, zone) in rows {
        let help = error(text).problems()[0].help().unwrap_or_default();
        match zone {
            Some(zone) => {
                let expected = format!("take it out, and write `.time_zone(\"{zone}\")` behind the cron");
                assert_eq!(help, expected, "{text}");
                assert_eq!(zone_name(zone), Ok(zone));
            }
            None => assert_eq!(
                help,
                "take it out, and write `.time_zone(…)` behind the cron, with an IANA name such as \"Europe/Berlin\"",
                "{text}"
            ),
        }
    }
}

#[test]
fn fields_are_not_taken_for_zones() {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekdays"];
    let months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let others = ["mon/x", "H/x", "mon-fri/x", "*/x", "L-3", "every", "minute", "hour", "noon", "midnight"];
    for word in days.into_iter().chain(months).chain(others) {
        for text in [format!("0 9 * * {word}"), format!("{word} 9 * * *"), format!("0 0 9 * * {word}")] {
            let code = error(&text).problems()[0].code();
            assert_ne!(code, "CronZoneInside", "{text}");
        }
    }
}

#[test]
fn draws_carets_under_the_wrong_characters() {
    assert_eq!(
        error("0 25 * * mon-fry").picture(),
        "0 25 * * mon-fry\n  ^^ hour: `25` is out of range, expected 0-23\n             \
         ^^^ day of week: `fry` means nothing here, expected 0-7 or sun-sat, 0 and 7 being Sunday"
    );
    assert_eq!(
        error("é\t5/15 * * *").picture(),
        "é\t5/15 * * *\n^ minute: `é` means nothing here, expected 0-59\n \t\
         ^^^^ hour: `5/15` has a step but no range, expected `5-23/15`\nhelp: write `5-23/15`"
    );
    assert_eq!(
        error("0 0 30 2 *").to_string(),
        "`0 0 30 2 *` is no cron expression: day of month: a date that never comes: day 30 in months of at most 29 days"
    );
}

#[test]
fn no_text_makes_the_parser_panic() {
    let alphabet: Vec<char> = "0159*/-,@LWH#?~() \t\né界mon".chars().collect();
    let mut dice = super::generate::Dice::new(7);
    for _ in 0..20_000 {
        let length = dice.below(14);
        let text: String = (0..length).map(|_| alphabet[dice.below(alphabet.len())]).collect();
        if let Err(error) = Expression::parse(&text) {
            assert!(!error.problems().is_empty(), "{text:?}");
            for problem in error.problems() {
                assert!(text.get(problem.span.clone()).is_some(), "{text:?}: {:?}", problem.span);
            }
            assert!(error.picture().starts_with(&text));
        }
    }
}

#[test]
fn unknown_zones_are_refused_with_the_name_that_was_meant() {
    let rows = [
        ("Europe/Berln", Some("Europe/Berlin")),
        ("berlin", Some("Europe/Berlin")),
        ("America/Newyork", Some("America/New_York")),
        ("Middle-earth/The_Shire", None),
        ("Etc/Unknown", None),
        ("unknown", None),
        ("PST", None),
        ("GMT+2", None),
    ];
    for (name, suggestion) in rows {
        let error = zone_name(name).expect_err("there is no such zone");
        assert_eq!(error.suggestion, suggestion, "{name}");
        assert!(
            error.to_string().starts_with(&format!("`{name}` is no time zone of the IANA database 20")),
            "{error}"
        );
    }
    assert_eq!(Zone::named("europe/BERLIN").expect("it is one").name(), "Europe/Berlin");
    assert_eq!(Zone::named("utc").expect("it is one"), Zone::UTC);
}
