"""What the gateway speaks besides a plain POST: GET, entity tags, gzip, deadlines."""

import base64
import email.utils
import gzip
import json
import pathlib
import struct
import subprocess
import sys
import time
import urllib.parse

import httpx
import pytest

from house import ROOT
from mainjob import CHANGE_ITEM
from test_clients import COMPUTE_DUE, DUE, curl, generated  # noqa: F401

ITEM = "onedoor.catalogue.v1.CatalogueService/GetItem"
ITEMS = "onedoor.catalogue.v1.CatalogueService/ListItems"
FOLLOW = "onedoor.monitoring.v1.AlertService/FollowAlerts"


def query(message: dict | bytes, **parameters) -> str:
    """The query of a GET, JSON unless bytes are given."""
    if isinstance(message, bytes):
        text = base64.urlsafe_b64encode(message).rstrip(b"=").decode()
        parameters = {"encoding": "proto", "base64": "1"} | parameters
    else:
        text = json.dumps(message)
        parameters = {"encoding": "json"} | parameters
    return urllib.parse.urlencode({"connect": "v1"} | parameters | {"message": text})


@pytest.fixture(params=[True, False], ids=["h2", "h1"])
def client(request, url):
    with httpx.Client(base_url=url, http1=not request.param, http2=request.param) as it:
        yield it


def test_get_is_answered_like_post(client):
    asked = {"code": CHANGE_ITEM}
    posted = client.post(f"/{ITEM}", json=asked)
    got = client.get(f"/{ITEM}?{query(asked)}")
    assert got.status_code == posted.status_code == 200
    assert got.json() == posted.json()
    assert got.headers["content-type"] == "application/json"
    packed = base64.urlsafe_b64encode(gzip.compress(json.dumps(asked).encode())).decode()
    again = client.get(f"/{ITEM}?message={packed}&x=1&compression=gzip&base64=1&encoding=json")
    assert again.json() == posted.json()


def test_an_entity_tag_saves_the_answer(client):
    path = f"/{ITEM}?{query({'code': CHANGE_ITEM})}"
    first = client.get(path, headers={"accept-encoding": "identity"})
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, no-cache"
    assert "Accept-Encoding" in first.headers["vary"]
    second = client.get(path, headers={"if-none-match": f'"other", {tag}',
                                       "accept-encoding": "identity"})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == tag
    assert "content-type" not in second.headers
    other = client.get(path, headers={"if-none-match": '"other"', "accept-encoding": "identity"})
    assert other.status_code == 200 and other.content == first.content
    packed = client.get(path, headers={"if-none-match": tag, "accept-encoding": "gzip"})
    assert packed.status_code == 200 and packed.headers["etag"] != tag
    assert packed.headers["content-encoding"] == "gzip" and packed.json() == first.json()
    proto = client.get(f"/{ITEM}?{query(b'')}")
    assert proto.status_code == 400 and proto.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("ask", [
    lambda client: client.post(f"/{ITEM}", json={"code": CHANGE_ITEM}),
    lambda client: client.get(f"/{ITEM}?{query({'code': CHANGE_ITEM})}"),
    lambda client: client.head(f"/{ITEM}?{query({'code': CHANGE_ITEM})}"),
    lambda client: client.post(f"/{COMPUTE_DUE}", json=DUE),
    lambda client: client.post(f"/{COMPUTE_DUE}", content=b"{", headers={
        "content-type": "application/json"}),
    lambda client: client.get("/openapi.json"),
    lambda client: client.get("/nothing"),
], ids=["cached", "get", "head", "forwarded", "refused", "document", "missing"])
def test_an_answer_says_when_it_was_sent_once(client, ask):
    # Whole seconds, and looked at once a second.
    before = time.time() - 2.5
    answer = ask(client)
    dates = answer.headers.get_list("date")
    assert len(dates) == 1
    assert dates[0].endswith(" GMT") and len(dates[0]) == 29
    sent = email.utils.parsedate_to_datetime(dates[0]).timestamp()
    assert before <= sent <= time.time()


