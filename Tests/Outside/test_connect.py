"""Every case of the Connect protocol's table, by each way through the door.

The real gateway stands before a service that answers what each call tells it. Requests are made by
hand over httpx: h2c and HTTP/1.1, with and without TLS, binary and JSON, plain and gzip.
"""

import base64
import contextlib
import functools
import gzip
import json
import os
import pathlib
import ssl
import struct
import subprocess
import time
import urllib.parse

import httpx
import pytest

from connect_cases import CASES, CODES, Case
from house import ROOT
from test_tls import make_certificate
from test_wire import envelope, envelopes, varint

SERVICE = "onedoor.probe.v1.ProbeService"
DETAIL = "onedoor.probe.v1.EchoResponse"
TRANSPORTS = ["h2c", "h1", "h2-tls", "h1-tls"]


# -- messages by hand


def delimited(number: int, value: bytes) -> bytes:
    """A field of a message: text, bytes or another message."""
    return bytes([number << 3 | 2]) + varint(len(value)) + value


def text_of(message: bytes) -> str:
    """The first field of an answer, which is its text."""
    if not message:
        return ""
    assert message[0] == 0x0A
    length, place, shift = 0, 1, 0
    while True:
        byte = message[place]
        length |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return message[place:place + length].decode()


def request_of(case: Case, codec: str, limit: int) -> bytes:
    """The message of a request, padded to the limit and beyond where the case wants it."""

    def message(padding: int) -> bytes:
        text = json.dumps(case.script, ensure_ascii=False)
        if codec == "json":
            value = {"text": text} | ({"count": 1} if case.kind == "stream" else {})
            return json.dumps(value, ensure_ascii=False).encode() + b" " * padding
        if case.kind == "stream":
            return delimited(1, (text + " " * padding).encode()) + b"\x10\x01"
        pad = delimited(2, delimited(14, b"x" * padding)) if padding else b""
        return delimited(1, text.encode()) + pad

    if case.beyond is None:
        return message(0)
    wanted = limit + case.beyond
    padding = wanted - len(message(limit)) + limit
    for padding in range(padding - 4, padding + 5):
        if len(message(padding)) == wanted:
            return message(padding)
    raise AssertionError("no padding makes the wanted length")


