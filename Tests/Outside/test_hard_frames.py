"""Hostile HTTP/2 by raw frames: each ends in the right refusal, and neighbours are served."""

import struct

import pytest
from hyperframe.frame import (ContinuationFrame, DataFrame, GoAwayFrame, HeadersFrame, PingFrame,
                              PriorityFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame)

from hard import (CALENDAR, CALM, H2, JSON, PROTO, PROTOCOL_ERROR, h1, literal, watched)

INTERNAL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, COMPRESSION_ERROR = 2, 3, 5, 6, 9


@pytest.fixture
def house(job):
    return job.house


def test_rapid_reset(house):
    with watched(house, "rapid reset"):
        for _ in range(4):
            with H2(house) as peer:
                block = peer.block(*JSON)
                for number in range(1, 20_000, 2):
                    head = HeadersFrame(number, block, flags=["END_HEADERS", "END_STREAM"])
                    if not peer.send(head, RstStreamFrame(number, 8)):
                        break
                # The library says INTERNAL_ERROR.
                assert peer.end() in (CALM, INTERNAL_ERROR)


def test_resets_that_the_server_is_made_to_send(house):
    """MadeYouReset: each request is valid, and each is followed by a frame that ends it."""
    with watched(house, "made to reset"), H2(house) as peer:
        block = peer.block(*JSON)
        for number in range(1, 20_000, 2):
            if not peer.send(HeadersFrame(number, block, flags=["END_HEADERS"]),
                             WindowUpdateFrame(number, 0x7FFFFFFF)):
                break
        assert peer.end() in (CALM, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED)


def test_continuation_flood(house):
    with watched(house, "CONTINUATION flood"), H2(house) as peer:
        peer.send(HeadersFrame(1, peer.block(*JSON), flags=["END_STREAM"]))
        piece = ContinuationFrame(1, literal(("x", "y" * 16000))).serialize()
        assert peer.flood(piece, 2_000) == CALM


def test_empty_continuations(house):
    with watched(house, "empty CONTINUATION"), H2(house) as peer:
        peer.send(HeadersFrame(1, b"", flags=["END_STREAM"]))
        assert peer.flood(ContinuationFrame(1, b"").serialize() * 100, 1_000) == CALM


def test_settings_flood(house):
    with watched(house, "SETTINGS flood"), H2(house) as peer:
        assert peer.flood(SettingsFrame(settings={4: 65535}).serialize() * 100, 5_000) == CALM


def test_settings_with_many_entries(house):
    with H2(house) as peer:
        entries = struct.pack(">HI", 4, 65535) * 1_000
        head = struct.pack(">I", len(entries))[1:] + b"\x04\x00\0\0\0\0"
        assert peer.flood(head + entries, 1) == CALM


def test_ping_flood(house):
    with watched(house, "PING flood"), H2(house) as peer:
        assert peer.flood(PingFrame(0, b"12345678").serialize() * 100, 5_000) == CALM


def test_frames_that_say_nothing_cost_nobody_anything(house):
    """PRIORITY, unknown types and empty DATA: not an error each, bounded all together."""
    with watched(house, "frames without content"):
        for piece in [
            PriorityFrame(1, depends_on=0, stream_weight=1).serialize() * 100,
            b"\0\0\x04\xee\0\0\0\0\x01abcd" * 100,
        ]:
            with H2(house) as peer:
                for _ in range(200):
                    peer.send(piece)
                # It is either still served or was told to stop.
                peer.request(1, peer.block(*JSON), b"{}")
                assert peer.answer(1)[0] in (200, "goaway")
        with H2(house) as peer:
            peer.request(1, peer.block(*JSON), end=False)
            for _ in range(200):
                peer.send(DataFrame(1, b"").serialize() * 100)
            peer.send(DataFrame(1, b"{}", flags=["END_STREAM"]))
            assert peer.answer(1)[0] in (200, "goaway")


def test_bytes_of_padding_are_given_back_and_not_kept(house):
    with watched(house, "padding"), H2(house) as peer:
        peer.request(1, peer.block(*JSON), end=False)
        peer.send(DataFrame(1, b"{}", pad_length=255, flags=["PADDED", "END_STREAM"]))
        assert peer.answer(1)[0] == 200


