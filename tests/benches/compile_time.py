#!/usr/bin/env python3
"""Compile times of generated applications of N functions and N tables: with mainspring, with plain serde types, and as
dropshot endpoints.

    python3 tests/benches/compile_time.py [--sizes 10,100,1000] [--only mainspring,plain,dropshot] [--repeat 3]
                                          [--limit 15] [--work FOLDER]

Each table has an enum of its own, and each function inserts into, lists from or changes one table; all variants do the
same. The mainspring application starts and stops, the dropshot one starts and serves. Each application is a crate of its own in a temporary folder. Dependencies are built once and not counted. Measured
are: `cargo check` with nothing of the application built (cold), after editing one function's body, after adding one
function; `cargo build`; and the size of the binary.

A cell is "wall / CPU": seconds on the clock, and seconds of processor time of all that cargo ran, the build script and
the linker included. CPU time is the figure to compare: other work on the machine disturbs it little. The best of the
repeats counts, of each by itself; a step is repeated until it has taken `--limit` seconds.

With `--work` the built dependencies and the finished rows stay in FOLDER (`rows.json`, `table.md`), and a run that was cut
goes on after its last row. A row that fails is left out and said so; the others go on.
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PER_MODULE = 20
STEPS = ["cold check", "check, body edited", "check, function added", "build"]
SIZE = "binary, MB"

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
    "module": "use mainspring::{Doc, Id, MutationCtx, QueryCtx, Result, mutation, query, table, value};\n",
    "table": """
#[value]
#[derive(Clone, Copy, PartialEq)]
pub enum State{i} {{ Open, Closed }}

#[table(name = "table_{i}")]
#[index(by_state_and_name(state, name))]
pub struct Table{i} {{ pub name: String, pub count: i64, pub state: State{i}, pub tags: Vec<String> }}
""",
    "functions": [
        """
#[mutation]
pub async fn add_{i}(ctx: &MutationCtx, name: String, count: i64) -> Result<Id<Table{i}>> {{
    let count = count + {edit};
    Ok(ctx.db.insert(Table{i} {{ name, count, state: State{i}::Open, tags: Vec::new() }}).await?)
}}
""",
        """
#[query]
pub async fn list_{i}(ctx: &QueryCtx, state: State{i}, name: String) -> Result<Vec<Doc<Table{i}>>> {{
    Ok(ctx.db.query().with_index(Table{i}::by_state_and_name.eq(state).eq(name)).take({edit}).await?)
}}
""",
        """
#[mutation]
pub async fn close_{i}(ctx: &MutationCtx, id: Id<Table{i}>, count: i64) -> Result<()> {{
    let change = |table: &mut Table{i}| {{
        table.count += count + {edit};
        table.state = State{i}::Closed;
    }};
    Ok(ctx.db.patch(id, change).await?)
}}
""",
    ],
}

DATABASE = """pub struct Ctx;
impl Ctx {
    pub async fn insert<T: serde::Serialize>(&self, table: &str, value: &T) -> serde_json::Result<String> {
        Ok(format!("{table} {}", serde_json::to_string(value)?))
    }
    pub async fn list<T: serde::de::DeserializeOwned>(
        &self,
        table: &str,
        keep: impl Fn(&T) -> bool,
        limit: usize,
    ) -> serde_json::Result<Vec<T>> {
        let all: Vec<T> = serde_json::from_str(table)?;
        Ok(all.into_iter().filter(keep).take(limit).collect())
    }
    pub async fn patch<T: serde::Serialize + serde::de::DeserializeOwned>(
        &self,
        table: &str,
        id: &str,
        change: impl FnOnce(&mut T),
    ) -> serde_json::Result<()> {
        let mut value = serde_json::from_str(id)?;
        change(&mut value);
        self.insert(table, &value).await.map(drop)
    }
}
"""

PLAIN_TABLE = """
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum State{i} {{ Open, Closed }}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Table{i} {{ pub name: String, pub count: i64, pub state: State{i}, pub tags: Vec<String> }}

#[derive(Serialize, Deserialize, JsonSchema)]
"""

PLAIN = {
    "manifest": """
[dependencies]
schemars = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
""",
    "main": f"""mod functions;
{DATABASE}
#[tokio::main]
async fn main() -> serde_json::Result<()> {{
    functions::m0::add_0(&Ctx, functions::m0::Add0 {{ name: String::new(), count: 1 }}).await.map(drop)
}}
""",
    "module": "#![allow(dead_code)]\nuse crate::Ctx;\nuse schemars::JsonSchema;\nuse serde::{Deserialize, Serialize};\n",
    "table": PLAIN_TABLE,
    "functions": [
        """pub struct Add{i} {{ pub name: String, pub count: i64 }}

