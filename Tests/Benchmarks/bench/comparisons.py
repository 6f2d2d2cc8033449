"""The comparisons. Each takes the run and answers figures."""

import contextlib
import statistics
import subprocess

from . import officials, tools, wire
from . import stage as staging
from .alerts import alerts
from .grpc import grpc
from .report import Figure
from .scale import scale
from .tools import SCRATCH


@contextlib.contextmanager
def nghttpd(size: int = 64):
    """nghttpd, one thread, a file of so many bytes; its port and process."""
    folder = SCRATCH / "www"
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(b"x" * size)
    port = tools.free_port()
    with tools.process("nghttpd", "--no-tls", "-n1", "-d", folder, port) as it:
        tools.wait_port(port)
        yield port, it.pid


@contextlib.contextmanager
def nghttpx(backend: int):
    """nghttpx, one thread, in front of it; its port and process."""
    port = tools.free_port()
    with tools.process(
        "nghttpx", f"-f127.0.0.1,{port};no-tls", f"-b127.0.0.1,{backend};;proto=h2", "-n1",
        "--no-via", "-LERROR", f"--errorlog-file={SCRATCH / 'nghttpx.log'}",
        "--accesslog-file=/dev/null",
    ) as it:
        tools.wait_port(port)
        yield port, it.pid


def cost_of_peers(run, port: int, *pids: int) -> str:
    """The processor time a call of nghttpx and of nghttpd behind it."""
    front, back = (
        tools.cost(tools.family(pid), lambda: tools.load(port, "/file", run.seconds))
        for pid in pids)
    return f"nghttpx {front:.1f}, nghttpd {back:.1f}"


def echo(run) -> list[Figure]:
    """1. A unary call on one loop against nghttpd, and beside a bare echo by the same library."""
    body = SCRATCH / "echo-body"
    body.write_bytes(wire.echo())
    with tools.echo_host(run.probe()) as (place, pid), nghttpd() as (peer, peer_pid), \
            tools.bare_echo() as (bare, bare_pid):
        options = ["-d", str(body), "-H", "content-type: application/proto",
                   "-H", f"onedoor-pass: {place['pass']}"]
        mine, others, least = tools.interleaved(
            run.rounds,
            lambda: tools.h2load(place["port"], place["path"], run.seconds, *options),
            lambda: tools.h2load(peer, "/file", run.seconds),
            lambda: tools.h2load(bare, place["path"], run.seconds, *options),
        )
        record = tools.write_records(SCRATCH / "echo-record", [wire.echo()])
        call = ["-H", "content-type:application/proto", "-H", f"onedoor-pass:{place['pass']}"]
        cost, bare_cost = (
            tools.cost([it], lambda: tools.load(
                port, place["path"], run.seconds, *call, "-b", record))
            for port, it in ((place["port"], pid), (bare, bare_pid)))
        peer_cost = tools.cost([peer_pid], lambda: tools.load(peer, "/file", run.seconds))
    return [Figure("unary", "unary call, 200 bytes, one loop", "calls/s", mine, 0.8,
                   peer=others, peer_name="nghttpd -n1, 64-byte file",
                   note="EchoRead by the engine: pass, roles, snapshot; h2load -c10 -m32 -t1; "
                        f"processor time a call, us: ours {cost:.2f}, nghttpd {peer_cost:.2f}; a bare "
                        f"echo in C over nghttp2 takes {bare_cost:.2f} for the same call and makes "
                        f"{statistics.median(least):,.0f} a second")]


def forward(run) -> list[Figure]:
    """2. A forwarded read without a store against nghttpx before nghttpd."""
    stage = run.stage()
    body = SCRATCH / "due"

    def turn() -> dict:
        return tools.load(stage.house.port, staging.COMPUTE_DUE, run.seconds, *stage.callers,
                          "-b", body)

    with nghttpd() as (backend, backend_pid), nghttpx(backend) as (peer, peer_pid):
        mine, others = tools.interleaved(
            run.rounds,
            lambda: turn()["per_second"],
            lambda: tools.load(peer, "/file", run.seconds)["per_second"],
        )
        cost = stage.cost(turn)
        peer_cost = cost_of_peers(run, peer, peer_pid, backend_pid)
    return [Figure("forward", "ComputeDue through the gateway", "calls/s", mine, 1.1,
                   peer=others, peer_name="nghttpx -n1 before nghttpd -n1",
                   note=f"{staging.PORTALS} portals within their limits, ONEDOOR_LOOPS="
                        f"{run.loops}; {cost}; {peer_cost}")]


def cached(run) -> list[Figure]:
    """2a. GetItem by GET from the gateway's own cache against nghttpx before nghttpd."""
    stage = run.stage()
    size = stage.warm()

    def turn() -> dict:
        return tools.load(stage.house.port, staging.GET_ITEM, run.seconds)

    with nghttpd(size) as (backend, backend_pid), nghttpx(backend) as (peer, peer_pid):
        mine, others = tools.interleaved(
            run.rounds,
            lambda: turn()["per_second"],
            lambda: tools.load(peer, "/file", run.seconds)["per_second"],
        )
        before, done = stage.cache_hits(), turn()["done"]
        if stage.cache_hits() - before < done:
            raise RuntimeError("calls were not answered from the cache")
        cost = stage.cost(turn)
        peer_cost = cost_of_peers(run, peer, peer_pid, backend_pid)
    return [Figure("cached", "GetItem by GET from the gateway's cache", "calls/s", mine, 1.5,
                   peer=others, peer_name=f"nghttpx -n1 before nghttpd -n1, {size} bytes",
                   note=f"binary, {size} bytes, anybody within a limit of 1,000,000 a second, "
                        f"ONEDOOR_LOOPS={run.loops}; {cost}; {peer_cost}")]


