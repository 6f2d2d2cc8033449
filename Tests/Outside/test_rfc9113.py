"""The rules of HTTP/2 and HPACK that a server can be held to, one test a rule.

The table follows the 147 strict cases of the conformance tool that is commonly used (its sections
«generic», «http2» with the numbers of RFC 7540, «hpack»), written anew with raw frames. nghttp2
fails one of them on purpose: see `KNOWN`.
"""

import struct

import pytest

from frames import (ACK, CANCEL, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM,
                    FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
                    PROTOCOL_ERROR, PUSH_PROMISE, REFUSED_STREAM, RST_STREAM, SETTINGS,
                    STREAM_CLOSED, WINDOW_UPDATE, WITH_PRIORITY, Raw)
from house import house as new_house
from rules import (BASE, BOTH, CASES, INITIAL_WINDOW, LONG, MAX_CONCURRENT, MAX_FRAME, VALUE,
                   answered, case, continued, ended, frame, headers, opened, post, priority, reset,
                   steps, u32)

#: nghttp2 treats a HEADERS frame on a lower stream number that was never used as one on a stream
#: that is closed, and ignores it: two ends may disagree for a moment about what is closed.
KNOWN = {"http2/5.1.1/2"}


# http2

@case("http2/3.5/1", shakes_hands=False)
def _(c):
    c.shake_hands()
    c.expect_pong()


@case("http2/3.5/2", shakes_hands=False)
def _(c):
    c.send(b"INVALID CONNECTION PREFACE\r\n\r\n")
    c.expect_end(PROTOCOL_ERROR)


@case("http2/4.1/1")
def _(c):
    c.frame(0x16, 0, 0, bytes(8))
    c.expect_pong()


@case("http2/4.1/2")
def _(c):
    c.frame(PING, 0x16, 0, b"h2spec!!")
    c.until(lambda kind, flags, _, got: kind == PING and flags & ACK)


@case("http2/4.1/3")
def _(c):
    c.frame(PING, 0, 1 << 31, b"h2spec!!")
    c.until(lambda kind, flags, _, got: kind == PING and flags & ACK)


answered("http2/4.2/1", lambda c: post(c, bytes(1 << 14)))
reset("http2/4.2/2", lambda c: post(c, bytes((1 << 14) + 1)), FRAME_SIZE_ERROR)
ended("http2/4.2/3", lambda c: c.headers(fields=c.fields("GET", *(("x-dummy", "z" * 5000),) * 4)),
      FRAME_SIZE_ERROR)
ended("http2/4.3/1", frame(HEADERS, BOTH, 1, b"\x40"), COMPRESSION_ERROR)
ended("http2/4.3/2", steps(headers(1, END_STREAM), priority(0)), PROTOCOL_ERROR)
ended("http2/4.3/3", steps(headers(1, END_STREAM), headers(3)), PROTOCOL_ERROR)
ended("http2/5.1/1", frame(DATA, END_STREAM, 1, b"test"), PROTOCOL_ERROR)
ended("http2/5.1/2", frame(RST_STREAM, 0, 1, u32(CANCEL)), PROTOCOL_ERROR)
ended("http2/5.1/3", frame(WINDOW_UPDATE, 0, 1, u32(100)), PROTOCOL_ERROR)
ended("http2/5.1/4", frame(CONTINUATION, END_HEADERS, 1, b"\x82"), PROTOCOL_ERROR)
reset("http2/5.1/5", steps(headers(), frame(DATA, END_STREAM, 1, b"test")), STREAM_CLOSED)
reset("http2/5.1/6", steps(headers(), headers()), STREAM_CLOSED)
ended("http2/5.1/7", steps(headers(), frame(CONTINUATION, END_HEADERS, 1, b"\x82")),
      PROTOCOL_ERROR, STREAM_CLOSED)
GONE = steps(opened, frame(RST_STREAM, 0, 1, u32(CANCEL)))
reset("http2/5.1/8", steps(GONE, frame(DATA, END_STREAM, 1, b"test")), STREAM_CLOSED)
reset("http2/5.1/9", steps(GONE, headers()), STREAM_CLOSED)
ended("http2/5.1/10", steps(GONE, frame(CONTINUATION, END_HEADERS, 1, b"\x82")),
      PROTOCOL_ERROR, STREAM_CLOSED)


def finished(c):
    """A request whose answer is whole."""
    c.headers()
    c.until(lambda kind, flags, stream, _: stream == 1 and kind in (DATA, HEADERS)
            and flags & END_STREAM)


