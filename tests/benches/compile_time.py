#!/usr/bin/env python3
"""Compile times of generated applications of N functions and N tables: with mainspring, with plain serde types, and as
dropshot endpoints.

    python3 tests/benches/compile_time.py [--sizes 10,100,1000] [--only mainspring,plain,dropshot] [--repeat 3]
                                          [--work FOLDER]

Each application is a crate of its own in a temporary folder. Dependencies are built once and not counted. Measured are:
`cargo check` of the application alone after `touch`ing everything (cold), after editing one function's body, after
adding one function; `cargo build` and the size of the binary. The best of the repeats counts.

With `--work` the built dependencies and the finished rows stay in FOLDER, and a run that was cut goes on after its last row.
A row that fails is left out and said so; the others go on.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PER_MODULE = 20

MAINSPRING = {
    "manifest": f"""
[dependencies]
mainspring = {{ path = "{ROOT}/runtime" }}
tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}
[build-dependencies]
mainspring-codegen = {{ path = "{ROOT}/codegen" }}
""",
    "build": "fn main() { mainspring_codegen::generate(); }\n",
    "main": """mod functions;
mainspring::functions!();
#[tokio::main]
async fn main() -> mainspring::Result<()> {
    let app = mainspring::App::builder(registry()).start().await?;
    app.shutdown().await
}
""",
    "module": "use mainspring::{Id, MutationCtx, Result, mutation, table};\n",
    "function": """
#[table(name = "table_{i}")]
#[index(by_name(name))]
pub struct Table{i} {{ pub name: String, pub count: i64, pub tags: Vec<String> }}

#[mutation]
pub async fn add_{i}(ctx: &MutationCtx, name: String, count: i64) -> Result<Id<Table{i}>> {{
    let count = count + {edit};
    Ok(ctx.db.insert(Table{i} {{ name, count, tags: Vec::new() }}).await?)
}}
""",
}

PLAIN = {
    "manifest": """
[dependencies]
schemars = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
""",
    "main": """mod functions;
pub struct Ctx;
impl Ctx {
    pub async fn insert<T: serde::Serialize>(&self, table: &str, value: &T) -> serde_json::Result<String> {
        Ok(format!("{table} {}", serde_json::to_string(value)?))
    }
}
#[tokio::main]
async fn main() -> serde_json::Result<()> {
    functions::m0::add_0(&Ctx, functions::m0::Add0 { name: String::new(), count: 1 }).await.map(drop)
}
""",
    "module": "#![allow(dead_code)]\nuse crate::Ctx;\nuse schemars::JsonSchema;\nuse serde::{Deserialize, Serialize};\n",
    "function": """
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Table{i} {{ pub name: String, pub count: i64, pub tags: Vec<String> }}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Add{i} {{ pub name: String, pub count: i64 }}

pub async fn add_{i}(ctx: &Ctx, arguments: Add{i}) -> serde_json::Result<String> {{
    let count = arguments.count + {edit};
    ctx.insert("table_{i}", &Table{i} {{ name: arguments.name, count, tags: Vec::new() }}).await
}}
""",
}

DROPSHOT = {
    "manifest": """
[dependencies]
dropshot = "0.18"
schemars = "0.8"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
""",
    "main": """mod functions;
pub struct Ctx;
impl Ctx {
    pub async fn insert<T: serde::Serialize>(&self, table: &str, value: &T) -> serde_json::Result<String> {
        Ok(format!("{table} {}", serde_json::to_string(value)?))
    }
}
fn main() {
    let mut api = dropshot::ApiDescription::<Ctx>::new();
    functions::register(&mut api);
}
""",
    "module": """#![allow(dead_code)]
