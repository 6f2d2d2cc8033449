"""Building, starting, waiting, and the arithmetic of the comparisons."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import struct
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = ROOT / "Tests" / "Benchmarks"
SCRATCH = ROOT / ".build" / "bench"
STREAMS = ["-c10", "-m32"]
TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    """Tells the reader how far it is."""
    print(text, flush=True)


# -- building


def build_swift(product: str, package: pathlib.Path = ROOT) -> pathlib.Path:
    """The release build of a product of the house, or of a package that is a peer."""
    say(f"building {product} (release)")
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib"]
    if package != ROOT:
        command += ["--scratch-path", str(ROOT / ".build" / package.name)]
    subprocess.run([*command, "--product", product], cwd=package, check=True)
    folder = subprocess.run([*command, "--show-bin-path"], cwd=package, check=True,
                            capture_output=True, text=True).stdout.strip()
    return pathlib.Path(folder) / product


def build_peers() -> None:
    """The C peers and the load generator; a second or two."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    messages = ROOT / "Sources" / "CMessages"
    generated = messages / "generated"
    sources = {
        "load": ["-lnghttp2"],
        "bare-echo": ["-lnghttp2"],
        "followers": ["-lnghttp2"],
        "reads": ["-lsqlite3"],
        "rows": ["-lsqlite3"],
        "writes": ["-lsqlite3"],
        "messages": [
            f"-I{messages / 'include'}", str(messages / "arena.c"),
            *map(str, sorted((generated / "google").rglob("*.c"))),
            *(str(path) for part in ("access", "probe", "rule")
              for path in sorted((generated / "onedoor" / part).rglob("*.c"))),
            "-lprotobuf-c",
        ],
    }
    # The Swift toolchain brings clang; a machine need not have another compiler.
    compiler = shutil.which("cc") or shutil.which("clang") or "cc"
    for name, rest in sources.items():
        subprocess.run(
            [compiler, "-O2", "-o", str(SCRATCH / name), str(HERE / "peers" / f"{name}.c"), *rest],
            check=True,
        )
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(SCRATCH / "sigsuspend.so"),
                    str(HERE / "peers" / "sigsuspend.c")], check=True)


# -- running


def run_json(program, *arguments, timeout: float = 60) -> dict:
    """Runs a program that prints one line of JSON."""
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"{pathlib.Path(program).name}: {done.stderr.strip()}")
    answer = json.loads(done.stdout)
    if answer.get("failed"):
        raise RuntimeError(f"{answer['failed']} calls failed: {done.stderr.strip()}")
    return answer


def load(port: int, path: str, seconds: float, *rest, streams=STREAMS) -> dict:
    """The load generator for so many seconds."""
    return run_json(SCRATCH / "load", "-p", port, "-u", path, *streams, "-t", seconds, *rest,
                    timeout=seconds + 30)


def h2load(port: int, path: str, seconds: float, *rest, size: int = 0) -> float:
    """h2load for so many seconds; calls a second.

    With a size, that many bytes of body must have come for every call that was done, and for none
    more: what refuses with status 200, as gRPC does, sends no body.
    """
    done = subprocess.run(
        ["h2load", "-D", str(max(1, round(seconds))), "--warm-up-time=0", *STREAMS, "-t1", *rest,
         f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, timeout=seconds + 30, check=True,
    ).stdout
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", done)
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", done)
    if not rate or not codes or int(codes[1]) == 0 or any(int(codes[i]) for i in (2, 3, 4)):
        raise RuntimeError(f"h2load: {done}")
    if size:
        calls = re.search(r"(\d+) started, (\d+) done, (\d+) succeeded", done)
        data = re.search(r"\((\d+)\) data$", done, re.MULTILINE)
        if not calls or not data or calls[2] != calls[3] or not (
                int(calls[2]) * size <= int(data[1]) <= int(calls[1]) * size):
            raise RuntimeError(f"h2load: not {size} bytes an answer: {done}")
    return float(rate[1])


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_port(port: int, deadline: float = 10) -> None:
    """Waits until somebody listens."""
    end = time.monotonic() + deadline
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if time.monotonic() > end:
            raise RuntimeError(f"nobody listens on {port}")
        time.sleep(0.02)


@contextlib.contextmanager
def process(*command, **options):
    """A process that is gone afterwards."""
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
               "stdin": subprocess.DEVNULL} | options
    it = subprocess.Popen([str(part) for part in command], **options)
    try:
        yield it
    finally:
        if it.poll() is None:
            it.terminate()
        try:
            it.wait(timeout=10)
        except subprocess.TimeoutExpired:
            it.kill()
            it.wait()


@contextlib.contextmanager
def echo_host(probe: pathlib.Path):
    """Our engine with EchoRead on one loop: its port, path and pass, and its process."""
    folder = SCRATCH / "echo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with process(probe, "serve", folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        yield json.loads(it.stdout.readline()), it.pid
        it.stdin.close()


@contextlib.contextmanager
def bare_echo(*options):
    """The bare C echo over nghttp2: its port, and its process."""
    port = free_port()
    with process(SCRATCH / "bare-echo", port, *options) as it:
        wait_port(port)
        yield port, it.pid


def children(parent: int) -> dict[str, int]:
    """The services below an `onedoor up`, by name."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            command = (entry / "cmdline").read_bytes().split(b"\0")
            above = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if above == parent and command[1:2] == [b"serve"]:
                found[command[2].decode()] = int(entry.name)
    return found


def busy_seconds(pids) -> float:
    """The processor time of processes so far."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def family(pid: int) -> list[int]:
    """A process and all below it: nghttpx works in a process of its own."""
    below = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in below for one in family(int(child)))]


def cost(pids, turn) -> float:
    """The processor time that processes spent on one call of a turn of load, in microseconds."""
    before = busy_seconds(pids)
    done = turn()["done"]
    return (busy_seconds(pids) - before) / done * 1e6


def quiet(pids, deadline: float = 30) -> float:
    """Waits until processes have caught up and do next to nothing; answers how long it took."""
    start = time.monotonic()
    while time.monotonic() - start < deadline:
        before = busy_seconds(pids)
        time.sleep(0.3)
        if busy_seconds(pids) - before <= 0.03:
            break
    return time.monotonic() - start


def resident_mb(pid: int) -> float:
    """RssAnon of a process in MB (of 1,000,000 bytes)."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", text)[1]) * 1024 / 1e6


# -- records and figures


def write_records(path: pathlib.Path, bodies) -> pathlib.Path:
    """Bodies as the load generator reads them."""
    path.write_bytes(b"".join(struct.pack("<I", len(body)) + body for body in bodies))
    return path


def read_records(path: pathlib.Path) -> list[bytes]:
    """Answers as the load generator wrote them."""
    data, records, at = path.read_bytes(), [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        records.append(data[at + 4:at + 4 + length])
        at += 4 + length
    return records


def median(values) -> float:
    """The middle one."""
    return statistics.median(values)


def interleaved(rounds: int, *turns) -> list[list]:
    """Ours, peer, ours, peer: what each round of each brought."""
    brought = [[] for _ in turns]
    for _ in range(rounds):
        for own, turn in zip(brought, turns, strict=True):
            own.append(turn())
    return brought
