"""Bodies that cost more to read than to send."""

import base64
import gzip
import json
import struct

import httpx
import pytest

from hard import DRAFT, envelope, watched
from mainjob import CHANGE_ITEM, PERSON

LIST = "/onedoor.catalogue.v1.CatalogueService/ListItems"
ALERTS = "/onedoor.monitoring.v1.AlertService/FollowAlerts"


@pytest.fixture(scope="module")
def house(job):
    return job.house


@pytest.fixture(scope="module")
def send(house):
    """Posts a body and answers status, reason and the whole answer."""
    token = house.token("applicant", subject="hard-body")
    transport = httpx.HTTPTransport(local_address="127.0.0.66", http2=True, http1=False)
    with httpx.Client(transport=transport, timeout=30) as client:
        def post(body: bytes, path=DRAFT, **fields):
            head = {"content-type": "application/json", "authorization": f"Bearer {token}",
                    "idempotency-key": "hard-body"}
            head |= {name.replace("_", "-"): value for name, value in fields.items()}
            answer = client.post(house.url + path, content=body, headers=head)
            return answer.status_code, answer.headers.get("onedoor-reason", ""), answer

        yield post


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number: int, payload: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def test_gzip_bombs(house, send):
    with watched(house, "gzip bomb"):
        bomb = gzip.compress(b" " * (256 << 20), 9)
        assert len(bomb) < 1 << 20
        for coding in ["application/json", "application/proto"]:
            for _ in range(4):
                status, _, answer = send(bomb, content_encoding="gzip", content_type=coding)
                assert status == 429 and answer.json()["code"] == "resource_exhausted"


def test_a_bomb_in_a_query(house):
    messages = [b'{"x":[' + b"{}," * 1_390_000 + b"0]}", b"[" * 4_000_000,
                b'{"pageSize":1' + b" " * (4 << 20) + b"}"]
    transport = httpx.HTTPTransport(local_address="127.0.0.67", http2=True, http1=False)
    with watched(house, "gzip bomb in a query"), \
            httpx.Client(transport=transport, timeout=30) as client:
        for message in messages:
            packed = base64.urlsafe_b64encode(gzip.compress(message, 9)).decode()
            assert len(packed) < 12_000
            for _ in range(4):
                answer = client.get(house.url + LIST, params={
                    "connect": "v1", "encoding": "json", "base64": "1", "compression": "gzip",
                    "message": packed})
                assert answer.status_code in (400, 429), answer.text


def test_gzip_in_gzip_is_not_unpacked_twice(house, send):
    with watched(house, "nested gzip"):
        nested = gzip.compress(gzip.compress(b" " * (64 << 20)))
        status, _, answer = send(nested, content_encoding="gzip")
        assert status == 400 and answer.json()["code"] == "invalid_argument"
        status, _, answer = send(nested, content_encoding="gzip, gzip")
        assert status == 501 and answer.json()["code"] == "unimplemented"


@pytest.mark.parametrize("body", [
    gzip.compress(b"{}")[:-4], gzip.compress(b"{}")[:-8] + b"\0" * 8, b"\x1f\x8b\x08" + b"\xff" * 30,
    gzip.compress(b"{}") + b"garbage", b"\x78\x9c\xab\xae\x05\0\x01\x75\0\xf9",
], ids=["cut off", "wrong sum", "wrong flags", "garbage behind", "zlib, not gzip"])
def test_gzip_that_is_none(send, body):
    status, _, answer = send(body, content_encoding="gzip")
    assert status == 400 and answer.json()["code"] == "invalid_argument", answer.text


def test_a_bomb_in_an_envelope(house, send):
    with watched(house, "gzip bomb in a stream", services=("gateway", "monitoring")):
        consumer = f"Bearer {house.token('consumer', subject='hard-consumer')}"
        bomb = gzip.compress(b" " * (64 << 20), 9)
        for coding in ["json", "proto"]:
            status, reason, answer = send(
                envelope(bomb, 1), ALERTS, authorization=consumer,
                content_type=f"application/connect+{coding}", connect_content_encoding="gzip")
            assert status == 200 and b"resource_exhausted" in answer.content, answer.content


@pytest.mark.parametrize("body", [
    struct.pack(">BI", 0, 0xFFFFFFFF) + b"{}", struct.pack(">BI", 0, 5) + b"{}", b"\0\0", b"",
    envelope(b"{}") + envelope(b"{}"), envelope(b"{}", 2), envelope(b"{}", 0xFC),
], ids=["4 GiB announced", "longer than it is", "half a head", "none", "two", "end of stream",
        "unknown flags"])
