//! What is said of scheduled runs, option by option: on which tokens a mistake lies, and what is right to the last digit.

use super::mistakes;

/// The tokens on which the mistakes of an option lie, and what is said of the first.
fn found(options: &str) -> (Vec<String>, String) {
    let found = mistakes("mutation", options, "pub async fn f(ctx: &MutationCtx, a: u32, b: u32) {}");
    let split = |mistake: &String| {
        let (culprit, message) = mistake.split_once(" | ").unwrap_or_default();
        (culprit.to_owned(), message.to_owned())
    };
    let (culprits, messages): (Vec<_>, Vec<_>) = found.iter().map(split).unzip();
    (culprits, messages.into_iter().next().unwrap_or_default())
}

#[test]
fn what_can_be_meant_is_taken() {
    for options in [
        "retry(max_attempts = 1)",
        "retry(max_attempts = 5, backoff = \"1s\", factor = 1, max = \"1s\", jitter)",
        "retry(max_attempts = 5, factor = 1.5, max = \"1000ms\", jitter = false)",
        "retry(max_attempts = 4294967295, backoff = \"0ms\", max = \"0s\")",
        "concurrency = 1, per = a",
        "rate = \"1/1ms\", per = r#b",
        "renamed_from = \"jobs/mail:send\", queue = queues::MAIL, on_failure = internal::jobs::failed",
        "renamed_from = [\"jobs:send\", \"mail:send\"]",
    ] {
        assert_eq!(found(options), (Vec::new(), String::new()), "{options}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_where_it_stands() {
    for (options, culprit, sentence) in [
        ("retry(max_attempts = 0)", "0", "the first run is an attempt too"),
        ("retry(max_attempts = 5u8)", "5u8", "not a whole number of attempts"),
        ("retry(max_attempts = 4294967296)", "4294967296", "not a whole number of attempts"),
        ("retry(max_attempts = 2.5)", "2.5", "not a whole number of attempts"),
        ("retry(max_attempts = \"5\")", "\"5\"", "not a whole number of attempts"),
        ("retry(max_attempts = 2, max_attempts = 3)", "max_attempts", "given twice"),
        ("retry(max_attempts = 2, jitter, jitter = true)", "jitter", "given twice"),
        ("retry(max_attempts = 2, factor = 0.99)", "0.99", "below 1"),
        ("retry(max_attempts = 2, factor = 2f32)", "2f32", "not a number"),
        ("retry(max_attempts = 2, factor = 2.0f64)", "2.0f64", "not a number"),
        ("retry(max_attempts = 2, factor = 1e999)", "1e999", "not a number"),
        ("retry(max_attempts = 2, backoff = 5)", "5", "`backoff` is not a duration"),
        ("retry(max_attempts = 2, max = \"5\")", "\"5\"", "`max` is not a duration"),
        ("retry(max_attempts = 2, jitter = 1)", "1", "not `true` or `false`"),
        ("retry(backoff = \"1s\")", "backoff = \"1s\"", "there is no end to it"),
        (
            "retry(max_attempts = 2, max = \"999ms\")",
            "max_attempts = 2, max = \"999ms\"",
            "shorter than `backoff`",
        ),
        (
            "retry(max_attempts = 2, backoff = \"2s\", max = \"1s\")",
            "max_attempts = 2, backoff = \"2s\", max = \"1s\"",
            "shorter than `backoff`",
        ),
        ("concurrency = 0", "0", "no run would ever start"),
        ("concurrency = 4u8", "4u8", "not a number of runs"),
        ("concurrency = 4294967296", "4294967296", "not a number of runs"),
        ("rate = \"0/1s\"", "\"0/1s\"", "both at least 1"),
        ("rate = \"1/0s\"", "\"1/0s\"", "both at least 1"),
        ("renamed_from = \"send\"", "\"send\"", "not the path of a function"),
        ("renamed_from = []", "[]", "wrong form"),
        ("renamed_from = [\"jobs:send\", \"send\"]", "\"send\"", "not the path of a function"),
        ("renamed_from = \":send\"", "\":send\"", "not the path of a function"),
        ("renamed_from = \"jobs:\"", "\"jobs:\"", "not the path of a function"),
        ("renamed_from = \"jobs:a b\"", "\"jobs:a b\"", "not the path of a function"),
        ("renamed_from = \"jobs:a:b\"", "\"jobs:a:b\"", "not the path of a function"),
        ("concurrency = 1, per = c", "c", "has no argument `c`"),
        ("per = a", "per", "there is no limit"),
        ("concurrency = 1, concurrency = 2", "concurrency", "given twice"),
        ("crate = mainspring", "mainspring", "path `mainspring` is relative"),
        ("crate = self::mainspring", "self::mainspring", "is relative"),
    ] {
        let (culprits, message) = found(options);
        assert_eq!(culprits, [culprit], "{options}");
        assert!(message.contains(sentence) && message.contains("help: "), "{options}: {message}");
    }
    for options in ["crate = ::mainspring", "crate = crate::mainspring"] {
        assert_eq!(found(options).0, [""; 0], "{options}");
    }
}

#[test]
fn all_mistakes_of_one_policy_are_told_together() {
    let (culprits, _) =
        found("retry(max_attempts = 0, factor = 0, x), concurrency = 0, rate = \"\", per = c");
    assert_eq!(culprits, ["0", "0", "x", "0", "\"\"", "c", "per"]);
}
