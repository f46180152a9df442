//! What the build script of an application does, done for the cases and for `shop.rs`.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use mainspring_codegen::{Generator, Report};

use crate::check;

/// Set by mainspring-codegen, read by the macros.
const REDEFINED: &str = "MAINSPRING_REDEFINED";
/// As [`REDEFINED`].
const MEMBERS: &str = "MAINSPRING_MEMBERS";
/// As [`REDEFINED`].
const IN_MACROS: &str = "MAINSPRING_IN_MACROS";
/// As [`REDEFINED`].
const IMPORTS: &str = "MAINSPRING_IMPORTS";

/// Whether this process is the child of [`start_again_after`].
pub(crate) fn has_run() -> bool {
    env::var_os(REDEFINED).is_some()
}

/// Runs the test `name` of this program in a child process that knows what is defined twice in the cases, or in a block.
pub(crate) fn start_again_after(name: &str) {
    let cases = check::cases();
    let by_definition = cases.iter().filter(|case| case.to_string_lossy().contains("fail_by_definition"));
    let (mut redefined, mut members, mut in_macros, mut imports) = (vec![], vec![], vec![], vec![]);
    for (report, _) in by_definition.map(|case| generate(case)) {
        redefined.extend(report.redefined);
        members.extend(report.members);
        in_macros.extend(report.in_macros);
        imports.extend(report.imports);
    }
    let choice = env::args().skip(1).filter(|argument| argument.starts_with("trybuild="));
    let mut child = Command::new(env::current_exe().expect("this program has a file"));
    child.args([name, "--exact", "--nocapture"]).args(choice).env(REDEFINED, redefined.join(";"));
    child.env(MEMBERS, members.join(";")).env(IN_MACROS, in_macros.join(";"));
    child.env(IMPORTS, imports.join(";"));
    let status = child.status().expect("this program starts again");
    assert!(status.success(), "the child's output is above");
}

/// What is generated for a crate whose root is `file`.
fn generate(file: &Path) -> (Report, String) {
    let folder = tempfile::tempdir().expect("a folder for what is generated");
    let root = folder.path().join("root.rs");
    // Outside of `functions` a function has no path, but is defined all the same.
    let file = file.to_string_lossy();
    let text = format!("functions!(); mod functions {{}} #[path = {file:?}] mod case;");
    fs::write(&root, text).expect("the root is written");
    run(env!("CARGO_MANIFEST_DIR").as_ref(), folder.path(), &root)
}

fn run(package: &Path, out: &Path, root: &Path) -> (Report, String) {
    let report = Generator::new(package, out).root(root).run().expect("the crate is read");
    (report, fs::read_to_string(out.join("mainspring.rs")).expect("the trees are there"))
}

#[test]
fn the_trees_of_the_shop_are_those_that_the_build_script_writes() {
    let shop = include_str!("shop.rs");
    let folder = tempfile::tempdir().expect("a folder for what is generated");
    let root = folder.path().join("root.rs");
    fs::write(&root, format!("functions!();\n{shop}")).expect("the root is written");
    let (_, generated) = run(folder.path(), folder.path(), &root);
    for tree in ["api", "internal"] {
        let written = tree_of(shop, tree);
        assert_eq!(written, tree_of(&generated, tree));
        assert_eq!(written.matches("pub use").count(), 3, "{written}");
    }
}

/// The module `name` of the crate root, without attributes and documentation.
fn tree_of(text: &str, name: &str) -> String {
    let start = format!("pub mod {name} {{");
    let lines = text.lines().skip_while(|line| *line != start);
    let said = |line: &&str| !(line.is_empty() || line.starts_with("#[") || line.starts_with("///"));
    let (mut tree, mut depth) = (String::new(), 0_usize);
    for line in lines.map(str::trim).filter(said) {
        tree.push_str(line);
        tree.push('\n');
        depth += line.matches('{').count();
        depth -= line.matches('}').count();
        if depth == 0 {
            break;
        }
    }
    tree
}
