//! The program of the README, taken from it word by word, compiles and runs.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The blocks of the README that begin with a comment that names their file.
fn files(readme: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for block in readme.split("```rust,ignore\n// ").skip(1) {
        let (name, rest) = block.split_once('\n').expect("the name has a line of its own");
        let (text, _) = rest.split_once("```").expect("the block ends");
        files.push((name.to_owned(), text.to_owned()));
    }
    files
}

#[test]
fn the_program_of_the_readme_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above");
    let readme = fs::read_to_string(root.join("README.md")).expect("readable");
    let files = files(&readme);
    assert_eq!(files.len(), 6, "build.rs, main, tables, two of functions and crons: {files:?}");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        fs::write(path, text).expect("written");
    }
    let root = root.display();
    let manifest = format!(
        r#"
            [package]
            name = "my-app"
            version = "0.1.0"
            edition = "2024"
            [dependencies]
            mainspring = {{ path = "{root}/runtime" }}
            tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}
            [build-dependencies]
            mainspring-codegen = {{ path = "{root}/codegen" }}
            [workspace]
        "#
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("written");
    fs::copy(format!("{root}/Cargo.lock"), folder.path().join("Cargo.lock")).expect("copied");
    // A target folder beside the workspace's, so that dependencies are built once for all runs of this test.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--target-dir"])
        .arg(target)
        .current_dir(folder.path())
        .output()
        .expect("cargo runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.starts_with("submitted "), "{out}{err}");
}
