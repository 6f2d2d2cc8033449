"""The drill: a backup of the house under load, restored into an empty folder and started; and what
a backup that would not work looks like.

    DRILL_MEGABYTES=200 python -m pytest -s Tests/Outside/test_backup.py -k drill    more to copy
"""

import fcntl
import json
import os
import pathlib
import random
import shutil
import sqlite3
import time

import pytest

from audit import check_feed, one, subjects
from backups import FREE, backup, check, metric, tool, wait_for_all
from client import Client, Refused
from house import HALL, SERVICES, House, debug_program, free_ports, house as new_house
from ledger import Account
from mainjob import CHANGE_ITEM, PERSON, MainJob
from test_kill import LEAST_CALLS, Run, opened

SECONDS = 6
PADDING = int(os.environ.get("DRILL_MEGABYTES", "0"))


def pad(store: pathlib.Path) -> None:
    """Makes a store larger by a table that nobody reads, to measure with."""
    with sqlite3.connect(store) as connection:
        connection.execute("CREATE TABLE padding (bytes BLOB NOT NULL) STRICT")
        for _ in range(PADDING):
            connection.execute("INSERT INTO padding VALUES (randomblob(1000000))")
    connection.close()


# -- the drill


class Drill:
    """A house under load, the backup that was made meanwhile, and the house restored from it."""

    def __init__(self, run: Run, folder: pathlib.Path):
        self.run, self.folder, self.backup = run, folder, folder / "backup"
        self.restored = None

    def play(self) -> None:
        run, house = self.run, self.run.house
        run.prepare()
        if PADDING:
            assert house.stop() == 0
            pad(house.data / "approval.sqlite")
            house.start(environment=FREE)
        self.receipt = run.job.submit(CHANGE_ITEM, PERSON, ["M01", "M02"])
        run.start()
        time.sleep(SECONDS / 2)
        run.advance("2026-09-18")
        time.sleep(SECONDS / 2)
        # All that the ledger knows now was answered before the backup began.
        self.before, begin = Account(run.ledger), time.time()
        done = backup(house, self.backup, "--json", "--with-keys", self.folder / "keys")
        self.span = (begin, time.time())
        assert done.returncode == 0, done.stderr
        self.record = json.loads(done.stdout)
        time.sleep(2)
        run.end_load()
        run.settle()
        run.advance("2026-09-24")
        run.settle()
        page = run.job.consumer.call("AlertService/ReadAlerts", {"limit": 500})
        while page.get("more"):
            page = run.job.consumer.call("AlertService/ReadAlerts",
                                         {"cursor": page["cursor"], "limit": 500})
        self.later = page["cursor"]
        self.account = Account(run.ledger)
        assert house.stop() == 0
        self.restore()

    def restore(self) -> None:
        data = self.folder / "data"
        begin = time.monotonic()
        done = tool("restore", self.backup, "--data", data, "--json")
        self.restore_seconds = time.monotonic() - begin
        assert done.returncode == 0, done.stderr
        self.report = json.loads(done.stdout)
        shutil.copytree(self.folder / "keys", data / "keys")
        self.restored = House(debug_program(), data, free_ports(10))
        begin = time.monotonic()
        self.restored.start(environment=FREE)
        self.ready_seconds = time.monotonic() - begin
        self.job = MainJob(self.restored)
        self.job.callers["portal"] = self.client("portal")

    def heads(self) -> dict[str, int]:
        """The last position of each feed of the restored house."""
        return {s: one(self.restored.data, s, "SELECT coalesce(max(position), 0) FROM feed")
                for s in SERVICES}

    def settle(self) -> None:
        run = self.run
        house, run.house, now, run.now = run.house, self.restored, run.now, "2026-09-18"
        try:
            run.settle()
        finally:
            run.house, run.now = house, now

    def client(self, who: str) -> Client:
        return Client(self.restored.url, headers=self.run.headers[who])

    def close(self) -> None:
        if self.restored:
            self.restored.stop()


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    with new_house(environment=FREE) as house:
        run = Run(house, house.data, random.SystemRandom().randrange(10000))
        print(f"seed {run.seed}")
        drill = Drill(run, tmp_path_factory.mktemp("drill"))
        try:
            drill.play()
            yield drill
        finally:
            drill.close()
            run.close()


