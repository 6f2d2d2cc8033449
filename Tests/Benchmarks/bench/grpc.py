"""A unary call on one loop against the same call by grpc-swift-2."""

import contextlib
import json
import re
import subprocess

from . import tools, wire
from .report import Figure
from .tools import SCRATCH

PACKAGE = tools.HERE / "peers" / "grpc"
FIELDS = {"content-type": "application/grpc+proto", "te": "trailers"}
# So many answers are compared byte by byte after the load.
COMPARED = 20_000


@contextlib.contextmanager
def grpc_echo(program, handlers: str):
    """The peer on one loop: where it listens, and its process.

    Its handlers run in Swift's `pool` of threads, as they do by default, or on the `loop`.
    """
    with tools.process(program, handlers, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        yield json.loads(it.stdout.readline()), it.pid
        it.stdin.close()


class Side:
    """One of the two: where it is called, with what, and what it must answer."""

    def __init__(self, name: str, place: dict, pid: int, fields: dict, body: bytes):
        self.name, self.pid, self.body = name, pid, body
        self.port, self.path = place["port"], place["path"]
        self.file = SCRATCH / f"grpc-{name}-body"
        self.file.write_bytes(body)
        self.record = tools.write_records(SCRATCH / f"grpc-{name}-record", [body])
        # h2load and nghttp want a space behind the colon, our generator none.
        self.options = ["-d", str(self.file)]
        self.call = ["-b", self.record]
        for field, value in fields.items():
            self.options += ["-H", f"{field}: {value}"]
            self.call += ["-H", f"{field}:{value}"]

    def nghttp(self, *rest) -> bytes:
        """What nghttp prints of one call with the very options of the load."""
        return subprocess.run(
            ["nghttp", *rest, *self.options, f"http://127.0.0.1:{self.port}{self.path}"],
            capture_output=True, timeout=30, check=True).stdout

    def check(self, in_trailers: dict) -> None:
        """One call of a foreign client: status 200, the echo, and these fields behind it."""
        frames = self.nghttp("-v", "--null-out").decode(errors="replace")
        head, _, tail = frames.partition("recv DATA frame")
        answer = self.nghttp()
        wrong = [f"{field}: {value}" for part, fields in ((head, {":status": "200"}),
                                                           (tail, in_trailers))
                 for field, value in fields.items()
                 if not re.search(rf"recv \(stream_id=\d+\) {field}: {value}\s", part)]
        if answer != self.body:
            wrong.append(f"the echo, but {answer[:300]!r}")
        if wrong:
            raise RuntimeError(f"{self.name} does not answer {', '.join(wrong)}:\n{frames}")

    def rate(self, seconds: float) -> float:
        """One turn of h2load; every answer has the length of the echo."""
        return tools.h2load(self.port, self.path, seconds, *self.options, size=len(self.body))

    def cost(self, seconds: float) -> float:
        """Processor time a call, of all threads, in microseconds."""
        return tools.cost([self.pid], lambda: tools.load(
            self.port, self.path, seconds, *self.call))

    def compare(self) -> None:
        """Many calls at once, every answer compared."""
        answers = SCRATCH / f"grpc-{self.name}-answers"
        tools.load(self.port, self.path, 60, *self.call, "-n", COMPARED, "-w", answers)
        records = tools.read_records(answers)
        answers.unlink()
        wrong = [record for record in records if record != self.body]
        if wrong or len(records) != COMPARED:
            raise RuntimeError(f"{self.name}: {len(wrong)} of {len(records)} answers are not the "
                               f"echo: {wrong[:1]}")


def grpc(run) -> list[Figure]:
    """1a. EchoRead on one loop against grpc-swift-2 on one loop, the better of its two forms."""
    program = tools.build_swift("GrpcEcho", PACKAGE)
    body = wire.echo()
    # A message of gRPC: one byte that says "not compressed", and four of length.
    framed = b"\0" + len(body).to_bytes(4, "big") + body
    with contextlib.ExitStack() as stack:
        place, pid = stack.enter_context(tools.echo_host(run.probe()))
        sides = [Side("ours", place, pid, {"content-type": "application/proto",
                                           "onedoor-pass": place["pass"]}, body)]
        sides[0].check({})
        for handlers in ("pool", "loop"):
            side = Side(handlers, *stack.enter_context(grpc_echo(program, handlers)), FIELDS,
                        framed)
            side.check({"grpc-status": "0"})
            sides.append(side)
        rates = {side.name: [] for side in sides}
        for _ in range(run.rounds):
            for side in sides:
                rates[side.name].append(side.rate(run.seconds))
        for side in sides:
            side.compare()
        costs = {side.name: side.cost(run.seconds) for side in sides}
    better = max(("pool", "loop"), key=lambda name: tools.median(rates[name]))
    forms = "; ".join(f"handlers in the {name} {tools.median(rates[name]):,.0f} calls/s, "
                      f"{costs[name]:.1f}" for name in ("pool", "loop"))
    return [Figure("grpc", "unary call, 200 bytes, one loop, and grpc-swift-2", "calls/s",
                   rates["ours"], 10, peer=rates[better],
                   peer_name=f"grpc-swift-2 over NIO, one loop, handlers in the {better}",
                   note="h2load -c10 -m32 -t1; processor time a call, us: "
                        f"ours {costs['ours']:.2f}; grpc-swift-2 in all its threads: {forms}")]
