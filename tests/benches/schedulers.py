#!/usr/bin/env python3
"""The same jobs by mainspring, by graphile-worker on PostgreSQL and by BullMQ on Redis, in one run on one machine.

    apt-get install postgresql redis-server nodejs npm
    python3 tests/benches/schedulers.py [--jobs 100000] [--lone 200] [--only mainspring,graphile-worker,bullmq]

Jobs do nothing, so what is measured is what a scheduler itself costs. They are added in batches of 1,000 while nobody works
on them, then worked off, then added one by one to a scheduler that has nothing else to do. Each system has the settings that
its own documentation gives for many short jobs, with one worker process. For Redis that is an append-only file synced each
second, which may lose the last second; a second row shows it synced at each write, as PostgreSQL and mainspring do. A rate
of the others counts jobs as they start, that of mainspring as they have ended. mainspring runs in the process that asks,
the others beside a server, as each of them is used.

Servers are started in a temporary folder, listen on 127.0.0.1 only, and are stopped at the end.
"""

import argparse
import contextlib
import glob
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIVALS = ROOT / "tests/benches/rivals"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--lone", type=int, default=200)
    parser.add_argument("--only", default="mainspring,graphile-worker,bullmq")
    options = parser.parse_args()
    chosen = options.only.split(",")
    check(chosen)
    counts = [str(options.jobs), str(options.lone)]
    rows = []
    (ROOT / "target").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        if "mainspring" in chosen:
            rows.append(mainspring(counts))
        if "graphile-worker" in chosen or "bullmq" in chosen:
            shutil.copytree(RIVALS, folder / "rivals", ignore=shutil.ignore_patterns("node_modules"))
            subprocess.run(["npm", "install", "--silent", "--no-package-lock"], cwd=folder / "rivals", check=True)
        if "graphile-worker" in chosen:
            with postgres(folder) as url:
                rows.append(node(folder, "graphile-worker.mjs", counts, DATABASE_URL=url))
        if "bullmq" in chosen:
            for name, sync in [("BullMQ, synced each second", "everysec"), ("BullMQ, synced each write", "always")]:
                with redis(folder / sync, sync) as port:
                    rows.append(node(folder, "bullmq.mjs", counts, REDIS_PORT=str(port), RIVAL=name))
    print("| scheduler | inserted/s | done/s | lone job starts after, p50 / p99 ms |")
    print("|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['name']} | {row['insertsPerSecond']:,} | {row['jobsPerSecond']:,} "
            f"| {row['loneMsP50']} / {row['loneMsP99']} |"
        )


def check(chosen):
    """Ends with a message that says what is missing, before anything is started."""
    unknown = set(chosen) - {"mainspring", "graphile-worker", "bullmq"}
    if unknown:
        sys.exit(f"--only knows mainspring, graphile-worker and bullmq, not {', '.join(sorted(unknown))}")
    needs = {"graphile-worker": ["node", "npm", "initdb"], "bullmq": ["node", "npm", "redis-server"]}
    packages = {"node": "nodejs", "npm": "npm", "initdb": "postgresql", "redis-server": "redis-server"}
    wanted = {program for name in chosen for program in needs.get(name, [])}
    found = {"initdb": bool(postgres_programs())}
    missing = [program for program in sorted(wanted) if not found.get(program, shutil.which(program))]
    if missing:
        names = " ".join(packages[program] for program in missing)
        sys.exit(f"{', '.join(missing)} not found: `apt-get install {names}`, or leave those out with --only")


def postgres_programs():
    """The folders of the versions of PostgreSQL that are installed, Debian's layout first, the newest last."""
    found = [pathlib.Path(folder) for folder in glob.glob("/usr/lib/postgresql/*/bin")]
    found.sort(key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()])
    if not found and shutil.which("initdb"):
        found = [pathlib.Path(shutil.which("initdb")).parent]
    return found


def mainspring(counts):
    command = ["cargo", "bench", "--quiet", "-p", "mainspring-tests", "--bench", "scheduler", "--", "--json", *counts]
    return last_line(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def node(folder, script, counts, **variables):
    command = ["node", script, *counts]
    environment = os.environ | variables
    run = subprocess.run(
        command, cwd=folder / "rivals", env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return last_line(run.stdout)


def last_line(text):
    return json.loads(text.strip().splitlines()[-1])


@contextlib.contextmanager
def postgres(folder):
    """A cluster with PostgreSQL's defaults, which sync at each commit, and half a gigabyte of buffers."""
    programs = postgres_programs()[-1]
    data, port = folder / "postgres", free_port()
    data.mkdir()
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*as_user, programs / "initdb", "-D", data, "-U", "bench", "-A", "trust"], **quiet)
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=512MB"
    control = [*as_user, programs / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-l", data / "log", "-o", settings, "start"], **quiet)
    try:
        yield f"postgres://bench@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


@contextlib.contextmanager
def redis(data, sync):
    data.mkdir()
    port = free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(data), "--save", ""]
    command += ["--appendonly", "yes", "--appendfsync", sync, "--maxmemory-policy", "noeviction"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        else:
            sys.exit("redis-server ended at its start")
        yield port
    finally:
        server.terminate()
        server.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    main()
