//! What the macros find in bodies, and what they leave alone.

use super::{contains, expand, mistakes};

const ACTION: &str = "an action stands outside of transactions";

/// How often the expansion says this in the place of something.
fn replaced(name: &str, item: &str, sentence: &str) -> usize {
    let (tokens, errors) = expand(name, "", item);
    assert!(errors.is_empty(), "{errors:?}");
    tokens.to_string().matches(sentence).count()
}

/// The paths that are reported in a body.
fn found(name: &str, body: &str) -> Vec<String> {
    let context = if name.ends_with("query") { "QueryCtx" } else { "MutationCtx" };
    let (tokens, errors) = expand(name, "", &format!("pub async fn f(ctx: &{context}) {{ {body} }}"));
    let (tokens, errors) = (tokens.to_string(), errors.iter().map(ToString::to_string));
    let replaced = tokens.split("compile_error ! (\"").skip(1).map(str::to_owned);
    let paths = replaced.chain(errors).map(|text| text.split('`').nth(1).unwrap_or_default().to_owned());
    paths.collect()
}

#[test]
fn the_database_of_an_action_is_missed_in_every_spelling() {
    for (parameter, body, count) in [
        ("ctx", "ctx.db.get(id).await", 1),
        ("other", "other.db.get(id).await", 1),
        ("r#in", "r#in.db.get(id).await", 1),
        ("ctx", "(ctx).db; (*ctx).db; (&*ctx).db; (&(*ctx)).db", 4),
        ("ctx", "let again = &*ctx; again.db; ctx.db", 2),
        ("ctx", "let again: &ActionCtx = ctx; again.db", 1),
        ("ctx", "let f = || { async move { ctx.db } };", 1),
        ("ctx", "println!(\"{}\", ctx.db); vec![ctx.db]", 2),
        ("ctx", "if x { loop { match ctx.db { _ => ctx.db } } }", 2),
    ] {
        let item = format!("pub async fn f({parameter}: &ActionCtx) {{ {body} }}");
        assert_eq!(replaced("action", &item, ACTION), count, "{body}");
    }
    assert_eq!(replaced("action", "pub fn f(ctx: &BlockingActionCtx) { ctx.db }", ACTION), 1);
}

#[test]
fn a_database_that_is_not_the_context_s_is_left_alone() {
    for body in [
        "self.ctx.db",
        "ctx.dbx; ctx.http.db; db; ctx",
        "let ctx = other(); ctx.db",
        "let (ctx, a) = pair; ctx.db",
        "if let Some(ctx) = canvas { ctx.db }",
        "for ctx in all { ctx.db }",
        "items.map(|ctx| ctx.db)",
        "items.map(|ctx: &Shop, a| ctx.db)",
        "fn inner(ctx: &QueryCtx) { ctx.db }",
        "module::ctx.db",
    ] {
        let item = format!("pub async fn f(ctx: &ActionCtx) {{ {body} }}");
        assert_eq!(replaced("action", &item, ACTION), 0, "{body}");
    }
    let outer = "pub async fn f(ctx: &ActionCtx) { { let ctx = shop(); } ctx.db }";
    assert_eq!(replaced("action", outer, ACTION), 1, "the name is the context's again after the block");
}

#[test]
fn what_a_context_lacks_is_answered_by_its_kind() {
    for (name, context, member, sentence) in [
        (
            "query",
            "QueryCtx",
            "ctx.db.insert(a)",
            "`ctx.db.insert` does not exist in query `f`: a query only reads",
        ),
        (
            "query",
            "QueryCtx",
            "ctx.scheduler.run_after(a, b)",
            "make `f` a mutation, with `ctx: &MutationCtx`",
        ),
        ("query", "QueryCtx", "ctx.run_mutation(a)", "a query only reads"),
        ("query", "QueryCtx", "ctx.run_action(a)", "a query only reads"),
        ("query", "QueryCtx", "ctx.db.commute(a, b)", "`ctx.db.commute` does not exist in query `f`"),
        ("query", "QueryCtx", "ctx.crons.register(a)", "`ctx.crons.register` does not exist in query `f`"),
        (
            "query",
            "QueryCtx",
            "ctx.storage.upload_url()",
            "`ctx.storage.upload_url` does not exist in query `f`",
        ),
        ("query", "QueryCtx", "ctx.storage.store(a)", "and hand what comes of it to `f`"),
        ("mutation", "MutationCtx", "ctx.storage.get(a)", "do it in an action, scheduled"),
        ("action", "ActionCtx", "ctx.crons.register(a)", "crons are part of the database"),
        ("query", "QueryCtx", "ctx.http.get(a)", "cannot wait"),
        (
            "mutation",
            "MutationCtx",
            "ctx.run_action(a)",
            "schedule it: `ctx.scheduler.run_after(Duration::ZERO",
        ),
        ("mutation", "MutationCtx", "ctx.http.get(a)", "a transaction cannot wait"),
        ("internal_mutation", "MutationCtx", "ctx.sleep(a)", "a transaction cannot wait"),
    ] {
        let item = format!("pub async fn f(ctx: &{context}) {{ {member}.await }}");
        assert_eq!(replaced(name, &item, sentence), 1, "{member}");
    }
    for (name, context, member) in [
        ("query", "QueryCtx", "ctx.db.get(a)"),
        ("query", "QueryCtx", "ctx.crons.list()"),
        ("query", "QueryCtx", "ctx.storage.url(a)"),
        ("mutation", "MutationCtx", "ctx.storage.upload_url()"),
        ("mutation", "MutationCtx", "ctx.crons.register(a)"),
        ("mutation", "MutationCtx", "ctx.db.insert(a)"),
        ("mutation", "MutationCtx", "ctx.scheduler.run_after(a, b)"),
        ("action", "ActionCtx", "ctx.http.get(a)"),
        ("action", "ActionCtx", "ctx.sleep(a)"),
    ] {
        let item = format!("pub async fn f(ctx: &{context}) {{ {member}.await }}");
        assert_eq!(replaced(name, &item, "compile_error"), 0, "{member}");
    }
}

