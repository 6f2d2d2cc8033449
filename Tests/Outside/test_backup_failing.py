"""Backups that fail: nothing of them is left, the followers go on, and keys are never put at risk."""

import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from backups import HOLD, backup, check, files, metric, surroundings, tool, wait_for_all
from house import SERVICES, House, debug_program, free_ports
from mainjob import CHANGE_ITEM, PERSON

# -- what fails leaves nothing behind


def test_a_backup_whose_record_cannot_be_written_leaves_nothing(still, tmp_path):
    folder = tmp_path / "backup"
    still.submit(CHANGE_ITEM, PERSON | {"name": "附件三"}, ["M01"])
    # What was there before stays, also where the backup itself would have put something.
    (folder / "backup.json.part").mkdir(parents=True)
    (folder / "materials" / "00").mkdir(parents=True)
    (folder / "note").write_text("mine")
    before = files(folder)
    done = backup(still.house, folder)
    assert done.returncode == 70 and "backup.json.part" in done.stderr, done.stderr
    assert files(folder) == before
    (folder / "backup.json.part").rmdir()
    done = backup(still.house, folder)
    assert done.returncode == 0, done.stderr
    assert check(folder) == (0, []) and files(folder) > {"note", "clock", "backup.json"}


def test_single_copies_are_removed_when_a_later_one_fails(still, tmp_path):
    folder = tmp_path / "some"
    both = ["--service", "intake", "--service", "gateway"]
    # Nobody listens there.
    nowhere = {"ONEDOOR_LISTEN_GATEWAY": f"127.0.0.1:{free_ports(1)}"}
    done = tool("backup", folder, "--data", still.house.data, *both, environment=nowhere)
    assert done.returncode == 69 and "gateway" in done.stderr, done.stderr
    assert files(folder) == set()
    assert backup(still.house, folder, *both).returncode == 0
    before = files(folder)
    assert before > {"intake.sqlite", "gateway.sqlite.manifest", "materials"}
    # Those of an earlier command stay.
    nowhere = {"ONEDOOR_LISTEN_APPROVAL": f"127.0.0.1:{free_ports(1)}"}
    done = tool("backup", folder, "--data", still.house.data, "--service", "catalogue",
                "--service", "approval", environment=nowhere)
    assert done.returncode == 69 and files(folder) == before, done.stderr


def test_a_single_copy_of_intake_without_its_materials_is_refused(still, tmp_path):
    still.submit(CHANGE_ITEM, PERSON | {"name": "附件四"}, ["M01"])
    there = max((still.house.data / "materials").glob("??/*"), key=lambda p: p.stat().st_mtime_ns)
    away = tmp_path / "away"
    there.rename(away)
    try:
        done = backup(still.house, tmp_path / "one", "--service", "intake")
    finally:
        away.rename(there)
    assert done.returncode == 65 and f"MISSING materials/{there.parent.name}" in done.stderr
    assert files(tmp_path / "one") == set()
    assert backup(still.house, tmp_path / "one", "--service", "intake").returncode == 0


# -- the lease


OTHERS = ["catalogue", "intake", "approval", "monitoring", "gateway"]


def held(house: House) -> list[bool]:
    """Of which services besides queueing the followers are held now."""
    return [bool(metric(house, service, "onedoor_feeds_held")[""]) for service in OTHERS]


def lag(house: House, service: str) -> float:
    """How many entries of others wait at a service."""
    return sum(metric(house, service, "onedoor_feed_lag_entries").values())


@pytest.fixture
def silent(still):
    """Queueing answers nobody, so a backup stands still with the five others held."""
    pid = still.house.pid("queueing")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGCONT)
        wait_for_all(still)


