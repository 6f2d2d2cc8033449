"""`onedoor doctor` and `onedoor verify`: a house that is sound is called so, and faults that are made
for real are found, each with its place."""

import contextlib
import hashlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from client import Client
from house import SERVICES, House, debug_program, free_ports, house as new_house
from mainjob import CHANGE_ITEM, PERSON, MainJob
from play import play

WARNINGS, FAULTS = 3, 4
ANSWERS = 200_000


def tool(house, *arguments: str, environment: dict | None = None) -> tuple[int, list[dict]]:
    """Runs doctor or verify with --json; answers the exit status and the lines."""
    done = subprocess.run(
        [house.program, *arguments, "--json"], capture_output=True, text=True, timeout=120,
        env=os.environ | (environment or {}))
    assert not done.stdout or done.stdout.endswith("\n"), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def verify(house, *arguments: str) -> tuple[int, list[dict]]:
    """The exit status of verify, and its faults."""
    status, lines = tool(house, "verify", "--data", str(house.data), *arguments)
    return status, [line["fault"] | {"service": line["service"]} for line in lines
                    if "fault" in line]


def doctor(house, *arguments: str, environment: dict | None = None) -> tuple[int, list[dict]]:
    """The exit status of doctor, and what is not as it should be."""
    arguments = arguments or ("--data", str(house.data))
    status, lines = tool(house, "doctor", *arguments, environment=environment)
    assert all(line["advice"] for line in lines if line["level"] in ("warning", "fault"))
    return status, [line for line in lines if line["level"] != "ok"]


def caught_up(job: MainJob) -> None:
    """Waits until no follower lies behind, so that what is looked at stands still."""
    def probe():
        _, lines = tool(job.house, "verify", "--data", str(job.house.data))
        ends = {line["service"]: line["head"]["position"] for line in lines if "head" in line}
        time.sleep(0.1)
        _, lines = tool(job.house, "verify", "--data", str(job.house.data))
        return ends == {line["service"]: line["head"]["position"]
                        for line in lines if "head" in line}
    job.wait(probe, "the feeds to stand still", 60)


@pytest.fixture(scope="module")
def played():
    """A house in which the main job was played."""
    with new_house() as it:
        job = MainJob(it)
        play(job)
        # One that is left open, with materials and a notice.
        number = job.submit(CHANGE_ITEM, PERSON, ["M01", "M03", "M04"])["number"]
        job.official("clerk", "K06").call("IntakeService/ReceiveApplication", {"number": number})
        caught_up(job)
        yield it


@contextlib.contextmanager
def copied(played: House):
    """A stopped copy of a house, to be broken and started; the house itself goes on."""
    folder = played.data.with_name(played.data.name + "-copy")
    played.stop()
    shutil.copytree(played.data, folder)
    played.start()
    it = House(debug_program(), folder, free_ports(10))
    try:
        yield it
    finally:
        it.stop()
        shutil.rmtree(folder, ignore_errors=True)


def change(house: House, service: str, *statements: str) -> int:
    """Changes a stopped store as somebody with another program would; answers the rows changed."""
    with contextlib.closing(sqlite3.connect(house.data / f"{service}.sqlite")) as store:
        changed = sum(store.execute(statement).rowcount for statement in statements)
        store.commit()
    return changed


def ask(house: House, service: str, question: str):
    """A value of a stopped store."""
    path = house.data / f"{service}.sqlite"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        return store.execute(question).fetchone()[0]


# Sound


