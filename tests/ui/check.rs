//! What holds for every message, whatever it says: one mistake is one error, in words that the user knows, with a
//! way out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the cases of a macro are, by who finds the mistake.
const FOLDERS: [&str; 3] = ["fail", "fail_by_type", "fail_by_definition"];

/// Cases that show more than one error, how many, and why.
const SEVERAL: &[(&str, usize, &str)] = &[
    ("query/fail/several_mistakes", 5, "has five mistakes"),
    ("mutation/fail/several_mistakes", 5, "has five mistakes"),
    ("action/fail/several_mistakes", 5, "has five mistakes"),
    ("table/fail/several_mistakes", 4, "has four mistakes"),
];

/// Cases whose text names a generated item, and why.
const INTERNAL: &[(&str, &str)] = &[
    (
        "call/fail_by_type/function_without_its_arguments",
        // To have the user's name there, the function that makes the call would have to be an item of that name. In the module
        // that name is taken by the user's own function. A module of its own for it would not see types that stand in a body (as
        // in a test), and would turn `self::` and `super::` around. An associated function cannot be imported by `api`. A
        // constant of a pointer's type prints no name, but loses the parameters' names in editors and in the messages about
        // missing arguments, which are met far more often.
        "rustc prints the own name of a function's item, not the one it was imported as",
    ),
    (
        "call/fail_by_type/awaits_a_call",
        "the sentence is ours; below it rustc proposes, as for any call that is awaited, to make its function's item `async`",
    ),
];

/// Mistakes of Rust, not of mainspring, of which rustc says all there is to say, without a help: what it expected and what
/// it found, or what exists.
const PLAIN: [(&str, &str); 8] = [
    ("E0121", "a type has to be written out, where it is `_`"),
    ("E0308", "names the type that is expected"),
    ("E0411", "`Self` outside of a type"),
    ("E0415", "shows both parameters of one name"),
    ("E0425", "a name that does not exist, and is like no other"),
    ("E0428", "shows both definitions of one name"),
    ("E0446", "a type that is more private than what shows it, with the place of both"),
    ("E0609", "lists the fields that there are"),
];

/// As [`PLAIN`], but without a code.
const PLAIN_WITHOUT_CODE: &str = "error: future cannot be sent between threads safely";

/// Helps and notes of rustc's that say why, and not what to write instead.
const REASONS: [&str; 9] = [
    "the trait `",
    "the following ",
    "within `",
    "required for",
    "required because",
    "this error originates",
    "expected ",
    "`?` operator",
    "available fields",
];

/// Mistakes that only some kinds of functions can make.
const OF_SOME_KINDS: &[&str] = &[
    "allows_nondeterminism",
    "asks_a_timestamp_for_the_time",
    "asks_for_an_upload",
    "async_with_blocking_context",
    "blocking_with_async_context",
    "blocks_a_thread",
    "commutes",
    "ctx_db",
    "ctx_db_by_another_name",
    "ctx_db_in_a_closure",
    "ctx_db_in_a_helper",
    "ctx_db_in_a_macro_call",
    "ctx_db_in_a_statement",
    "ctx_db_in_parentheses",
    "ctx_db_through_a_reborrow",
    "ctx_db_when_blocking",
    "deletes",
    "draws_a_random_number",
    "draws_from_a_missing_crate",
    "escape_with_empty_reason",
    "escape_with_flag",
    "escape_without_reason",
    "former_path_is_empty",
    "former_path_without_a_name",
    "in_a_macro_call",
    "inserts",
    "limit_of_nothing",
    "limit_per_unknown_argument",
    "makes_a_request",
    "mutable_static",
    "not_async",
    "on_failure_is_an_action",
    "on_failure_is_public",
    "on_failure_takes_something_else",
    "opens_a_socket",
    "patches",
    "per_without_a_limit",
    "queue_is_a_name",
    "rate_without_a_time",
    "reads_a_clock",
    "reads_a_clock_by_import",
    "reads_a_clock_in_a_closure",
    "reads_a_clock_of_a_type",
    "reads_a_file",
    "reads_a_file_by_an_import_of_the_module",
    "reads_a_variable",
    "registers_a_cron",
    "retries",
    "retry_of_no_attempts",
    "retry_with_bad_duration",
    "retry_with_shrinking_pauses",
    "retry_with_unknown_option",
    "retry_without_end",
    "runs_a_mutation",
    "runs_a_process",
    "runs_an_action",
    "schedules",
    "sleeps",
    "sleeps_by_an_import_of_the_module",
    "sleeps_by_glob",
    "sleeps_by_import",
    "spawns_a_task",
    "spawns_a_thread",
    "stores_a_file",
    "waits",
];

