"""Trunks by hand to the inner ports, whoever reached them; and what they cost."""

import base64
import collections
import contextlib
import json
import struct
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import store
from hard import CALENDAR, JSON, MEMORY, PROTOCOL_ERROR, Neighbour, watched
from house import HALL
from neighbour import resident
from processes import samples
from test_clients import generated  # noqa: F401
from test_hard_tokens import private
from trunk import (ANSWER, BEGIN, BROKEN, CALL, CANCEL, CREDIT, END, FORGET, HEAD, LIMIT, PATH,
                   PIECE, PREFIX, TRACED, WINDOW, Trunk, connect, head, inner, is_read, record)

LIST = "/onedoor.intake.v1.IntakeService/ListApplications"
READ = "/onedoor.feed.v1.FeedService/Read"
FOLLOW = "/onedoor.feed.v1.FeedService/Follow"
CALLS = 4_096


@pytest.fixture
def house(job):
    return job.house


@pytest.fixture(scope="module")
def issue(job, generated):  # noqa: F811
    """Makes passes: (who signs, roles, with which key) as a header value."""
    messages = generated("onedoor.access.v1.pass_pb2")
    roles = generated("onedoor.access.v1.access_pb2").Role

    def make(service: str, *names: str, key=None) -> str:
        payload = messages.Pass(
            key_id=service, alg="ed25519", subject=service if names == ("ROLE_SERVICE",) else "",
            roles=[roles.Value(name) for name in names], halls=[HALL],
            expires_at_ms=int(time.time() * 1000) + 600_000).SerializeToString()
        signature = (key or private(job.house, f"{service}/sign")).sign(payload)
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode()
                        for part in (payload, signature))

    return make


@pytest.fixture(scope="module")
def public(issue):
    """The pass that the gateway gives to anybody."""
    return issue("gateway", "ROLE_PUBLIC")


def calendar(public: str) -> bytes:
    return head(0, CALENDAR, ("onedoor-pass", public))


ASKING = [(":method", "POST"), (":scheme", "http"), (":path", "/")]
BROKEN_FORMS = {
    "an unknown kind": record(0),
    "a kind beyond the last": record(12),
    "a record above the limit": record(CALL, head=0, count=LIMIT + 1),
    "the longest length": record(CALL, head=0, count=0xFFFFFFFF),
    "fields behind the end": record(CALL, head=0, field_bytes=1),
    "fields of four gigabytes": record(CALL, head=0, field_bytes=0xFFFFFFFF),
    "more fields than there are": record(CALL, head=0, fields=[("a", "b")], field_count=2),
    "fewer fields than there are": record(CALL, head=0, fields=[("a", "b")], field_count=0),
    "a trace that is cut off": record(TRACED, head=0, body=bytes(24)),
    "a head that was not defined": record(CALL, head=7),
    "a head with a body": record(HEAD, head=1, fields=ASKING, body=b"x"),
    "a head beyond the last": record(HEAD, head=512, fields=ASKING),
    "a head that is too long": record(HEAD, head=1, fields=[*ASKING, ("a", "b" * 4096)]),
    "a head of an answer": record(HEAD, head=1, fields=[(":status", "200")]),
    "a head without a path": record(HEAD, head=1, fields=ASKING[:2]),
    "a head with two paths": record(HEAD, head=1, fields=[*ASKING, ASKING[2]]),
    "a length beside that of the record": record(CALL, head=0, fields=[("content-length", "0")]),
    "a field of one connection": record(CALL, head=0, fields=[("connection", "close")]),
    "a pseudo-header in passing": record(CALL, head=0, fields=[(":path", "/")]),
    "a length that is not that of the body": record(CALL, head=0, number=1, body=b"{}"),
    "a body that is too long": record(CALL, head=0, body=bytes((16 << 10) + 1)),
    "passing fields that are too long": record(CALL, head=0, fields=[("a", "b" * 4096)]),
    "more heads than there is room for": b"".join(
        record(HEAD, head=n, fields=[*ASKING, ("a", "b" * 4000)]) for n in range(1, 66)),
    "a call with a head of its own": record(CALL, fields=[(":path", CALENDAR)]),
    "a name in upper case": record(CALL, head=0, fields=[("A", "b")]),
    "a name without a letter": record(CALL, head=0, fields=[("", "b")]),
    "a line feed in a value": record(CALL, head=0, fields=[("a", "b\nonedoor-pass: c")]),
    "a NUL in a value": record(CALL, head=0, fields=[("a", "b\0")]),
    "an answer": record(ANSWER, head=0),
    "the beginning of an answer": record(BEGIN, head=0),
    "a piece of an answer": record(PIECE, body=b"x"),
    "the end of an answer": record(END),
    "that there is no answer": record(BROKEN, number=2),
    "no credit": record(CREDIT, number=0),
    "negative credit": record(CREDIT, number=-(1 << 63)),
}