def test_an_oversized_header_list(house):
    with watched(house, "oversized header list"), H2(house) as peer:
        many = [("x-filler", "y" * 1000)] * 15
        for stream, fields, status in [
            (1, [*JSON, *many[:12]], 200),
            (3, [*JSON, *many, ("x-last", "z" * 3000)], 431),
            (5, [*JSON, ("x" * 15_000, "y"), ("z" * 2_000, "")], 431),
        ]:
            block = peer.block(*fields)
            pieces = [block[i:i + 16000] for i in range(0, len(block), 16000)]
            frame = HeadersFrame(stream, pieces[0])
            frames = [frame, *(ContinuationFrame(stream, p) for p in pieces[1:])]
            frames[-1].flags.add("END_HEADERS")
            peer.send(*frames, DataFrame(stream, b"{}", flags=["END_STREAM"]))
            got = peer.answer(stream)
            assert got[0] == status, (stream, got)
    long = b"x" * 20_000
    for head in [b"x-long: " + long, long + b": x", b"\r\n".join([b"x: " + b"y" * 100] * 200)]:
        lines = h1(house, b"POST " + CALENDAR.encode() + b" HTTP/1.1\r\nhost: a\r\n" + head
                   + b"\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}")
        assert [line.split()[1] for line in lines] in ([b"431"], [b"400"]), lines


def bomb(peer, stream, references):
    """A head of which one entry of the dynamic table, 4 kB, comes again and again."""
    entry = b"\x40" + literal(("x-bomb", "y" * 3_900))[1:]
    block = peer.block(*JSON) + entry + b"\xbe" * references
    pieces = [block[i:i + 16000] for i in range(0, len(block), 16000)]
    frames = [HeadersFrame(stream, pieces[0], flags=["END_STREAM"]),
              *(ContinuationFrame(stream, piece) for piece in pieces[1:])]
    frames[-1].flags.add("END_HEADERS")
    return frames


def test_a_compression_bomb_of_headers(house):
    """It is counted in full, and what can only be meant as one is not unpacked to its end."""
    with watched(house, "HPACK bomb"):
        with H2(house) as peer:
            peer.send(*bomb(peer, 1, 200))
            assert peer.answer(1)[0] == 431
        for _ in range(20):
            with H2(house) as peer:
                peer.send(*bomb(peer, 1, 60_000))
                assert peer.end() == CALM


MALFORMED = {
    "CR in a value": [("x-a", "b\rc")],
    "LF in a value": [("x-a", "b\nonedoor-pass: c")],
    "NUL in a value": [("x-a", "b\0c")],
    "CRLF in a value": [("x-a", "b\r\n\r\nGET / HTTP/1.1")],
    "upper case in a name": [("X-A", "b")],
    "space in a name": [("x a", "b")],
    "colon in a name": [("x:a", "b")],
    "LF in a name": [("x\na", "b")],
    "empty name": [("", "b")],
    "connection": [("connection", "close")],
    "transfer-encoding": [("transfer-encoding", "chunked")],
    "keep-alive": [("keep-alive", "1")],
    "upgrade": [("upgrade", "h2c")],
    "te": [("te", "gzip")],
    "pseudo-header behind a field": [("x-a", "b"), (":path", "/")],
    "second path": [(":path", "/livez")],
    "second method": [(":method", "GET")],
    "unknown pseudo-header": [(":role", "clerk")],
    "status in a request": [(":status", "200")],
    "content-length that is no number": [("content-length", "2a")],
    "two content-lengths": [("content-length", "2"), ("content-length", "3")],
    "content-length too long": [("content-length", "99999999999999999999999")],
    "body longer than announced": [("content-length", "1")],
    "body shorter than announced": [("content-length", "3")],
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_smuggled_in_headers_ends_its_stream_alone(house, what):
    with H2(house) as peer:
        fields = MALFORMED[what]
        block = peer.block(*(fields if fields[0][0].startswith(":") else (*JSON, *fields)))
        peer.request(1, block, b"{}")
        got = peer.answer(1)
        assert got == ("reset", PROTOCOL_ERROR), got
        peer.request(3, peer.block(*JSON), b"{}")
        assert peer.answer(3)[0] == 200


@pytest.mark.parametrize("head", [
    [(":method", "POST"), (":scheme", "http"), (":authority", "a")],
    [(":method", "POST"), (":path", CALENDAR), (":authority", "a")],
    [(":scheme", "http"), (":path", CALENDAR), (":authority", "a")],
    [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "")],
    [(":method", "PO ST"), (":scheme", "http"), (":authority", "a"), (":path", CALENDAR)],
], ids=["no path", "no scheme", "no method", "empty path", "space in the method"])
def test_pseudo_headers_that_are_missing_or_wrong(house, head):
    with H2(house) as peer:
        peer.request(1, literal(*head, *JSON), b"{}")
        assert peer.answer(1) in [("reset", PROTOCOL_ERROR)]


