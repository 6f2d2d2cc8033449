"""Clients that we did not write: curl, buf curl, connectrpc, httpx."""

import importlib
import json
import pathlib
import subprocess
import sys

import httpx
import pytest

from house import HALL, ROOT
from mainjob import CHANGE_ITEM, PERSON

COMPUTE_DUE = "onedoor.catalogue.v1.CalendarService/ComputeDue"
DUE = {"start": "2026-09-14", "term": {"amount": 20, "unit": "TERM_UNIT_WORKING_DAY"}}


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Python code generated from Proto/ by the ordinary plugins."""
    out = tmp_path_factory.mktemp("generated")
    plugin = pathlib.Path(sys.executable).parent / "protoc-gen-connectrpc"
    protos = sorted(str(p.relative_to(ROOT / "Proto")) for p in (ROOT / "Proto").rglob(
        "onedoor/**/*.proto"))
    subprocess.run(
        ["protoc", "-I", ".", "-I", "/usr/include", f"--python_out={out}",
         f"--plugin=protoc-gen-connectrpc={plugin}", f"--connectrpc_out={out}",
         "--connectrpc_opt=protobuf=google", *protos],
        cwd=ROOT / "Proto", check=True,
    )
    sys.path.insert(0, str(out))
    return importlib.import_module


def curl(*arguments: str) -> tuple[str, int, str]:
    """Body, status and HTTP version of an exchange by curl."""
    done = subprocess.run(
        ["curl", "-sS", "-w", "\n%{http_code} %{http_version}", *arguments],
        capture_output=True, text=True, timeout=30, check=True,
    )
    body, _, tail = done.stdout.rpartition("\n")
    status, version = tail.split()
    return body, int(status), version


@pytest.mark.parametrize("version, option", [("2", "--http2-prior-knowledge"),
                                             ("1.1", "--http1.1")])
def test_curl(url, version, option):
    body, status, spoken = curl(option, "--json", json.dumps(DUE), f"{url}/{COMPUTE_DUE}")
    assert (status, spoken) == (200, version)
    assert json.loads(body)["due"]["dueOn"] == "2026-10-16"


def test_curl_gets_bare_answers_for_what_is_no_call(url):
    assert curl(f"{url}/nothing/here")[1] == 404
    assert curl(f"{url}/{COMPUTE_DUE}", "-X", "PUT", "-d", "{}")[1] == 405
    assert curl(f"{url}/{COMPUTE_DUE}", "-H", "content-type: text/plain", "-d", "x")[1] == 415
    body, status, _ = curl("--json", "{}", f"{url}/onedoor.catalogue.v1.CalendarService/Nothing")
    assert status == 501 and json.loads(body)["code"] == "unimplemented"
    assert curl("--json", "{}", f"{url}/onedoor.feed.v1.FeedService/GetHead")[1] == 404


def test_curl_uploads_and_downloads_a_material(job, url, tmp_path):
    token = job.house.token("applicant", subject="curl-1")
    data = b"%PDF-1.4\n" + bytes(range(256)) * 40_000
    (tmp_path / "plan.pdf").write_bytes(data)
    import hashlib

    digest = hashlib.sha256(data).hexdigest()
    for option in ("--http2-prior-knowledge", "--http1.1"):
        body, status, _ = curl(
            option, "-T", str(tmp_path / "plan.pdf"), "-H", "content-type: application/pdf",
            "-H", f"authorization: Bearer {token}", f"{url}/materials/{digest}")
        assert status in (200, 201), body
    got = subprocess.run(["curl", "-sS", "-H", f"authorization: Bearer {token}",
                          f"{url}/materials/{digest}"], capture_output=True, check=True).stdout
    assert got == data
    other = job.house.token("applicant", subject="curl-2")
    assert curl("-o", "/dev/null", "-H", f"authorization: Bearer {other}",
                f"{url}/materials/{digest}")[1] == 404
    wrong = "0" * 64
    body, status, _ = curl(
        "-T", str(tmp_path / "plan.pdf"), "-H", "content-type: application/pdf",
        "-H", f"authorization: Bearer {token}", f"{url}/materials/{wrong}")
    assert status == 400 and "HASH_MISMATCH" in body


def test_buf_curl(url):
    buf = pathlib.Path(sys.executable).parent / "buf"
    done = subprocess.run(
        [buf, "curl", "--schema", str(ROOT / "Proto"), "--protocol", "connect",
         "--http2-prior-knowledge", "-d", json.dumps(DUE), f"{url}/{COMPUTE_DUE}"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["due"]["dueOn"] == "2026-10-16"


def test_connectrpc_with_its_defaults(job, url, generated):
    calendar = generated("onedoor.catalogue.v1.calendar_connect")
    messages = generated("onedoor.catalogue.v1.calendar_pb2")
    common = generated("onedoor.common.v1.common_pb2")
    client = calendar.CalendarServiceClientSync(url)
    answer = client.compute_due(messages.ComputeDueRequest(
        start="2026-09-14",
        term=common.Term(amount=20, unit=common.TERM_UNIT_WORKING_DAY), explain=True))
    assert answer.due.due_on == "2026-10-16"
    assert [d.number for d in answer.due.days if d.counted] == list(range(1, 21))


def test_connectrpc_reads_the_refusal(job, url, generated):
    from connectrpc.code import Code
    from connectrpc.errors import ConnectError

    intake = generated("onedoor.intake.v1.intake_connect")
    messages = generated("onedoor.intake.v1.intake_pb2")
    application = generated("onedoor.intake.v1.application_pb2")
    common = generated("onedoor.common.v1.common_pb2")
    client = intake.IntakeServiceClientSync(url)
    token = job.house.token("applicant", subject="py-1")
    with pytest.raises(ConnectError) as refused:
        client.create_draft(
            messages.CreateDraftRequest(applicant=application.Applicant(name="x")),
            headers={"authorization": f"Bearer {token}", "idempotency-key": "k"})
    assert refused.value.code == Code.INVALID_ARGUMENT
    detail = common.Refusal()
    assert refused.value.details[0].Unpack(detail) or detail.ParseFromString(
        refused.value.details[0].value) is not None
    fields = {v.field for v in detail.violations}
    assert {"item_code", "applicant.subject_type", "applicant.id_type", "applicant.id_number",
            "applicant.phone"} <= fields


def test_connectrpc_follows_a_stream(job, url, generated):
    alerts = generated("onedoor.monitoring.v1.alert_connect")
    messages = generated("onedoor.monitoring.v1.alert_pb2")
    token = job.house.token("consumer", subject="py-consumer")
    client = alerts.AlertServiceClientSync(url)
    stream = client.follow_alerts(messages.FollowAlertsRequest(),
                                  headers={"authorization": f"Bearer {token}"})
    # A quiet stream has a heartbeat each 5 s that carries the cursor.
    for message in stream:
        assert message.cursor or message.alerts
        break


def test_httpx_over_http2(job, url):
    token = job.house.token("applicant", subject="httpx-1")
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.post(
            f"{url}/onedoor.intake.v1.IntakeService/CreateDraft",
            json={"itemCode": CHANGE_ITEM, "applicant": PERSON},
            headers={"authorization": f"Bearer {token}", "idempotency-key": "h1",
                     "onedoor-hall": HALL})
        assert answer.http_version == "HTTP/2"
        assert answer.status_code == 200, answer.text
        applicant = answer.json()["application"]["applicant"]
        assert applicant["idNumber"].startswith("370200") and "*" in applicant["idNumber"]
        assert "onedoor-position" in answer.headers
