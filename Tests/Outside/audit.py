"""What must stand in the six stores, and which alerts must have been raised: worked out here
from the handbook's rules and another's calendar, not from what the services say."""

import collections
import datetime
import hashlib
import pathlib
import sqlite3
import struct

import chinese_calendar

from house import SERVICES

DAY = datetime.timedelta(days=1)
FOLLOWS = {
    "catalogue": [], "gateway": [], "intake": ["catalogue", "approval"],
    "approval": ["catalogue", "intake"], "queueing": ["catalogue", "intake", "approval"],
    "monitoring": ["catalogue", "intake", "approval", "queueing", "gateway"],
}
ONCE = ["ApplicationSubmitted", "ApplicationAccepted", "CaseOpened", "CaseDecided", "TicketTaken"]


def store(data: pathlib.Path, service: str) -> sqlite3.Connection:
    """A service's store, for reading alone."""
    connection = sqlite3.connect(f"file:{data / service}.sqlite?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def one(data: pathlib.Path, service: str, query: str, *values):
    """The one value that a query answers."""
    connection = store(data, service)
    try:
        return connection.execute(query, values).fetchone()[0]
    finally:
        connection.close()


def behind(data: pathlib.Path, now: datetime.datetime) -> dict[str, int]:
    """How many entries each follower has not read yet, and how many timers are due."""
    heads = {s: one(data, s, "SELECT coalesce(max(position), 0) FROM feed") for s in SERVICES}
    lags = {}
    for service in SERVICES:
        for upstream in FOLLOWS[service]:
            reached = one(data, service, "SELECT coalesce(max(position), 0) FROM feed_cursor "
                          "WHERE upstream = ?", upstream)
            lags[f"{service} of {upstream}"] = heads[upstream] - reached
        lags[f"timers of {service}"] = one(
            data, service, "SELECT count(*) FROM timer WHERE fire_at <= ?",
            int(now.timestamp() * 1000))
    return {what: lag for what, lag in lags.items() if lag}


# -- the feeds


def field(value) -> bytes:
    """A field of an entry as the chain hashes it."""
    if isinstance(value, int):
        value = struct.pack(">q", value)
    elif isinstance(value, str):
        value = value.encode()
    return struct.pack(">I", len(value)) + value


def reflected(text: str) -> bytes:
    """The map `reflects`, from its text in the store."""
    pairs = (pair.split("=") for pair in text.split())
    return b"".join(field(key) + field(int(position)) for key, position in pairs)


def check_feed(data: pathlib.Path, service: str) -> list[sqlite3.Row]:
    """Asserts that a store is whole and its feed one unbroken chain; answers the entries."""
    connection = store(data, service)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    rows = connection.execute("SELECT * FROM feed ORDER BY position").fetchall()
    previous, once = b"", collections.Counter()
    for position, row in enumerate(rows, 1):
        assert row["position"] == position, f"{service}: {row['position']} is not {position}"
        assert row["previous_hash"] == previous, f"{service}: the chain breaks at {position}"
        parts = [field(row[name]) for name in (
            "position", "id", "hall", "recorded_at", "type", "subject", "actor", "post",
            "on_behalf_of", "basis")]
        parts += [field(reflected(row["reflects"]))]
        parts += [field(row[name]) for name in (
            "payload_type", "payload", "private_hash", "previous_hash")]
        assert hashlib.sha256(b"".join(parts)).digest() == row["hash"], f"{service}: {position}"
        previous = row["hash"]
        if (name := row["type"].rsplit(".", 1)[-1]) in ONCE:
            once[name, row["subject"]] += 1
    assert [what for what, count in once.items() if count > 1] == []
    for cursor in connection.execute("SELECT * FROM feed_cursor"):
        assert cursor["hash"] == one(data, cursor["upstream"], "SELECT hash FROM feed "
                                     "WHERE position = ?", cursor["position"])
    connection.close()
    return rows


def subjects(rows: list[sqlite3.Row], name: str) -> dict[str, datetime.datetime]:
    """The subjects of a feed's entries of one type, with their instants."""
    return {row["subject"]: datetime.datetime.fromtimestamp(row["recorded_at"] / 1000, datetime.UTC)
            for row in rows if row["type"].rsplit(".", 1)[-1] == name}


# -- the alerts


def midnight(day: datetime.date) -> datetime.datetime:
    """00:00 of a day in Beijing."""
    return datetime.datetime.combine(day, datetime.time(),
                                     datetime.timezone(datetime.timedelta(hours=8)))


def working(day: datetime.date, count: int) -> datetime.date:
    """The working day so many behind a day, or before it if negative."""
    step = DAY if count > 0 else -DAY
    while count:
        day += step
        if chinese_calendar.is_workday(day):
            count -= 1 if step == DAY else -1
    return day


def levels(term: int, due: datetime.date) -> dict[str, datetime.datetime]:
    """When a clock of so many working days turns yellow, orange and red (terms, T17)."""
    return {
        "yellow": midnight(working(due, -max(1, -(-term // 5)))),
        "orange": midnight(due),
        "red": midnight(working(due, 1)),
    }


def predicted(case: dict, received: datetime.datetime, accepted: datetime.datetime | None,
              decided: datetime.datetime | None) -> tuple[dict, set]:
    """The alerts that a case must raise, by id, with the instant of each and until when the
    clock ran; and the ids that may be there or not.

    Promise 8, legal limit 20, steps 5 and 2, receipt 5, delivery 10 working days.
    """
    number, always = case["number"], datetime.datetime.max.replace(tzinfo=datetime.UTC)
    must, may = {}, set()

    def clock(kind: str, told: dict, end: datetime.datetime) -> None:
        for level, instant in told.items():
            must[f"{number}:{kind}:{level}:1"] = (instant, end)

    beijing = datetime.timezone(datetime.timedelta(hours=8))
    came = received.astimezone(beijing).date()
    clock("receipt", levels(5, working(came, 5)), accepted or always)
    # The clerks are reminded on the third of the five days (terms, T22).
    clock("receipt:clerk", {"yellow": midnight(working(came, 3))}, accepted or always)
    # Silence accepts at the very instant at which the receipt would be red.
    may.add(f"{number}:receipt:red:1")
    day = datetime.date.fromisoformat(case["acceptedOn"])
    end = decided or always
    clock("promise", levels(8, working(day, 8)), end)
    clock("legal", {"purple": midnight(working(working(day, 20), 1))}, end)
    for task in case["tasks"]:
        done = datetime.datetime.fromisoformat(task["doneAt"]) if "doneAt" in task else end
        told = levels({"T1": 5, "T2": 2}[task["taskCode"]],
                      datetime.date.fromisoformat(task["dueOn"]))
        clock(f"step:{task['id']}", told, done)
    if decided:
        due = working(decided.astimezone(beijing).date(), 10)
        clock("delivery", levels(10, due), always)
    return must, may
