"""What an operator sees: health, metrics, closed inner ports, one door, backup, stopping."""

import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import urllib.request

import pytest

from client import Client, Refused
from house import SERVICES, house as new_house


def inner_port(job, service: str) -> int:
    """Where a service listens, from the configuration that `up` gave it."""
    pid = job.house.pid(service)
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as file:
        inodes = {m[1]: int(m[0].split(":")[1], 16) for m in (
            (line.split()[1], line.split()[9]) for line in file.readlines()[1:]
            if line.split()[3] == "0A")}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            continue
        found = re.fullmatch(r"socket:\[(\d+)\]", target)
        if found and found[1] in inodes and inodes[found[1]] != job.house.port:
            return inodes[found[1]]
    raise AssertionError(f"{service} listens nowhere")


@pytest.mark.parametrize("service", SERVICES)
def test_health_and_metrics(job, service):
    port = inner_port(job, service)
    for path in ("livez", "readyz", "readyz?verbose"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            assert answer.status == 200
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read()
    judged = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert b"onedoor_" in text


def test_all_ports_bind_to_loopback(job):
    for service in SERVICES:
        pid = job.house.pid(service)
        inodes = set()
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(fd))
            inodes |= {found[1]} if found else set()
        listening = []
        for table in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    listening.append(fields[1].split(":")[0])
        # 127.0.0.1 as the kernel writes it.
        assert listening and set(listening) == {"0100007F"}, service


def test_a_call_past_the_door_is_refused_and_becomes_an_alert():
    with new_house() as it:
        from mainjob import MainJob

        job = MainJob(it)
        port = inner_port(job, "intake")
        stranger = Client(f"http://127.0.0.1:{port}")
        for _ in range(3):
            with pytest.raises(Refused) as refused:
                stranger.call("IntakeService/ListApplications", {})
            assert refused.value.code == "permission_denied"
            assert refused.value.reason == "BYPASS"
        alert = job.wait(
            lambda: [a for a in job.alerts() if a["kind"] == "ALERT_KIND_BYPASS"],
            "the alert of the bypass", 90)
        assert alert[0]["count"] == 3


def test_identity_numbers_are_sealed_at_rest(job):
    from mainjob import CHANGE_ITEM, PERSON

    portal = job.portal()
    portal.call("IntakeService/CreateDraft", {"itemCode": CHANGE_ITEM, "applicant": PERSON})
    for path in job.house.data.rglob("*"):
        if path.is_file() and path.suffix in (".sqlite", ".sqlite-wal", ".db", ".log"):
            assert PERSON["idNumber"].encode() not in path.read_bytes(), path


def test_logs_are_json_lines_without_personal_data(job):
    from mainjob import PERSON

    lines = 0
    for path in job.house.data.rglob("*.log"):
        if path.name == "up.log":
            continue
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            assert entry["level"] and entry["message"]
            lines += 1
            assert PERSON["phone"] not in line and PERSON["name"] not in line
    assert lines > 0


def test_backup_and_a_good_stop():
    with new_house() as it:
        folder = it.data / "backup"
        it.run("backup", str(folder), "--data", str(it.data))
        stores = list(folder.rglob("*.sqlite")) + list(folder.rglob("*.db"))
        assert len(stores) == 6
        for store in stores:
            with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert it.stop() == 0


def test_a_second_start_finds_its_data():
    with new_house() as it:
        from mainjob import MainJob

        MainJob(it).import_catalogue()
        assert it.stop() == 0
        it.start()
        answer = MainJob(it).anybody.call("CatalogueService/ListDepartments")
        assert len(answer["departments"]) == 33


def test_a_service_that_hangs_costs_its_callers_their_deadline_and_no_more():
    with new_house() as it:
        from mainjob import MainJob

        job = MainJob(it)
        pid = it.pid("queueing")
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(Refused) as refused:
                job.anybody.call("QueueService/GetHallState",
                                 headers={"connect-timeout-ms": "300"}, timeout=10)
            assert refused.value.code == "deadline_exceeded"
            assert refused.value.reason == "DEADLINE_EXCEEDED"
            # The neighbours are served.
            assert job.anybody.call("CalendarService/GetCalendar") == {}
        finally:
            os.kill(pid, signal.SIGCONT)
        job.wait(lambda: job.anybody.call("QueueService/GetHallState") == {}, "queueing again")