@pytest.mark.parametrize("what", BROKEN_FORMS)
def test_what_breaks_the_form_ends_its_trunk_and_nothing_else(house, public, what):
    with connect(house, "catalogue") as peer:
        trunk = Trunk(peer)
        trunk.send(calendar(public) + record(CALL, 1, head=0, body=b"{}"))
        assert trunk.answer(1).status == 200
        bad = BROKEN_FORMS[what]
        trunk.send(bad[:5])
        trunk.send(bad[5:] + record(CALL, 2, head=0, body=b"{}"))
        assert trunk.end() == PROTOCOL_ERROR
        trunk.take()
        assert 2 not in trunk.said
        peer.request(5, peer.block(*JSON, ("onedoor-pass", public)), b"{}")
        assert peer.answer(5)[0] == 200


def test_what_is_about_nobody_is_no_fault(house, public):
    """Between two sides that speak at once, some things are said too late."""
    with connect(house, "catalogue") as peer:
        trunk = Trunk(peer)
        trunk.send(calendar(public) + record(CANCEL, 9) + record(CREDIT, 9, number=(1 << 63) - 1))
        trunk.send(record(CALL, 0xFFFFFFFF, head=0, number=2, body=b"{}"))
        assert trunk.answer(0xFFFFFFFF).status == 200
        # No number is that of a head any more, and then it is again.
        trunk.send(record(FORGET) + calendar(public) + record(CALL, 1, head=0, body=b"{}"))
        assert trunk.answer(1).status == 200


def test_a_connection_has_one_trunk(house, public):
    with connect(house, "catalogue") as peer:
        trunk = Trunk(peer)
        trunk.send(calendar(public) + record(CALL, 1, head=0, body=b"{}"))
        assert trunk.answer(1).status == 200
        # The second is a call like any other, of a method that is not there.
        media = ("content-type", "application/onedoor-trunk")
        peer.request(3, peer.block(media, path=PATH), b"{}")
        assert peer.answer(3)[0] == 404
        trunk.send(record(CALL, 2, head=0, body=b"{}"))
        assert trunk.answer(2).status == 200


def refusals(house, service: str, method: str) -> float:
    name = f'onedoor_calls_refused_total{{method="{method}",reason="BYPASS"}}'
    return samples(inner(house, service).port).get(name, 0)


def recorded(house, service: str, source: str, refused) -> int:
    """How many refused calls from a source stand in a service's feed."""
    with contextlib.closing(store(house.data, service)) as connection:
        rows = connection.execute("SELECT payload FROM feed WHERE payload_type = ?",
                                  [refused.DESCRIPTOR.full_name]).fetchall()
    entries = [refused.FromString(row["payload"]) for row in rows]
    return sum(e.count for e in entries if (e.source, e.reason) == (source, "BYPASS"))


def test_a_call_without_a_genuine_pass_is_a_bypass_as_any_other(
        job, house, public, issue, generated):  # noqa: F811
    """However many are on the trunk; what others may is not what comes after them may."""
    source, method = "127.0.5.77", LIST.rsplit("/")[-1]
    payload, signature = public.split(".")
    changed = payload + "." + ("B" if signature[0] == "A" else "A") + signature[1:]
    forged = [issue("gateway", "ROLE_CLERK", key=Ed25519PrivateKey.generate()),
              issue("gateway", "ROLE_CLERK", key=private(house, "intake/sign")),
              issue("intake", "ROLE_CLERK"), changed, "", "."]
    before = refusals(house, "intake", method)
    with connect(house, "intake", source=source) as peer:
        trunk = Trunk(peer)
        trunk.send(head(0, LIST) + record(CALL, 0, head=0, body=b"{}"))
        for number, one in enumerate(forged, 1):
            # Once in the head that stays, once beside a head that has none.
            trunk.send(head(1, LIST, ("onedoor-pass", one))
                       + record(CALL, 2 * number, head=1, body=b"{}")
                       + record(CALL, 2 * number + 1, head=0, body=b"{}",
                                fields=[("onedoor-pass", one)]))
        # A pass that is genuine opens what its roles may, and nothing for who comes after.
        trunk.send(record(CALL, 100, head=0, fields=[("onedoor-pass", public)], body=b"{}")
                   + record(CALL, 101, head=0, body=b"{}"))
        bypassed = [0, *range(2, 2 * len(forged) + 2), 101]
        for number in bypassed:
            said = trunk.answer(number)
            assert (said.kind, said.status) == (ANSWER, 403), said
            assert said.fields["onedoor-reason"] == "BYPASS", number
            assert json.loads(said.body)["code"] == "permission_denied"
        said = trunk.answer(100)
        assert said.status == 403 and said.fields["onedoor-reason"] != "BYPASS"
    assert refusals(house, "intake", method) == before + len(bypassed)
    # By the minute, and then told to those who watch.
    refused = generated("onedoor.gateway.v1.gateway_pb2").CallsRefused
    job.wait(lambda: recorded(house, "intake", source, refused) == len(bypassed),
             "the record of the bypasses", 90)
    job.wait(lambda: [a for a in job.alerts() if a["kind"] == "ALERT_KIND_BYPASS"
                      and method in a["explanationEn"]], "the alert of the bypass")


