//! `#[crons]`: what is found in its body, and on which tokens the mistakes lie.

use super::{contains, expand, mistakes};

fn in_body(body: &str) -> Vec<String> {
    mistakes("crons", "", &format!("fn crons(crons: &mut Crons) {{ {body} }}"))
}

/// The tokens on which the mistakes of a body lie.
fn culprits(body: &str) -> Vec<String> {
    let first = |mistake: &String| mistake.split(" | ").next().unwrap_or_default().to_owned();
    in_body(body).iter().map(first).collect()
}

#[test]
fn literals_are_looked_at_wherever_they_stand() {
    let wrong = "crons.cron(\"a\", \"x\", f());";
    for body in [
        wrong.to_owned(),
        format!("if x {{ {wrong} }}"),
        format!("let f = || {{ {wrong} }};"),
        format!("declare!({wrong});"),
        "crons . cron ( \"a\" , \"x\" , f ( ) , ) . overlap ( Overlap :: Allow )".to_owned(),
        "crons.cron(\"a\", r#\"x\"#, f())".to_owned(),
    ] {
        assert_eq!(culprits(&body).len(), 1, "{body}");
    }
}

#[test]
fn what_is_no_literal_or_not_of_the_parameter_is_left_to_the_start() {
    for body in [
        "crons.cron(name, TEXT, f());",
        "crons.cron(concat!(\"x\"), concat!(\"x\"), f());",
        "crons.interval(name, EVERY, f());",
        "crons.interval(\"a\", 0 * HOUR, f());",
        "crons.hourly(name, MINUTE, f()).time_zone(ZONE);",
        "crons.daily(\"a\", TIME, f());",
        "crons.daily(\"a\", other(24, 0), f());",
        "crons.daily(\"a\", clock.at(24, 0), f());",
        "others.cron(\"a\", \"x\", f());",
        "self.crons.cron(\"a\", \"x\", f());",
        "module::crons.cron(\"a\", \"x\", f());",
        "crons.other(\"\", \"x\");",
        "let \"x\" = crons;",
    ] {
        let found = in_body(body);
        // A name is a name, whatever the method is called.
        assert!(found.iter().all(|mistake| mistake.contains("name is empty")), "{body}: {found:?}");
        assert_eq!(found.len(), usize::from(body.contains("other(\"\"")), "{body}");
    }
}

#[test]
fn an_expression_has_one_way_out_its_own_or_the_five_fields() {
    let five_fields = "help: the five fields are minute, hour, day of month, month and day of week";
    for (expression, own) in [
        ("0 25 * * *", None),
        ("x", None),
        ("", None),
        ("@hourl", Some("")),
        ("* * * * ? *", Some("")),
        ("UTC 0 9 * * *", Some("")),
    ] {
        let found = in_body(&format!("crons.cron(\"a\", \"{expression}\", f());")).concat();
        let helps = found.matches("help: ").count();
        assert_eq!((helps, found.contains(five_fields)), (1, own.is_none()), "{expression}: {found}");
    }
}