pub async fn add_{i}(ctx: &Ctx, arguments: Add{i}) -> serde_json::Result<String> {{
    let Add{i} {{ name, count }} = arguments;
    let count = count + {edit};
    ctx.insert("table_{i}", &Table{i} {{ name, count, state: State{i}::Open, tags: Vec::new() }}).await
}}
""",
        """pub struct List{i} {{ pub state: State{i}, pub name: String }}

pub async fn list_{i}(ctx: &Ctx, arguments: List{i}) -> serde_json::Result<Vec<Table{i}>> {{
    let List{i} {{ state, name }} = arguments;
    ctx.list("table_{i}", |table: &Table{i}| table.state == state && table.name == name, {edit}).await
}}
""",
        """pub struct Close{i} {{ pub id: String, pub count: i64 }}

pub async fn close_{i}(ctx: &Ctx, arguments: Close{i}) -> serde_json::Result<()> {{
    let Close{i} {{ id, count }} = arguments;
    let change = |table: &mut Table{i}| {{
        table.count += count + {edit};
        table.state = State{i}::Closed;
    }};
    ctx.patch("table_{i}", &id, change).await
}}
""",
    ],
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
    "main": f"""mod functions;
{DATABASE}
fn failed(error: serde_json::Error) -> dropshot::HttpError {{
    dropshot::HttpError::for_internal_error(error.to_string())
}}
#[tokio::main]
async fn main() -> Result<(), String> {{
    let mut api = dropshot::ApiDescription::<Ctx>::new();
    functions::register(&mut api);
    let level = dropshot::ConfigLoggingLevel::Info;
    let log = dropshot::ConfigLogging::StderrTerminal {{ level }}.to_logger("app").map_err(|error| error.to_string())?;
    let server = dropshot::ServerBuilder::new(api, Ctx, log).start().map_err(|error| error.to_string())?;
    server.await
}}
""",
    "module": """#![allow(dead_code)]
