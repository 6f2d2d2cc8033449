"""What an operator does with a running composition: look at it, back it up, exchange its keys,
upgrade it."""

import json
import uuid

import pytest

from client import Client
from composition import NAME, SERVICES
from mainjob import CHANGE_ITEM, PERSON, MainJob

NEXT = "localhost/onedoor:next"


@pytest.fixture(scope="module", autouse=True)
def trusted(composition):
    """Other compositions had other certificates."""
    composition.link()


def apply(job: MainJob) -> dict:
    """An application of the portal; answers the receipt."""
    return job.portal().call("IntakeService/SubmitApplication",
                             {"itemCode": CHANGE_ITEM, "applicant": PERSON})["receipt"]


def findings(composition, *options: str) -> list[dict]:
    """What the doctor finds."""
    text = composition.operator("doctor", "--json", *options, check=False)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_the_doctor_finds_nothing_wrong(composition, job):
    found = findings(composition)
    assert {finding["check"] for finding in found} >= {
        "reach", "certificates", "feeds", "disk", "sqlite", "integrity", "clocks"}, found
    assert [f for f in found if f["level"] == "fault"] == [], found


def test_the_doctor_names_a_service_that_hangs(composition, job):
    composition.docker("pause", composition.container("queueing"))
    try:
        found = findings(composition)
    finally:
        composition.docker("unpause", composition.container("queueing"))
    assert [f for f in found if f["level"] == "fault" and "queueing" in json.dumps(f)], found
    composition.wait_healthy()


def test_all_stores_are_verified(composition, job):
    apply(job)
    composition.operator("verify")


def test_a_trace_is_found_in_the_containers_logs(composition, job):
    trace = uuid.uuid4().hex
    answer = job.portal().call("IntakeService/SubmitApplication",
                               {"itemCode": CHANGE_ITEM, "applicant": PERSON},
                               headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer["receipt"]["number"]
    lines = job.wait(lambda: [line for line in composition.log("intake")
                              if line.get("trace_id") == trace], "the line of the call")
    assert {line["method"] for line in lines} >= {
        "/onedoor.intake.v1.IntakeService/SubmitApplication"}


def test_a_backup_of_a_demonstration_has_its_clock_and_fits(composition, job):
    name = f"look-{uuid.uuid4().hex[:8]}"
    composition.operator("backup", f"/backup/{name}")
    record = json.loads((composition.folder / "backup" / name / "backup.json").read_text("utf-8"))
    assert record["demo"] is True
    assert (composition.folder / "backup" / name / "clock").exists()
    composition.operator("restore", f"/backup/{name}", "--check")


def test_keys_are_exchanged_while_calls_go_on(composition, job):
    def key(*arguments: str) -> str:
        return composition.docker("run", "--rm", "--network", "none", "-v",
                                  f"{composition.keys}:/keys", NAME, "key", *arguments)

    def taken(kind: str) -> dict[str, int]:
        """How often each service says that it took keys of a kind anew."""
        return {service: sum(line["message"] == "keys were taken anew" and line.get("kind") == kind
                             for line in composition.log(service)) for service in SERVICES}

    def exchanged(kind: str, *command: str) -> None:
        """Runs a step and waits until all have taken what it made."""
        before = taken(kind)
        key(*command)
        job.wait(lambda: all(taken(kind)[s] > before[s] for s in SERVICES), kind, 30)
        for _ in range(5):
            apply(job)

    for step in ("prepare", "activate", "retire"):
        exchanged("signing keys", "rotate", step, "/keys", "--early")
    exchanged("inner certificate", "renew", "/keys", "--within", "3650")
    composition.operator("verify")
    apply(job)


def test_services_are_upgraded_one_by_one_and_all_at_once(composition, job):
    receipt = apply(job)
    composition.docker("tag", NAME, NEXT)
    settings = composition.folder / ".env"
    settings.write_text(settings.read_text("utf-8").replace(
        f"ONEDOOR_IMAGE={NAME}", f"ONEDOOR_IMAGE={NEXT}"), "utf-8")
    before = {s: composition.container(s) for s in SERVICES}
    composition.compose("up", "-d", "--no-deps", "approval")
    composition.wait_healthy(["approval"])
    changed = {s for s in SERVICES if composition.container(s) != before[s]}
    assert changed == {"approval"}
    assert job.track(receipt)["number"] == receipt["number"]
    composition.up()
    composition.wait_healthy()
    composition.link()
    assert {composition.inspect(s)["Config"]["Image"] for s in SERVICES} == {NEXT}
    assert Client(composition.url).call("IntakeService/TrackApplication", {
        "number": receipt["number"], "queryCode": receipt["queryCode"]})
    apply(job)
