"""`onedoor alerts follow` for a named consumer: what it could not print is not committed."""

import json
import os
import subprocess
import time

import pytest

from house import house as new_house
from mainjob import CHANGE_ITEM, PERSON, MainJob


@pytest.fixture(scope="module")
def told():
    """A house with some alerts, and their number."""
    with new_house() as it:
        job = MainJob(it)
        job.import_catalogue()
        for _ in range(3):
            job.submit(CHANGE_ITEM, PERSON, ["M01", "M02", "M03", "M04"])
        it.advance("2026-09-18T09:00:00+08:00")
        job.wait(lambda: len(job.alerts()) >= 6, "the alerts of three receipts")
        yield job


def committed(job, name: str, **filters) -> str:
    """A consumer's committed cursor; the consumer is registered if it is not."""
    return job.consumer.call("AlertService/RegisterConsumer",
                             {"name": name, "filter": filters})["cursor"]


def follow(job, name: str, output) -> subprocess.Popen:
    """The command, which prints to somewhere."""
    return subprocess.Popen(
        [job.house.program, "alerts", "follow", "--gateway", job.house.url, "--data",
         str(job.house.data), "--role", "consumer", "--subject", "alert-desk", "--consumer", name],
        stdout=output, stderr=subprocess.PIPE, text=True)


def test_what_finds_no_room_is_not_committed(told):
    before = committed(told, "full")
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = follow(told, "full", full)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 74, error
    assert error == "onedoor: the output: No space left on device\n"
    assert committed(told, "full") == before


def test_what_nobody_reads_is_not_committed(told):
    before = committed(told, "pipe")
    reader, writer = os.pipe()
    os.close(reader)
    process = follow(told, "pipe", writer)
    os.close(writer)
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (141, "")
    assert committed(told, "pipe") == before


def test_a_stream_that_nobody_reads_any_more_ends(told):
    process = subprocess.Popen(
        [told.house.program, "call", "--gateway", told.house.url, "--data", str(told.house.data),
         "--role", "consumer", "AlertService/FollowAlerts"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert json.loads(process.stdout.readline())["alerts"]
    process.stdout.close()
    # At the latest with the next heartbeat.
    assert process.wait(timeout=30) == 141
    assert process.stderr.read() == ""


def test_what_was_printed_and_what_the_filter_hides_is_committed(told):
    head = told.consumer.call("AlertService/ReadAlerts", {"limit": 500})
    for name, filters in (("all", {}), ("quiet", {"kinds": ["ALERT_KIND_RATING"]})):
        assert committed(told, name, **filters) != head["cursor"]
        process = follow(told, name, subprocess.PIPE)
        try:
            wanted = len(head["alerts"]) if name == "all" else 0
            ids = [json.loads(process.stdout.readline())["id"] for _ in range(wanted)]
            assert ids == [alert["id"] for alert in head["alerts"]][:wanted]
            # A quiet stream tells its cursor each 5 s.
            told.wait(lambda: committed(told, name, **filters) == head["cursor"],
                      f"the cursor of {name} to be committed")
            time.sleep(0.1)
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(timeout=30)
