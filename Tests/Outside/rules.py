"""How a rule of HTTP/2 is written down as a case, and the cases of right requests.

`test_rfc9113.py` has the rest and says where the table comes from.
"""

import struct

from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

from frames import (ACK, CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS,
                    PADDED, PREFACE, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, WITH_PRIORITY)

BOTH = END_STREAM | END_HEADERS
MAX_CONCURRENT, INITIAL_WINDOW, MAX_FRAME = 3, 4, 5
LONG = "/openapi.json"
CASES = {}

def case(name: str, shakes_hands: bool = True):
    def keep(test):
        assert name not in CASES, name
        CASES[name] = (test, shakes_hands)
        return test
    return keep


def u32(number: int) -> bytes:
    return struct.pack(">I", number)


def answered(name: str, send, streams=(1,)):
    """A case whose request is right and must be answered."""
    @case(name)
    def _(c, send=send, streams=streams):
        send(c)
        for stream in streams:
            c.expect_answer(stream)


def ended(name: str, send, *codes: int):
    """A case that must end the connection."""
    @case(name)
    def _(c, send=send):
        send(c)
        c.expect_end(*codes)


def reset(name: str, send, *codes: int):
    """A case that must end the stream, or the connection."""
    @case(name)
    def _(c, send=send):
        send(c)
        c.expect_reset(*codes)


def post(c, *data: bytes, stream: int = 1, more=()):
    """A POST with DATA frames."""
    c.headers(stream, END_HEADERS, c.fields("POST", *more))
    for index, piece in enumerate(data):
        c.frame(DATA, END_STREAM if index == len(data) - 1 else 0, stream, piece)


def steps(*calls):
    """Does some things in order with the connection."""
    def run(c):
        for call in calls:
            call(c)
    return run


def frame(*arguments):
    return lambda c: c.frame(*arguments)


def headers(*arguments, **named):
    return lambda c: c.headers(*arguments, **named)


def opened(c):
    """A request whose body is yet to come."""
    c.headers(1, END_HEADERS, c.fields("POST"))


def priority(on: int, weight: int = 255, stream: int = 1):
    return frame(PRIORITY, 0, stream, u32(on) + bytes([weight]))


# generic

@case("generic/1/1", shakes_hands=False)
def _(c):
    c.send(PREFACE)
    c.set({})
    c.take_settings()


answered("generic/2/1", steps(priority(0), headers()))
answered("generic/2/2", steps(headers(), frame(WINDOW_UPDATE, 0, 1, u32(100))))
answered("generic/2/3", steps(headers(), priority(0)))


@case("generic/2/4")
def _(c):
    c.headers()
    c.frame(RST_STREAM, 0, 1, u32(CANCEL))
    c.expect_pong()


@case("generic/2/5")
def _(c):
    c.headers()
    c.until(lambda kind, flags, stream, _: stream == 1 and kind in (DATA, HEADERS)
            and flags & END_STREAM)
    c.frame(PRIORITY, 0, 1, u32(0) + b"\xff")
    c.expect_pong()


answered("generic/3.1/1", lambda c: post(c, b"test"))
answered("generic/3.1/2", lambda c: post(c, b"test", b"test"))
answered("generic/3.1/3", lambda c: (c.headers(1, END_HEADERS, c.fields("POST")), c.frame(
    DATA, END_STREAM | PADDED, 1, b"\x06test" + bytes(6))))
answered("generic/3.2/1", headers())
answered("generic/3.2/2", lambda c: c.frame(
    HEADERS, BOTH | PADDED, 1, b"\x06" + c.block() + bytes(6)))
answered("generic/3.2/3", lambda c: c.frame(
    HEADERS, BOTH | WITH_PRIORITY, 1, u32(0) + b"\xff" + c.block()))
answered("generic/3.3/1", steps(opened, priority(0, 0),
                                frame(DATA, END_STREAM, 1)))
answered("generic/3.3/2", steps(opened, priority(0, 255),
                                frame(DATA, END_STREAM, 1)))
answered("generic/3.3/3", steps(priority(1, stream=3), headers(3)), streams=(3,))
answered("generic/3.3/4", steps(priority(0x80000001, stream=3), headers(3)), streams=(3,))
answered("generic/3.3/5", steps(priority(0, stream=3), headers(1)))


@case("generic/3.4/1")
def _(c):
    opened(c)
    c.frame(RST_STREAM, 0, 1, u32(CANCEL))
    c.expect_pong()


@case("generic/3.5/1")
def _(c):
    c.set({MAX_CONCURRENT: 100})
    c.until(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)


@case("generic/3.7/1")
def _(c):
    c.expect_pong(b"12345678")


@case("generic/3.8/1")
def _(c):
    c.frame(GOAWAY, 0, 0, u32(0) + u32(0))
    c.expect_end()


answered("generic/3.9/1", steps(frame(WINDOW_UPDATE, 0, 0, u32(1)), headers()))
answered("generic/3.9/2", steps(opened, frame(WINDOW_UPDATE, 0, 1, u32(1)),
                                frame(DATA, END_STREAM, 1)))


def continued(pieces: int, *more, first: int = END_STREAM, last: int = END_HEADERS):
    """A HEADERS frame whose block goes on in CONTINUATION frames."""
    def send(c):
        block = c.block(c.fields("GET", *(("x-dummy", "z" * 50),) * 4))
        size = len(block) // (pieces + 1) + 1
        parts = [block[at:at + size] for at in range(0, len(block), size)]
        c.frame(HEADERS, first, 1, parts[0])
        for index, part in enumerate(parts[1:]):
            c.frame(CONTINUATION, last if index == len(parts) - 2 else 0, 1, part)
        for call in more:
            call(c)
    return send


answered("generic/3.10/1", continued(1))
answered("generic/3.10/2", continued(2))
answered("generic/4/1", headers())
answered("generic/4/2", lambda c: c.headers(fields=c.fields("HEAD")))
answered("generic/4/3", lambda c: post(c, b"test"))
answered("generic/4/4", lambda c: (
    c.headers(1, END_HEADERS, c.fields("POST", ("trailer", "x-test"))), c.frame(DATA, 0, 1, b"t"),
    c.headers(1, BOTH, [("x-test", "ok")])))

#: `:method: GET`, `:scheme: http`, `:path: /`, all by the static table, and `:authority`.
BASE = b"\x82\x86\x84\x41\x09localhost"
#: `www-test` and `test` without Huffman codes.
NAME, VALUE = b"\x08www-test", b"\x04test"


def huffman(text: bytes) -> bytes:
    coded = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(text)
    return bytes([0x80 | len(coded)]) + coded


def block(name: str, extra: bytes):
    answered(name, frame(HEADERS, BOTH, 1, BASE + extra))


# Index 58 is `user-agent`, in each form of a literal.
block("generic/5/1", b"\x90")
for number, (short, long) in enumerate([(b"\x7a", b"\x40"), (b"\x0f\x2b", b"\x00"),
                                        (b"\x1f\x2b", b"\x10")]):
    block(f"generic/5/{2 + 4 * number}", short + VALUE)
    block(f"generic/5/{3 + 4 * number}", short + huffman(b"test"))
    block(f"generic/5/{4 + 4 * number}", long + NAME + VALUE)
    block(f"generic/5/{5 + 4 * number}", long + huffman(b"www-test") + huffman(b"test"))
answered("generic/5/14", frame(HEADERS, BOTH, 1, b"\x20" + BASE))
answered("generic/5/15", frame(HEADERS, BOTH, 1, b"\x20\x3f\xe1\x1f" + BASE))