def test_head_says_what_get_says(client):
    path = f"/{ITEM}?{query({'code': CHANGE_ITEM})}"
    got = client.get(path, headers={"accept-encoding": "identity"})
    head = client.head(path, headers={"accept-encoding": "identity"})
    assert head.status_code == 200 and head.content == b""
    for name in ("etag", "content-length", "content-type", "vary", "cache-control"):
        assert head.headers[name] == got.headers[name]
    missing = client.head(f"/{ITEM}?encoding=json")
    assert (missing.status_code, missing.content) == (400, b"")
    # The connection goes on.
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("parameters, status", [
    ("", 400), ("encoding=json", 400), ("message=%7B%7D", 400), ("encoding=xml&message=x", 415),
    ("connect=v2&encoding=json&message=%7B%7D", 400), ("encoding=json&message=%7", 400),
    ("encoding=json&base64=1&message=%21", 400), ("encoding=json&message=nothing", 400),
    ("encoding=json&compression=br&message=%7B%7D", 501),
    ("encoding=json&compression=gzip&message=%7B%7D", 400),
])
def test_a_wrong_query_is_refused(client, parameters, status):
    answer = client.get(f"/{ITEM}?{parameters}")
    assert answer.status_code == status
    if status != 415:
        assert answer.json()["code"] == {400: "invalid_argument", 501: "unimplemented"}[status]


def test_only_what_changes_nothing_is_reached_by_get(client):
    personal = client.get(f"/onedoor.intake.v1.IntakeService/TrackApplication?{query({})}")
    assert personal.status_code == 405 and personal.headers["allow"] == "POST"
    deleted = client.delete(f"/{ITEM}")
    assert deleted.status_code == 405 and deleted.headers["allow"] == "GET, HEAD, POST"


