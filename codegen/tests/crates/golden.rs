//! One realistic crate, in `tests/golden/app`, and the file expected for it.
//!
//! After a change that is meant: run with `UPDATE_GOLDEN=1` and read the difference.

use std::path::Path;
use std::{env, fs};

use mainspring_codegen::Generator;

#[test]
fn the_app_gives_the_expected_file() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let out = tempfile::tempdir().unwrap();
    let report = Generator::new(golden.join("app"), out.path()).run().unwrap();
    assert_eq!(report.warnings, [""; 0]);
    let actual = fs::read_to_string(out.path().join("mainspring.rs")).unwrap();
    let expected = golden.join("mainspring.rs");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&expected, &actual).unwrap();
    }
    assert_eq!(actual, fs::read_to_string(&expected).unwrap());
}
