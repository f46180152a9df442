//! The wire path of a function, made at compile time from its module and name.
//!
//! `my_app::functions::jobs` and `submit_job` make `jobs:submit_job`; nested modules are joined with `/`.
//! A function directly in `functions` gets `functions:name`, as the wire wants a module.
//!
//! Invariant: pure and `const`; the code generator follows the same rule.

/// The path on the wire of the function `$name` in the module where this is expanded.
#[doc(hidden)]
#[macro_export]
macro_rules! __function_path {
    ($name:expr) => {{
        const LENGTH: usize = $crate::__private::path_length(::core::module_path!(), $name);
        const BYTES: [u8; LENGTH] = $crate::__private::path_bytes(::core::module_path!(), $name);
        $crate::__private::path_text(&BYTES)
    }};
}

/// How long the path is.
#[doc(hidden)]
pub const fn path_length(module: &str, name: &str) -> usize {
    let module = module.as_bytes();
    let mut length = 0;
    let mut at = module_start(module);
    while at < module.len() {
        if module[at] == b':' {
            at = segment_start(module, at + 2);
        } else {
            at += 1;
        }
        length += 1;
    }
    length + 1 + name.len()
}

/// The path's bytes; `N` is its [`path_length`].
#[doc(hidden)]
pub const fn path_bytes<const N: usize>(module: &str, name: &str) -> [u8; N] {
    let module = module.as_bytes();
    let name = name.as_bytes();
    let mut path = [b':'; N];
    let mut length = 0;
    let mut at = module_start(module);
    while at < module.len() {
        if module[at] == b':' {
            path[length] = b'/';
            at = segment_start(module, at + 2);
        } else {
            path[length] = module[at];
            at += 1;
        }
        length += 1;
    }
    let mut letter = 0;
    while letter < name.len() {
        path[length + 1 + letter] = name[letter];
        letter += 1;
    }
    path
}

/// The path as text. It is made of two texts cut between characters, so it is valid.
#[doc(hidden)]
pub const fn path_text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(path) => path,
        Err(_) => panic!("a module path is valid UTF-8"),
    }
}

/// Where the part of the module path begins that names the function's module: after the crate and
/// `functions`, or at `functions` itself when nothing follows it.
const fn module_start(module: &[u8]) -> usize {
    let after_crate = after_segment(module, 0);
    let after_functions = after_segment(module, after_crate);
    if segment_is(module, after_crate, b"functions") && after_functions < module.len() {
        segment_start(module, after_functions)
    } else {
        segment_start(module, after_crate)
    }
}

/// Where the name of the segment at `start` begins: after the `r#` of a raw identifier.
const fn segment_start(module: &[u8], start: usize) -> usize {
    let is_raw = start + 1 < module.len() && module[start] == b'r' && module[start + 1] == b'#';
    if is_raw { start + 2 } else { start }
}

/// The start of the segment after the one that starts at `start`.
const fn after_segment(module: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < module.len() {
        if module[at] == b':' {
            return at + 2;
        }
        at += 1;
    }
    module.len()
}

const fn segment_is(module: &[u8], start: usize, segment: &[u8]) -> bool {
    let mut at = 0;
    while at < segment.len() {
        if start + at >= module.len() || module[start + at] != segment[at] {
            return false;
        }
        at += 1;
    }
    start + at >= module.len() || module[start + at] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(module: &str, name: &str) -> String {
        const LONGEST: usize = 64;
        let length = path_length(module, name);
        let bytes: [u8; LONGEST] = path_bytes(module, name);
        String::from_utf8(bytes[..length].to_vec()).expect("a valid path")
    }

    #[test]
    fn the_path_is_the_module_below_functions_and_the_name() {
        assert_eq!(path("app::functions::jobs", "submit"), "jobs:submit");
        assert_eq!(path("app::functions::billing::invoices", "send"), "billing/invoices:send");
        assert_eq!(path("app::functions", "ping"), "functions:ping");
        assert_eq!(path("app::functions_of_old::jobs", "x"), "functions_of_old/jobs:x");
        assert_eq!(path("app::elsewhere", "x"), "elsewhere:x");
        assert_eq!(path("app::functions::r#type::r#in", "x"), "type/in:x");
    }

    #[test]
    fn the_macro_makes_it_at_compile_time() {
        const PATH: &str = crate::__function_path!("x");
        assert_eq!(PATH, "function/path/tests:x");
    }
}