#[test]
fn every_literal_is_looked_at_by_its_own_rule() {
    for (body, culprit) in [
        ("crons.cron(\"a\", \"61 * * * *\", f());", "\"61 * * * *\""),
        ("crons.cron(\"a\", \"0 0 30 2 *\", f());", "\"0 0 30 2 *\""),
        ("crons.cron(\"a\", \"*/0 * * * *\", f());", "\"*/0 * * * *\""),
        ("crons.cron(\"a\", \"*/90 * * * *\", f());", "\"*/90 * * * *\""),
        ("crons.cron(\"a\", \"1, * * * *\", f());", "\"1, * * * *\""),
        ("crons.cron(\"a\", \"0 0 * * fri-mon\", f());", "\"0 0 * * fri-mon\""),
        ("crons.cron(\"a\", \"0 9 * * * Europe/Berlin\", f());", "\"0 9 * * * Europe/Berlin\""),
        ("crons.hourly(\"a\", 0x3c, f());", "0x3c"),
        ("crons.hourly(\"a\", 60u8, f());", "60u8"),
        ("crons.daily(\"a\", at(24, 0), f());", "24"),
        ("crons.daily(\"a\", mainspring::at(0, 60), f());", "60"),
        ("crons.weekly(\"a\", Weekday::Monday, at(25, 0), f());", "25"),
        ("crons.monthly(\"a\", 0, at(0, 0), f());", "0"),
        ("crons.monthly(\"a\", 1, at(0, 99), f());", "99"),
        ("crons.interval(\"a\", Duration::from_secs(0), f());", "Duration::from_secs(0)"),
        (
            "crons.interval(\"a\", core::time::Duration::from_mins(0), f());",
            "core::time::Duration::from_mins(0)",
        ),
        ("crons.interval(\"a\", Duration::from_secs_f64(0.5), f());", "Duration::from_secs_f64(0.5)"),
        ("crons.interval(\"a\", Duration::ZERO, f());", "Duration::ZERO"),
        ("crons.interval(\"a\", Duration::from_millis(999), f());", "Duration::from_millis(999)"),
        ("crons.interval(\"a\", Duration::from_micros(999_999), f());", "Duration::from_micros(999_999)"),
        ("crons.interval(\"a\", Duration::from_hours(0), f());", "Duration::from_hours(0)"),
        ("crons.monthly(\"a\", 32, at(0, 0), f());", "32"),
        (
            "crons.interval(\"a\", Duration::from_nanos(999_999_999), f());",
            "Duration::from_nanos(999_999_999)",
        ),
        ("crons.cron(NAME, \"0 0 * * *\", f()).overlap(x).time_zone(\"Nowhere\");", "\"Nowhere\""),
        ("crons.hourly(\" a\", 0, f());", "\" a\""),
        ("crons.hourly(\"a\", 0, f()); crons.daily(\"a\", at(0, 0), f());", "\"a\""),
    ] {
        assert_eq!(culprits(body), [culprit], "{body}");
    }
}

#[test]
fn what_is_right_is_right_to_the_last_minute() {
    for body in [
        "crons.hourly(\"a\", 0, f()); crons.hourly(\"b\", 59, f());",
        "crons.daily(\"a\", at(0, 0), f()); crons.daily(\"b\", at(23, 59), f());",
        "crons.monthly(\"a\", 1, at(0, 0), f()); crons.monthly(\"b\", 31, at(23, 59), f());",
        "crons.interval(\"a\", Duration::from_secs(1), f()); crons.interval(\"b\", Duration::from_millis(1000), f());",
        "crons.cron(\"a\", \"59 23 29 2 *\", f()).time_zone(\"Europe/Berlin\");",
    ] {
        assert_eq!(culprits(body), [""; 0], "{body}");
    }
}

#[test]
fn a_head_is_wrong_where_it_differs() {
    for (head, expected) in [
        ("fn f(c: &mut Crons)", &[][..]),
        ("pub(crate) fn f(_: &mut Crons)", &[]),
        ("fn f(mut c: &mut Crons)", &[]),
        ("fn f(c: lent!())", &[]),
        ("async fn f(c: &mut Crons)", &["async"]),
        ("const fn f(c: &mut Crons)", &["const"]),
        ("unsafe fn f(c: &mut Crons)", &["unsafe"]),
        ("extern \"C\" fn f(c: &mut Crons)", &["extern \"C\""]),
        ("fn f<T>(c: &mut Crons)", &["<T>"]),
        ("fn f(c: &mut Crons) -> u8", &["u8"]),
        ("fn f(c: Crons)", &["Crons"]),
        ("fn f(c: &Crons)", &["&Crons"]),
        ("fn f(Crons { a }: &mut Crons)", &["Crons { a }"]),
        ("fn f(ref c: &mut Crons)", &["ref c"]),
        ("fn f(c @ d: &mut Crons)", &["c @ d"]),
        ("fn f(c: &mut Crons, d: u8, e: u8)", &["d: u8", "e: u8"]),
        ("fn f()", &["()"]),
        ("fn f(&mut self)", &["&mut self"]),
    ] {
        let found = mistakes("crons", "", &format!("{head} {{}}"));
        let culprits: Vec<_> = found.iter().filter_map(|mistake| mistake.split(" | ").next()).collect();
        assert_eq!(culprits, expected, "{head}");
        assert!(found.iter().all(|mistake| mistake.contains("\nhelp: ")), "{found:?}");
        let (tokens, _) = expand("crons", "", &format!("{head} {{}}"));
        let is_stub = contains(&tokens.to_string(), "unreachable!()");
        assert_eq!(is_stub, !expected.is_empty() && !head.contains("self"), "{head}: {tokens}");
    }
}

