"""What the tests of backups share: the command, and what it left."""

import json
import os
import pathlib
import subprocess
import urllib.request

from house import SERVICES, House, debug_program
from mainjob import MainJob

# How long the followers are held at most, in milliseconds: long for what happens in between.
HOLD = 10_000
FREE = {"ONEDOOR_CALLS_SOURCE": "10000", "ONEDOOR_CALLS_SUBJECT": "10000"}


def tool(*arguments, environment: dict | None = None) -> subprocess.CompletedProcess:
    """Runs a command of the program, whatever becomes of it."""
    return subprocess.run([debug_program(), *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, env=surroundings(environment))


def surroundings(more: dict | None = None) -> dict:
    """The environment of a command, which refuses a name that it does not know."""
    return {k: v for k, v in os.environ.items() if k != "ONEDOOR_PROGRAM"} | (more or {})


def backup(house: House, folder: pathlib.Path, *arguments) -> subprocess.CompletedProcess:
    return tool("backup", folder, "--data", house.data, *arguments)


def check(folder: pathlib.Path, *arguments) -> tuple[int, list[dict]]:
    """What `restore --check` finds: the exit status and the faults."""
    done = tool("restore", folder, "--check", "--json", *arguments)
    assert done.returncode in (0, 65), done.stderr
    return done.returncode, json.loads(done.stdout)["faults"]


def metric(house: House, service: str, name: str) -> dict[str, float]:
    """The values of a metric of a service, by labels."""
    port = house.port + 1 + SERVICES.index(service)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith(name))
    return {labels.removeprefix(name): float(value) for labels, value in pairs}


def files(folder: pathlib.Path) -> set[str]:
    """All that is in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def wait_for_all(job: MainJob) -> None:
    """Waits until every follower has seen what the others recorded."""
    job.wait(lambda: not any(value for service in SERVICES for value in metric(
        job.house, service, "onedoor_feed_lag_entries").values()), "the followers")
