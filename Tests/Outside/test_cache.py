"""GetItem and its like by GET from the gateway's own cache: fast is measured elsewhere, here it
must be true. docs/adr/0030-the-door-keeps-answers.md has the promises."""

import copy
import datetime
import json
import shutil
import subprocess
import threading
import time
import urllib.parse

import httpx
import pytest

from client import Client
from hard import resident
from house import DATA, SERVICES, house as new_house
from mainjob import CHANGE_ITEM, MainJob
from processes import Six, samples

SERVICE = "/onedoor.catalogue.v1.CatalogueService/"
CALENDAR = "/onedoor.catalogue.v1.CalendarService/"
SILENCE = 10  # AnswerCache.silence, in seconds
MEMORY, LIMIT, ENTRIES = 32 << 20, 4 << 20, 4_096


def path(method: str, request: dict, service: str = SERVICE) -> str:
    message = urllib.parse.quote(json.dumps(request, ensure_ascii=False))
    return f"{service}{method}?connect=v1&encoding=json&message={message}"


ITEM = path("GetItem", {"code": CHANGE_ITEM})
OTHER_ITEM = "11370212MB0108003E4000101002001"


def text(number: int, value: str | bytes) -> bytes:
    """A short text, or a message, as a field of a message in binary."""
    value = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(value)]) + value


def version(answer) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["item"]["version"])


def position(answer) -> int:
    return int(answer.headers["onedoor-position"].removeprefix("catalogue="))


class Editing:
    """Two officials who bring out one version of an item after the other."""

    def __init__(self, house):
        editor = house.token("catalogue_editor", subject="u-e01-a", posts=("E01",))
        approver = house.token("catalogue_approver", subject="u-v01-a", posts=("V01",))
        self.editor, self.approver = Client(house.url, editor), Client(house.url, approver)
        items = json.loads((DATA / "catalogue" / "items-licensing.json").read_text("utf-8"))
        details = json.loads((DATA / "catalogue" / "items-detailed.json").read_text("utf-8"))
        self.item = copy.deepcopy(next(
            item for item in items["items"] + details["items"] if item["code"] == CHANGE_ITEM))
        self.count = 0

    def publish(self) -> str:
        """Brings out the next version; answers the position that Publish told."""
        self.count += 1
        self.item["conditions"] = f"第{self.count}版"
        answer = self.editor.call("CatalogueService/ImportCatalogue",
                                  {"file": {"source": "edit", "items": [self.item]}})
        self.approver.call("CatalogueService/Publish", {"importId": answer["importId"]})
        return self.approver.position


@pytest.fixture(scope="module")
def house():
    """A house of its own, that lets one address call as often as it likes."""
    with new_house({"ONEDOOR_CALLS_SOURCE": "1000000"}) as it:
        MainJob(it).import_catalogue()
        yield it


def gateway(house) -> dict[str, float]:
    return samples(house.port + 1 + SERVICES.index("gateway"))


def asked(house, method: str = "GetItem") -> float:
    """How many calls of a method the catalogue has answered."""
    of = samples(house.port + 1 + SERVICES.index("catalogue"))
    return of.get(f'onedoor_calls_answered_total{{method="{method}"}}', 0)


def hits(house) -> float:
    return gateway(house)["onedoor_door_cache_hits_total"]


def wait(condition, what: str, deadline: float = 20) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def warm(client, target: str = ITEM) -> httpx.Response:
    """Asks until the answer comes from the cache, as its feed is heard; answers it."""
    def is_hit():
        before = samples(client.metrics)["onedoor_door_cache_hits_total"]
        warm.answer = client.get(target)
        return samples(client.metrics)["onedoor_door_cache_hits_total"] > before

    wait(is_hit, "an answer from the cache")
    return warm.answer