#[test]
fn with_the_wrong_context_the_body_is_no_second_mistake() {
    let item = "pub async fn f(ctx: &MutationCtx) { ctx.db.insert(a) }";
    let (tokens, errors) = expand("action", "", item);
    assert_eq!(errors.len(), 1);
    assert!(!tokens.to_string().contains("compile_error"), "{tokens}");
}

#[test]
fn the_body_is_otherwise_as_it_was() {
    let item = "pub async fn f(ctx: &ActionCtx) { a(ctx.db.x().await?, &[1, 2]) }";
    let (tokens, _) = expand("action", "", item);
    assert!(contains(&tokens.to_string(), ".x().await?, &[1, 2]) }"), "{tokens}");
}

#[test]
fn what_differs_between_runs_is_found_by_path_and_by_import() {
    for (body, expected) in [
        ("std::time::SystemTime::now();", "std::time::SystemTime::now"),
        ("let a = Instant::now;", "Instant::now"),
        ("chrono::Utc::now().date()", "chrono::Utc::now"),
        ("rand::random::<u32>()", "rand::random"),
        ("thread_rng().gen()", "thread_rng"),
        ("Uuid::new_v4()", "Uuid::new_v4"),
        ("tokio::time::sleep(a).await", "tokio::time::sleep"),
        ("time::sleep(a).await", "time::sleep"),
        ("tokio::spawn(a)", "tokio::spawn"),
        ("std::thread::spawn(a)", "std::thread::spawn"),
        ("std::fs::read(a)", "std::fs::read"),
        ("tokio::fs::read(a)", "tokio::fs::read"),
        ("std::net::TcpStream::connect(a)", "std::net::TcpStream::connect"),
        ("reqwest::get(a)", "reqwest::get"),
        ("std::env::var(a)", "std::env::var"),
        ("std::process::Command::new(a)", "std::process::Command::new"),
        ("static mut A: u32 = 1;", "static mut"),
        ("use std::time::SystemTime as Clock; Clock::now()", "Clock::now"),
        ("use tokio::{time::{self, sleep}, task}; sleep(a).await", "sleep"),
        ("use std::fs; fs::read(a)", "fs::read"),
        ("<SystemTime>::now()", "SystemTime::now"),
        ("<::std::time::SystemTime as Clock>::now()", "std::time::SystemTime::now"),
        ("use std::thread::*; sleep(a)", "sleep"),
        ("rand::random::<Vec<u32>>()", "rand::random"),
        ("Timestamp::now()", "Timestamp::now"),
        ("use std::time::*; a(Instant::now)", "Instant::now"),
        ("println!(\"{}\", SystemTime::now())", "SystemTime::now"),
        ("(|| async { [SystemTime::now()] })()", "SystemTime::now"),
    ] {
        assert_eq!(found("mutation", body), [expected], "{body}");
        assert_eq!(found("internal_query", body), [expected], "{body}");
    }
    assert_eq!(found("query", "SystemTime::now(); rand::random()").len(), 2, "all of them at once");
}

#[test]
fn what_the_module_around_imports_is_found_where_it_is_used() {
    let imports = [
        ("sleep", "tokio::time::sleep"),
        ("Clock", "std::time::Instant"),
        ("disk", "std::fs"),
        ("Client", "reqwest::Client"),
        ("Command", "std::process::Command"),
        ("time", "std::time"),
    ];
    let imports = imports.map(|(name, path)| (name.to_owned(), path.to_owned()));
    for (body, expected) in [
        ("sleep(a).await", Some("sleep")),
        ("Clock::now()", Some("Clock::now")),
        ("disk::read(a)", Some("disk::read")),
        ("Client::new()", Some("Client::new")),
        ("Command::new(a)", Some("Command::new")),
        ("time::Instant::now()", Some("time::Instant::now")),
        ("sleep", None),
        ("a.sleep(b)", None),
        ("other::sleep(a)", None),
        ("time::Duration::from_secs(1)", None),
        ("use crate::own::sleep; sleep(a)", None),
    ] {
        for name in ["mutation", "internal_query", "action"] {
            let context = if name == "mutation" { "MutationCtx" } else { "QueryCtx" };
            let context = if name == "action" { "ActionCtx" } else { context };
            let item = super::parse(&format!("async fn f(ctx: &{context}) {{ {body} }}"));
            let (_, errors) =
                crate::pipeline::function(super::attribute(name), super::parse(""), item, imports.to_vec());
            let found: Vec<_> = errors.iter().map(ToString::to_string).collect();
            let expected = expected.filter(|_| name != "action");
            assert_eq!(found.len(), expected.iter().count(), "{name}: {body}: {found:?}");
            if let Some(path) = expected {
                assert!(found[0].starts_with(&format!("`{path}` in ")), "{found:?}");
            }
        }
    }
}