use crate::{Ctx, failed};
use dropshot::{HttpError, HttpResponseOk, RequestContext, TypedBody, endpoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
""",
    "table": PLAIN_TABLE,
    "functions": [
        """pub struct Add{i} {{ pub name: String, pub count: i64 }}

#[endpoint {{ method = POST, path = "/add_{i}" }}]
pub async fn add_{i}(
    ctx: RequestContext<Ctx>,
    body: TypedBody<Add{i}>,
) -> Result<HttpResponseOk<String>, HttpError> {{
    let Add{i} {{ name, count }} = body.into_inner();
    let count = count + {edit};
    let table = Table{i} {{ name, count, state: State{i}::Open, tags: Vec::new() }};
    ctx.context().insert("table_{i}", &table).await.map(HttpResponseOk).map_err(failed)
}}
""",
        """pub struct List{i} {{ pub state: State{i}, pub name: String }}

#[endpoint {{ method = POST, path = "/list_{i}" }}]
pub async fn list_{i}(
    ctx: RequestContext<Ctx>,
    body: TypedBody<List{i}>,
) -> Result<HttpResponseOk<Vec<Table{i}>>, HttpError> {{
    let List{i} {{ state, name }} = body.into_inner();
    let keep = |table: &Table{i}| table.state == state && table.name == name;
    ctx.context().list("table_{i}", keep, {edit}).await.map(HttpResponseOk).map_err(failed)
}}
""",
        """pub struct Close{i} {{ pub id: String, pub count: i64 }}

#[endpoint {{ method = POST, path = "/close_{i}" }}]
pub async fn close_{i}(
    ctx: RequestContext<Ctx>,
    body: TypedBody<Close{i}>,
) -> Result<HttpResponseOk<()>, HttpError> {{
    let Close{i} {{ id, count }} = body.into_inner();
    let change = |table: &mut Table{i}| {{
        table.count += count + {edit};
        table.state = State{i}::Closed;
    }};
    ctx.context().patch("table_{i}", &id, change).await.map(HttpResponseOk).map_err(failed)
}}
""",
    ],
}

VARIANTS = {"mainspring": MAINSPRING, "plain": PLAIN, "dropshot": DROPSHOT}
NAMES = ["add", "list", "close"]


def function(variant, i, edit):
    parts = variant["table"] + variant["functions"][i % len(NAMES)]
    return parts.format(i=i, edit=edit)


def module(variant, numbers, edit=1):
    """The module of these functions; `edit` changes the body of the last one."""
    *before, last = numbers
    return variant["module"] + "".join(function(variant, i, 1) for i in before) + function(variant, last, edit)


def modules(size):
    return [list(range(start, min(start + PER_MODULE, size))) for start in range(0, size, PER_MODULE)]


def index(name, parts):
    text = "".join(f"pub mod m{m};\n" for m in range(len(parts)))
    if name == "dropshot":
        calls = "".join(
            f"    api.register(m{m}::{NAMES[i % len(NAMES)]}_{i}).unwrap();\n" for m, part in enumerate(parts) for i in part
        )
        text += f"pub fn register(api: &mut dropshot::ApiDescription<crate::Ctx>) {{\n{calls}}}\n"
    return text


def generate(folder, name, parts):
    variant = VARIANTS[name]
    functions = folder / "src/functions"
    functions.mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "app"\nversion = "0.1.0"\nedition = "2024"\n{variant["manifest"]}\n[workspace]\n'
        "[profile.dev]\ndebug = false\n"
    )
    if "build" in variant:
        (folder / "build.rs").write_text(variant["build"])
    shutil.copy(ROOT / "rust-toolchain.toml", folder)
    (folder / "src/main.rs").write_text(variant["main"])
    (functions / "mod.rs").write_text(index(name, parts))
    for m, part in enumerate(parts):
        (functions / f"m{m}.rs").write_text(module(variant, part))


def timed(folder, target, command):
    """Seconds on the clock and of processor time."""
    def cpu():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    start, start_cpu = time.monotonic(), cpu()
    subprocess.run(
        ["cargo", command, "--quiet", "--target-dir", str(target)],
        cwd=folder,
        check=True,
        env={**os.environ, "RUSTFLAGS": "-Awarnings"},
    )
    return time.monotonic() - start, cpu() - start_cpu


def measure(name, size, target, repeat, limit):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        variant, functions, parts = VARIANTS[name], folder / "src/functions", modules(size)
        edited = functions / f"m{len(parts) - 1}.rs"
        # The dependencies, with an application too small to matter.
        generate(folder, name, [[0]])
        timed(folder, target, "check")
        timed(folder, target, "build")
        generate(folder, name, parts)

        def best(command, prepare):
            results = []
            while len(results) < repeat and (not results or sum(wall for wall, _ in results) < limit):
                prepare(len(results))
                results.append(timed(folder, target, command))
            return [min(wall for wall, _ in results), min(cpu for _, cpu in results)]

        def forget(_):
            for kept in (target / "debug").glob(".fingerprint/app-*"):
                shutil.rmtree(kept)
            shutil.rmtree(target / "debug/incremental", ignore_errors=True)

        def add(n):
            more = parts[:-1] + [parts[-1] + [size + 1000 + n]]
            edited.write_text(module(variant, more[-1]))
            (functions / "mod.rs").write_text(index(name, more))

        row = {}
        row["cold check"] = best("check", forget)
        row["check, body edited"] = best(
            "check", lambda n: edited.write_text(module(variant, parts[-1], n + 10))
        )
        row["check, function added"] = best("check", add)
        generate(folder, name, parts)
        row["build"] = best("build", forget)
        row[SIZE] = (target / "debug/app").stat().st_size / 1e6
        return row


def table(rows):
    lines = ["| functions | variant | " + " | ".join(STEPS) + f" | {SIZE} |", "|---" * (len(STEPS) + 3) + "|"]
    for key, row in rows.items():
        size, name = key.split()
        cells = [f"{row[step][0]:.2f} / {row[step][1]:.2f}" for step in STEPS]
        lines.append(f"| {size} | {name} | {' | '.join(cells)} | {row[SIZE]:.1f} |")
    return "\n".join(lines) + "\n"


def ratios(rows, against):
    """The CPU time of mainspring, divided by that of another variant."""
    lines = [f"| mainspring to {against}, CPU | " + " | ".join(STEPS) + " |", "|---" * (len(STEPS) + 1) + "|"]
    for key, row in rows.items():
        size, name = key.split()
        other = rows.get(f"{size} {against}")
        if name == "mainspring" and other:
            lines.append(f"| {size} | " + " | ".join(f"{row[step][1] / other[step][1]:.2f}" for step in STEPS) + " |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def written(path, text):
    """Whole or not at all: a cut run leaves the last complete file."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,100,1000")
    parser.add_argument("--only", default=",".join(VARIANTS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=15)
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    failed = False
    with contextlib.ExitStack() as stack:
        work = options.work or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        kept = work / "rows.json"
        finished = json.loads(kept.read_text()) if kept.exists() else {}
        rows = {}
        for size in map(int, options.sizes.split(",")):
            for name in options.only.split(","):
                key = f"{size} {name}"
                if key not in finished:
                    try:
                        finished[key] = measure(name, size, work.absolute() / name, options.repeat, options.limit)
                    except subprocess.CalledProcessError as error:
                        print(f"{key}: {error}", file=sys.stderr)
                        failed = True
                        continue
                    written(kept, json.dumps(finished))
                rows[key] = finished[key]
                print(table({key: rows[key]}).splitlines()[-1], file=sys.stderr, flush=True)
        report = "\n".join(filter(None, [table(rows), ratios(rows, "plain"), ratios(rows, "dropshot")]))
        written(work / "table.md", report)
        print(report)
    sys.exit(failed)


if __name__ == "__main__":
    main()