use crate::Ctx;
use dropshot::{HttpError, HttpResponseOk, RequestContext, TypedBody, endpoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
""",
    "function": """
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Table{i} {{ pub name: String, pub count: i64, pub tags: Vec<String> }}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Add{i} {{ pub name: String, pub count: i64 }}

#[endpoint {{ method = POST, path = "/add_{i}" }}]
pub async fn add_{i}(
    ctx: RequestContext<Ctx>,
    body: TypedBody<Add{i}>,
) -> Result<HttpResponseOk<String>, HttpError> {{
    let arguments = body.into_inner();
    let count = arguments.count + {edit};
    let table = Table{i} {{ name: arguments.name, count, tags: Vec::new() }};
    let id = ctx.context().insert("table_{i}", &table).await;
    id.map(HttpResponseOk).map_err(|error| HttpError::for_internal_error(error.to_string()))
}}
""",
}

VARIANTS = {"mainspring": MAINSPRING, "plain": PLAIN, "dropshot": DROPSHOT}


def module(variant, numbers, edit):
    return variant["module"] + "".join(variant["function"].format(i=i, edit=edit) for i in numbers)


def modules(size):
    return [range(start, min(start + PER_MODULE, size)) for start in range(0, size, PER_MODULE)]


def index(name, size):
    text = "".join(f"pub mod m{m};\n" for m in range(len(modules(size))))
    if name == "dropshot":
        calls = "".join(
            f"    api.register(m{m}::add_{i}).unwrap();\n" for m, numbers in enumerate(modules(size)) for i in numbers
        )
        text += f"pub fn register(api: &mut dropshot::ApiDescription<crate::Ctx>) {{\n{calls}}}\n"
    return text


def generate(folder, name, size):
    variant = VARIANTS[name]
    functions = folder / "src/functions"
    functions.mkdir(parents=True)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "app"\nversion = "0.1.0"\nedition = "2024"\n{variant["manifest"]}\n[workspace]\n'
        "[profile.dev]\ndebug = false\n"
    )
    if "build" in variant:
        (folder / "build.rs").write_text(variant["build"])
    (folder / "src/main.rs").write_text(variant["main"])
    (functions / "mod.rs").write_text(index(name, size))
    for m, numbers in enumerate(modules(size)):
        (functions / f"m{m}.rs").write_text(module(variant, numbers, 1))


def timed(folder, target, command):
    start = time.monotonic()
    subprocess.run(
        ["cargo", command, "--quiet", "--target-dir", str(target)],
        cwd=folder,
        check=True,
        env={**os.environ, "RUSTFLAGS": "-Awarnings"},
    )
    return time.monotonic() - start


def best(repeat, prepare, measure):
    results = []
    for n in range(repeat):
        prepare(n)
        results.append(measure())
    return min(results)


def measure(name, size, target, repeat):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        generate(folder, name, size)
        variant, functions = VARIANTS[name], folder / "src/functions"
        check = lambda: timed(folder, target, "check")
        check()  # Dependencies, and the application once.

        def forget(_):
            for kept in (target / "debug").glob(".fingerprint/app-*"):
                shutil.rmtree(kept)
            shutil.rmtree(target / "debug/incremental", ignore_errors=True)

        row = {"cold check": best(repeat, forget, check)}
        last = len(modules(size)) - 1
        edited = functions / f"m{last}.rs"
        row["check, body edited"] = best(
            repeat, lambda n: edited.write_text(module(variant, modules(size)[last], n + 10)), check
        )

        def add(n):
            numbers = list(modules(size)[last]) + [size + 1000 + n]
            edited.write_text(module(variant, numbers, 1))
            if name == "dropshot":
                text = index(name, size)
                call = f"    api.register(m{last}::add_{numbers[-1]}).unwrap();\n}}\n"
                (functions / "mod.rs").write_text(text.rstrip()[:-1] + call)

        row["check, function added"] = best(repeat, add, check)
        timed(folder, target, "build")
        row["build"] = best(repeat, lambda n: (forget(n), None), lambda: timed(folder, target, "build"))
        row["binary, MB"] = (target / "debug/app").stat().st_size / 1e6
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,100,1000")
    parser.add_argument("--only", default=",".join(VARIANTS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    failed = False
    columns = ["cold check", "check, body edited", "check, function added", "build", "binary, MB"]
    print("| functions | variant | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 2) + "|")
    with contextlib.ExitStack() as stack:
        work = options.work or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        finished = work / "rows.json"
        rows = json.loads(finished.read_text()) if finished.exists() else {}
        for size in map(int, options.sizes.split(",")):
            for name in options.only.split(","):
                key = f"{size} {name}"
                if key not in rows:
                    try:
                        rows[key] = measure(name, size, work.absolute() / name, options.repeat)
                    except subprocess.CalledProcessError as error:
                        print(f"{key}: {error}", file=sys.stderr)
                        failed = True
                        continue
                    # Whole or not at all: a cut run leaves the last complete file.
                    unfinished = finished.with_suffix(".new")
                    unfinished.write_text(json.dumps(rows))
                    unfinished.replace(finished)
                row = rows[key]
                figures = " | ".join(f"{row[column]:.2f}" for column in columns)
                print(f"| {size} | {name} | {figures} |", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
