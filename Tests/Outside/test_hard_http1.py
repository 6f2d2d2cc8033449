"""HTTP/1.1 that two readers could read in two ways, and paths that mean something else."""

import pytest

from hard import CALENDAR, H2, JSON, h1, watched

PATH = CALENDAR.encode()
TYPE = b"content-type: application/json\r\n"


@pytest.fixture(scope="module")
def house(job):
    return job.house


def post(*fields: bytes, body: bytes = b"{}", line: bytes = b"POST " + PATH + b" HTTP/1.1",
         end: bytes = b"\r\n") -> bytes:
    """A request; fields are taken as they are."""
    return end.join([line, b"host: a", TYPE.strip(), *fields, b"", body])


SMUGGLED = b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n"


AMBIGUOUS = {
    "TE and CL": post(b"transfer-encoding: chunked", b"content-length: 4", body=b"0\r\n\r\n"),
    "CL and TE": post(b"content-length: 4", b"transfer-encoding: chunked", body=b"0\r\n\r\n"),
    "two lengths": post(b"content-length: 2", b"content-length: 3"),
    "two equal lengths in one": post(b"content-length: 2, 3"),
    "length with a sign": post(b"content-length: +2"),
    "length in hexadecimal": post(b"content-length: 0x2"),
    "length beyond 64 bits": post(b"content-length: 18446744073709551618"),
    "negative length": post(b"content-length: -1"),
    "space before the colon": post(b"content-length : 2"),
    "folded line": post(b"x-a: b\r\n transfer-encoding: chunked", b"content-length: 2"),
    "folded length": post(b"content-length:\r\n 2"),
    "NUL in a value": post(b"x-a: b\0c", b"content-length: 2"),
    "CR alone in a value": post(b"x-a: b\rc", b"content-length: 2"),
    "no colon": post(b"nonsense", b"content-length: 2"),
    "empty name": post(b": x", b"content-length: 2"),
    "chunked twice": post(b"transfer-encoding: chunked, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked is not last": post(b"transfer-encoding: chunked, gzip", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked under another name": post(b"transfer-encoding: xchunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked behind a tab": post(b"transfer-encoding:\x0bchunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "bad chunk size": post(b"transfer-encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "negative chunk size": post(b"transfer-encoding: chunked", body=b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk size with 0x": post(b"transfer-encoding: chunked", body=b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk size beyond 64 bits": post(b"transfer-encoding: chunked",
                                      body=b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    "chunk longer than its size": post(b"transfer-encoding: chunked",
                                       body=b"2\r\n{}xx\r\n0\r\n\r\n"),
    "no host": b"POST " + PATH + b" HTTP/1.1\r\n" + TYPE + b"content-length: 2\r\n\r\n{}",
    "two hosts": post(b"host: b", b"content-length: 2"),
    "no version": post(b"content-length: 2", line=b"POST " + PATH),
    "version 0.9": post(b"content-length: 2", line=b"POST " + PATH + b" HTTP/0.9"),
    "version 3.0": post(b"content-length: 2", line=b"POST " + PATH + b" HTTP/3.0"),
    "space in the target": post(b"content-length: 2", line=b"POST " + PATH + b" x HTTP/1.1"),
    "method that is none": post(b"content-length: 2", line=b"PO\x00ST " + PATH + b" HTTP/1.1"),
    "bytes that are no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
}


@pytest.mark.parametrize("what", AMBIGUOUS)
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_ends(house, what):
    """Whatever stands behind it is not read as a request of its own."""
    lines = h1(house, AMBIGUOUS[what] + SMUGGLED)
    assert len(lines) <= 1, lines
    assert not lines or lines[0].split()[1] == b"400", lines


@pytest.mark.parametrize("what, request_", {
    "bare LF": post(b"content-length: 2", end=b"\n"),
    "extensions of chunks": post(b"transfer-encoding: chunked",
                                 body=b"2;a=b\r\n{}\r\n0\r\n\r\n"),
    "trailers": post(b"transfer-encoding: chunked",
                     body=b"2\r\n{}\r\n0\r\nonedoor-pass: x\r\n\r\n"),
    "empty lines before the request": b"\r\n\r\n" + post(b"content-length: 2"),
}.items())
def test_what_has_one_meaning_is_one_request(house, what, request_):
    """Each is answered once, and the request behind it once: nothing is left over between them."""
    lines = h1(house, request_ + SMUGGLED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
    statuses = [line.split()[1] for line in lines]
    assert statuses in ([b"200", b"200"], [b"400"]), statuses


def test_a_body_behind_a_request_without_one_is_the_next_request(house):
    lines = h1(house, b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n" + SMUGGLED.replace(
        b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
    assert [line.split()[1] for line in lines] == [b"200", b"200"]


def test_fields_that_the_connection_names_do_not_go_on(house):
    """Neither can `connection` take away what the gateway says about a caller."""
    lines = h1(house, post(b"connection: close, onedoor-pass, onedoor-hall, content-type",
                           b"content-length: 2"))
    assert [line.split()[1] for line in lines] in ([b"200"], [b"415"])


TARGETS = {
    b"/livez%2f..%2fmetrics": b"404",
    b"//onedoor.catalogue.v1.CalendarService/GetCalendar": b"404",
    b"/./onedoor.catalogue.v1.CalendarService/GetCalendar": b"404",
    b"/x/../onedoor.catalogue.v1.CalendarService/GetCalendar": b"404",
    b"/onedoor.catalogue.v1.CalendarService//GetCalendar": b"404",
    b"/onedoor.catalogue.v1.CalendarService%2FGetCalendar": b"404",
    b"/onedoor.catalogue.v1.CalendarService/GetCalendar/": b"404",
    b"/onedoor.catalogue.v1.CalendarService/GetCalendar%00": b"501",
    b"/onedoor.catalogue.v1.CalendarService/GetCalendar;a=b": b"501",
    b"/onedoor.catalogue.v1.CalendarService/getcalendar": b"501",
    b"/ONEDOOR.catalogue.v1.CalendarService/GetCalendar": b"404",
    b"/onedoor.catalogue.v1.CalendarService/GetCalendar%3F": b"501",
    b"/onedoor.catalogue.v1.CalendarService/GetCalendar#x": b"501",
    b"http://door/onedoor.catalogue.v1.CalendarService/GetCalendar": b"404",
    b"/onedoor.feed.v1.FeedService/Read": b"404",
    b"/onedoor.feed.v1.FeedService/Follow?x=/onedoor.catalogue.v1.CalendarService/": b"404",
    b"/admin/backup": b"404",
    b"/metrics": b"404",
    b"/materials/../livez": b"404",
    b"/materials/%2e%2e%2f%2e%2e%2fkeys": b"404",
    b"/materials/" + b"A" * 64: b"404",
    b"/materials/" + b"0" * 63 + b"/": b"404",
    b"*": b"404",
    b"door:443": b"404",
    b"/": b"404",
    b"/onedoor.catalogue.v1.CalendarService/GetCalendar?%ff=%00&a=b?c": b"200",
}


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.decode("latin-1"))
def test_a_path_is_taken_byte_by_byte(house, target):
    """Nothing is decoded, joined or shortened, so there is no second spelling of any path."""
    lines = h1(house, post(b"content-length: 2", b"connection: close",
                           line=b"POST " + target + b" HTTP/1.1"))
    statuses = [line.split()[1] for line in lines]
    assert statuses in ([TARGETS[target]], [b"400"]), statuses
    with H2(house) as peer:
        peer.request(1, peer.block(*JSON, path=target), b"{}")
        got = peer.answer(1)
        assert got[0] in (int(TARGETS[target]), "reset"), got


@pytest.mark.parametrize("line, statuses", [
    (b"CONNECT door:443 HTTP/1.1", {b"400", b"404", b"405"}),
    (b"CONNECT " + PATH + b" HTTP/1.1", {b"400", b"405"}),
    (b"OPTIONS * HTTP/1.1", {b"404"}),
    (b"TRACE " + PATH + b" HTTP/1.1", {b"405"}),
    (b"DELETE " + PATH + b" HTTP/1.1", {b"405"}),
    (b"PUT " + PATH + b" HTTP/1.1", {b"405"}),
    (b"HEAD /livez HTTP/1.1", {b"200", b"404"}),
    (b"PRI * HTTP/1.1", {b"400", b"404"}),
], ids=lambda value: value.decode() if isinstance(value, bytes) else "")
def test_verbs(house, line, statuses):
    lines = h1(house, line + b"\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert {answer.split()[1] for answer in lines} <= statuses and len(lines) <= 1, lines


def test_a_tunnel_or_an_upgrade_is_not_opened(house):
    with H2(house) as peer:
        peer.request(1, peer.block(method="CONNECT", path="/", authority="127.0.0.1:22"))
        assert peer.answer(1)[0] in ("reset", 404, 405)
    upgrade = post(b"connection: Upgrade, HTTP2-Settings, close", b"upgrade: h2c",
                   b"http2-settings: AAMAAABkAAQAoAAAAAIAAAAA", b"content-length: 2")
    assert [line.split()[1] for line in h1(house, upgrade)] == [b"200"]


def test_many_requests_in_one_piece_are_answered_in_order(house):
    with watched(house, "pipelining"):
        last = SMUGGLED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
        lines = h1(house, SMUGGLED * 2_000 + last, timeout=20)
        assert len(lines) == 2_001 and all(b" 200 " in line for line in lines)