#[test]
fn only_what_rustc_might_report_as_well_is_replaced() {
    for (call, is_replaced) in [
        ("uuid::Uuid::new_v4()", true),
        ("::uuid::Uuid::new_v4()", false),
        ("rand::random::<Vec<u32>>()", true),
        ("tokio::spawn(a)", true),
        ("Timestamp::now()", true),
        ("mainspring::Timestamp::now()", true),
        ("jiff::civil::Timestamp::now()", true),
        ("other::Timestamp::now()", false),
        ("let a = rand::random;", false),
        ("Uuid::new_v4()", false),
        ("time::sleep(a)", false),
        ("std::time::SystemTime::now()", false),
        ("<SystemTime>::now()", false),
        ("use rand; rand::random()", false),
    ] {
        let item = format!("pub async fn f(ctx: &QueryCtx) {{ {call}.after() }}");
        let (tokens, errors) = expand("query", "", &item);
        let tokens = tokens.to_string();
        assert_eq!(tokens.matches("compile_error").count(), usize::from(is_replaced), "{call}: {tokens}");
        assert_eq!(errors.len(), usize::from(!is_replaced), "{call}");
        assert!(contains(&tokens, ".after()"), "{tokens}");
    }
    let (tokens, _) = expand("query", "", "pub async fn f(ctx: &QueryCtx) { mainspring::Timestamp::now() }");
    assert!(
        contains(&tokens.to_string(), "size_of::<mainspring::Timestamp>"),
        "an import of it is still used"
    );
}

#[test]
fn names_that_only_look_alike_are_left_alone() {
    for body in [
        "ctx.now(); ctx.random(); ctx.env(a)",
        "crate::fs::read(); my::rand::random(); self::thread::list()",
        "thread::list(ctx); process(ctx); task::get(ctx)",
        "let sleep = 1; spawn(ctx); sleep",
        "env!(\"A\"); tokio::join!(a, b); tokio::select! {}",
        "Duration::from_secs(1); SystemTime::UNIX_EPOCH; std::net::Ipv4Addr::LOCALHOST",
        "use std::time::SystemTime;",
        "a < b; a::<SystemTime>::now(); <Clock>::now(); <Vec<SystemTime>>::now(); x << 1 >> 2",
        "use super::*; sleep(a); use crate::thread::*; list(a)",
        "use super::thread::*; use self::thread::*; use crate::thread::*; sleep(a)",
        "rand::random!(a); fastrand::u8! {}",
        "f(a < SystemTime, ::now(b))",
        "static A: u32 = 1; a.thread_rng(); Struct { thread_rng: 1 }",
    ] {
        assert_eq!(found("mutation", body), [""; 0], "{body}");
    }
}

#[test]
fn an_action_may_do_anything_and_the_escape_lets_the_others() {
    let body = "{ SystemTime::now(); rand::random() }";
    assert!(mistakes("action", "", &format!("pub async fn f(ctx: &ActionCtx) {body}")).is_empty());
    let escape = "allow_nondeterminism = \"shown only\"";
    assert!(mistakes("query", escape, &format!("pub async fn f(ctx: &QueryCtx) {body}")).is_empty());
}

#[test]
fn the_escape_needs_a_reason_and_a_transaction() {
    let item = "pub async fn f(ctx: &QueryCtx) {}";
    for (options, culprit) in [
        ("allow_nondeterminism", "allow_nondeterminism"),
        ("allow_nondeterminism = \"\"", "\"\""),
        ("allow_nondeterminism = \" \"", "\" \""),
        ("allow_nondeterminism = true", "true"),
    ] {
        let found = mistakes("query", options, item);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(culprit)
                && found[0].contains("help: write `allow_nondeterminism = \"why\"`"),
            "{found:?}"
        );
    }
    assert_eq!(
        mistakes("action", "allow_nondeterminism = \"a\"", "pub async fn f(ctx: &ActionCtx) {}"),
        [
            "allow_nondeterminism | option `allow_nondeterminism` is for queries and mutations: `#[action]` has nothing to allow\nhelp: remove it"
        ],
    );
}

#[test]
fn the_answer_names_the_context_as_the_user_does() {
    let found = mistakes("mutation", "", "pub async fn f(db: &MutationCtx) { Utc::now }");
    assert_eq!(
        found,
        [
            "Utc::now | `Utc::now` in mutation `f`: a mutation may run again, and has to come out the same\nhelp: write `db.now()`\nnote: `#[mutation(allow_nondeterminism = \"why\")]` lets it pass"
        ],
    );
}