def test_ten_thousand_calls_on_one_trunk_are_all_answered(house, public):
    with watched(house, "calls on a trunk", ("catalogue",)), connect(house, "catalogue") as peer:
        trunk = Trunk(peer)
        trunk.send(calendar(public))
        count, wave = 10_000, 500
        for start in range(0, count, wave):
            # No more than may be open, whichever is answered first.
            assert trunk.wait(lambda: len(trunk.said) >= start - 3 * wave)
            trunk.send(b"".join(record(CALL, n, head=0, number=2, body=b"{}")
                                for n in range(start, start + wave)))
        assert trunk.wait(lambda: len(trunk.said) == count, 60), len(trunk.said)
        assert set(trunk.said) == set(range(count))
        found = collections.Counter((s.kind, s.status, s.body) for s in trunk.said.values())
        assert len(found) == 1 and next(iter(found))[:2] == (ANSWER, 200)
        assert trunk.end(0) is None


def follow(issue) -> bytes:
    """The head of calls that stay open."""
    own = issue("monitoring", "ROLE_SERVICE")
    return head(0, FOLLOW, ("onedoor-pass", own), media="application/connect+json")


ASKED = struct.pack(">BI", 0, 15) + b'{"after":"999"}'


def test_a_number_that_is_open_is_not_given_again(house, issue):
    for other in (5, 5 + CALLS, 5 + 3 * CALLS):
        with connect(house, "catalogue") as peer:
            trunk = Trunk(peer)
            trunk.send(follow(issue) + record(CALL, 5, head=0, body=ASKED))
            assert trunk.wait(lambda t=trunk: 5 in t.begun)
            trunk.send(record(CALL, 6, head=0, body=ASKED))
            assert trunk.wait(lambda t=trunk: 6 in t.begun)
            # What was cancelled is free again.
            trunk.send(record(CANCEL, 6) + record(CALL, 6 + CALLS, head=0, body=ASKED))
            assert trunk.wait(lambda t=trunk: 6 + CALLS in t.begun)
            trunk.send(record(CALL, other, head=0, body=ASKED))
            assert trunk.end() == PROTOCOL_ERROR, other


def test_calls_beyond_those_that_may_be_open_are_refused(house, issue):
    with watched(house, "open calls", ("catalogue",)), connect(house, "catalogue") as peer:
        trunk = Trunk(peer)
        trunk.send(follow(issue))
        for start in range(0, CALLS, 256):
            trunk.send(b"".join(record(CALL, n, head=0, body=ASKED)
                                for n in range(start, start + 256)))
        assert trunk.wait(lambda: len(trunk.begun) + len(trunk.said) == CALLS, 60)
        assert len(trunk.begun) == CALLS, next(iter(trunk.said.values()))
        trunk.send(record(CALL, CALLS, head=0, body=ASKED))
        assert trunk.end() == PROTOCOL_ERROR
        peer.request(3, peer.block(*JSON, path="/readyz", method="GET"))
        assert peer.answer(3)[0] == 200


def test_a_giant_length_costs_nothing(house):
    with watched(house, "giant lengths", ("catalogue",)):
        for _ in range(50):
            with connect(house, "catalogue") as peer:
                trunk = Trunk(peer)
                trunk.send(PREFIX.pack(0xFFFFFFFF, CALL, 0, 0, 0, 0, 0) + bytes(64))
                assert trunk.end() == PROTOCOL_ERROR


