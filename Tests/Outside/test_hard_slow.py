"""Callers who take their time, who come in great numbers, and who send much and never all of it."""

import contextlib
import socket
import threading
import time

import pytest
from hyperframe.frame import DataFrame, HeadersFrame, SettingsFrame, WindowUpdateFrame

from client import Refused
from hard import CALENDAR, H2, JSON, MEMORY, PREFACE, caller, dial, resident, watched
from mainjob import CHANGE_ITEM, PERSON


@pytest.fixture(scope="module")
def house(job):
    return job.house


def drip(sock, piece: bytes, until: float) -> float:
    """Sends a piece each half second; answers how long it took until the other side had enough."""
    begin = time.monotonic()
    sock.settimeout(0.5)
    with contextlib.suppress(OSError):
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                if not sock.recv(65536):
                    break
            sock.sendall(piece)
    return time.monotonic() - begin


def test_slow_heads_and_slow_bodies_are_cut_off(house):
    """Over both versions of HTTP, all at once; a fast start buys a slow body nothing."""
    head = f"POST {CALENDAR} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n".encode()
    opened = HeadersFrame(1, b"", flags=["END_HEADERS"])
    opened.data = H2.block(None, *JSON)
    settings = SettingsFrame().serialize()
    ack = SettingsFrame(flags=["ACK"]).serialize()
    cases = {
        "nothing at all": (b"", b""),
        "half a preface": (PREFACE[:9], b""),
        "head line by line": (b"POST / HTTP/1.1\r\n", b"x-a: b\r\n"),
        "head without an end": (head, b""),
        "SETTINGS that never come": (PREFACE, b""),
        "SETTINGS that are never acknowledged": (PREFACE + settings, b""),
        "body byte by byte": (head + b"content-length: 100000\r\n\r\n", b" "),
        "body that stalls": (head + b"content-length: 100000\r\n\r\n" + b" " * 90_000, b""),
        "chunks byte by byte": (head + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        "frames byte by byte": (PREFACE + settings + ack + opened.serialize(),
                                DataFrame(1, b" ").serialize()),
        "frames that stall": (PREFACE + settings + ack + opened.serialize()
                              + DataFrame(1, b" " * 16_000).serialize() * 3, b""),
    }
    took, answers = {}, {}

    def one(what, start, piece):
        with dial(house) as sock:
            sock.sendall(start)
            if PREFACE in start and opened.serialize() in start:
                begin = time.monotonic()
                sock.settimeout(0.5)
                got = b""
                while time.monotonic() < begin + 25 and b"BODY_TOO_SLOW" not in got:
                    with contextlib.suppress(TimeoutError):
                        got += sock.recv(65536)
                    sock.sendall(piece)
                took[what], answers[what] = time.monotonic() - begin, got
            else:
                took[what] = drip(sock, piece, time.monotonic() + 25)

    with watched(house, "slow heads and bodies", pause=0.05):
        threads = [threading.Thread(target=one, args=(what, *case)) for what, case in cases.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert set(took) == set(cases)
    assert max(took.values()) < 24, took


@pytest.mark.parametrize("count", [10_000])
def test_idle_connections(house, count):
    """From many addresses, with nothing said; each address has its limit besides."""
    with watched(house, f"{count} idle connections", services=("gateway",)):
        held, before = [], resident(house.pid("gateway"))
        try:
            for number in range(count):
                held.append(socket.create_connection(
                    ("127.0.0.1", house.port), timeout=10,
                    source_address=(f"127.0.1.{1 + number % 20}", 0)))
            assert alive(held) == count
            grown = resident(house.pid("gateway")) - before
            assert grown < MEMORY, f"{grown >> 20} MiB for those who say nothing"
        finally:
            for sock in held:
                sock.close()


def alive(socks) -> int:
    """How many connections the other side has not closed."""
    count = 0
    for sock in socks:
        sock.setblocking(False)
        try:
            count += sock.recv(1) != b""
        except BlockingIOError:
            count += 1
        except OSError:
            pass
    return count


def test_connections_of_one_address(house):
    with watched(house, "1,100 connections of one address", services=("gateway",)):
        held = [socket.create_connection(("127.0.0.1", house.port), timeout=10,
                                         source_address=("127.0.0.67", 0)) for _ in range(1_100)]
        end = time.monotonic() + 10
        while alive(held) > 1_024 and time.monotonic() < end:
            time.sleep(0.05)
        assert alive(held) == 1_024
        for sock in held:
            sock.close()


def test_large_bodies_of_many_callers_are_bounded_together(house):
    """What is collected of unfinished bodies has one limit for the whole process."""
    with watched(house, "many unfinished bodies", services=("gateway",)):
        peers = [H2(house, source=f"127.0.0.{100 + number}") for number in range(4)]
        threads = [threading.Thread(target=fill, args=(peer,)) for peer in peers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        refused = {f.fields.get("onedoor-reason") for p in peers for f in p.frames
                   if isinstance(f, HeadersFrame)}
        assert "OVERLOADED" in refused
        for peer in peers:
            peer.close()
    with H2(house, source="127.0.0.99") as peer:
        def settled(stream):
            peer.request(stream, peer.block(*JSON), b" " * 60_000 + b"{}")
            return peer.answer(stream)[0] == 200

        assert any(settled(stream) for stream in range(1, 40, 2)), "it is free again"


def fill(peer):
    """Sends 3 MiB on each of four streams as fast as windows open, and leaves them unfinished."""
    room = {0: 65_535}
    peer.acknowledges = True
    peer.read(lambda frame: isinstance(frame, SettingsFrame), 5)
    for stream in (1, 3, 5, 7):
        peer.request(stream, peer.block(*JSON), end=False)
        room[stream] = 256 << 10
    left = {stream: 3 << 20 for stream in (1, 3, 5, 7)}

    def take(frame):
        if isinstance(frame, WindowUpdateFrame):
            room[frame.stream_id] = room.get(frame.stream_id, 0) + frame.window_increment
        return isinstance(frame, (WindowUpdateFrame, HeadersFrame))

    end = time.monotonic() + 15
    while any(left.values()) and time.monotonic() < end and not peer.is_closed:
        sent = False
        for stream in left:
            size = min(16_384, room[0], room[stream], left[stream])
            if size > 0 and peer.send(DataFrame(stream, b" " * size)):
                room[0] -= size
                room[stream] -= size
                left[stream] -= size
                sent = True
        if not sent and not peer.read(take, 1):
            break
        peer.read(take, 0.001)
        if any(isinstance(frame, HeadersFrame) for frame in peer.frames):
            break


def test_guessing_query_codes(house, job):
    """Ten wrong codes lock a number for the day, whether it exists or not."""
    applicant = caller(house, house.token("applicant", subject="hard-owner"))
    receipt = applicant.call("IntakeService/SubmitApplication", {
        "itemCode": CHANGE_ITEM, "applicant": PERSON})["receipt"]
    for number, who in [(receipt["number"], "guesser-1"), ("37021220260914017000999", "guesser-2")]:
        guesser = caller(house, house.token("applicant", subject=who))
        reasons = []
        for code in range(12):
            with pytest.raises(Refused) as refused:
                guess = f"{(int(receipt['queryCode']) + 1 + code) % 1_000_000:06}"
                guesser.call("IntakeService/TrackApplication", {"number": number, "queryCode": guess})
            reasons.append(refused.value.reason)
        assert reasons == ["NOT_FOUND"] * 10 + ["LOOKUP_LOCKED"] * 2
    with pytest.raises(Refused) as refused:
        applicant.call("IntakeService/TrackApplication", {
            "number": receipt["number"], "queryCode": receipt["queryCode"]})
    assert refused.value.reason == "LOOKUP_LOCKED"
    assert applicant.call("IntakeService/GetApplication", {"number": receipt["number"]})
    # Whoever rates says a code too, without a token.
    reasons = []
    for code in range(12):
        with pytest.raises(Refused) as refused:
            guess = f"{(int(receipt['queryCode']) + 1 + code) % 1_000_000:06}"
            caller(house).call("RatingService/Rate", {
                "caseNumber": receipt["number"], "queryCode": guess, "satisfaction": "SATISFACTION_FAIR"})
        reasons.append(refused.value.reason)
    assert reasons == ["NOT_FOUND"] * 10 + ["LOOKUP_LOCKED"] * 2