# -- the door


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probe")
    program = os.environ.get("ONEDOOR_CONFORMANCE_PROBE",
                             str(ROOT / ".build" / "debug" / "ConformanceProbe"))
    certificate, key = make_certificate(folder, "localhost")
    process = subprocess.Popen([program, str(folder), certificate, key], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        it = json.loads(process.stdout.readline())
        it["folder"], it["ca"] = pathlib.Path(folder), certificate
        yield it
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture(scope="module")
def clients(probe):
    """An open connection for each way through the door."""
    with contextlib.ExitStack() as stack:
        context = ssl.create_default_context(cafile=probe["ca"])
        context.check_hostname = False

        @functools.cache
        def client(transport: str) -> httpx.Client:
            is_secured, is_h2 = transport.endswith("-tls"), transport.startswith("h2")
            port = probe["tlsPort"] if is_secured else probe["port"]
            return stack.enter_context(httpx.Client(
                base_url=f"{'https' if is_secured else 'http'}://localhost:{port}", timeout=20,
                http1=not is_h2, http2=is_h2, verify=context if is_secured else True))

        yield client


def exchange(client: httpx.Client, probe: dict, case: Case, codec: str, coding: str):
    """Makes the call of a case and answers httpx's response."""
    message = request_of(case, codec, probe["limit"])
    headers = [("authorization", f"Bearer {probe['token']}"), ("connect-protocol-version", "1"),
               *case.headers]
    if case.timeout:
        headers.append(("connect-timeout-ms", str(case.timeout)))
    prefix = "connect-" if case.kind == "stream" else ""
    headers.append((f"{prefix}accept-encoding", coding))
    if prefix:
        headers.append(("accept-encoding", "identity"))
    body = gzip.compress(message) if coding == "gzip" else message
    if case.kind == "get":
        query = {"connect": "v1", "encoding": codec, "base64": "1",
                 "message": base64.urlsafe_b64encode(body).decode().rstrip("=")}
        if coding == "gzip":
            query["compression"] = "gzip"
        return client.get(f"/{SERVICE}/Echo?{urllib.parse.urlencode(query)}", headers=headers)
    headers.append((f"{prefix}content-encoding", coding))
    if case.kind == "unary":
        headers.append(("content-type", f"application/{codec}"))
        return client.post(f"/{SERVICE}/Echo", content=body, headers=headers)
    headers.append(("content-type", f"application/connect+{codec}"))
    body = envelope(body, 1 if coding == "gzip" else 0)
    return client.post(f"/{SERVICE}/EchoStream", content=body, headers=headers)


# -- what is expected


def check_metadata(wanted: list, found) -> None:
    """Looks for each name with its values in order, as fields of their own or joined."""
    for name, values in ((entry["name"], entry["values"]) for entry in wanted):
        assert [part for value in found(name) for part in value.split(", ")] == values


def check_error(error: dict, case: Case, codec: str) -> list:
    """Compares an error with that of the script and answers the texts of its details."""
    wanted = case.script.get("error", {})
    assert error["code"] == (case.code or wanted["code"])
    if case.code:
        return []
    assert error.get("message", "") == wanted["message"]
    texts = []
    for detail in error["details"]:
        assert detail["type"] == DETAIL and "=" not in detail["value"]
        texts.append(text_of(base64.b64decode(detail["value"] + "==")))
        assert ("debug" in detail) == (codec == "json")
        if codec == "json":
            assert detail["debug"] == ({"text": texts[-1]} if texts[-1] else {})
    assert texts[:-1] == wanted.get("details", [])
    return texts


def check_seen(text: str, case: Case, data: str) -> None:
    """Compares what the service has seen with what was sent."""
    seen = json.loads(text)
    assert seen["data"] == data and seen["verb"] == "POST"
    fields = {entry["name"]: entry["values"] for entry in seen["fields"]}
    for name in {name for name, _ in case.headers}:
        values = [part for value in fields[name] for part in value.split(", ")]
        assert values == [value for other, value in case.headers if other == name]
    assert "authorization" not in fields and "onedoor-pass" in fields
    if case.timeout:
        assert 0 < int(fields["connect-timeout-ms"][0]) <= case.timeout


def check_unary(answer: httpx.Response, case: Case, codec: str, coding: str) -> None:
    check_metadata(case.script.get("headers", []), answer.headers.get_list)
    check_metadata(case.script.get("trailers", []),
                   lambda name: answer.headers.get_list(f"trailer-{name}"))
    is_packed = answer.headers.get("content-encoding") == "gzip"
    assert is_packed == (coding == "gzip" and len(answer.content) >= 1_024)
    if case.code or "error" in case.script:
        error = answer.json()
        assert answer.headers["content-type"] == "application/json"
        status = CODES[error["code"]]
        assert answer.status_code in ((status, 413) if case.beyond else (status,))
        texts = check_error(error, case, codec)
        if texts:
            check_seen(texts[-1], case, "")
        return
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"application/{codec}"
    text = answer.json()["text"] if codec == "json" else text_of(answer.content)
    check_seen(text, case, case.script.get("data", [""])[0])
    assert ("etag" in answer.headers) == (case.kind == "get")


def check_stream(answer: httpx.Response, case: Case, codec: str, coding: str) -> None:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"application/connect+{codec}"
    messages, end = [], None
    for flags, payload in envelopes(answer.content):
        assert end is None, "nothing follows the end"
        if flags & 1:
            assert coding == "gzip" == answer.headers["connect-content-encoding"]
            payload = gzip.decompress(payload)
            assert len(payload) >= 1_024
        else:
            assert coding != "gzip" or len(payload) < 1_024
        if flags & 2:
            end = json.loads(payload)
        else:
            messages.append(json.loads(payload)["text"] if codec == "json" else text_of(payload))
    is_refused = case.beyond is not None and case.beyond > 0
    if not is_refused:
        check_metadata(case.script.get("headers", []), answer.headers.get_list)
        check_metadata(case.script.get("trailers", []), end.get("metadata", {}).get)
    data = [] if case.code else case.script.get("data", [])
    assert messages[1:] == data[1:] and len(messages) == len(data)
    if messages:
        check_seen(messages[0], case, data[0])
    if case.code or "error" in case.script:
        check_error(end["error"], case, codec)
    else:
        assert "error" not in end


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("codec", ["proto", "json"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(probe, clients, case, coding, codec, transport):
    answer = exchange(clients(transport), probe, case, codec, coding)
    assert answer.http_version == ("HTTP/2" if transport.startswith("h2") else "HTTP/1.1")
    check = check_stream if case.kind == "stream" else check_unary
    check(answer, case, codec, coding)


# -- requests that no client makes


UNARY, STREAM = f"/{SERVICE}/Echo", f"/{SERVICE}/EchoStream"
STRANGE = {
    "unexpected-content-type": ("POST", UNARY, "image/jpeg", {}, b"12345678", 415, ""),
    "unexpected-codec": ("POST", UNARY, "application/foo", {}, b"", 415, ""),
    "no-content-type": ("POST", UNARY, None, {}, b"", 415, ""),
    "stream-type-for-unary": ("POST", UNARY, "application/connect+proto", {}, b"", 415, ""),
    "unary-type-for-stream": ("POST", STREAM, "application/proto", {}, b"", 415, ""),
    "unexpected-verb": ("DELETE", UNARY, "application/proto", {}, b"", 405, ""),
    "get-of-a-stream": ("GET", STREAM, None, {}, b"", 405, ""),
    "unexpected-uri": ("POST", "/a.UnknownService/Unknown", "application/proto", {}, b"", 404, ""),
    "unimplemented-method": ("POST", f"/{SERVICE}/Other", "application/proto", {}, b"", 501,
                             "unimplemented"),
    "unimplemented-by-json": ("POST", f"/{SERVICE}/Other", "application/json", {}, b"{}", 501,
                              "unimplemented"),
    "unexpected-compression": ("POST", UNARY, "application/proto", {"content-encoding": "foo"},
                               b"x", 501, "unimplemented"),
    "nested-compression": ("POST", UNARY, "application/proto", {"content-encoding": "gzip, gzip"},
                           gzip.compress(gzip.compress(b"")), 501, "unimplemented"),
    "damaged-compression": ("POST", UNARY, "application/proto", {"content-encoding": "gzip"},
                            b"x", 400, "invalid_argument"),
    "empty-body-is-not-unpacked": ("POST", UNARY, "application/proto",
                                   {"content-encoding": "gzip"}, b"", 200, ""),
    "content-type-in-capitals": ("POST", UNARY, "Application/Proto; charset=x", {}, b"", 200, ""),
    "unexpected-version": ("POST", UNARY, "application/proto", {"connect-protocol-version": "2"},
                           b"", 400, "invalid_argument"),
    "malformed-json": ("POST", UNARY, "application/json", {}, b"{", 400, "invalid_argument"),
    "empty-json": ("POST", UNARY, "application/json", {}, b"", 400, "invalid_argument"),
    "timeout-zero": ("POST", UNARY, "application/proto", {"connect-timeout-ms": "0"}, b"", 400,
                     "invalid_argument"),
    "timeout-malformed": ("POST", UNARY, "application/proto", {"connect-timeout-ms": "1s"}, b"",
                          400, "invalid_argument"),
    "timeout-too-long": ("POST", UNARY, "application/proto",
                         {"connect-timeout-ms": "10000000000"}, b"", 400, "invalid_argument"),
    "timeout-longest": ("POST", UNARY, "application/proto", {"connect-timeout-ms": "9999999999"},
                        b"", 200, ""),
    "stream-no-request": ("POST", STREAM, "application/connect+proto", {}, b"", 200,
                          "unimplemented"),
    "stream-multiple-requests": ("POST", STREAM, "application/connect+proto", {},
                                 envelope(b"") * 2, 200, "unimplemented"),
    "stream-compressed-unannounced": (
        "POST", STREAM, "application/connect+proto", {"connect-content-encoding": "identity"},
        envelope(gzip.compress(b"x"), 1), 200, "internal"),
    "stream-unexpected-compression": (
        "POST", STREAM, "application/connect+proto", {"connect-content-encoding": "foo"},
        envelope(b"x", 1), 200, "unimplemented"),
    "stream-cut-off": ("POST", STREAM, "application/connect+json", {}, envelope(b"{}")[:-1], 200,
                       "unimplemented"),
}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", STRANGE)
def test_strange_request(probe, clients, name, transport):
    verb, path, kind, headers, body, status, code = STRANGE[name]
    fields = {"authorization": f"Bearer {probe['token']}", "accept-encoding": "identity"} | headers
    if kind:
        fields["content-type"] = kind
    answer = clients(transport).request(verb, path, content=body, headers=fields)
    assert answer.status_code == status
    if status == 405:
        assert "POST" in answer.headers["allow"]
    if status == 415:
        accepted = answer.headers["accept-post"]
        assert ("connect+" in accepted) == (path == STREAM)
    if status in (404, 405, 415):
        assert answer.content == b""
    elif kind and "connect+" in kind:
        (flags, end), = envelopes(answer.content)
        assert flags == 2 and json.loads(end)["error"]["code"] == code
    elif code:
        assert answer.json()["code"] == code


# -- what takes time


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_messages_of_a_stream_come_as_they_are_sent(probe, clients, transport):
    script = {"data": ["1", "2", "3"], "delayMs": 150}
    body = json.dumps({"text": json.dumps(script), "count": 1}).encode()
    times = []
    with clients(transport).stream("POST", STREAM, content=envelope(body), headers={
            "content-type": "application/connect+json",
            "authorization": f"Bearer {probe['token']}"}) as answer:
        for piece in answer.iter_raw():
            times += [time.monotonic()] * len(list(envelopes(piece)))
    assert len(times) == 4
    # Had the answer been collected, all would have come at once.
    assert times[2] - times[0] > 0.15


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("kind", ["unary", "stream"])
def test_a_call_that_is_given_up_reaches_the_handler(probe, clients, transport, kind):
    def given_up() -> int:
        answer = clients(transport).post(f"/{SERVICE}/EchoRead", json={})
        return int(answer.json()["text"])

    before = given_up()
    script = json.dumps({"data": ["never"], "delayMs": 20_000})
    message = json.dumps({"text": script} | ({"count": 1} if kind == "stream" else {})).encode()
    own = httpx.Client(base_url=clients(transport).base_url, http1=transport.startswith("h1"),
                       http2=transport.startswith("h2"), verify=False)
    with own, pytest.raises(httpx.ReadTimeout):
        own.post(STREAM if kind == "stream" else UNARY, timeout=0.3,
                 content=envelope(message) if kind == "stream" else message, headers={
                     "authorization": f"Bearer {probe['token']}",
                     "content-type": f"application/{'connect+' * (kind == 'stream')}json"})
    end = time.monotonic() + 10
    while given_up() == before:
        assert time.monotonic() < end
        time.sleep(0.02)