def test_the_main_job_is_sound_and_the_house_is_well(played):
    status, faults = verify(played)
    assert (status, faults) == (0, [])
    done = subprocess.run([played.program, "verify", "--data", str(played.data)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    for service in SERVICES:
        assert f"{service}: checked " in done.stdout
    assert "clocks" in done.stdout and "uploads" in done.stdout and "cases" in done.stdout
    status, findings = doctor(played)
    assert (status, findings) == (0, [])
    status, findings = doctor(played, "--data", str(played.data), "--deep")
    assert (status, findings) == (0, [])


def test_calls_are_served_while_a_store_is_verified(played):
    many = {"ONEDOOR_CALLS_SOURCE": "100000", "ONEDOOR_CALLS_SUBJECT": "100000"}
    with copied(played) as it:
        # A store that has kept so many answers, each of which is opened, takes a while to check.
        assert change(
            it, "intake",
            f"""INSERT INTO idempotency
                WITH RECURSIVE number(n) AS (
                  SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {ANSWERS}),
                answer AS (SELECT * FROM idempotency LIMIT 1)
                SELECT hall, subject, method, 'again-' || n, body_hash, response, expires_at
                FROM answer, number""") == ANSWERS
        it.start(environment=many)
        anybody, applicant = Client(it.url), Client(it.url, it.token("applicant", subject="a"))
        # On a terminal the command says how far the check has come.
        ours, its = pty.openpty()
        running = subprocess.Popen([it.program, "verify", "--data", str(it.data), "--service",
                                    "intake"], stdout=its, stderr=its)
        os.close(its)
        try:
            assert re.match(rb"\rintake: (integrity|chain|answers) \d", os.read(ours, 4096))
            threading.Thread(target=read_to_the_end, args=(ours,), daemon=True).start()
            answered = 0
            while running.poll() is None:
                start = time.monotonic()
                # One of another service, and one that the busy service writes.
                anybody.call("CatalogueService/ListDepartments")
                applicant.call("IntakeService/CreateDraft",
                               {"itemCode": CHANGE_ITEM, "applicant": PERSON})
                assert time.monotonic() - start < 2
                answered += running.poll() is None
            assert running.returncode == 0
            assert answered >= 10, "the check ended before calls were answered"
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()


def read_to_the_end(terminal: int) -> None:
    """Takes what is shown on a terminal until nobody shows anything, and closes it."""
    with contextlib.suppress(OSError):
        while os.read(terminal, 65536):
            pass
    os.close(terminal)


def test_of_several_that_cannot_be_verified_the_first_is_told(played):
    away = {f"ONEDOOR_ADDRESS_{service.upper()}": "127.0.0.1:1" for service in SERVICES[1:]}
    done = subprocess.run([played.program, "verify", "--data", str(played.data)], timeout=60,
                          capture_output=True, text=True, env=os.environ | away)
    assert done.returncode == 69
    unchecked = [line.split()[0] for line in done.stdout.splitlines() if " unchecked: " in line]
    assert unchecked == sorted(SERVICES[1:])
    assert done.stderr.splitlines()[-1].count("intake") == 1, done.stderr


def test_faults_that_are_not_named_are_counted(played):
    with copied(played) as it:
        number = ask(it, "catalogue", "SELECT max(position) FROM feed")
        assert number > 100
        assert change(it, "catalogue", "UPDATE feed SET type = type || 'x'") == number
        it.start()
        status, lines = tool(it, "doctor", "--data", str(it.data), "--deep")
        assert status == FAULTS
        texts = [line["text"] for line in lines
                 if line["check"] == "integrity" and line["subject"] == "catalogue"]
        counted = [text for text in texts if "not named" in text]
        assert counted == [f"{number - 100} more faults were counted and are not named"], texts


def test_what_is_wrong_use(played):
    for arguments in (["verify", "--service", "nobody"], ["doctor", "--nothing"]):
        assert subprocess.run([played.program, *arguments], capture_output=True).returncode == 64


def test_copies_at_rest(played, tmp_path):
    played.run("backup", str(tmp_path), "--data", str(played.data))
    status, lines = tool(played, "verify", "--backup", str(tmp_path))
    assert status == 0 and [line["service"] for line in lines] == SERVICES
    copy = tmp_path / "intake.sqlite"
    content = bytearray(copy.read_bytes())
    content[5000] ^= 1
    copy.write_bytes(content)
    status, lines = tool(played, "verify", "--backup", str(tmp_path))
    assert status == FAULTS
    assert [line["service"] for line in lines if "fault" in line] == ["intake"]


# Made for real, while all run


def test_a_key_that_others_may_read(played):
    key = played.data / "keys" / "private" / "intake" / "seal.key"
    key.chmod(0o644)
    try:
        status, findings = doctor(played)
        assert status == FAULTS
        assert [(f["check"], f["subject"], f["level"]) for f in findings] == [
            ("permissions", str(key), "fault")]
        assert "chmod 600" in findings[0]["advice"]
    finally:
        key.chmod(0o600)


def test_a_flipped_byte_of_a_material(played):
    digest = hashlib.sha256(
        b"%PDF-1.4\n" + f"M01 of {PERSON['name']} for {CHANGE_ITEM}\n".encode() * 1000).hexdigest()
    path = played.data / "materials" / digest[:2] / digest
    whole = path.read_bytes()
    path.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
    try:
        status, faults = verify(played, "--service", "intake")
        assert status == FAULTS
        assert [(f["what"], f["subject"], f["expected"]) for f in faults] == [
            ("material", f"file {digest}", digest)]
        path.write_bytes(whole[:-1])
        faults = verify(played, "--service", "intake")[1]
        assert {f["stored"] for f in faults} == {f"{len(whole) - 1} bytes"}
    finally:
        path.write_bytes(whole)
    assert verify(played, "--service", "intake") == (0, [])


def test_a_service_that_hangs(played):
    pid = played.pid("queueing")
    os.kill(pid, signal.SIGSTOP)
    try:
        status, findings = doctor(played)
        assert status == FAULTS
        assert [(f["check"], f["subject"]) for f in findings] == [("reach", "queueing")]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert doctor(played)[0] == 0


def test_a_service_that_is_not_there_and_a_wrong_configuration(played):
    # The rest is looked at all the same.
    status, findings = doctor(played, environment={"ONEDOOR_ADDRESS_GATEWAY": "127.0.0.1:1"})
    assert status == FAULTS and [f["subject"] for f in findings] == ["gateway"]
    status, findings = doctor(
        played, environment={"ONEDOOR_QUEUE": "0", "ONEDOOR_NOTHING": "1"})
    assert status == FAULTS and [f["check"] for f in findings] == ["configuration"]
    assert "ONEDOOR_QUEUE" in findings[0]["text"] and "ONEDOOR_NOTHING" in findings[0]["text"]


# Made for real, in stopped stores


def test_changed_rows_and_entries_and_a_cut_feed(played):
    with copied(played) as it:
        number = ask(it, "approval", "SELECT number FROM approval_case ORDER BY number LIMIT 1")
        task = ask(it, "approval", "SELECT id FROM task ORDER BY id LIMIT 1")
        position = ask(it, "monitoring", "SELECT min(position) FROM feed WHERE length(payload) > 0")
        head = ask(it, "intake", "SELECT max(position) FROM feed")
        clock = ask(it, "monitoring", "SELECT max(id) FROM clock WHERE next_at > 0")
        assert change(
            it, "approval",
            f"UPDATE approval_case SET promise_due_on = promise_due_on + 2 WHERE number = '{number}'",
            f"UPDATE task SET due_on = due_on - 1 WHERE id = '{task}'") == 2
        assert change(it, "monitoring",
                      f"UPDATE feed SET payload = x'00' WHERE position = {position}",
                      f"UPDATE clock SET next_at = next_at + 1000 WHERE id = {clock}") == 2
        assert change(it, "intake", f"DELETE FROM feed WHERE position > {head - 2}",
                      "UPDATE application SET receipt_due = receipt_due + 1 WHERE state = 3") == 3
        it.start()
        status, faults = verify(it)
        assert status == FAULTS
        found = {(f["service"], f["what"], f["subject"]) for f in faults}
        expected = {
            ("approval", "due-day", f"{number} promise_due_on"),
            ("monitoring", "chain", "hash of the entry"),
            ("intake", "cursor", "approval follows intake"),
            ("intake", "cursor", "queueing follows intake"),
            ("intake", "cursor", "monitoring follows intake"),
        }
        assert expected <= found, faults
        rest = found - expected
        assert {(service, what) for service, what, _ in rest} == {
            ("approval", "due-day"), ("monitoring", "level"), ("intake", "due-day")}, faults
        assert len(faults) == 8, faults
        chain = next(f for f in faults if f["what"] == "chain")
        assert chain["position"] == position and chain["stored"] != chain["expected"]
        cut = next(f for f in faults if f["what"] == "cursor")
        assert cut["position"] == head
        assert cut["expected"] == f"the feed of intake ends at {head - 2}"
        assert any(task in f["subject"] for f in faults)
        # What goes on behind the cut stops the followers, and doctor says where.
        job = MainJob(it)
        applicant = Client(it.url, it.token("applicant", subject="somebody"))
        for _ in range(4):
            applicant.call("IntakeService/SubmitApplication",
                           {"itemCode": CHANGE_ITEM, "applicant": PERSON})

        def stopped():
            found = [f for f in doctor(it)[1] if f["check"] == "feeds" and f["level"] == "fault"]
            return found if len(found) == 3 else None
        stopped = job.wait(stopped, "three followers to stand still", 60)
        assert {f["subject"] for f in stopped} == {
            f"{s} follows intake" for s in ("approval", "queueing", "monitoring")}
        assert all(f"entry {head + 1}" in f["text"] for f in stopped)


# The calendar, certificates, room


def test_the_calendar_runs_out(played):
    with copied(played) as it:
        it.start()
        it.advance("2026-11-02T09:00:00+08:00")
        status, findings = doctor(it)
        assert status == WARNINGS
        assert {(f["check"], f["level"]) for f in findings} == {("calendar", "warning")}
        it.advance("2027-01-04T09:00:00+08:00")
        MainJob(it).wait(lambda: doctor(it)[0] == FAULTS, "the calendar to run out", 30)
        findings = [f for f in doctor(it)[1] if f["check"] == "calendar"]
        assert findings and all("no decree covers 2027" in f["text"] for f in findings)
        # What fell due over the turn of the year is sound all the same.
        MainJob(it).wait(lambda: verify(it) == (0, []), "a sound house in 2027", 60)


def make_certificate(folder: pathlib.Path, days: int) -> tuple[str, str]:
    """A certificate of the door that openssl signs with its own key."""
    key, certificate = folder / "door.key", folder / "door.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", str(days), "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    key.chmod(0o600)
    return str(certificate), str(key)


def test_a_certificate_near_its_end_and_a_house_seen_by_network_alone(tmp_path):
    certificate, key = make_certificate(tmp_path, 20)
    with new_house(tls=True, environment={
            "ONEDOOR_INNER_TLS": "always", "ONEDOOR_TLS_CERTIFICATE": certificate,
            "ONEDOOR_TLS_KEY": key}) as it:
        MainJob(it).import_catalogue()
        status, findings = doctor(it)
        assert status == WARNINGS
        assert [(f["check"], f["subject"]) for f in findings] == [
            ("certificates", "door certificate of gateway")]
        make_certificate(tmp_path, 5)
        os.kill(it.pid("gateway"), signal.SIGHUP)
        MainJob(it).wait(lambda: doctor(it)[0] == FAULTS, "the new certificate to be taken", 30)
        make_certificate(tmp_path, 90)
        os.kill(it.pid("gateway"), signal.SIGHUP)
        MainJob(it).wait(lambda: doctor(it)[0] == 0, "the new certificate to be taken", 30)
        # Somewhere else, with nothing but the operator's certificate and what the house believes.
        keys = tmp_path / "keys"
        (keys / "private").mkdir(parents=True)
        shutil.copytree(it.data / "keys" / "public", keys / "public")
        shutil.copytree(it.data / "keys" / "private" / "operator", keys / "private" / "operator")
        known = json.loads((it.data / "onedoor.json").read_text())
        known |= {"keys": str(keys), "data": str(tmp_path / "nothing")}
        config = tmp_path / "onedoor.json"
        config.write_text(json.dumps(known))
        status, findings = doctor(it, "--config", str(config))
        assert (status, findings) == (0, [])
        status, lines = tool(it, "verify", "--config", str(config))
        assert status == 0 and len(lines) == 6
        # Without the certificate it says of each service that it cannot be looked at.
        shutil.rmtree(keys / "private" / "operator")
        status, findings = doctor(it, "--config", str(config))
        assert status == FAULTS
        assert {f["subject"] for f in findings if f["check"] == "reach"} == set(SERVICES)


def test_a_disk_that_fills(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)],
                      capture_output=True).returncode != 0:
        pytest.skip("no disk can be mounted here")
    it = House(debug_program(), folder / "data", free_ports(10))
    try:
        it.start()
        filler = folder / "filler"

        def fill(percent: int) -> None:
            facts = os.statvfs(folder)
            wanted = facts.f_bavail - facts.f_blocks * (100 - percent) // 100
            with open(filler, "ab") as file:
                file.write(b"x" * (wanted * facts.f_frsize))

        fill(85)
        status, findings = doctor(it)
        disks = [f for f in findings if f["check"] == "disk"]
        assert status == FAULTS  # no calendar was published yet
        assert {f["level"] for f in disks} == {"warning"} and len(disks) == 6
        fill(97)
        disks = [f for f in doctor(it)[1] if f["check"] == "disk"]
        assert {f["level"] for f in disks} == {"fault"} and len(disks) == 6
        filler.unlink()
        assert not [f for f in doctor(it)[1] if f["check"] == "disk"]
    finally:
        it.stop()
        subprocess.run(["umount", str(folder)], check=True)
