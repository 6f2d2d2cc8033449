"""Calls that a service answers from their heads alone, with bodies that come in every way."""

import json
import time

import pytest
from hyperframe.frame import DataFrame, RstStreamFrame

from hard import CALENDAR
from test_clients import generated  # noqa: F401
from test_trunk import house, issue, public  # noqa: F401
from trunk import connect, is_read

REQUEST = b"{ }"
CALLS = range(1, 41, 2)


@pytest.fixture
def peer(house):  # noqa: F811
    with connect(house, "catalogue") as peer:
        yield peer


@pytest.fixture
def fields(public):  # noqa: F811
    return ("content-type", "application/json"), ("onedoor-pass", public)


def begin(peer, fields, *streams):
    for stream in streams:
        peer.request(stream, peer.block(*fields), end=False)


def piece(stream: int, data: bytes, *flags: str) -> DataFrame:
    return DataFrame(stream, data, flags=flags)


@pytest.fixture
def known(peer, fields):
    """The answer to a plain call; afterwards its head is known."""
    begin(peer, fields, 101)
    peer.send(piece(101, REQUEST, "END_STREAM"))
    status, _, body = peer.answer(101)
    assert status == 200 and json.loads(body)
    return body


def later(first: int):
    """Streams behind those that were used."""
    return [first + stream for stream in CALLS]


def test_bodies_behind_all_heads(peer, fields, known):
    begin(peer, fields, *later(102))
    peer.send(*(piece(stream, REQUEST, "END_STREAM") for stream in reversed(later(102))))
    for stream in reversed(later(102)):
        assert peer.answer(stream)[::2] == (200, known)


def test_bodies_byte_by_byte(peer, fields, known):
    """Each byte in a turn of its own, and the end in one more."""
    begin(peer, fields, *later(102))
    for at in range(len(REQUEST)):
        peer.send(*(piece(stream, REQUEST[at:at + 1]) for stream in later(102)))
        assert is_read(peer)
    peer.send(*(piece(stream, b"", "END_STREAM") for stream in later(102)))
    for stream in later(102):
        assert peer.answer(stream)[::2] == (200, known)


def test_a_body_that_begins_late(peer, fields, known):
    begin(peer, fields, 103)
    assert is_read(peer)
    time.sleep(0.3)  # turns of the loop in which nothing comes
    peer.send(piece(103, REQUEST, "END_STREAM"))
    assert peer.answer(103)[::2] == (200, known)


@pytest.mark.parametrize("count", [65_535, 65_536, 65_537, 200_000])
def test_long_bodies(peer, fields, known, count):
    body = REQUEST + b" " * (count - len(REQUEST))
    peer.request(103, peer.block(*fields), body)
    assert peer.answer(103)[::2] == (200, known)
    peer.request(105, peer.block(*fields, ("content-length", str(count))), body)
    assert peer.answer(105)[::2] == (200, known)


def test_calls_taken_back_leave_the_others_alone(peer, fields, known):
    """Each second one is reset, half of them in the same turn, the rest in a later one."""
    begin(peer, fields, *later(102))
    halves = later(102)[::2]
    peer.send(*(piece(stream, REQUEST[:2]) for stream in later(102)))
    peer.send(*(RstStreamFrame(stream, 8) for stream in halves[:5]))
    assert is_read(peer)
    peer.send(*(RstStreamFrame(stream, 8) for stream in halves[5:]))
    peer.send(*(piece(stream, REQUEST[2:], "END_STREAM") for stream in later(102)[1::2]))
    for stream in later(102)[1::2]:
        assert peer.answer(stream)[::2] == (200, known)
    begin(peer, fields, *later(152))
    peer.send(*(piece(stream, REQUEST, "END_STREAM") for stream in later(152)))
    for stream in later(152):
        assert peer.answer(stream)[::2] == (200, known)


def test_two_heads_in_turn_and_one_that_is_refused(peer, fields, known):
    """What is remembered of the last head is not taken for another's."""
    media, credential = fields
    heads = [(fields, 200), ((media, credential, ("x-more", "1")), 200), ((media,), 403),
             ((media, (credential[0], credential[1][:-4] + "AAAA")), 403), (fields, 200)]
    for turn in range(4):
        for index, (head, status) in enumerate(heads):
            stream = 103 + 2 * (turn * len(heads) + index)
            begin(peer, head, stream)
            peer.send(piece(stream, REQUEST, "END_STREAM"))
            answer = peer.answer(stream)
            assert answer[0] == status, (turn, index, answer)
            assert status != 200 or answer[2] == known


def test_wrong_bodies_are_refused_like_any(peer, fields, known):
    for stream, body in zip(later(102), [b"{", b"\xff", b'{"nothing":1}']):
        begin(peer, fields, stream)
        peer.send(piece(stream, body, "END_STREAM"))
        assert peer.answer(stream)[0] == 400
    begin(peer, fields, 151)
    peer.send(piece(151, REQUEST, "END_STREAM"))
    assert peer.answer(151)[::2] == (200, known)
