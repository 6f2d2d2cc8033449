"""What a call costs in instructions, allocations and counted references, under callgrind.

These do not depend on what else the machine does, so a change can be held against the last figures.
Each is the difference of a long run and a short one, divided by the further calls: what start and
end cost falls out.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time

from . import officials, tools, wire
from . import stage as staging
from .tools import SCRATCH

SHORT, LONG = 2_000, 6_000
STREAMS = ("-c4", "-m16")
ALLOCATING = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}
COUNTING = {"swift_retain", "swift_release", "swift_bridgeObjectRetain",
            "swift_bridgeObjectRelease"}


def tallies(path) -> dict[str, int]:
    """Instructions, allocations and references of a callgrind file."""
    names, found = {}, {"instructions": 0, "allocations": 0, "references": 0}
    callee = ""
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(("fn=(", "cfn=(")):
                number, _, name = line.split("=", 1)[1].strip().partition(") ")
                number += "" if number.endswith(")") else ")"
                if name:
                    names[number] = name.split("'")[0]
                if line.startswith("cfn"):
                    callee = names.get(number, "")
            elif line.startswith("calls="):
                times = int(line[6:].split()[0])
                if callee in ALLOCATING:
                    found["allocations"] += times
                elif callee in COUNTING:
                    found["references"] += times
            elif line.startswith(("totals:", "summary:")):
                found["instructions"] = int(re.search(r"\d+", line)[0])
    return found


def under_callgrind(name: str, program, *arguments) -> tuple:
    """A command under callgrind, and the file it will leave."""
    path = SCRATCH / f"callgrind.{name}"
    path.unlink(missing_ok=True)
    # Valgrind gives up over the debugging information; the names of functions are elsewhere.
    bare = SCRATCH / "bare" / program.name
    bare.parent.mkdir(exist_ok=True)
    copier = shutil.which("objcopy") or shutil.which("llvm-objcopy") or "objcopy"
    subprocess.run([copier, "--strip-debug", program, bare], check=True)
    return ["env", f"LD_PRELOAD={SCRATCH / 'sigsuspend.so'}", "valgrind", "--tool=callgrind",
            f"--callgrind-out-file={path}", bare, *arguments], path


def per_call(name: str, run_for, part: int = 1) -> dict[str, float]:
    """The tallies of one call; `run_for` makes so many calls and answers the file."""
    fewer, more = SHORT // part, LONG // part
    short, long = tallies(run_for(f"{name}.short", fewer)), tallies(run_for(f"{name}.long", more))
    return {key: (long[key] - short[key]) / (more - fewer) for key in long}


def echo(run) -> dict[str, float]:
    """One EchoRead in the process that hosts it."""
    probe, folder = run.probe(), SCRATCH / "echo"
    body = tools.write_records(SCRATCH / "echo-record", [wire.echo()])

    def run_for(name: str, calls: int):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command, path = under_callgrind(name, probe, "serve", folder)
        with tools.process(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
            place = json.loads(it.stdout.readline())
            tools.load(place["port"], place["path"], 120, "-n", calls, "-b", body,
                       "-H", "content-type:application/proto",
                       "-H", f"onedoor-pass:{place['pass']}", streams=STREAMS)
            it.stdin.close()
            it.wait(timeout=60)
        return path

    return per_call("echo", run_for)


def bare_echo(run) -> dict[str, float]:
    """The same call of a bare echo in C over nghttp2: what is left without all that is ours."""
    body = tools.write_records(SCRATCH / "echo-record", [wire.echo()])
    with tools.echo_host(run.probe()) as (place, _):
        pass

    def run_for(name: str, calls: int):
        port = tools.free_port()
        # It ends behind the last of the load's connections; one more asks whether it listens.
        ends = int(STREAMS[0].removeprefix("-c")) + 1
        command, path = under_callgrind(name, SCRATCH / "bare-echo", port, ends)
        with tools.process(*command) as it:
            tools.wait_port(port, deadline=60)
            tools.load(port, place["path"], 120, "-n", calls, "-b", body,
                       "-H", "content-type:application/proto",
                       "-H", f"onedoor-pass:{place['pass']}", streams=STREAMS)
            it.wait(timeout=60)
        return path

    return per_call("bare-echo", run_for)


@contextlib.contextmanager
def some(run, stage, measured: str, names=("catalogue", "gateway")):
    """Some services alone over the stage's stores, one of them under callgrind."""
    inner = {name: tools.free_port() for name in names}
    door = tools.free_port()
    environment = os.environ | {
        "ONEDOOR_DATA": str(stage.folder), "ONEDOOR_DEMO": "true",
        "ONEDOOR_CLOCK": str(stage.folder / "clock"), "ONEDOOR_LOOPS": "1",
        "ONEDOOR_LISTEN_DOOR": f"127.0.0.1:{door}",
        "ONEDOOR_CALLS_SOURCE": "1000000",
        **{f"ONEDOOR_LISTEN_{name.upper()}": f"127.0.0.1:{port}" for name, port in inner.items()},
    }
    path = None
    with contextlib.ExitStack() as stack:
        started = []
        for name in names:
            command = [run.program(), "serve", name]
            if name == measured:
                command, path = under_callgrind(f"{name}.{time.monotonic_ns()}", *command)
            started.append(stack.enter_context(tools.process(*command, env=environment)))
        for port in (*inner.values(), door):
            tools.wait_port(port, deadline=60)
        yield door, path, inner["gateway"]
        # What follows of the calls belongs to them.
        tools.quiet([it.pid for it in started], deadline=240)
        for it in started:
            it.terminate()
            it.wait(timeout=60)