ended("http2/5.1/11", steps(finished, frame(DATA, END_STREAM, 1, b"test")), STREAM_CLOSED)
ended("http2/5.1/12", steps(finished, headers()), STREAM_CLOSED)
ended("http2/5.1/13", steps(finished, frame(CONTINUATION, END_HEADERS, 1, b"\x82")),
      STREAM_CLOSED, PROTOCOL_ERROR)
ended("http2/5.1.1/1", headers(2), PROTOCOL_ERROR)
ended("http2/5.1.1/2", steps(headers(5), headers(3)), PROTOCOL_ERROR)


@case("http2/5.1.2/1")
def _(c):
    most = c.settings[MAX_CONCURRENT]
    for index in range(most + 1):
        c.headers(1 + 2 * index, END_HEADERS, c.fields("POST"))
    c.expect_reset(PROTOCOL_ERROR, REFUSED_STREAM)


reset("http2/5.3.1/1", lambda c: c.frame(
    HEADERS, BOTH | WITH_PRIORITY, 1, u32(1) + b"\xff" + c.block()), PROTOCOL_ERROR)
reset("http2/5.3.1/2", priority(2, stream=2), PROTOCOL_ERROR)
ended("http2/5.4.1/1", frame(PING, 0, 3, bytes(6)), FRAME_SIZE_ERROR, PROTOCOL_ERROR)


@case("http2/5.4.1/2")
def _(c):
    c.frame(PING, 0, 3, bytes(8))
    c.until(lambda kind, *_: kind == GOAWAY)


@case("http2/5.5/1")
def _(c):
    c.frame(0x16, 0, 0, bytes(8))
    c.expect_pong()


ended("http2/5.5/2", steps(headers(1, END_STREAM), frame(0x16, 0, 1, bytes(8))), PROTOCOL_ERROR)
ended("http2/6.1/1", frame(DATA, END_STREAM, 0, b"test"), PROTOCOL_ERROR)
reset("http2/6.1/2", steps(finished, frame(DATA, END_STREAM, 1, b"test")), STREAM_CLOSED)
ended("http2/6.1/3", steps(opened,
                           frame(DATA, END_STREAM | PADDED, 1, b"\x06test")), PROTOCOL_ERROR)
ended("http2/6.2/1", steps(headers(1, END_STREAM), priority(0)), PROTOCOL_ERROR)
ended("http2/6.2/2", steps(headers(1, END_STREAM), headers(3)), PROTOCOL_ERROR)
ended("http2/6.2/3", headers(0), PROTOCOL_ERROR)
ended("http2/6.2/4", lambda c: (lambda b: c.frame(
    HEADERS, BOTH | PADDED, 1, bytes([len(b) + 1]) + b))(c.block()), PROTOCOL_ERROR)
ended("http2/6.3/1", priority(0, stream=0), PROTOCOL_ERROR)
reset("http2/6.3/2", frame(PRIORITY, 0, 1, bytes(4)), FRAME_SIZE_ERROR)
ended("http2/6.4/1", frame(RST_STREAM, 0, 0, u32(CANCEL)), PROTOCOL_ERROR)
ended("http2/6.4/2", frame(RST_STREAM, 0, 1, u32(CANCEL)), PROTOCOL_ERROR)
ended("http2/6.4/3", steps(opened, frame(RST_STREAM, 0, 1, bytes(3))),
      FRAME_SIZE_ERROR)
ended("http2/6.5/1", frame(SETTINGS, ACK, 0, bytes(6)), FRAME_SIZE_ERROR)
ended("http2/6.5/2", frame(SETTINGS, 0, 1, struct.pack(">HI", 3, 100)), PROTOCOL_ERROR)
ended("http2/6.5/3", frame(SETTINGS, 0, 0, bytes(5)), FRAME_SIZE_ERROR)
ended("http2/6.5.2/1", lambda c: c.set({2: 2}), PROTOCOL_ERROR)
ended("http2/6.5.2/2", lambda c: c.set({INITIAL_WINDOW: 1 << 31}), FLOW_CONTROL_ERROR)
ended("http2/6.5.2/3", lambda c: c.set({MAX_FRAME: (1 << 14) - 1}), PROTOCOL_ERROR)
ended("http2/6.5.2/4", lambda c: c.set({MAX_FRAME: 1 << 24}), PROTOCOL_ERROR)


@case("http2/6.5.2/5")
def _(c):
    c.set({0xFF: 1})
    c.expect_pong()


def windowed(c, stream: int = 1):
    """The size of the first DATA frame of a long answer."""
    c.headers(stream, fields=c.fields(path=LONG))
    return len(c.until(lambda kind, _, number, payload: kind == DATA and number == stream
                       and payload)[3])