def client(house, **options) -> httpx.Client:
    it = httpx.Client(base_url=house.url, timeout=30, **options)
    it.metrics = house.port + 1 + SERVICES.index("gateway")
    return it


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
def test_an_answer_is_asked_for_once(house, protocol):
    is_2 = protocol == "HTTP/2"
    with client(house, http1=not is_2, http2=is_2) as caller:
        first = warm(caller)
        before, met, admitted = asked(house), hits(house), gateway(house)
        for _ in range(20):
            answer = caller.get(ITEM)
            assert (answer.http_version, answer.content) == (protocol, first.content)
            assert dict(answer.headers) == dict(first.headers)
        assert asked(house) == before
        assert hits(house) == met + 20
        let_in = 'onedoor_door_admitted_total{to="catalogue"}'
        assert gateway(house)[let_in] == admitted[let_in] + 20
        # By POST in JSON it is the same answer, without what is for other caches; what is asked stands
        # in the body, so the same head gets another answer.
        for code in (CHANGE_ITEM, OTHER_ITEM, CHANGE_ITEM, OTHER_ITEM):
            posted = caller.post(SERVICE + "GetItem", json={"code": code},
                                 headers=first.request.headers)
            assert posted.json()["item"]["item"]["code"] == code
            assert not {"etag", "cache-control"} & set(posted.headers)
            assert code == OTHER_ITEM or posted.content == first.content
        # The other one was not in the cache when the first of both protocols asked for it.
        misses = asked(house) - before
        assert misses in (0, 1)
        assert hits(house) == met + 24 - misses
        # In binary it passes on as it is.
        before = asked(house)
        posted = caller.post(SERVICE + "GetItem", content=text(1, CHANGE_ITEM),
                             headers={"content-type": "application/proto"})
        assert posted.status_code == 200
        assert asked(house) == before + 1


