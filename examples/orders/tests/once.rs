//! The program from its start to its end, undisturbed.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use support::{ATTEMPTS, BAD_LINES, Provider, SHIPPED, check, path, program};

#[test]
fn every_order_ends_as_the_provider_said_and_a_second_run_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let provider = Provider::start();
    let (data, export) = (folder.path().join("data"), folder.path().join("orders.jsonl"));
    let run = || {
        let arguments = ["--once", "--data", path(&data), "--export", path(&export)];
        run(program(&arguments).args(["--provider", &provider.url]))
    };

    let first = run();
    assert!(first.status.success(), "{}", errors(&first));
    for (line, reason) in BAD_LINES {
        let expected = format!("line {line} is skipped: ");
        let reported =
            errors(&first).lines().any(|line| line.starts_with(&expected) && line.contains(reason));
        assert!(reported, "line {line} should be bad: {reason}\n{}", errors(&first));
    }
    assert!(errors(&first).contains("placed 640 orders; 0 were known, 14 lines are bad"));
    assert!(output(&first).contains("orders shipped              555"), "{}", output(&first));
    let report = provider.report();
    check(&export, &report);
    for order in fs::read_to_string(&export).expect("the export is readable").lines() {
        let order: serde_json::Value = serde_json::from_str(order).expect("exported lines are JSON");
        let calls = report["orders"][order["_id"].as_str().expect("an id")]["calls"].as_u64();
        let calls = calls.expect("the provider was asked");
        match order["purchase"]["card"].as_str().expect("a card").split('_').nth(1) {
            Some("slow" | "busy") => assert!(calls >= 2, "{calls} calls: {order}"),
            Some("silent") => assert_eq!(calls, ATTEMPTS, "{order}"),
            _ => {}
        }
    }

    let before = fs::read(&export).expect("the export is readable");
    let second = run();
    assert!(second.status.success(), "{}", errors(&second));
    assert!(errors(&second).contains("placed 0 orders; 640 were known, 14 lines are bad"));
    assert_eq!(provider.report(), report, "the second run asked the provider for something");
    assert_eq!(fs::read(&export).expect("the export is readable"), before);
}

#[test]
fn it_brings_its_own_provider_and_stays_until_ctrl_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(&["--data", path(folder.path())]);
    let mut shop = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(shop.stderr.take().expect("its errors are piped")).lines();
    let settled = lines.any(|line| line.expect("text").starts_with("all orders are settled"));
    assert!(settled, "it never said that it had settled all orders");
    interrupt(shop.id());
    let output = shop.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8(output.stdout).expect("text");
    assert!(output.contains("charges                     555"), "{output}");
}

#[test]
fn once_fails_when_it_is_stopped_before_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(&["--once", "--data", path(folder.path())]);
    let mut shop = command.stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(shop.stderr.take().expect("its errors are piped")).lines();
    assert!(lines.any(|line| line.expect("text").starts_with("placed 640 orders")));
    interrupt(shop.id());
    let errors: Vec<String> = lines.map(|line| line.expect("text")).collect();
    let status = shop.wait().expect("the program ends");
    assert_eq!(status.code(), Some(1), "{errors:?}");
    assert!(errors.iter().any(|line| line == "Error: stopped before all orders were settled"), "{errors:?}");
}

#[test]
fn mistakes_of_the_caller_are_told_clearly() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = path(folder.path());
    let cases: [(&[&str], &str); 6] = [
        (&["--twice"], "unexpected argument '--twice'"),
        (&["--input", "/nowhere/orders.jsonl"], "cannot read `/nowhere/orders.jsonl`: No such file"),
        (&["--data", data, "--input", data], "Is a directory"),
        (&["--data", SHIPPED], "orders.jsonl"),
        (&["--data", data, "--provider", "http://127.0.0.1:1"], "Connection refused"),
        (&["provider", "--listen", "8.8.8.8:80"], "cannot listen on 8.8.8.8:80"),
    ];
    for (arguments, message) in cases {
        let output = run(&mut program(arguments));
        assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {output:?}");
        assert!(errors(&output).contains(message), "{arguments:?}: {}", errors(&output));
        assert!(!errors(&output).contains("panicked"), "{arguments:?}: {}", errors(&output));
    }
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

fn output(of: &Output) -> &str {
    std::str::from_utf8(&of.stdout).expect("text")
}

fn errors(of: &Output) -> &str {
    std::str::from_utf8(&of.stderr).expect("text")
}

/// Ctrl-C.
fn interrupt(process: u32) {
    let status = Command::new("kill").args(["-INT", &process.to_string()]).status();
    assert!(status.expect("`kill` runs").success());
}