def track(run) -> list[Figure]:
    """3. A read from the store through the gateway against the same point reads in C."""
    stage = run.filled_stage()

    def turn() -> dict:
        return tools.load(stage.house.port, staging.TRACK, run.seconds, *stage.callers,
                          "-b", SCRATCH / "tracks")

    mine, others = tools.interleaved(
        run.rounds,
        lambda: turn()["per_second"],
        lambda: tools.run_json(SCRATCH / "reads", stage.copy, run.seconds)["per_second"],
    )
    return [Figure("track", "TrackApplication through the gateway", "calls/s", mine, 0.5,
                   peer=others, peer_name="bare C, the same 5 point reads, one thread",
                   note=f"{min(len(stage.numbers), staging.BODIES)} applications in turn; "
                        f"{stage.cost(turn)}")]


def submit(run) -> list[Figure]:
    """4. Durable submissions through the gateway against the same rows written in C."""
    stage = run.filled_stage()
    written = []

    def ours() -> float:
        answer = stage.submit(run.seconds)
        written.append(answer)
        # The peer has the machine to itself only once the followers have caught up.
        answer["lag"] = stage.quiet()
        return answer["per_second"]

    def peer() -> float:
        target = SCRATCH / "writes.sqlite"
        for path in SCRATCH.glob("writes.sqlite*"):
            path.unlink()
        calls = min(len(stage.numbers), 30_000)
        return tools.run_json(SCRATCH / "writes", stage.copy, target, calls, 100)["per_second"]

    mine, others = tools.interleaved(run.rounds, ours, peer)
    alone = [stage.submit(1, streams=("-c1", "-m1"))["p50_ms"] for _ in range(run.rounds)]
    cost = stage.cost(lambda: stage.submit(run.seconds))
    lag = tools.median([answer["lag"] for answer in written])
    return [
        Figure("submit", "durable SubmitApplication", "calls/s", mine, 0.5, peer=others,
               peer_name="bare C, the same 5 rows, 100 a commit, FULL",
               note=f"256 callers; followers were quiet {lag:.1f} s later; "
                    f"{cost}"),
        Figure("submit_p50", "the same, p50 alone", "ms", alone, 2, at_least=False),
        Figure("submit_p99", "the same, p99 at full load", "ms",
               [answer["p99_ms"] for answer in written], 50, at_least=False,
               note="256 callers"),
    ]


def messages(run) -> list[Figure]:
    """5. A message of 1 KB against protobuf-c alone."""
    probe = run.probe()
    sample = SCRATCH / "order"
    subprocess.run([str(probe), "order", str(sample)], check=True)
    mine, others = tools.interleaved(
        run.rounds,
        lambda: tools.run_json(probe, "messages", run.seconds / 2),
        lambda: tools.run_json(SCRATCH / "messages", sample, run.seconds / 2),
    )
    unpack = [round_["decode_ns"] / 1000 for round_ in others]
    packed = tools.median([round_["encode_ns"] for round_ in others]) / 1000
    size = others[0]["bytes"]
    return [
        Figure("decode", f"decode {size} bytes", "us",
               [round_["decode_ns"] / 1000 for round_ in mine], 2.0, at_least=False,
               peer=unpack, peer_name="protobuf-c unpack into the arena",
               note="the goal is 2.8 us where unpack alone takes 1.4 us"),
        Figure("encode", f"encode {size} bytes", "us",
               [round_["encode_ns"] / 1000 for round_ in mine], 2.3 / 1.4, at_least=False,
               peer=unpack, peer_name="protobuf-c unpack into the arena",
               note=f"the goal is 2.3 us where unpack alone takes 1.4 us; pack alone took "
                    f"{packed:.2f} us"),
    ]


def idle(run) -> list[Figure]:
    """6. Memory of idle services, and how long one takes to be ready."""
    stage = run.fresh_stage()
    stage.quiet()
    memory = {name: tools.resident_mb(pid) for name, pid in sorted(stage.pids.items())}
    stage.stop()
    try:
        times = {name: tools.median([stage.ready_ms(name) for _ in range(run.rounds)])
                 for name in memory}
    finally:
        stage.start()
    most, slowest = max(memory, key=memory.get), max(times, key=times.get)

    def listed(values: dict, digits: int) -> str:
        return ", ".join(f"{name} {value:.{digits}f}" for name, value in values.items())

    return [
        Figure("rss", "RssAnon of an idle service, the most", "MB", [memory[most]], 25,
               at_least=False, note=listed(memory, 1)),
        Figure("ready", "start to ready, the slowest", "ms", [times[slowest]], 300,
               at_least=False, note=listed(times, 0)),
    ]


ALL = {"messages": messages, "echo": echo, "grpc": grpc, "idle": idle, "forward": forward,
       "cached": cached, "track": track, "submit": submit, "accept": officials.accept,
       "opinion": officials.opinion, "alerts": alerts, "scale": scale}