def test_curl_gets_tags_304_heads_and_gzip(house):
    def curl(*arguments):
        done = subprocess.run(["curl", "-sS", "-i", *arguments, house.url + ITEM],
                              capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        return lines[0].split()[1], dict(l.lower().split(": ", 1) for l in lines[1:]), body

    for version_flag in ("--http1.1", "--http2-prior-knowledge"):
        status, plain, body = curl(version_flag)
        assert (status, int(plain["content-length"])) == ("200", len(body))
        assert plain["cache-control"] == "public, no-cache"
        assert plain["vary"] == "accept-encoding, onedoor-hall"
        before = asked(house)
        status, fields, none = curl(version_flag, "-H", f"if-none-match: {plain['etag']}")
        assert (status, none, fields["etag"]) == ("304", b"", plain["etag"])
        assert "content-length" not in fields
        status, fields, none = curl(version_flag, "--head")
        assert (status, none, fields["content-length"]) == ("200", b"", plain["content-length"])
        assert asked(house) == before
        status, packed, short = curl(version_flag, "-H", "accept-encoding: gzip")
        assert (status, packed["content-encoding"]) == ("200", "gzip")
        assert packed["etag"] == plain["etag"].rstrip('"') + '-gzip"'
        assert len(short) < len(body)
        done = subprocess.run(["gzip", "-d"], input=short, capture_output=True, check=True)
        assert done.stdout == body


def test_refusals_are_not_kept_and_speak_the_caller_s_language(house):
    missing = path("GetItem", {"code": "11370212MB0193797D4000124009999"})
    with client(house) as caller:
        before = gateway(house)["onedoor_door_cache_entries"]
        texts = set()
        for language in ("zh", "en", "zh"):
            answer = caller.get(missing, headers={"accept-language": language})
            assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
            texts.add(answer.json()["message"])
        assert len(texts) == 2
        assert gateway(house)["onedoor_door_cache_entries"] == before
        for header in ({"connect-timeout-ms": "x"}, {"onedoor-at-least": "catalogue=x"}):
            answer = caller.get(ITEM, headers=header)
            assert (answer.status_code, answer.headers["onedoor-reason"]) == (400, "INVALID_FIELDS")
        assert caller.get(ITEM, headers={"onedoor-hall": "999999"}).status_code == 403
        # What depends on the hall's today is asked for each time.
        due = path("ComputeDue", {"start": "2026-09-14", "term": {
            "amount": 20, "unit": "TERM_UNIT_WORKING_DAY"}}, CALENDAR)
        met = hits(house)
        for _ in range(3):
            assert caller.get(due).status_code == 200
        assert hits(house) == met


def test_what_was_published_is_read(house):
    """Publishes in a loop while readers read: each sees versions that only go up, who asks for the
    position of his own writing sees it, and the others see it as soon as the feed has come."""
    editing, over, seen, faults = Editing(house), threading.Event(), [], []

    def read(number: int) -> None:
        try:
            is_2 = number % 2 == 0
            headers = {"accept-encoding": "gzip" if number >= 4 else "identity"}
            with client(house, http1=not is_2, http2=is_2, headers=headers) as caller:
                last, count = (0, 0), 0
                while not over.is_set():
                    answer = caller.get(ITEM)
                    now = (version(answer), position(answer))
                    assert now[0] >= last[0] and now[1] >= last[1], (number, last, now)
                    last, count = now, count + 1
                seen.append(count)
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    met, slowest = hits(house), 0.0
    with client(house) as caller:
        start = version(caller.get(ITEM))
        for thread in readers:
            thread.start()
        try:
            for step in range(1, 31):
                told = editing.publish()
                begin = time.monotonic()
                answer = caller.get(ITEM, headers={"onedoor-at-least": told})
                assert version(answer) == start + step
                assert answer.json()["item"]["item"]["conditions"] == f"第{step}版"
                assert position(answer) >= int(told.removeprefix("catalogue="))
                wait(lambda: version(caller.get(ITEM)) == start + step, "the feed")
                slowest = max(slowest, time.monotonic() - begin)
        finally:
            over.set()
            for thread in readers:
                thread.join()
    assert not faults, faults
    assert len(seen) == 6 and min(seen) > 0
    assert hits(house) > met
    assert slowest < SILENCE / 2, "the feed was not what brought it"


# In JSON the door answers for the catalogue; what is asked in binary it always asks itself.
KEPT = [
    (SERVICE, "GetItem", {"code": CHANGE_ITEM}, text(1, CHANGE_ITEM)),
    (SERVICE, "ListItems", {"query": "卫生"}, text(2, "卫生")),
    (SERVICE, "ListRetired", {"page": {"size": 20}}, text(1, b"\x08\x14")),
    (SERVICE, "ListDepartments", {}, b""), (SERVICE, "ListWindows", {}, b""),
    (CALENDAR, "GetCalendar", {}, b""),
    (CALENDAR, "ExplainDay", {"from": "2026-09-01", "to": "2027-03-01"},
     text(1, "2026-09-01") + text(2, "2027-03-01")),
]


def test_what_is_kept_depends_on_neither_day_nor_caller(house):
    """The catalogue itself answers the same, whenever it is asked and by whom."""
    bearer = house.token("hall_manager", subject="u-m01-a", posts=("M01",))

    def ask(headers: dict) -> list[bytes]:
        answers = [httpx.post(house.url + service + method, content=request,
                              headers=headers | {"content-type": "application/proto"})
                   for service, method, _, request in KEPT]
        assert [answer.status_code for answer in answers] == [200] * len(KEPT)
        return [answer.content for answer in answers]

    posted = [httpx.post(house.url + service + method, json=request).json()
              for service, method, request, _ in KEPT]
    assert all(posted)
    before = ask({})
    assert all(before)
    assert ask({"authorization": f"Bearer {bearer}", "accept-language": "en"}) == before
    house.advance("2027-02-01T09:00:00+08:00")
    assert ask({}) == before
    with client(house) as caller:
        for (service, method, request, _), answer in zip(KEPT, posted):
            assert warm(caller, path(method, request, service)).json() == answer


def test_a_stranger_who_asks_for_many_things_fills_nothing(house):
    pid, first = house.pid("gateway"), datetime.date(2010, 1, 1)
    plain = {"accept-encoding": "identity"}
    with client(house, http2=True, http1=False, headers=plain) as caller:
        warm(caller)
        caller.get(ITEM)
        before, most = resident(pid), 0
        for number in range(900):
            day = first + datetime.timedelta(days=number)
            request = {"from": str(day), "to": str(day + datetime.timedelta(days=200))}
            # Every other one twice, so that it takes more than that to be kept for long.
            for _ in range(1 + number % 2):
                assert caller.get(path("ExplainDay", request, CALENDAR)).status_code == 200
            listed = path("ListItems", {"query": f"无{number}", "page": {"size": 5}})
            assert caller.get(listed).status_code == 200
            if number % 50 == 0:
                met = hits(house)
                caller.get(ITEM)
                assert hits(house) == met + 1, f"pushed out by {number} others"
                now = gateway(house)
                assert now["onedoor_door_cache_bytes"] <= LIMIT
                assert now["onedoor_door_cache_entries"] <= ENTRIES
                most = max(most, now["onedoor_door_cache_bytes"])
        assert most > LIMIT * 0.9, "the cache was never full"
        assert resident(pid) - before < MEMORY


@pytest.fixture
def six():
    """Six processes that nobody starts again."""
    with new_house() as it:
        MainJob(it).import_catalogue()
        it.stop()
        with Six(it) as six:
            yield six


def test_a_catalogue_that_is_killed_and_comes_back(six):
    house = six.house
    editing = Editing(house)
    with client(house) as caller:
        first = warm(caller)
        six.kill("catalogue")
        begin = time.monotonic()
        # A restart of a moment is not noticed by those who read.
        assert caller.get(ITEM).content == first.content
        other = caller.get(path("GetItem", {"code": CHANGE_ITEM, "version": 1}))
        assert (other.status_code, other.json()["code"]) == (503, "unavailable")

        def is_unavailable():
            answer = caller.get(ITEM)
            is_late = time.monotonic() - begin > SILENCE + 5
            assert answer.status_code == 503 or answer.content == first.content and not is_late
            return answer.status_code == 503

        wait(is_unavailable, "the end of the cache", SILENCE + 10)
        assert caller.get(ITEM).json()["code"] == "unavailable"
        six.start("catalogue")
        assert caller.get(ITEM).json() == first.json()
        told = editing.publish()
        answer = caller.get(ITEM, headers={"onedoor-at-least": told})
        assert version(answer) == version(first) + 1
        assert version(warm(caller)) == version(first) + 1


def test_a_catalogue_that_is_frozen(six):
    """Its connections stay open and say nothing: only the time tells."""
    house = six.house
    with client(house) as caller:
        first = warm(caller)
        six.freeze("catalogue")
        begin = time.monotonic()
        try:
            assert caller.get(ITEM).content == first.content

            def is_over():
                answer = caller.get(ITEM, headers={"connect-timeout-ms": "200"})
                is_late = time.monotonic() - begin > SILENCE + 5
                assert answer.status_code == 504 or answer.content == first.content and not is_late
                return answer.status_code == 504

            wait(is_over, "the end of the cache", SILENCE + 10)
        finally:
            six.thaw("catalogue")
        assert warm(caller).json() == first.json()


def test_a_catalogue_that_is_restored(six):
    """A backup is older than what is kept: nothing of what came after it is given any more."""
    house = six.house
    editing = Editing(house)
    store = house.data / "catalogue.sqlite"
    six.processes["catalogue"].terminate()
    six.processes["catalogue"].wait()
    shutil.copy(store, house.data / "before.sqlite")
    six.start("catalogue")
    with client(house) as caller:
        before = warm(caller)
        editing.publish()
        newest = editing.publish()
        assert version(caller.get(ITEM, headers={"onedoor-at-least": newest})) == 3
        assert version(warm(caller)) == 3
        six.kill("catalogue")
        for ending in ("-wal", "-shm"):
            store.with_name(store.name + ending).unlink(missing_ok=True)
        shutil.copy(house.data / "before.sqlite", store)
        six.start("catalogue")
        wait(lambda: caller.get(ITEM).json() == before.json(), "the restored version")
        assert warm(caller).json() == before.json()
        assert position(warm(caller)) == position(before)
        told = editing.publish()
        assert version(caller.get(ITEM, headers={"onedoor-at-least": told})) == version(before) + 1
