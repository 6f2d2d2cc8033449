"""Raw frames and bytes against a house of our own, and a look at how its neighbours fare.

Whoever attacks comes from addresses of its own (loopback has many), so that what its limits
refuse is not refused to the neighbour, who has addresses of its own.
"""

import base64
import contextlib
import itertools
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time

import hpack
from hyperframe.frame import (DataFrame, Frame, GoAwayFrame, HeadersFrame, RstStreamFrame,
                              SettingsFrame)

from client import Client
from neighbour import resident

ATTACKER = "127.0.0.66"
MEMORY = 32 << 20
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CALENDAR = "/onedoor.catalogue.v1.CalendarService/GetCalendar"
DRAFT = "/onedoor.intake.v1.IntakeService/CreateDraft"
PROTOCOL_ERROR, CALM = 1, 11


NUMBERS = itertools.count()


def dial(house, source: str = "", timeout: float = 10) -> socket.socket:
    """A connection to the gateway's door from an address of loopback, by turns one of 200."""
    source = source or f"127.0.3.{1 + next(NUMBERS) % 200}"
    return socket.create_connection(
        ("127.0.0.1", house.port), timeout=timeout, source_address=(source, 0))


class H2:
    """One HTTP/2 connection by hand: sends whatever it is told, keeps what came back."""

    def __init__(self, house, source: str = "", settings: dict | None = None,
                 acknowledges: bool = True):
        self.socket = dial(house, source)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.frames: list[Frame] = []
        self.rest, self.is_closed, self.acknowledges = b"", False, acknowledges
        self.send(PREFACE + SettingsFrame(settings=settings or {}).serialize())

    def send(self, *pieces) -> bool:
        """Sends frames or bytes; false once the other side has closed."""
        try:
            self.socket.sendall(b"".join(
                p if isinstance(p, bytes) else p.serialize() for p in pieces))
            return True
        except OSError:
            self.is_closed = True
            return False

    def block(self, *fields, method="POST", path=CALENDAR, scheme="http", authority="door") -> bytes:
        """A header block in literals; fields are pairs, taken as they are."""
        head = [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
        return literal(*head, *fields)

    def request(self, stream: int, block: bytes, body: bytes | None = None, end: bool = True) -> bool:
        """Opens a stream with a whole header block, and maybe a body."""
        head = HeadersFrame(stream, block, flags=["END_HEADERS"])
        if body is None:
            if end:
                head.flags.add("END_STREAM")
            return self.send(head)
        data = b"".join(DataFrame(stream, body[i:i + 16384]).serialize()
                        for i in range(0, len(body), 16384))
        last = DataFrame(stream, b"", flags=["END_STREAM"]) if end else b""
        return self.send(head, data, last)

    def read(self, until, timeout: float = 10) -> bool:
        """Reads frames until one satisfies the condition; false at the end or when time is over."""
        end = time.monotonic() + timeout
        while not self.is_closed and time.monotonic() < end:
            for frame in self._take():
                if until(frame):
                    return True
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                return False
            except OSError:
                piece = b""
            self.is_closed = self.is_closed or not piece
            self.rest += piece
        return any(until(frame) for frame in self._take())

    def _take(self):
        while len(self.rest) >= 9:
            length = int.from_bytes(self.rest[:3], "big")
            if len(self.rest) < 9 + length:
                return
            frame, _ = Frame.parse_frame_header(memoryview(self.rest[:9]))
            frame.parse_body(memoryview(self.rest[9:9 + length]))
            self.rest = self.rest[9 + length:]
            if isinstance(frame, HeadersFrame):
                frame.fields = dict(self.decoder.decode(frame.data))
            if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags and self.acknowledges:
                self.send(SettingsFrame(flags=["ACK"]))
            self.frames.append(frame)
            yield frame

    def answer(self, stream: int, timeout: float = 10) -> tuple:
        """How a stream ended: (status, fields, body), or ("reset", code), or ("goaway", code)."""
        def is_end(frame):
            return (isinstance(frame, GoAwayFrame)
                    or frame.stream_id == stream and (isinstance(frame, RstStreamFrame)
                                                      or "END_STREAM" in frame.flags))

        self.read(is_end, timeout)
        status, fields, body = 0, {}, b""
        for frame in self.frames:
            if isinstance(frame, GoAwayFrame) and not status:
                return "goaway", frame.error_code
            if frame.stream_id != stream:
                continue
            if isinstance(frame, RstStreamFrame) and not status:
                return "reset", frame.error_code
            if isinstance(frame, HeadersFrame) and not status:
                status, fields = int(frame.fields[":status"]), frame.fields
            if isinstance(frame, DataFrame):
                body += frame.data
        return status, fields, body

    def end(self, timeout: float = 10) -> int | None:
        """The error code with which the other side ended the connection; None if it has not."""
        self.read(lambda frame: isinstance(frame, GoAwayFrame), timeout)
        codes = [f.error_code for f in self.frames if isinstance(f, GoAwayFrame)]
        return codes[-1] if codes else None

    def flood(self, piece: bytes, most: int) -> int | None:
        """Sends the same bytes again and again; answers the code that ended it."""
        for _ in range(most):
            if not self.send(piece):
                break
        return self.end()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def literal(*fields) -> bytes:
    """Header fields as literals without indexing, whatever is in them (RFC 7541, 6.2.2)."""
    def number(value: int, prefix: int) -> bytes:
        most = (1 << prefix) - 1
        if value < most:
            return bytes([value])
        rest, out = value - most, bytes([most])
        while rest >= 128:
            out += bytes([rest & 127 | 128])
            rest >>= 7
        return out + bytes([rest])

    out = b""
    for name, value in fields:
        name = name.encode("latin-1") if isinstance(name, str) else name
        value = value.encode("latin-1") if isinstance(value, str) else value
        out += b"\0" + number(len(name), 7) + name + number(len(value), 7) + value
    return out


JSON = (("content-type", "application/json"),)
PROTO = (("content-type", "application/proto"),)


def h1(house, data: bytes, timeout: float = 5, source: str = "") -> list[bytes]:
    """Sends bytes as they are; answers the status lines that came back until the end."""
    with dial(house, source, timeout) as sock:
        sock.sendall(data)
        got = b""
        with contextlib.suppress(OSError):
            while piece := sock.recv(65536):
                got += piece
        return re.findall(rb"HTTP/1\.1 \d{3}[^\r]*", got)


class Neighbour:
    """Somebody else who calls all the time, and how that goes (`neighbour.py`)."""

    def __init__(self, house, pause: float = 0.004, pids: dict | None = None):
        self.process = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name("neighbour.py")),
             str(house.port), CALENDAR, str(pause),
             *(f"{name}={pid}" for name, pid in (pids or {}).items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "the neighbour was not served"

    def end(self) -> "Neighbour":
        """Lets it make a few calls if it has made none, and hears how they went."""
        try:
            told, _ = self.process.communicate(timeout=120)
        finally:
            self.process.kill()
        assert self.process.returncode == 0, "the neighbour came to no end"
        found = json.loads(told)
        self.times, self.errors, self.peaks = found["times"], found["errors"], found["peaks"]
        return self


@contextlib.contextmanager
def watched(house, what: str, services=("gateway", "intake"), pause: float = 0.004):
    """While the block runs somebody else calls too: served without an error, memory bounded.

    With HARD_REPORT=FILE what was measured is written there, the neighbour alone first for as long
    as HARD_QUIET says (seconds). `Tests/Outside/hard-report` runs this many times and sums it up.
    """
    report = os.environ.get("HARD_REPORT")
    quiet = busy = None
    if report:
        seconds = float(os.environ.get("HARD_QUIET", "2"))
        quiet = Neighbour(house, pause)
        time.sleep(seconds)
        quiet.end()
        # What any process would cost the neighbour that only uses a processor of this machine.
        busy = Neighbour(house, pause)
        spinner = subprocess.Popen(["nice", sys.executable, "-c", "while True: pass"])
        try:
            time.sleep(seconds)
        finally:
            spinner.kill()
            spinner.wait()
        busy.end()
    pids = {service: house.pid(service) for service in services}
    before = {service: resident(pid) for service, pid in pids.items()}
    neighbour = Neighbour(house, pause, pids)
    # An attacker would be on another machine. Only root may take its own priority back.
    is_lowered = bool(report) and os.geteuid() == 0
    try:
        if is_lowered:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        yield
    finally:
        if is_lowered:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        neighbour.end()
    grown = {service: resident(pid) - before[service] for service, pid in pids.items()}
    if report:
        with open(report, "a", encoding="utf-8") as file:
            json.dump({"what": what, "quiet": quiet.times, "busy": busy.times,
                       "times": neighbour.times,
                       "peak_mb": {k: round((v - before[k]) / 2**20, 1)
                                   for k, v in neighbour.peaks.items()},
                       "grown_mb": {k: round(v / 2**20, 1) for k, v in grown.items()}}, file)
            file.write("\n")
    assert not neighbour.errors, neighbour.errors
    for service, more in grown.items():
        assert house.pid(service) == pids[service], f"{service} was started again"
        assert more < MEMORY, f"{service} grew by {more >> 20} MiB"
    for service, most in neighbour.peaks.items():
        more = most - before[service]
        assert more < MEMORY, f"{service} had {more >> 20} MiB more for a while"


def base64url(value) -> str:
    """Bytes, or a value as JSON, as base64url without padding."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def envelope(payload: bytes, flags: int = 0) -> bytes:
    """One message of a stream."""
    return struct.pack(">BI", flags, len(payload)) + payload


def caller(house, token: str = "", **headers) -> Client:
    """A client of our own in the name of somebody."""
    return Client(house.url, token, headers={k.replace("_", "-"): v for k, v in headers.items()})