def test_answers_are_compressed_for_who_takes_it(client):
    # httpx unpacks by itself; what came is seen by the length.
    packed = client.post(f"/{ITEMS}", json={"page": {"size": 100}})
    plain = client.post(f"/{ITEMS}", json={"page": {"size": 100}},
                        headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    small = client.post(f"/{COMPUTE_DUE}", json=DUE)
    assert "content-encoding" not in small.headers
    refused = client.post(f"/{ITEMS}", json={"page": {"size": 100}},
                          headers={"accept-encoding": "gzip;q=0, br"})
    assert "content-encoding" not in refused.headers


def test_requests_are_unpacked_once(client):
    body = gzip.compress(json.dumps(DUE).encode())
    fields = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post(f"/{COMPUTE_DUE}", content=body, headers=fields).status_code == 200
    twice = client.post(f"/{COMPUTE_DUE}", content=gzip.compress(body), headers=fields)
    assert twice.status_code == 400
    for coding in ("gzip, gzip", "br", "deflate", "zstd"):
        answer = client.post(f"/{COMPUTE_DUE}", content=body,
                             headers=fields | {"content-encoding": coding})
        assert answer.status_code == 501
        assert "identity, gzip" in answer.json()["details"][0]["debug"]["messageEn"]


def test_curl_asks_by_get(url, tmp_path):
    for version in ("--http2-prior-knowledge", "--http1.1"):
        body, status, _ = curl(version, "-G", f"{url}/{COMPUTE_DUE}", "--compressed",
                               "--data-urlencode", f"message={json.dumps(DUE)}",
                               "-d", "encoding=json")
        assert status == 200 and json.loads(body)["due"]["dueOn"] == "2026-10-16"
        # curl keeps the tag and asks by it.
        etag = tmp_path / f"etag{version}"
        path = f"{url}/{ITEM}?{query({'code': CHANGE_ITEM})}"
        assert curl(version, "--etag-save", str(etag), path)[1] == 200
        assert curl(version, "--etag-compare", str(etag), path)[1] == 304
        assert curl(version, "-I", path)[1] == 200


def test_connectrpc_asks_by_get(url, generated):  # noqa: F811
    from connectrpc.code import Code
    from connectrpc.errors import ConnectError

    catalogue = generated("onedoor.catalogue.v1.catalogue_connect")
    messages = generated("onedoor.catalogue.v1.catalogue_pb2")
    client = catalogue.CatalogueServiceClientSync(url)
    asked = messages.GetItemRequest(code=CHANGE_ITEM)
    assert client.get_item(asked, use_get=True) == client.get_item(asked)
    with pytest.raises(ConnectError) as refused:
        client.get_item(messages.GetItemRequest(code="no-such-item"), use_get=True)
    assert refused.value.code == Code.NOT_FOUND


def envelopes(body: bytes):
    """The flags and payloads in a body."""
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        yield flags, body[5:5 + length]
        body = body[5 + length:]


def envelope(payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(payload)) + payload


@pytest.mark.parametrize("body, fields, code", [
    (b"", {}, "unimplemented"),
    (envelope(b"{}") * 2, {}, "unimplemented"),
    (envelope(b"{}")[:-1], {}, "unimplemented"),
    (envelope(b"{}", 1), {}, "internal"),
    (envelope(b"{}", 1), {"connect-content-encoding": "gzip"}, "invalid_argument"),
    (envelope(b"{}"), {"connect-content-encoding": "br"}, "unimplemented"),
    (envelope(b"{"), {}, "invalid_argument"),
    (envelope(b"{}"), {"connect-timeout-ms": "0"}, "invalid_argument"),
    (envelope(b"{}"), {"connect-timeout-ms": "12345678901"}, "invalid_argument"),
    (envelope(b"{}"), {"connect-timeout-ms": "abc"}, "invalid_argument"),
    (envelope(b"{}"), {"connect-timeout-ms": "50"}, "deadline_exceeded"),
    (envelope(gzip.compress(b"{}"), 1),
     {"connect-content-encoding": "gzip", "connect-timeout-ms": "50"}, "deadline_exceeded"),
])
def test_the_request_of_a_stream(job, client, body, fields, code):
    token = job.house.token("consumer", subject="wire-consumer")
    answer = client.post(f"/{FOLLOW}", content=body, headers={
        "content-type": "application/connect+json", "authorization": f"Bearer {token}"} | fields)
    assert answer.status_code == 200
    flags, end = list(envelopes(answer.content))[-1]
    assert flags == 2 and json.loads(end)["error"]["code"] == code


def test_timeouts_of_a_call(client):
    for wrong in ("0", "-1", "1.5", "12345678901", "x", ""):
        answer = client.post(f"/{COMPUTE_DUE}", json=DUE, headers={"connect-timeout-ms": wrong})
        assert answer.status_code == 400, wrong
        assert answer.json()["code"] == "invalid_argument"
    answer = client.post(f"/{COMPUTE_DUE}", json=DUE, headers={"connect-timeout-ms": "9999999999"})
    assert answer.status_code == 200


def test_the_size_limit(client):
    limit = 4 << 20
    fields = {"content-type": "application/proto", "accept-encoding": "identity"}
    # Unknown fields of a message are kept, so a padded message is whole.
    def padded(count):
        return b"\x0a\x0a2026-09-14\x12\x04\x08\x14\x10\x01" + b"\xfa\x7f" + varint(count) + \
            bytes(count)

    at = limit - len(padded(0)) - 3
    assert len(padded(at)) == limit
    for body in (padded(at), gzip.compress(padded(at))):
        coded = fields | ({"content-encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {})
        assert client.post(f"/{COMPUTE_DUE}", content=body, headers=coded).status_code == 200
    above = padded(at + 1)
    assert len(above) == limit + 1
    assert client.post(f"/{COMPUTE_DUE}", content=above, headers=fields).status_code == 413
    answer = client.post(f"/{COMPUTE_DUE}", content=gzip.compress(above),
                         headers=fields | {"content-encoding": "gzip"})
    assert answer.status_code == 429 and answer.json()["code"] == "resource_exhausted"


def varint(number: int) -> bytes:
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(parts + [number])


def test_buf_curl_names_the_code(url):
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "buf", "curl", "--schema", str(ROOT / "Proto"),
         "--protocol", "connect", "--http2-prior-knowledge", "-d", "{}", f"{url}/{ITEM}"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and '"code": "invalid_argument"' in done.stderr