def forward(run, measured: str) -> dict[str, float]:
    """One ComputeDue through the gateway, in one of the two processes."""
    stage = run.stage()
    stage.stop()

    def run_for(_: str, calls: int):
        with some(run, stage, measured) as (door, path, _):
            tools.load(door, staging.COMPUTE_DUE, 120, "-n", calls, *stage.callers,
                       "-b", SCRATCH / "due", streams=STREAMS)
        return path

    return per_call(f"forward.{measured}", run_for)


def cached(run) -> dict[str, float]:
    """One GetItem by GET from the gateway's cache, in the gateway."""
    stage = run.stage()
    stage.stop()

    def run_for(_: str, calls: int):
        with some(run, stage, "gateway") as (door, path, inner):
            stage.warm((door, inner))
            tools.load(door, staging.GET_ITEM, 120, "-n", calls, streams=STREAMS)
        return path

    return per_call("cached", run_for)


def accept(run, measured: str) -> dict[str, float]:
    """One AcceptApplication, with what follows of it, in one of the services."""
    stage = run.filled_stage()
    callers = officials.tokens(
        stage, "clerk", (f"u-bench-{number}" for number in range(officials.CLERKS)))
    stage.stop()
    names = ("catalogue", "intake", "approval", "monitoring", "gateway")

    def run_for(name: str, calls: int):
        # Each call takes an application of its own, whichever part is measured.
        bodies = [wire.text(1, stage.numbers.pop()[0]) for _ in range(calls)]
        body = tools.write_records(SCRATCH / "official", bodies)
        with some(run, stage, measured, names) as (door, path, _):
            tools.load(door, officials.ACCEPT, 240, "-n", calls, *callers, "-b", body, "-k", name,
                       streams=STREAMS)
        return path

    return per_call(f"accept.{measured}", run_for, part=4)


def submit(run) -> dict[str, float]:
    """One SubmitApplication in intake, which nobody follows meanwhile."""
    stage = run.filled_stage()
    stage.stop()

    def run_for(name: str, calls: int):
        with some(run, stage, "intake", ("catalogue", "intake", "gateway")) as (door, path, _):
            tools.load(door, staging.SUBMIT, 240, "-n", calls, *stage.callers,
                       "-b", SCRATCH / "submissions", "-k", name, streams=STREAMS)
        return path

    return per_call("submit.intake", run_for)


# Submissions come first: the others stop the house that they need.
ALL = {
    "submit: SubmitApplication, intake's part": submit,
    "accept: AcceptApplication, intake's part": lambda run: accept(run, "intake"),
    "accept: AcceptApplication, approval's part": lambda run: accept(run, "approval"),
    "accept: AcceptApplication, monitoring's part": lambda run: accept(run, "monitoring"),
    "echo: EchoRead, all of it": echo,
    "echo: the same by a bare echo in C over nghttp2": bare_echo,
    "forward: ComputeDue, the gateway's part": lambda run: forward(run, "gateway"),
    "forward: ComputeDue, the catalogue's part": lambda run: forward(run, "catalogue"),
    "cached: GetItem by GET, the gateway's part": cached,
}


def table(run, only) -> str:
    """Counts, and lays out what was found; `only` are comparisons, all if there are none."""
    rows = ["| a call of | instructions | allocations | references counted |", "|---|---|---|---|"]
    for name, counting in ALL.items():
        if only and name.split(":")[0] not in only:
            continue
        tools.say(f"-- counting {name}")
        it = counting(run)
        rows.append(f"| {name} | {it['instructions']:,.0f} | {it['allocations']:.1f} "
                    f"| {it['references']:.1f} |")
    return "\n".join(rows)