#[test]
fn independent_mistakes_are_told_together() {
    let found = culprits("crons.cron(\"\", \"x\", f()).time_zone(\"y\"); crons.hourly(\"z\", 60, f());");
    assert_eq!(found, ["\"\"", "\"x\"", "\"y\"", "60"]);
}

#[test]
fn a_half_typed_body_is_no_mistake_and_stays_as_it_is() {
    for body in [
        "{ crons. }",
        "{ crons.cron }",
        "{ crons.cron( ) }",
        "{ crons.cron(\"a\") }",
        "{ crons.cron(\"a\", ) }",
        "{ crons.interval(\"a\", Duration::) }",
        "{ crons.interval(\"a\", Duration::from_secs()) }",
        "{ crons.daily(\"a\", at(), ) }",
        "{ crons.daily(\"a\", at(9, 0), internal::).time_zone( ). }",
        "{ let x = }",
        ";",
    ] {
        let (tokens, errors) = expand("crons", "", &format!("fn crons(crons: &mut Crons) {body}"));
        assert!(errors.is_empty(), "{body}: {errors:?}");
        let text = tokens.to_string();
        assert!(contains(&text, body) && text.contains("__crons_crons"), "{text}");
    }
    for item in ["fn", "fn crons", "fn crons(crons: &mut)", "fn crons(crons: ) {}", ""] {
        let (tokens, errors) = expand("crons", "", item);
        assert_eq!(tokens.to_string(), super::parse(item).to_string());
        assert_eq!(errors.len(), 1, "{item}: {errors:?}");
    }
}

#[test]
fn a_wrong_head_leaves_something_for_the_registry() {
    for item in [
        "async fn f(c: &mut Crons) {}",
        "fn f() {}",
        "fn f(c: Crons) -> u8 { 1 }",
        "fn f<T>(c: &mut Crons) {}",
    ] {
        let (tokens, errors) = expand("crons", "", item);
        assert!(!errors.is_empty(), "{item}");
        assert!(
            contains(&tokens.to_string(), "fn __f_crons(into: &mut ::mainspring::__private::Crons)"),
            "{tokens}"
        );
    }
    let (tokens, errors) = expand("crons", "", "fn f(&self) {}");
    assert_eq!(errors.len(), 1);
    assert!(!tokens.to_string().contains("__f_crons"), "nothing can stand beside a method: {tokens}");
}

#[test]
fn a_step_that_is_no_interval_warns_in_the_body() {
    let item = "fn crons(crons: &mut Crons) { crons.cron(\"a\", \"0 */5 * * *\", f()); }";
    let (tokens, errors) = expand("crons", "", item);
    assert!(errors.is_empty(), "{errors:?}");
    let text = tokens.to_string();
    assert!(contains(&text, "fn crons(crons: &mut Crons) { { #[deprecated(note ="), "{text}");
    assert!(
        text.contains("`*/5` is not every 5 hours") && text.contains("Duration::from_hours(5)"),
        "{text}"
    );
}