def test_envelopes_that_lie(house, send, body):
    consumer = f"Bearer {house.token('consumer', subject='hard-consumer')}"
    for coding in ["json", "proto"]:
        status, _, answer = send(body, ALERTS, authorization=consumer,
                                 content_type=f"application/connect+{coding}")
        assert status == 200 and b'"error"' in answer.content, answer.content


def test_deep_json(house, send):
    with watched(house, "deep JSON"):
        for opening in [b"[", b'{"applicant":']:
            status, _, answer = send(opening * (4_000_000 // len(opening)))
            assert status == 400 and answer.json()["code"] == "invalid_argument"


def test_huge_repeated_json(house, send):
    with watched(house, "huge repeated JSON"):
        for piece, close in [(b'{"itemCode":[' + b"0," * 2_000_000, b"0]}"),
                             (b'{"x":' + b'[{},' * 900_000, b""),
                             (b"{" + b'"itemCode":"a",' * 270_000, b'"itemCode":"b"}'),
                             (b'{"itemCode":"' + b"\\u4e2d" * 690_000, b'"}')]:
            body = piece + close
            assert len(body) <= 4 << 20
            status, _, answer = send(body)
            assert status in (400, 429), answer.text[:300]


def test_numbers_that_take_long_to_read(house, send):
    with watched(house, "long numbers"):
        for number in [b"9" * 4_000_000, b"1e" + b"9" * 4_000_000, b"1" + b"0" * 4_000_000 + b".5",
                       b"-" * 4_000_000]:
            status, _, answer = send(b'{"page":{"size":' + number + b"}}",
                                     "/onedoor.intake.v1.IntakeService/ListApplications")
            assert status == 400, answer.text[:300]


@pytest.mark.parametrize("body", [
    b'{"itemCode":"\xff"}', b'{"itemCode":"\xc0\x80"}', b'{"itemCode":"\xed\xa0\x80"}',
    b'{"itemCode":"\xf4\x90\x80\x80"}', b'{"itemCode":"\xe4\xb8"}', b'{"\xff":1}',
    b'{"itemCode":"\\ud800"}', b'{"itemCode":"\\udc00\\ud800"}', b'{"itemCode":"a\0b"}',
    b'\xef\xbb\xbf{}', b'{}\0', b'{"itemCode":"\n"}', b"{'itemCode':'a'}", b"{}/**/", b"NaN",
], ids=repr)
def test_text_that_is_none(send, body):
    status, _, answer = send(body)
    assert status == 400 and answer.json()["code"] == "invalid_argument", answer.text


@pytest.mark.parametrize("text", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8"],
                         ids=repr)
def test_text_that_is_none_in_protobuf(send, text):
    status, _, answer = send(field(1, text), content_type="application/proto")
    assert status == 400 and answer.json()["code"] == "invalid_argument", answer.text


def test_a_nul_in_a_text_is_a_character_that_is_refused_and_never_an_end(send):
    for body, kind in [(field(1, b"a\0b"), "proto"), (b'{"itemCode":"a\\u0000b"}', "json")]:
        status, _, answer = send(body, content_type=f"application/{kind}")
        assert status == 400 and answer.json()["code"] == "invalid_argument", answer.text


def test_protobuf_that_amplifies(house, send):
    """Empty sub-messages: two bytes each on the wire, much more as values."""
    with watched(house, "amplifying protobuf"):
        good = field(1, CHANGE_ITEM.encode())
        for body in [b"\x12\0" * 2_000_000, b"\x22\0" * 2_000_000, good + b"\xfa\x7f\0" * 1_300_000]:
            status, _, answer = send(body, content_type="application/proto")
            assert status in (400, 429), answer.text[:200]


def test_protobuf_that_is_quadratic_to_merge(house, send):
    """One sub-message given again and again, each time to be merged with what came before."""
    with watched(house, "quadratic protobuf"):
        applicant = field(2, field(1, b"x" * 100))
        body = field(1, CHANGE_ITEM.encode()) + applicant * (4_000_000 // len(applicant))
        status, _, answer = send(body, content_type="application/proto")
        assert status in (400, 429), answer.text[:200]


def test_deep_protobuf(house, send):
    with watched(house, "deep protobuf"):
        body = b""
        for _ in range(2_000):
            body = field(2, body)
        for deep in [body, b"\x13" * 1_000_000, b"\x0b" * 1_000_000 + b"\x0c" * 1_000_000]:
            status, _, answer = send(deep, content_type="application/proto")
            assert status == 400, answer.text[:200]


@pytest.mark.parametrize("body", [
    b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 11,
    b"\0\0", b"\x07", b"\x0e", b"\x0c", b"\x08\x80",
], ids=lambda b: b.hex())
def test_protobuf_that_is_none(send, body):
    status, _, answer = send(body, content_type="application/proto")
    assert status == 400 and answer.json()["code"] == "invalid_argument", answer.text