#[test]
fn every_message_is_one_error_in_plain_words_with_a_way_out() {
    let complaints: Vec<_> = cases()
        .iter()
        .filter_map(|case| {
            let text = fs::read_to_string(case.with_extension("stderr")).unwrap_or_default();
            let name = name(case);
            let found = complaints(&name, &text);
            (!found.is_empty()).then(|| format!("{name}: {}", found.join(", ")))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_text_belongs_to_a_case() {
    let cases = cases();
    let texts = files("stderr");
    let strays: Vec<_> = texts.iter().filter(|text| !cases.contains(&text.with_extension("rs"))).collect();
    assert!(strays.is_empty(), "no case has the text {strays:?}");
    assert!(cases.len() >= 100, "there are {} cases", cases.len());
}

#[test]
fn every_twin_has_a_case_and_is_compiled() {
    let of = |family: &Path| -> Vec<String> {
        let twins = entries(&family.join("pass")).into_iter();
        twins
            .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
            .filter(|name| name != "mod")
            .collect()
    };
    let mut count = 0;
    for family in entries(&folder()).iter().filter(|family| family.join("pass").is_dir()) {
        let list = fs::read_to_string(family.join("pass/mod.rs")).unwrap_or_default();
        for twin in of(family) {
            let is_case =
                FOLDERS.iter().any(|folder| family.join(folder).join(format!("{twin}.rs")).is_file());
            assert!(is_case, "{} has no case `{twin}`", family.display());
            assert!(list.contains(&format!("mod {twin};")), "{} does not list `{twin}`", family.display());
            count += 1;
        }
    }
    assert!(count >= 30, "there are {count} twins");
}

#[test]
fn kinds_of_functions_have_the_same_cases() {
    let mut kinds = BTreeMap::<String, BTreeSet<&str>>::new();
    let all = cases();
    let names: Vec<_> = all.iter().map(|case| name(case)).collect();
    for case in &names {
        if let Some((kind @ ("query" | "mutation" | "action"), mistake)) = case.split_once('/') {
            kinds.entry(mistake.to_owned()).or_default().insert(kind);
        }
    }
    let missing: Vec<_> = kinds
        .iter()
        .filter(|(mistake, kinds)| {
            let own = mistake.rsplit('/').next().is_some_and(|last| OF_SOME_KINDS.contains(&last));
            kinds.len() < 3 && !own
        })
        .collect();
    assert!(missing.is_empty(), "these mistakes have no case under some kinds: {missing:?}");
}

#[test]
fn every_exception_is_needed() {
    let texts: BTreeMap<_, _> = cases()
        .iter()
        .map(|case| (name(case), fs::read_to_string(case.with_extension("stderr")).unwrap_or_default()))
        .collect();
    let has = |case: &str, what: &dyn Fn(&str) -> bool| texts.get(case).is_some_and(|text| what(text));
    for (case, count, why) in SEVERAL {
        assert!(has(case, &|text| text.matches("error").count() >= *count) && !why.is_empty(), "{case}");
    }
    for (case, why) in INTERNAL {
        assert!(has(case, &|text| internal_name(text).is_some()) && !why.is_empty(), "{case}");
    }
    for (code, why) in PLAIN {
        let is_met = texts
            .values()
            .any(|text| text.starts_with(&format!("error[{code}]")) && !text.lines().any(is_way_out));
        assert!(is_met && !why.is_empty(), "{code}");
    }
    for mistake in OF_SOME_KINDS {
        assert!(texts.keys().any(|case| case.ends_with(&format!("/{mistake}"))), "{mistake}");
    }
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let good = "error: a\n       help: b\n --> ui/query/fail/a.rs:1:1\n";
    let found = |text: &str| complaints("query/fail/a", text).join(", ");
    assert_eq!(found(good), "");
    assert_eq!(found(""), "0 errors instead of 1");
    assert_eq!(found(&format!("{good}\nerror[E0277]: c\n")), "2 errors instead of 1");
    assert_eq!(found(&format!("{good}\nwarning: c\n")), "a warning");
    assert_eq!(found("error: a\n"), "no way out");
    assert_eq!(found(&good.replace('b', "`mainspring::__private::x`")), "the internal name `__private`");
    assert_eq!(found(&good.replace('b', "`functions::_::x`")), "the internal name `_`");
    assert_eq!(found("error: a\n  = help: the trait `A` is not implemented for `B`\n"), "no way out");
    assert_eq!(found("error: a\n  = note: required for `B` to implement `A`\n"), "no way out");
    assert_eq!(found("error: a\n  = note: write `b`\n"), "");
    assert_eq!(found(&format!("{PLAIN_WITHOUT_CODE}\n")), "no way out");
    assert_eq!(complaints("a/fail_by_type/b", "error[E0308]: a\n"), [""; 0]);
    assert_eq!(complaints("a/fail_by_type/b", "error[E0277]: a\n"), ["no way out"]);
}

/// What is wrong with the text of a case.
fn complaints(case: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let errors = text.lines().filter(|line| line.starts_with("error")).count();
    let expected = SEVERAL.iter().find(|(name, ..)| *name == case).map_or(1, |(_, count, _)| *count);
    if errors != expected {
        complaints.push(format!("{errors} errors instead of {expected}"));
        return complaints;
    }
    if text.lines().any(|line| line.starts_with("warning")) {
        complaints.push("a warning".to_owned());
    }
    if let Some(name) = internal_name(text)
        && INTERNAL.iter().all(|(name, _)| *name != case)
    {
        complaints.push(format!("the internal name `{name}`"));
    }
    let plain = PLAIN.iter().any(|(code, _)| text.starts_with(&format!("error[{code}]")));
    let plain = plain || text.starts_with(PLAIN_WITHOUT_CODE);
    if !(text.lines().any(is_way_out) || plain && case.contains("/fail_by_")) {
        complaints.push("no way out".to_owned());
    }
    complaints
}

/// Whether a line says what to write instead.
fn is_way_out(line: &str) -> bool {
    let said = ["help: ", "= note: "].iter().find_map(|word| Some(line.split_once(word)?.1));
    let is_reason = |said: &str| {
        REASONS.iter().any(|reason| said.starts_with(reason)) || said.contains(" must be defined only once")
    };
    said.is_some_and(|said| !is_reason(said))
}

/// The first identifier that starts with `__`, or an unnamed place in a path.
fn internal_name(text: &str) -> Option<&str> {
    if text.contains("::_::") {
        return Some("_");
    }
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !is_name(character)).find(|word| {
        word.strip_prefix("__").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// `query/fail/reserved_name`
fn name(case: &Path) -> String {
    let name = case.with_extension("");
    let name = name.strip_prefix(folder()).unwrap_or(&name);
    name.to_string_lossy().replace('\\', "/")
}

pub(crate) fn cases() -> Vec<PathBuf> {
    files("rs")
}

/// The files with this extension in the folders of cases that must not compile.
fn files(extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = entries(&folder())
        .iter()
        .flat_map(|family| FOLDERS.map(|folder| family.join(folder)))
        .flat_map(|folder| entries(&folder))
        .filter(|file| file.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    entries.unwrap_or_default()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}