def test_followers_go_on_when_the_one_who_makes_the_backup_is_killed(still, silent, tmp_path):
    receipt = still.submit(CHANGE_ITEM, PERSON, [])
    process = subprocess.Popen([debug_program(), "backup", str(tmp_path / "never"), "--data",
                                str(still.house.data)], stderr=subprocess.DEVNULL,
                               env=surroundings())
    still.wait(lambda: all(held(still.house)), "the hold")
    process.kill()
    process.wait()
    # The call is answered, and what it leads to waits, while the hold lasts.
    still.accept(receipt["number"], "K06")
    still.wait(lambda: lag(still.house, "approval"), "an entry that waits")
    assert all(held(still.house)), "a call must be answered before the hold is over"
    # Nobody ends it, so it ends by itself.
    still.wait(lambda: not any(held(still.house)), "the end of the hold", 3 * HOLD / 1000)
    still.case(receipt["number"])
    assert not list((tmp_path / "never").glob("*.sqlite*"))
    os.kill(silent, signal.SIGCONT)
    wait_for_all(still)
    still.wait(lambda: backup(still.house, tmp_path / "next").returncode == 0, "a backup", 60)
    assert check(tmp_path / "next") == (0, [])


def test_a_backup_whose_hold_was_over_fails_and_leaves_nothing(still, silent, tmp_path):
    folder = tmp_path / "late"
    # The command has more patience than the services.
    process = subprocess.Popen(
        [debug_program(), "backup", str(folder), "--data", str(still.house.data)],
        stderr=subprocess.PIPE, text=True,
        env=surroundings({"ONEDOOR_BACKUP_HOLD": str(60 * HOLD)}))
    still.wait(lambda: all(held(still.house)), "the hold")
    still.wait(lambda: not any(held(still.house)), "the end of the hold", 3 * HOLD / 1000)
    os.kill(silent, signal.SIGCONT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 75 and "the hold was over" in told, told
    assert files(folder) == set()


def test_a_backup_does_not_wait_for_a_service_that_hangs(still, silent, tmp_path):
    folder = tmp_path / "hangs"
    done = tool("backup", folder, "--data", still.house.data,
                environment={"ONEDOOR_BACKUP_HOLD": "500"})
    # It hangs to the end, so it was the command that ended.
    state = pathlib.Path(f"/proc/{silent}/stat").read_text().rsplit(")", 1)[1].split()[0]
    assert state == "T"
    assert done.returncode == 75 and "queueing: " in done.stderr, done.stderr
    assert "did not answer in time" in done.stderr and files(folder) == set()
    # The others were let go, before their lease was over on a machine that is quick enough.
    assert not any(held(still.house))
    os.kill(silent, signal.SIGCONT)
    still.wait(lambda: backup(still.house, folder).returncode == 0, "a backup", 60)


# -- keys


def test_keys_are_never_put_into_the_backup_that_they_open(still, tmp_path):
    folder, link = tmp_path / "to" / "backup", tmp_path / "link"
    link.symlink_to(tmp_path)
    for keys in [folder / "keys", folder, folder.parent, link / "to", link / "to" / "backup" / "keys",
                 still.house.data / "keys" / "copy"]:
        done = backup(still.house, folder, "--with-keys", keys)
        assert done.returncode == 65, (keys, done.stderr)
        assert not folder.parent.exists() and not keys.exists()


def test_a_copy_of_the_keys_that_would_open_nothing_is_refused_before_the_backup(still, tmp_path):
    keys, folder = tmp_path / "keys", tmp_path / "backup"
    shutil.copytree(still.house.data / "keys", keys)
    for service in ("approval", "gateway"):
        (keys / "private" / service / "seal.key").unlink()
    done = tool("backup", folder, "--data", still.house.data, "--with-keys", tmp_path / "safe",
                environment={"ONEDOOR_KEYS": str(keys)})
    assert done.returncode == 78, done.stderr
    told = [s for s in SERVICES if f"private/{s}/seal.key" in done.stderr]
    assert told == ["approval", "gateway"]
    assert not folder.exists() and not (tmp_path / "safe").exists()


def test_a_backup_whose_output_cannot_be_written_has_its_keys(still, tmp_path):
    folder, keys = tmp_path / "backup", tmp_path / "safe"
    command = [debug_program(), "backup", folder, "--data", still.house.data, "--with-keys", keys]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300,
                              env=surroundings())
    assert done.returncode == 74, done.stderr
    assert check(folder)[0] == 0
    assert {path.name for path in (keys / "private").iterdir()} >= set(SERVICES)
