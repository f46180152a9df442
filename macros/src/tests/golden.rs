//! Golden expansions: `tests/expand/*.rs`, one for each attribute and option. `BLESS=1` writes them anew.

use std::fs;
use std::path::PathBuf;

use super::{expand, pretty};

/// Lines that one function may add to the user's own.
const MAX_LINES: usize = 40;

/// The same for the most arguments that there can be: five lists of twelve, each opened and closed on its own lines.
const MAX_LINES_OF_WIDEST: usize = 50;

/// What the options about scheduled runs add, a line for each thing that the user said.
const LINES_OF_POLICY: usize = 10;

/// File, macro, options, item.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "query",
        "query",
        "",
        "/// Finds a job.
         #[tracing::instrument]
         pub async fn get_job(ctx: &QueryCtx, id: Id<Job>) -> Result<Option<Doc<Job>>> { ctx.db.get(id).await }",
    ),
    (
        "mutation",
        "mutation",
        "",
        "#[must_use] pub async fn submit_job(ctx: &MutationCtx, mut data: String, at: Timestamp) -> Result<Id<Job>> { body }",
    ),
    ("action", "action", "", "pub async fn fetch(_: &ActionCtx) { }"),
    (
        "blocking_action",
        "action",
        "",
        "pub fn render(ctx: &BlockingActionCtx, page: u32, dark: bool) -> Result<Bytes, RenderError> { body }",
    ),
    ("internal_query", "internal_query", "", "pub async fn count(ctx: &QueryCtx) -> u64 { 0 }"),
    ("internal_mutation", "internal_mutation", "", "pub(crate) async fn mark(ctx: &MutationCtx, done: bool) { }"),
    ("internal_action", "internal_action", "", "pub async fn process(ctx: &ActionCtx, id: Id<Job>) -> Result<()> { }"),
    (
        "twelve_arguments",
        "mutation",
        "",
        "pub async fn wide(ctx: &MutationCtx, first: String, second: String, third: String, fourth: String,
            fifth: String, sixth: String, seventh: String, eighth: String, ninth: String, tenth: String,
            eleventh: String, twelfth: String) -> Result<Vec<String>> { body }",
    ),
    (
        "cfg",
        "query",
        "",
        "#[cfg(feature = \"reports\")] #[deprecated] #[cfg(unix)] pub async fn report(ctx: &QueryCtx) -> String { body }",
    ),
    (
        "raw_identifiers",
        "query",
        "",
        "pub async fn r#type(r#fn: &QueryCtx, r#in: String, ctx: u32) -> u32 { body }",
    ),
    (
        "names_that_clash",
        "action",
        "",
        "pub fn ctx(_: &BlockingActionCtx, ctx: String, ctx_: u32) -> u32 { body }",
    ),
    ("result_alias", "query", "", "pub async fn page(ctx: &QueryCtx) -> Paged<Job> { body }"),
    ("crate_override", "query", "crate = ::backend::mainspring", "pub async fn ping(ctx: &QueryCtx) { }"),
    ("stub", "query", "", "pub fn broken<T>(ctx: &QueryCtx, (a, b): (T, &str)) -> Result<u32> { body }"),
    (
        "allow_nondeterminism",
        "internal_mutation",
        "allow_nondeterminism = \"the clock of the machine is what is measured\"",
        "pub async fn measure(ctx: &MutationCtx) -> bool { SystemTime::now().elapsed().is_ok() }",
    ),
    (
        "retry",
        "internal_action",
        "retry(max_attempts = 5, backoff = \"1s\", factor = 2, max = \"5m\", jitter), on_failure = internal::jobs::mark_failed",
        "pub async fn process(ctx: &ActionCtx, id: Id<Job>) -> Result<()> { body }",
    ),
    (
        "limits",
        "internal_mutation",
        "queue = queues::EMAILS, concurrency = 4, rate = \"100/1s\", per = r#type, renamed_from = \"mail:send\"",
        "pub async fn send(ctx: &MutationCtx, r#type: String) { body }",
    ),
    (
        "missing_member",
        "action",
        "",
        "pub async fn count(ctx: &ActionCtx) -> Result<usize> { Ok(ctx.db.query::<Job>().collect().await?.len()) }",
    ),
    (
        "value_stub",
        "value",
        "",
        "#[serde(rename_all = \"camelCase\")] pub struct Reply { #[serde(default)] pub text: &'static str }",
    ),
    (
        "value_struct",
        "value",
        "",
        "/// A reply.
         #[derive(Debug, Clone)] #[serde(rename_all = \"camelCase\")] pub struct Reply { pub text: String, status: u16 }",
    ),
    (
        "value_plain",
        "value",
        "",
        "/// A reply.
         #[cfg(unix)] #[derive(Debug, Clone)] pub struct Reply { pub text: String, /// Its state.
             pub r#type: Option<Status> }",
    ),
    ("value_names", "value", "", "#[derive(Clone, Copy)] pub enum Status { Pending, /// Over.
         Complete }"),
    (
        "value_with_a_witness",
        "value",
        "",
        "#[serde(rename_all = \"camelCase\")] pub struct Reply { pub text: String, status: Status }",
    ),
    (
        "value_enum",
        "value",
        "",
        "#[cfg(unix)] #[derive(Serialize, Clone)] pub enum Status { Pending, Failed { reason: String } }",
    ),
    ("value_crate_override", "value", "crate = crate::framework", "pub struct Name(String);"),
    (
        "crons",
        "crons",
        "",
        "/// What runs at night.
         #[cfg(unix)]
         fn crons(crons: &mut Crons) { crons.daily(\"sweep\", at(3, 0), internal::jobs::sweep()); }",
    ),
    (
        "crons_with_a_warning",
        "crons",
        "crate = ::backend::mainspring",
        "pub fn r#loop(list: &mut Crons) { list.cron(\"sweep\", \"*/7 * * * *\", internal::jobs::sweep()); }",
    ),
    (
        "crons_stub",
        "crons",
        "",
        "fn crons(crons: &Crons) { crons.cron(\"sweep\", \"* * * *\", internal::jobs::sweep()); }",
    ),
    ("table", "table", "name = \"jobs\"", "pub struct Job { pub data: String }"),
    (
        "table_with_indexes",
        "table",
        "name = \"jobs\"",
        "#[index(by_status_and_created_at(status, created_at))]
         #[cfg(unix)]
         #[derive(Clone)]
         #[index(r#type(r#type))]
         pub(crate) struct Job { pub data: String, pub status: Status, pub created_at: Timestamp, r#type: u32 }",
    ),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/expand")
}

fn path(case: &str) -> PathBuf {
    folder().join(case).with_extension("rs")
}

/// Lines as a reader counts them: a list that is broken into one element a line is one.
fn lines(text: &str) -> usize {
    let shape = |line: &str| (line.len() - line.trim_start().len(), line.ends_with(','));
    let mut previous = (0, false);
    let mut count = 0;
    for line in text.lines() {
        let current = shape(line);
        count += usize::from(!(current.1 && current == previous));
        previous = current;
    }
    count
}

#[test]
fn expansions_are_as_blessed() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut different = Vec::new();
    for (case, name, options, item) in CASES {
        let expansion = pretty(expand(name, options, item).0);
        if bless {
            fs::write(path(case), &expansion).expect("the folder of goldens is writable");
        } else if fs::read_to_string(path(case)).unwrap_or_default() != expansion {
            different.push(format!("--- {case}\n{expansion}"));
        }
    }
    assert!(different.is_empty(), "run with BLESS=1 and read the diff\n{}", different.join("\n"));
}

#[test]
fn every_golden_has_a_case() {
    let files = fs::read_dir(folder()).expect("goldens exist");
    let mut files: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert_eq!(files.len(), CASES.len());
    for (case, ..) in CASES {
        assert!(files.contains(&path(case)), "`{case}` is not blessed");
    }
}

#[test]
fn only_stubs_have_mistakes() {
    for (case, name, options, item) in CASES {
        let (_, errors) = expand(name, options, item);
        assert_eq!(!errors.is_empty(), case.ends_with("stub"), "{case}: {errors:?}");
    }
}

#[test]
fn a_function_adds_at_most_forty_lines() {
    // An error in a body is not what a function adds.
    let functions = CASES
        .iter()
        .filter(|(case, name, ..)| !["value", "table"].contains(name) && *case != "missing_member");
    for (case, name, options, item) in functions {
        let added = lines(&pretty(expand(name, options, item).0)) - lines(&pretty(super::parse(item)));
        let limit = match *case {
            "twelve_arguments" => MAX_LINES_OF_WIDEST,
            "retry" | "limits" => MAX_LINES + LINES_OF_POLICY,
            _ => MAX_LINES,
        };
        assert!(added <= limit, "`{case}` adds {added} lines");
    }
}
