//! Owns how long tests run and from which seed: small and fixed by default, anything else by environment variables.
//!
//! Invariant: without the variables, two runs do the same.

#![expect(clippy::disallowed_methods, reason = "the variables are of the test run, not of an application")]

/// The number in an environment variable, or `default` when it is not set.
pub(crate) fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => {
            text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}`, but it must be a number"))
        }
        Err(_) => default,
    }
}

/// The first seed of a test that runs many: `MAINSPRING_SEED`, or 0.
pub(crate) fn seed() -> u64 {
    number("MAINSPRING_SEED", 0)
}
