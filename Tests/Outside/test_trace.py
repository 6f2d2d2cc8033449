"""One trace from a client's header through logs and feeds to the alert that comes days later."""

import json
import re
import subprocess
import uuid

import httpx
import pytest

import audit
from house import SERVICES
from house import house as new_house
from mainjob import CHANGE_ITEM, PERSON, MainJob

DUE = {"start": "2026-09-14", "term": {"amount": 20, "unit": "TERM_UNIT_WORKING_DAY"}}
STATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"


@pytest.fixture(scope="module")
def job():
    with new_house({"ONEDOOR_LOG_CALLS": "all"}) as it:
        job = MainJob(it)
        job.import_catalogue()
        yield job


def traceparent(flags: str = "01") -> str:
    """A trace as a client of W3C Trace Context begins it."""
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:15]}1-{flags}"


def trace_id(parent: str) -> str:
    return parent.split("-")[1]


def lines(job, service: str, **fields) -> list[dict]:
    """The lines of a service's log that have these fields."""
    path = job.house.data / "logs" / f"{service}.log"
    found = []
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if all(line.get(name) == value for name, value in fields.items()):
            found.append(line)
    return found


def entries(job, service: str, trace: str) -> list[str]:
    """Types of the entries of a feed that belong to a trace, in order."""
    connection = audit.store(job.house.data, service)
    rows = connection.execute("SELECT type, traceparent FROM feed ORDER BY position").fetchall()
    connection.close()
    assert all(re.fullmatch(r"(00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3])?", row["traceparent"])
               for row in rows)
    return [row["type"] for row in rows if trace in row["traceparent"]]


def call(client, job, method: str, request: dict, caller, **headers):
    """A call by httpx; answers the response."""
    package, name = method.split("/")
    answer = client.post(
        f"{job.house.url}/onedoor.intake.v1.{package}/{name}", json=request,
        headers={"idempotency-key": uuid.uuid4().hex, **caller.headers, **headers})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def story(job):
    """An application submitted in one trace and accepted in another, over HTTP/2."""
    materials = []
    for code in ("M01", "M02", "M03", "M04"):
        digest = job.portal().upload(b"%PDF-1.4\n" + code.encode() * 100, "application/pdf")
        materials.append({"materialCode": code, "sha256": digest, "fileName": f"{code}.pdf",
                          "mediaType": "application/pdf"})
    submitted, accepted = traceparent("01"), traceparent("00")
    with httpx.Client(http1=False, http2=True) as client:
        receipt = call(client, job, "IntakeService/SubmitApplication",
                       {"itemCode": CHANGE_ITEM, "applicant": PERSON, "materials": materials},
                       job.portal(), traceparent=submitted, tracestate=STATE)["receipt"]
        call(client, job, "IntakeService/AcceptApplication", {"number": receipt["number"]},
             job.official("clerk", "K06"), traceparent=accepted, tracestate=STATE)
    return {"number": receipt["number"], "submitted": submitted, "accepted": accepted}


def test_the_trace_stands_in_the_log_of_the_service(job, story):
    for parent, method in ((story["submitted"], "SubmitApplication"),
                           (story["accepted"], "AcceptApplication")):
        [line] = job.wait(lambda parent=parent: lines(
            job, "intake", message="call", trace_id=trace_id(parent)), "the line of the call")
        assert line["method"].endswith(f"/{method}") and line["status"] == "200"
        # The step is the gateway's, not the client's.
        assert re.fullmatch(r"[0-9a-f]{16}", line["span_id"])
        assert line["span_id"] not in parent


def test_what_the_call_led_to_is_of_the_same_trace(job, story):
    trace = trace_id(story["accepted"])
    assert entries(job, "intake", trace) == ["ApplicationAccepted"]
    assert entries(job, "intake", trace_id(story["submitted"])) == ["ApplicationSubmitted"]
    job.case(story["number"])
    opened = job.wait(lambda: entries(job, "approval", trace), "the case to be opened")
    assert "CaseOpened" in opened
    # Each entry names the step in which the gateway let the call in, and the client's flags.
    [line] = lines(job, "intake", message="call", trace_id=trace)
    connection = audit.store(job.house.data, "approval")
    [row] = connection.execute("SELECT traceparent FROM feed WHERE type = 'CaseOpened'").fetchall()
    connection.close()
    assert row["traceparent"] == f"00-{trace}-{line['span_id']}-00"


def test_a_client_without_a_trace_gets_one_and_a_bad_one_is_replaced(job):
    bad = "00-" + "0" * 32 + "-00f067aa0ba902b7-01"
    before = len(lines(job, "catalogue", message="call"))
    for version in ("--http1.1", "--http2-prior-knowledge"):
        for headers in ([], ["-H", f"traceparent: {bad}"], ["-H", "tracestate: a=1"],
                        ["-H", f"traceparent: {traceparent().upper()}"]):
            for _ in range(2):
                done = subprocess.run(
                    ["curl", "-sS", version, "-H", "content-type: application/json", *headers,
                     "-d", json.dumps(DUE),
                     f"{job.house.url}/onedoor.catalogue.v1.CalendarService/ComputeDue"],
                    capture_output=True, text=True, timeout=30, check=True)
                assert "2026-10-16" in done.stdout, done.stdout
    calls = job.wait(lambda: (found := lines(job, "catalogue", message="call")[before:])
                     and len(found) >= 16 and found, "the lines of the calls")
    traces = [line["trace_id"] for line in calls]
    assert len(set(traces)) == len(traces) == 16
    assert all(re.fullmatch(r"[0-9a-f]{32}", trace) and int(trace, 16) for trace in traces)


def test_the_alert_days_later_names_the_acceptance(job, story):
    job.case(story["number"])
    job.house.advance("2026-10-20T09:00:00+08:00")
    told = job.wait(
        lambda: (found := job.alerts(number=story["number"]))
        and any(alert["level"] == "ALERT_LEVEL_PURPLE" for alert in found) and found,
        "the case to be overdue")
    accepted = trace_id(story["accepted"])
    clocks = [a for a in told if a["kind"] in ("ALERT_KIND_PROMISE", "ALERT_KIND_LEGAL")]
    assert len(clocks) >= 4
    assert {trace_id(alert["traceparent"]) for alert in clocks} == {accepted}
    assert "AlertRaised" in entries(job, "monitoring", accepted)


def test_no_trace_is_part_of_a_chain(job, story):
    for service in SERVICES:
        rows = audit.check_feed(job.house.data, service)
        if service in ("intake", "approval", "monitoring"):
            assert any(row["traceparent"] for row in rows)


def test_every_line_of_a_call_through_the_door_has_a_trace(job, story):
    inner = "/onedoor.feed.v1.FeedService/"
    for service in SERVICES:
        for line in lines(job, service, message="call"):
            if not line["method"].startswith(inner):
                assert re.fullmatch(r"[0-9a-f]{32}", line["trace_id"]), line