@case("http2/6.5.3/1")
def _(c):
    c.set([(INITIAL_WINDOW, 100), (INITIAL_WINDOW, 1)])
    c.until(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)
    assert windowed(c) == 1


@case("http2/6.5.3/2")
def _(c):
    c.set({})
    c.until(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)


@case("http2/6.7/1")
def _(c):
    c.expect_pong()


@case("http2/6.7/2")
def _(c):
    c.frame(PING, ACK, 0, b"invalid!")
    c.frame(PING, 0, 0, b"h2spec!!")
    kind, flags, _, payload = c.until(lambda kind, *_: kind == PING)
    assert flags & ACK and payload == b"h2spec!!"


ended("http2/6.7/3", frame(PING, 0, 1, bytes(8)), PROTOCOL_ERROR)
ended("http2/6.7/4", frame(PING, 0, 0, bytes(6)), FRAME_SIZE_ERROR)
ended("http2/6.8/1", frame(GOAWAY, 0, 1, u32(0) + u32(0)), PROTOCOL_ERROR)
ended("http2/6.9/1", frame(WINDOW_UPDATE, 0, 0, u32(0)), PROTOCOL_ERROR)
reset("http2/6.9/2", steps(opened, frame(WINDOW_UPDATE, 0, 1, u32(0))),
      PROTOCOL_ERROR)
ended("http2/6.9/3", frame(WINDOW_UPDATE, 0, 0, bytes(3)), FRAME_SIZE_ERROR)


@case("http2/6.9.1/1")
def _(c):
    c.set({INITIAL_WINDOW: 1})
    c.until(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)
    assert windowed(c) == 1


ended("http2/6.9.1/2", steps(frame(WINDOW_UPDATE, 0, 0, u32(0x7FFFFFFF)),
                             frame(WINDOW_UPDATE, 0, 0, u32(0x7FFFFFFF))), FLOW_CONTROL_ERROR)
reset("http2/6.9.1/3", steps(opened,
                             frame(WINDOW_UPDATE, 0, 1, u32(0x7FFFFFFF)),
                             frame(WINDOW_UPDATE, 0, 1, u32(0x7FFFFFFF))), FLOW_CONTROL_ERROR)


@case("http2/6.9.2/1")
def _(c):
    c.set({INITIAL_WINDOW: 0})
    c.headers(fields=c.fields(path=LONG))
    c.expect_answer()
    c.set({INITIAL_WINDOW: 1})
    assert len(c.until(lambda kind, _, __, payload: kind == DATA and payload)[3]) == 1


@case("http2/6.9.2/2")
def _(c):
    c.set({INITIAL_WINDOW: 3})
    assert windowed(c) == 3
    c.set({INITIAL_WINDOW: 2})
    # The window is -1 now; 2 more bytes of it make it 1.
    c.frame(WINDOW_UPDATE, 0, 1, u32(2))
    assert len(c.until(lambda kind, _, __, payload: kind == DATA and payload)[3]) == 1


ended("http2/6.9.2/3", lambda c: c.set({INITIAL_WINDOW: 0x80000000}), FLOW_CONTROL_ERROR)
answered("http2/6.10/1", continued(2))
ended("http2/6.10/2", steps(headers(1, END_STREAM), frame(DATA, END_STREAM, 1, b"test")),
      PROTOCOL_ERROR)
ended("http2/6.10/3", steps(headers(1, END_STREAM), frame(CONTINUATION, END_HEADERS, 0, b"")),
      PROTOCOL_ERROR)
ended("http2/6.10/4", steps(opened, frame(CONTINUATION, END_HEADERS, 1, b"\x82")),
      PROTOCOL_ERROR)
ended("http2/6.10/5", continued(1, frame(CONTINUATION, END_HEADERS, 1, b"\x82"), first=0),
      PROTOCOL_ERROR)
ended("http2/6.10/6", steps(opened,
                            frame(DATA, 0, 1, b"test"),
                            frame(CONTINUATION, END_HEADERS, 1, b"\x82")), PROTOCOL_ERROR)


@case("http2/7/1")
def _(c):
    c.frame(GOAWAY, 0, 0, u32(0) + u32(0xFF))
    c.expect_end()


@case("http2/7/2")
def _(c):
    opened(c)
    c.frame(RST_STREAM, 0, 1, u32(0xFF))
    c.expect_pong()


reset("http2/8.1/1", lambda c: (c.headers(1, END_HEADERS, c.fields("POST")),
                                c.frame(DATA, 0, 1, b"test"),
                                c.headers(1, END_HEADERS, [("x-test", "ok")])), PROTOCOL_ERROR)


