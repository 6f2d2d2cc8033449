"""A trunk by hand: records over one stream of an HTTP/2 connection to a service's inner port.

The numbers of a record's prefix have the least byte first: bytes behind the prefix (4), kind (1),
number of fields (1), head (2), call (4), bytes of fields (4), number (8).
"""

import collections
import struct
import time
import types

from hyperframe.frame import DataFrame, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

from hard import H2
from house import SERVICES

(HEAD, CALL, CANCEL, CREDIT, ANSWER, BEGIN, PIECE, END, BROKEN, TRACED, FORGET) = range(1, 12)
NO_HEAD = 0xFFFF
LIMIT = 25 + (4 << 10) + (64 << 10)
PACE = 256 << 10  # bytes of a trunk that are sent before it is asked whether they were read
PATH = "/onedoor.trunk.v1"
PREFIX = struct.Struct("<IBBHIIq")
WINDOW = (1 << 31) - 1

Said = collections.namedtuple("Said", "kind call number status fields body")


def field(name: str, value: str) -> bytes:
    """A field as it stands in a record."""
    name, value = name.encode("latin-1"), value.encode("latin-1")
    return struct.pack("<II", len(name), len(value)) + name + value


def record(kind: int, call: int = 0, *, head: int = NO_HEAD, fields=(), number: int = -1,
           body: bytes = b"", **wrong) -> bytes:
    """A record; `count`, `field_count` and `field_bytes` may be others than those of its parts."""
    packed = b"".join(field(*pair) for pair in fields)
    return PREFIX.pack(wrong.get("count", len(packed) + len(body)), kind,
                       wrong.get("field_count", len(fields)), head, call,
                       wrong.get("field_bytes", len(packed)), number) + packed + body


def head(number: int, path: str, *more, media: str = "application/json") -> bytes:
    """The definition of a head of calls to a path."""
    return record(HEAD, head=number, fields=[
        (":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", path),
        ("content-type", media), *more])


def inner(house, service: str):
    """The inner port of a service, as something to connect to."""
    return types.SimpleNamespace(port=house.port + 1 + SERVICES.index(service))


class Trunk:
    """One trunk on a connection; it has room for every answer unless it is told otherwise."""

    def __init__(self, peer: H2, stream: int = 1):
        self.peer, self.stream = peer, stream
        self.rest, self.heads, self.said, self.begun = b"", {}, {}, {}
        peer.request(stream, peer.block(("content-type", "application/onedoor-trunk"), path=PATH),
                     end=False)

    def send(self, data: bytes) -> bool:
        """Sends bytes of the trunk, much of it only as fast as the service takes it."""
        for start in range(0, len(data), PACE):
            if start and not is_read(self.peer):
                return False
            part = data[start:start + PACE]
            self.peer.send(*(DataFrame(self.stream, part[i:i + 16384])
                             for i in range(0, len(part), 16384)))
        return not self.peer.is_closed

    def take(self) -> None:
        """Takes the records that are whole of what has come."""
        for frame in self.peer.frames:
            if isinstance(frame, DataFrame) and frame.stream_id == self.stream:
                self.rest += frame.data
        self.peer.frames = [f for f in self.peer.frames
                            if not (isinstance(f, DataFrame) and f.stream_id == self.stream)]
        at = 0
        while len(self.rest) - at >= PREFIX.size:
            count, kind, _, number, call, packed, value = PREFIX.unpack_from(self.rest, at)
            if len(self.rest) - at < PREFIX.size + count:
                break
            start = at + PREFIX.size
            fields = unpack(self.rest[start:start + packed])
            body = self.rest[start + packed:start + count]
            at = start + count
            if kind in (HEAD, FORGET):
                self.heads = {} if kind == FORGET else self.heads | {number: fields}
                continue
            whole = self.heads.get(number, {}) | fields
            self._take(Said(kind, call, value, int(whole.get(":status", 0)), whole, body))
        self.rest = self.rest[at:]

    def _take(self, said: Said) -> None:
        if said.kind == BEGIN:
            self.begun[said.call] = said
        elif said.kind == PIECE:
            self.begun[said.call] = self.begun[said.call]._replace(
                body=self.begun[said.call].body + said.body)
        elif said.kind == END:
            self.said[said.call] = self.begun.pop(said.call)
        else:
            assert said.call not in self.said, "a call is answered twice"
            self.said[said.call] = said

    def wait(self, until, timeout: float = 30) -> bool:
        """Reads until the condition holds of what was taken."""
        end = time.monotonic() + timeout
        while not until():
            if self.peer.is_closed or time.monotonic() > end:
                return False
            self.peer.read(lambda _: True, 0.2)
            self.take()
        return True

    def answer(self, call: int) -> Said:
        """The answer to a call."""
        assert self.wait(lambda: call in self.said), f"no answer to {call}: {self.end(0)}"
        return self.said[call]

    def end(self, timeout: float = 10) -> int | None:
        """The code of the RST_STREAM that ended the trunk; None if none did."""
        def is_end(frame):
            return isinstance(frame, RstStreamFrame) and frame.stream_id == self.stream

        if not any(is_end(f) for f in self.peer.frames):
            self.peer.read(is_end, timeout)
        return next((f.error_code for f in self.peer.frames if is_end(f)), None)


def unpack(data: bytes) -> dict:
    """The fields in a record."""
    fields, at = {}, 0
    while at < len(data):
        name, value = struct.unpack_from("<II", data, at)
        name &= 0x7FFFFFFF
        start = at + 8
        fields[data[start:start + name].decode()] = data[start + name:start + name + value].decode()
        at = start + name + value
    return fields


def connect(house, service: str, *, window: int = WINDOW, source: str = "") -> H2:
    """A connection to a service's inner port with much room for what it says."""
    peer = H2(inner(house, service), source, {SettingsFrame.INITIAL_WINDOW_SIZE: window})
    peer.send(WindowUpdateFrame(0, WINDOW - 65_535))
    # Until it has heard that its own are known, the service believes in smaller windows.
    assert is_read(peer) and is_read(peer)
    assert next(f.settings[SettingsFrame.INITIAL_WINDOW_SIZE] for f in peer.frames
                if isinstance(f, SettingsFrame) and f.settings) >= 4 * PACE
    return peer


def is_read(peer: H2) -> bool:
    """Whether what was sent so far has been read: a PING behind it is answered."""
    peer.send(PingFrame(0, b"how far?"))
    return peer.read(lambda f: isinstance(f, PingFrame) and "ACK" in f.flags)
