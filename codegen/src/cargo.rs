//! What a build script says to cargo.
//!
//! Invariant: one directive a line; no text can break out of its line.

use crate::error::Error;
use crate::generator::Report;

/// The variable by which the macros learn of [`Report::redefined`].
const REDEFINED: &str = "MAINSPRING_REDEFINED";
/// The variable by which the macros learn of [`Report::members`].
const MEMBERS: &str = "MAINSPRING_MEMBERS";

/// The variable by which the macros learn of [`Report::in_macros`].
const IN_MACROS: &str = "MAINSPRING_IN_MACROS";

/// The variable by which the macros learn of [`Report::imports`].
const IMPORTS: &str = "MAINSPRING_IMPORTS";

/// A variable of a process has at most 128 KiB on Linux, and 32 on Windows. What does not fit is not looked for.
const MAX_VARIABLE: usize = 30_000;

/// The lines to print after a run.
pub(crate) fn directives(outcome: &Result<Report, Error>) -> Vec<String> {
    match outcome {
        Ok(report) => {
            let watched = report.watched.iter().map(|path| ("rerun-if-changed", path.display().to_string()));
            let warnings = report.warnings.iter().map(|warning| ("warning", warning.clone()));
            let variables = [
                (REDEFINED, &report.redefined),
                (MEMBERS, &report.members),
                (IN_MACROS, &report.in_macros),
                (IMPORTS, &report.imports),
            ];
            let variables = variables.into_iter().filter(|(_, places)| !places.is_empty());
            let variables =
                variables.map(|(name, places)| ("rustc-env", format!("{name}={}", joined(places))));
            watched.chain(warnings).chain(variables).map(|(key, value)| directive(key, &value)).collect()
        }
        Err(error) => vec![directive("error", &error.to_string())],
    }
}

fn joined(places: &[String]) -> String {
    let mut joined = String::new();
    for place in places {
        if joined.len() + place.len() >= MAX_VARIABLE {
            break;
        }
        joined.push_str(if joined.is_empty() { "" } else { ";" });
        joined.push_str(place);
    }
    joined
}

fn directive(key: &str, value: &str) -> String {
    format!("cargo::{key}={}", value.replace(['\r', '\n'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_its_sources_then_its_warnings() {
        let report = Report {
            watched: vec!["src/lib.rs".into()],
            warnings: vec!["a\nb".to_owned()],
            ..Report::default()
        };
        assert_eq!(directives(&Ok(report)), ["cargo::rerun-if-changed=src/lib.rs", "cargo::warning=a b"]);
    }

    #[test]
    fn the_macros_learn_what_is_defined_twice() {
        let redefined = vec!["src/a.rs:3".to_owned(), "src/b.rs:9".to_owned()];
        let report = Report { redefined, ..Report::default() };
        let line = "cargo::rustc-env=MAINSPRING_REDEFINED=src/a.rs:3;src/b.rs:9";
        assert_eq!(directives(&Ok(report)), [line]);
    }

    #[test]
    fn the_macros_learn_what_stands_in_a_block() {
        let report = Report {
            members: vec!["src/a.rs:3".to_owned()],
            in_macros: vec!["src/a.rs:5".to_owned()],
            ..Report::default()
        };
        let expected = [
            "cargo::rustc-env=MAINSPRING_MEMBERS=src/a.rs:3",
            "cargo::rustc-env=MAINSPRING_IN_MACROS=src/a.rs:5",
        ];
        assert_eq!(directives(&Ok(report)), expected);
    }

    #[test]
    fn a_variable_has_an_end() {
        let place = "src/a.rs:3".to_owned();
        let report = Report { redefined: vec![place; 10_000], ..Report::default() };
        let line = directives(&Ok(report)).concat();
        assert!(
            line.len() > 29_000 && line.len() < 31_000 && line.ends_with(";src/a.rs:3"),
            "{}",
            line.len()
        );
    }

    #[test]
    fn an_error_fails_the_build_in_one_line() {
        let lines = directives(&Err(Error::NotABuildScript { variable: "OUT_DIR" }));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("cargo::error=`OUT_DIR` is not set: "), "{lines:?}");
    }
}