def malformed(name: str, fields):
    reset(name, lambda c, fields=fields: c.headers(fields=fields(c)), PROTOCOL_ERROR)


def without(c, name):
    return [pair for pair in c.fields() if pair[0] != name]


malformed("http2/8.1.2/1", lambda c: c.fields("GET", ("X-TEST", "ok")))
malformed("http2/8.1.2.1/1", lambda c: [*c.fields(), (":test", "ok")])
malformed("http2/8.1.2.1/2", lambda c: [*c.fields(), (":status", "200")])
reset("http2/8.1.2.1/3", lambda c: (c.headers(1, END_HEADERS, c.fields("POST")),
                                    c.frame(DATA, 0, 1, b"test"),
                                    c.headers(1, BOTH, [(":method", "200")])), PROTOCOL_ERROR)
malformed("http2/8.1.2.1/4", lambda c: [("x-test", "ok"), *c.fields()])
malformed("http2/8.1.2.2/1", lambda c: c.fields("GET", ("connection", "keep-alive")))
malformed("http2/8.1.2.2/2", lambda c: c.fields("GET", ("te", "trailers, deflate")))
malformed("http2/8.1.2.3/1", lambda c: [*without(c, ":path"), (":path", "")])
malformed("http2/8.1.2.3/2", lambda c: without(c, ":method"))
malformed("http2/8.1.2.3/3", lambda c: without(c, ":scheme"))
malformed("http2/8.1.2.3/4", lambda c: without(c, ":path"))
malformed("http2/8.1.2.3/5", lambda c: [(":method", "GET"), *c.fields()])
malformed("http2/8.1.2.3/6", lambda c: [(":scheme", "http"), *c.fields()])
malformed("http2/8.1.2.3/7", lambda c: [(":path", "/"), *c.fields()])
reset("http2/8.1.2.6/1", lambda c: post(c, b"test", more=(("content-length", "1"),)),
      PROTOCOL_ERROR)
reset("http2/8.1.2.6/2", lambda c: post(c, b"test", b"test", more=(("content-length", "1"),)),
      PROTOCOL_ERROR)
ended("http2/8.2/1", lambda c: c.frame(
    PUSH_PROMISE, END_HEADERS, 1, u32(3) + c.block()), PROTOCOL_ERROR)

# hpack

ended("hpack/2.3.3/1", frame(HEADERS, BOTH, 1, BASE + b"\xc6"), COMPRESSION_ERROR)
ended("hpack/2.3.3/2", frame(HEADERS, BOTH, 1, BASE + b"\x7f\x07" + VALUE), COMPRESSION_ERROR)
ended("hpack/4.2/1", frame(HEADERS, BOTH, 1, BASE + b"\x21"), COMPRESSION_ERROR)
ended("hpack/5.2/1", frame(HEADERS, BOTH, 1, BASE + b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50"
                           b"\x9f\xff"), COMPRESSION_ERROR)
ended("hpack/5.2/2", frame(HEADERS, BOTH, 1, BASE + b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50"
                           b"\x90"), COMPRESSION_ERROR)
ended("hpack/5.2/3", frame(HEADERS, BOTH, 1, BASE + b"\x00\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51"
                           b"\xff\xff\xff\xfa\x7f"), COMPRESSION_ERROR)
ended("hpack/6.1/1", frame(HEADERS, BOTH, 1, BASE + b"\x80"), COMPRESSION_ERROR)
ended("hpack/6.3/1", frame(HEADERS, BOTH, 1, b"\x3f\xe1\x3f" + BASE), COMPRESSION_ERROR)


@pytest.fixture(scope="module")
def door():
    with new_house(tls=True, environment={"ONEDOOR_CALLS_SOURCE": "100000"}) as it:
        yield it


def test_the_table_has_all_cases():
    assert len(CASES) == 147


@pytest.mark.parametrize("tls", [False, True], ids=["h2c", "tls"])
@pytest.mark.parametrize("name", CASES)
def test_rule(door, name, tls):
    test, shakes_hands = CASES[name]
    ca = str(door.data / "door" / "certificate.pem") if tls else ""
    connection = Raw(door.port + 8 if tls else door.port, tls_ca=ca)
    if name in KNOWN:
        connection.socket.settimeout(0.2)
    try:
        if shakes_hands:
            connection.shake_hands()
        if name in KNOWN:
            with pytest.raises(AssertionError):
                test(connection)
        else:
            test(connection)
    finally:
        connection.close()
