//! The rules of the source tree, as tests: layers, module documentation, file sizes, licences.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The layers of the runtime, lowest first. A module may use its own layer and those before it.
const LAYERS: &[&[&str]] = &[
    &["env", "knobs", "error", "value", "dialect", "recurrence"],
    &["store"],
    &["db"],
    &["function"],
    &["schedule"],
    &["serve"],
    &["app"],
];
/// Modules of the lowest layer that use nothing of the crate, or little: everything else may rest on them.
const PURE: &[(&str, &[&str])] =
    &[("value", &[]), ("knobs", &["env"]), ("dialect", &[]), ("recurrence", &["dialect", "value"])];
const LONGEST_FILE: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above").to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Sources that follow the house rules: not the inputs and outputs of macro and generator tests.
fn own_sources() -> Vec<PathBuf> {
    let data = ["tests/ui", "macros/tests", "codegen/tests/golden", "codegen/tests/app"];
    let is_data = |path: &Path| data.iter().any(|data| path.starts_with(root().join(data)));
    let mut files = sources(&root());
    files.retain(|path| !is_data(path) || path.ends_with("ui/main.rs"));
    files
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The modules of the crate that a source names, with the lines.
fn modules_used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for part in line.split("crate::").skip(1) {
            if let Some(list) = part.strip_prefix('{') {
                let names = list.split(['}', ';']).next().unwrap_or_default().split(',');
                used.extend(names.map(|name| (number + 1, first_word(name.trim()))));
            } else {
                used.push((number + 1, first_word(part)));
            }
        }
    }
    used
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn imports_against_the_layers(runtime: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for path in sources(runtime) {
        let relative = path.strip_prefix(runtime).expect("it is below");
        let module =
            relative.components().next().and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
        let module = module.trim_end_matches(".rs");
        let is_test =
            relative.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
        let Some(layer) = layer_of(module) else { continue };
        if is_test {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (line, used) in modules_used(code) {
            let Some(used_layer) = layer_of(&used) else { continue };
            let pure = PURE.iter().find(|(name, _)| *name == module);
            let is_refused =
                pure.is_some_and(|(_, allowed)| used != module && !allowed.contains(&used.as_str()));
            if used_layer > layer || is_refused {
                wrong.push(format!("{}:{line}: `{module}` must not use `{used}`", relative.display()));
            }
        }
    }
    wrong
}

#[test]
fn no_module_uses_a_layer_above_its_own() {
    let wrong = imports_against_the_layers(&root().join("runtime/src"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_layer_check_finds_what_it_looks_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        fs::write(path, text).expect("written");
    };
    write("db/query.rs", "use crate::store::Key;\nuse crate::function::Call;\n");
    write("value/id.rs", "use crate::{env, value};\n");
    write("schedule.rs", "fn f() { crate::app::run() }\n// crate::app is not used here\n");
    write("db/tests.rs", "use crate::app::App;\n");
    let wrong = imports_against_the_layers(folder.path());
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong[0].starts_with("db/query.rs:2"), "{wrong:?}");
}

/// Those of another crate would stop the exploration of orders while they are contended.
#[test]
fn the_store_takes_its_locks_and_threads_from_one_place() {
    let store = root().join("runtime/src/store");
    let own = ["sync.rs", "sync", "faults.rs", "disk/memory.rs", "disk/memory", "tests.rs", "tests"];
    let foreign = [
        "parking_lot",
        "std::thread",
        "std::sync::Mutex",
        "std::sync::RwLock",
        "std::sync::Condvar",
        "std::sync::mpsc",
    ];
    let mut wrong = Vec::new();
    for path in sources(&store) {
        let relative = path.strip_prefix(&store).expect("it is below");
        if own.iter().any(|own| relative.starts_with(own)) || relative.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let names = foreign.iter().filter(|name| code.contains(**name));
        wrong.extend(names.map(|name| format!("{}: `{name}`, but `store::sync` has it", relative.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_opens_with_what_it_is() {
    let undocumented: Vec<_> = own_sources()
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).expect("readable");
            !text.starts_with("//!") && !text.starts_with("#![doc = include_str!")
        })
        .collect();
    assert!(undocumented.is_empty(), "these files do not open with `//!`: {undocumented:#?}");
}

#[test]
fn no_file_is_two_things() {
    let long: Vec<_> = own_sources()
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).expect("readable").lines().count();
            (lines > LONGEST_FILE).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "over {LONGEST_FILE} lines: {long:#?}");
}

#[test]
fn nothing_is_left_to_do() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("dbg", "!("), concat!("todo", "!(")];
    for path in own_sources() {
        let text = fs::read_to_string(&path).expect("readable");
        for mark in marks {
            assert!(!text.contains(mark), "{} holds `{mark}`", path.display());
        }
    }
}

#[test]
fn every_dependency_is_under_an_allowed_licence() {
    let deny = fs::read_to_string(root().join("deny.toml")).expect("readable");
    let list = deny.split("allow = [").nth(1).and_then(|rest| rest.split(']').next()).expect("a list");
    let allowed: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    assert!(packages.len() > 50, "the list of packages is suspiciously short");
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none");
        let is_allowed = satisfied(licence, &allowed);
        assert!(is_allowed, "{}: the licence `{licence}` is not allowed by deny.toml", package["name"]);
    }
}

/// Whether an expression of `OR` and `AND` can be satisfied with the allowed licences.
fn satisfied(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let all = plain.split(" AND ").all(|part| part.split(" OR ").any(|one| allowed.contains(one.trim())));
    let any = plain.split(" OR ").any(|part| part.split(" AND ").all(|one| allowed.contains(one.trim())));
    all || any
}