def test_the_drill_was_one_under_load(drill):
    assert drill.account.faults == []
    # The seconds that the backup touched, and one on each side.
    span = range(int(drill.span[0]) - 1, int(drill.span[1]) + 2)
    calls = sum(drill.account.seconds[second] for second in span) / len(span)
    assert calls >= LEAST_CALLS, f"it does not count: {calls:.0f} calls/s"
    # Writes went on while the copies were made.
    after = set(drill.account.acknowledged) - set(drill.before.acknowledged)
    assert len(drill.before.acknowledged) > 100 and len(after) > 20


def test_the_drill_left_a_backup_that_fits(drill):
    assert drill.record["checked"] and drill.record["hall"] == HALL and drill.record["demo"]
    assert check(drill.backup) == (0, [])
    assert drill.record["files"] == [{"folder": "materials", "files": 2, "bytes": sum(
        p.stat().st_size for p in (drill.backup / "materials").rglob("*") if p.is_file())}]
    # All feeds moved, so that there was something that could not fit.
    positions = {c["service"]: c["feed_position"] for c in drill.record["copies"]}
    assert all(positions[s] > 0 for s in SERVICES if s != "gateway")
    for copy in drill.record["copies"]:
        for cursor in copy["cursors"]:
            assert 0 <= cursor["position"] <= positions[cursor["upstream"]]
    for path in [*drill.backup.glob("*.sqlite"), *(drill.folder / "keys" / "private").rglob("*.key")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert not list(drill.backup.rglob("*.key")) and not list(drill.backup.rglob("*.part"))


def test_the_restored_house_of_the_drill_catches_up(drill):
    drill.settle()
    for service in SERVICES:
        assert set(metric(drill.restored, service, "onedoor_feed_stopped").values()) <= {0}
        assert set(metric(drill.restored, service, "onedoor_feed_lag_entries").values()) <= {0}


def test_nothing_that_was_answered_before_the_backup_of_the_drill_is_lost(drill):
    anybody = drill.client("")
    for receipt in [drill.receipt, *opened(drill.before)]:
        tracked = anybody.call("IntakeService/TrackApplication", {
            "number": receipt["number"], "queryCode": receipt["queryCode"]})
        assert tracked["number"] == receipt["number"]
    for request, answer in drill.before.answers("ApprovalService/Decide"):
        case = drill.client("chief").call("ApprovalService/GetCase", {"number": request["number"]})
        assert case["case"]["decision"] == answer["case"]["decision"]
    # Asked once more with its key, each write is answered as the first time, and does nothing.
    heads = drill.heads()
    for key, line in drill.before.acknowledged.items():
        intent = drill.before.intents[key]
        answer = drill.client(intent["who"]).call(intent["method"], intent["request"], key=key)
        assert answer == line["answer"], intent
    drill.settle()
    assert drill.heads() == heads


def test_the_materials_of_the_drill_are_there(drill):
    files = [p for p in (drill.restored.data / "materials").rglob("*") if p.is_file()]
    assert len(files) == 2
    status, _, body = drill.client("clerk").send(
        "GET", f"/materials/{files[0].name}", b"", drill.run.headers["clerk"])
    assert status == 200 and body == files[0].read_bytes()


def test_a_consumer_that_read_further_than_the_backup_of_the_drill_is_told(drill):
    with pytest.raises(Refused) as refused:
        drill.job.consumer.call("AlertService/ReadAlerts", {"cursor": drill.later})
    assert refused.value.reason == "CURSOR_FROM_FUTURE"
    assert drill.job.alerts()


def test_an_application_goes_the_whole_way_in_the_house_of_the_drill(drill):
    job = drill.job
    receipt = job.submit(CHANGE_ITEM, PERSON, ["M01", "M02", "M03", "M04"])
    accepted = job.accept(receipt["number"], "K06")["receipt"]
    assert job.finish_quickly(receipt["number"])["state"] == "CASE_STATE_GRANTED"
    job.hand_over(receipt["number"], PERSON["idNumber"][-4:])
    job.wait(lambda: job.track(accepted)["state"] == "APPLICATION_STATE_DELIVERED", "delivery")
    job.rate(accepted)


def test_the_stores_of_the_drill_are_whole_and_nothing_is_doubled(drill):
    """The last: it stops the restored house, and reads the stores when nobody writes."""
    drill.settle()
    figures = drill.job.statistics("2026-09-01", "2026-09-30")
    assert drill.restored.stop() == 0
    feeds = {service: check_feed(drill.restored.data, service) for service in SERVICES}
    for copy in drill.record["copies"]:
        row = feeds[copy["service"]][copy["feed_position"] - 1] if copy["feed_position"] else None
        assert (row["hash"].hex() if row else "") == copy["feed_hash"]
    accepted = subjects(feeds["intake"], "ApplicationAccepted")
    decided = subjects(feeds["approval"], "CaseDecided")
    assert set(accepted) == set(subjects(feeds["approval"], "CaseOpened"))
    assert int(figures["accepted"]) == len(accepted) and int(figures["closed"]) == len(decided)
    # That none of them is there twice `check_feed` has looked at.
    taken = subjects(feeds["queueing"], "TicketTaken")
    before = [a["ticket"]["id"] for _, a in drill.before.answers("QueueService/TakeTicket")]
    assert set(before) <= set(taken)
    say(drill)


def say(drill: Drill) -> None:
    """One line of figures."""
    size = sum(copy["bytes"] for copy in drill.record["copies"])
    entries = sum(copy["feed_position"] for copy in drill.record["copies"])
    begin, end = int(drill.span[0]) - 1, int(drill.span[1]) + 2
    calls = sum(drill.account.seconds[second] for second in range(begin, end)) / (end - begin)
    print(f"\ndrill: six stores of {size / 1e6:.1f} MB with {entries} feed entries, "
          f"{calls:.0f} calls/s; followers held {drill.record['hold_ms']} ms, backup "
          f"{drill.record['took_ms']} ms, restore {drill.restore_seconds:.1f} s, ready "
          f"{drill.ready_seconds:.1f} s; {len(drill.before.acknowledged)} writes acknowledged "
          f"before, all there")


# -- the control arm: what the drill would find if copies were made one after another


def accepted_case(job: MainJob) -> str:
    """A new case that approval has opened."""
    receipt = job.submit(CHANGE_ITEM, PERSON, [])
    job.accept(receipt["number"], "K06")
    return job.case(receipt["number"])["number"]


def test_copies_made_one_after_another_are_found_not_to_fit(still, tmp_path):
    folder = tmp_path / "one-by-one"
    done = backup(still.house, folder, "--service", "intake")
    assert done.returncode == 0 and "own instant" in done.stderr
    # What is accepted now, approval has seen before it is copied.
    accepted_case(still)
    wait_for_all(still)
    for service in SERVICES:
        if service != "intake":
            assert backup(still.house, folder, "--service", service).returncode == 0
    ahead = {("AHEAD", "approval.sqlite"), ("AHEAD", "queueing.sqlite"),
             ("AHEAD", "monitoring.sqlite")}
    for arguments, expected in [(["--unfinished"], ahead),
                                ([], ahead | {("UNFINISHED", "backup.json")})]:
        status, faults = check(folder, *arguments)
        assert status == 65
        assert {(f["kind"], f["file"]) for f in faults} == expected
    done = tool("restore", folder, "--data", tmp_path / "data")
    assert done.returncode == 65 and "approval has seen" in done.stderr
    assert not (tmp_path / "data").exists()


def test_all_that_is_wrong_with_a_backup_is_told_at_once(still, tmp_path):
    folder, data = tmp_path / "backup", tmp_path / "data"
    still.submit(CHANGE_ITEM, PERSON | {"name": "附件"}, ["M01"])
    assert backup(still.house, folder).returncode == 0
    assert check(folder) == (0, [])
    with open(folder / "catalogue.sqlite", "r+b") as file:
        file.truncate(8192)
    with open(folder / "intake.sqlite", "r+b") as file:
        file.seek(6000)
        byte = file.read(1)
        file.seek(6000)
        file.write(bytes([byte[0] ^ 1]))
    (folder / "queueing.sqlite.manifest").unlink()
    for end in ("", ".manifest"):
        shutil.copy(folder / f"gateway.sqlite{end}", folder / f"monitoring.sqlite{end}")
    done = tool("restore", folder, "--data", data)
    assert done.returncode == 65
    told = [line.removeprefix("onedoor: ").split(":")[0] for line in done.stderr.splitlines()]
    assert told == ["CHANGED catalogue.sqlite", "CHANGED intake.sqlite",
                    "MISSING queueing.sqlite.manifest", "FOREIGN monitoring.sqlite"]
    assert not data.exists()


def test_materials_and_copies_that_are_not_the_backups_are_told(still, tmp_path):
    still.submit(CHANGE_ITEM, PERSON | {"name": "附件二"}, ["M01", "M02"])
    folder, later = tmp_path / "backup", tmp_path / "later"
    assert backup(still.house, folder).returncode == 0
    still.anybody.call("QueueService/TakeTicket", {"ticketLetter": "A"})
    wait_for_all(still)
    assert backup(still.house, later).returncode == 0
    for end in ("", ".manifest"):
        shutil.copy(later / f"queueing.sqlite{end}", folder / f"queueing.sqlite{end}")
    gone, other = sorted(p for p in (folder / "materials").rglob("*") if p.is_file())[:2]
    gone.unlink()
    # A second name of the house's own file: that one must stay as it is.
    text = other.read_bytes()
    other.unlink()
    other.write_bytes(text + b"x")
    status, faults = check(folder)
    assert status == 65
    assert [(f["kind"], f["file"]) for f in faults] == [
        ("FOREIGN", "queueing.sqlite"),
        ("CHANGED", f"materials/{other.parent.name}/{other.name}"),
        ("MISSING", f"materials/{gone.parent.name}/{gone.name}"),
    ]


def test_a_data_folder_with_stores_is_refused(still, tmp_path):
    folder = tmp_path / "backup"
    assert backup(still.house, folder).returncode == 0
    again = backup(still.house, folder)
    assert again.returncode == 65 and "already" in again.stderr
    running = tool("restore", folder, "--data", still.house.data)
    assert running.returncode == 75 and running.stderr.count("IN_USE") == 6
    assert tool("restore", folder, "--data", tmp_path / "data").returncode == 0
    twice = tool("restore", folder, "--data", tmp_path / "data", "--service", "intake")
    assert twice.returncode == 65 and twice.stderr.count("IN_THE_WAY") == 6


def test_a_folder_that_another_command_writes_into_is_left_alone(still, tmp_path):
    folder = tmp_path / "backup"
    assert backup(still.house, folder).returncode == 0
    shutil.copytree(folder, tmp_path / "half")
    (tmp_path / "half" / "backup.json").unlink()
    other = os.open(tmp_path / "half", os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert backup(still.house, tmp_path / "half").returncode == 75
    finally:
        os.close(other)
    # Nor does a failure take away what it has not made.
    assert backup(still.house, tmp_path / "half").returncode == 65
    assert len(list((tmp_path / "half").glob("*.sqlite"))) == 6


def test_a_backup_that_was_not_finished_is_restored_only_if_told_so(still, tmp_path):
    folder, data = tmp_path / "backup", tmp_path / "data"
    assert backup(still.house, folder).returncode == 0
    (folder / "backup.json").unlink()
    for where in (["--check"], ["--data", data]):
        done = tool("restore", folder, *where)
        assert done.returncode == 65, done.stderr
        assert "UNFINISHED backup.json" in done.stderr and "--unfinished" in done.stderr
    assert not data.exists()
    done = tool("restore", folder, "--data", data, "--unfinished")
    assert done.returncode == 0 and "no backup.json" in done.stderr
    assert len(list(data.glob("*.sqlite"))) == 6
    # A store alone is told of, and restored.
    done = tool("restore", folder, "--data", tmp_path / "one", "--service", "intake")
    assert done.returncode == 0 and "no backup.json" in done.stderr


def test_one_service_is_restored_where_its_volume_is(still, tmp_path):
    folder, data = tmp_path / "backup", tmp_path / "intake"
    assert backup(still.house, folder).returncode == 0
    assert tool("restore", folder, "--data", data, "--service", "intake").returncode == 0
    assert {p.name for p in data.iterdir()} >= {"intake.sqlite", "materials"}
    assert not (data / "approval.sqlite").exists()


# -- who may


def test_an_operator_needs_no_service_key_over_mutual_tls(tmp_path):
    with new_house(environment={"ONEDOOR_INNER_TLS": "always"}) as house:
        keys, folder = tmp_path / "keys", tmp_path / "backup"
        shutil.copytree(house.data / "keys" / "public", keys / "public")
        shutil.copytree(house.data / "keys" / "private" / "operator", keys / "private" / "operator")
        inner = {"ONEDOOR_INNER_TLS": "always"}
        done = tool("backup", folder, "--data", house.data,
                    environment=inner | {"ONEDOOR_KEYS": str(keys)})
        assert done.returncode == 0, done.stderr
        assert check(folder) == (0, [])
        # Another service's certificate is not enough.
        shutil.rmtree(keys / "private")
        shutil.copytree(house.data / "keys" / "private" / "intake", keys / "private" / "operator")
        done = tool("backup", tmp_path / "no", "--data", house.data,
                    environment=inner | {"ONEDOOR_KEYS": str(keys)})
        assert done.returncode == 77, done.stderr
        assert not list((tmp_path / "no").glob("*.sqlite*"))