@pytest.mark.parametrize("frames, code", [
    (lambda p: [b"\0\0\x01\0\0\0\0\0\0x"], PROTOCOL_ERROR),
    (lambda p: [DataFrame(1, b"x")], PROTOCOL_ERROR),
    (lambda p: [HeadersFrame(2, p.block(*JSON), flags=["END_HEADERS"])], PROTOCOL_ERROR),
    (lambda p: [HeadersFrame(1, p.block(*JSON)), PingFrame(0, b"12345678")], PROTOCOL_ERROR),
    (lambda p: [WindowUpdateFrame(0, 0x7FFFFFFF)], FLOW_CONTROL_ERROR),
    (lambda p: [b"\0\0\x04\x08\0\0\0\0\0\0\0\0\0"], PROTOCOL_ERROR),
    (lambda p: [b"\0\0\x07\x06\0\0\0\0\0" + b"1234567"], FRAME_SIZE_ERROR),
    (lambda p: [b"\xff\xff\xff\x00\0\0\0\0\x01"], FRAME_SIZE_ERROR),
    (lambda p: [HeadersFrame(1, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
                             flags=["END_HEADERS"])], COMPRESSION_ERROR),
    (lambda p: [b"\0\0\x04\x05\x04\0\0\0\x01\0\0\0\x02"], PROTOCOL_ERROR),
], ids=["data on stream 0", "data on an idle stream", "even stream", "frame in a header block",
        "window overflow", "window increment 0", "short PING", "frame of 16 MiB", "broken HPACK",
        "PUSH_PROMISE"])
def test_errors_of_the_connection_end_it_with_their_code(house, frames, code):
    with H2(house) as peer:
        peer.send(*frames(peer))
        assert peer.end() in (code, PROTOCOL_ERROR)
        peer.read(lambda _: False, timeout=3)
        assert peer.is_closed


def test_more_streams_than_are_allowed_are_refused(house):
    with watched(house, "streams beyond the limit"), H2(house) as peer:
        block = peer.block(*PROTO)
        for stream in range(1, 2 * 128 + 20, 2):
            peer.request(stream, block, end=False)
        assert peer.answer(2 * 128 + 1) == ("reset", 7) or peer.end() is not None
        for stream in range(1, 5, 2):
            peer.send(DataFrame(stream, b"", flags=["END_STREAM"]))
            assert peer.answer(stream)[0] == 200


def test_a_stall_by_a_window_of_zero_holds_little(house):
    """Answers for which nobody makes room: bounded in number and size, others are served."""
    with watched(house, "zero window"):
        peers = []
        for _ in range(8):
            peer = H2(house, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0})
            block = peer.block(*JSON, path="/onedoor.catalogue.v1.CatalogueService/ListItems")
            for stream in range(1, 41, 2):
                peer.request(stream, block, b'{"page":{"size":500}}')
            peers.append(peer)
        for peer in peers:
            assert peer.read(lambda f: isinstance(f, HeadersFrame)), "the head needs no window"
            assert not any(isinstance(f, DataFrame) for f in peer.frames)
        for peer in peers:
            peer.close()


def test_a_goaway_and_a_sudden_end_leave_nothing_behind(house):
    with watched(house, "sudden ends"):
        for number in range(200):
            with H2(house) as peer:
                peer.request(1, peer.block(*JSON), end=number % 2 == 0)
                if number % 3 == 0:
                    peer.send(GoAwayFrame(0, last_stream_id=0))