def test_answers_that_nobody_takes_are_not_made(house, public):
    """Not by one call in one piece either: the service reads on when its answers are taken."""
    with (watched(house, "answers that nobody takes", ("catalogue",)),
          connect(house, "catalogue", window=0) as peer):
        trunk = Trunk(peer)
        trunk.send(calendar(public))
        calls = [record(CALL, n, head=0, number=2, body=b"{}") for n in range(30_000)]
        trunk.send(b"".join(calls[:20_000]))
        for call in calls[20_000:20_200]:
            trunk.send(call)
            assert is_read(peer)
        trunk.send(b"".join(calls[20_200:]))
        time.sleep(1)
        assert trunk.end(0) is None and not trunk.said


def reading(issue) -> bytes:
    """The head of calls whose answers are long: pages of a whole catalogue."""
    return head(0, READ, ("onedoor-pass", issue("monitoring", "ROLE_SERVICE")))


PAGE = b'{"limit":500}'


@pytest.mark.parametrize("window", [WINDOW, 0], ids=["no credit", "no window"])
def test_long_answers_that_nobody_takes_keep_their_places(house, issue, window):
    """Whatever the numbers are: what has the place of one is refused, or is not read."""
    with (watched(house, "long answers", ("catalogue",)),
          connect(house, "catalogue", window=window) as peer):
        trunk = Trunk(peer)
        trunk.send(reading(issue))
        for call in range(7, 200 * CALLS, CALLS):
            trunk.send(record(CALL, call, head=0, body=PAGE))
            if not is_read(peer):
                break
        end = trunk.end(10 if window else 1)
        # Without a window it may be that nothing more is read.
        assert end == PROTOCOL_ERROR or not window and end is None
        trunk.take()
        assert set(trunk.begun) == ({7} if window else set()) and not trunk.said


def test_long_answers_that_nobody_takes_leave_no_room_on_their_trunk(house, issue):
    """Each has a place of its own and waits for credit; others do not hear of it."""
    pid = house.pid("catalogue")
    before, neighbour = resident(pid), Neighbour(house, pids={"catalogue": pid})
    try:
        with connect(house, "catalogue") as peer:
            trunk = Trunk(peer)
            trunk.send(reading(issue))
            for start in range(0, 1_000, 20):
                trunk.send(b"".join(record(CALL, call, head=0, body=PAGE)
                                    for call in range(start, start + 20)))
                assert trunk.wait(lambda n=start + 20: len(trunk.begun) + len(trunk.said) == n)
                if trunk.said:
                    break
            begun = set(trunk.begun)
            told = {(s.status, s.fields["onedoor-reason"]) for s in trunk.said.values()}
            assert told == {(503, "OVERLOADED")} and len(begun) > 100
            # What is not wanted any more makes room.
            trunk.send(b"".join(record(CANCEL, call) for call in list(begun)[:20])
                       + record(CALL, 2_000, head=0, body=PAGE))
            assert trunk.wait(lambda: 2_000 in trunk.begun)
            # What was refused has no place, so that its number's next neighbour may have it.
            again = min(trunk.said) + CALLS
            trunk.send(record(CALL, again, head=0, body=PAGE))
            assert trunk.wait(lambda: again in trunk.begun), trunk.end(1)
    finally:
        neighbour.end()
    assert not neighbour.errors, neighbour.errors
    grown = (neighbour.peaks["catalogue"] - before) >> 20
    assert grown < 96 + (MEMORY >> 20), f"{grown} MiB"


def longest_heads() -> bytes:
    """As much of heads as is remembered, each as long as one may be, again and again."""
    fields = [*ASKING, ("a", "v" * 4000)]
    return b"".join(record(HEAD, head=n, fields=fields) for n in range(1, 62))


def test_heads_and_half_records_that_fill_a_trunk_are_bounded(house, public):
    """Each trunk is filled with what it may hold, and what is behind it is never sent."""
    heads, half = longest_heads(), PREFIX.pack(LIMIT, CALL, 0, 0, 0, 0, 0) + bytes(LIMIT - 1)
    with watched(house, "full trunks", ("catalogue",)):
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                peer = stack.enter_context(connect(house, "catalogue"))
                trunk = Trunk(peer)
                for _ in range(4):
                    trunk.send(heads)
                trunk.send(calendar(public) + record(CALL, 1, head=0, body=b"{}"))
                assert trunk.answer(1).status == 200
                trunk.send(half)
            time.sleep(1)
