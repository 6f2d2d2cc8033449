"""Bad input gets a clear, complete error and loses nothing."""

import gzip
import json
import uuid

import httpx
import pytest

from client import Refused
from house import HALL
from house import house as new_house
from mainjob import CHANGE_ITEM, PERSON

DRAFT = "onedoor.intake.v1.IntakeService/CreateDraft"
GOOD = {"itemCode": CHANGE_ITEM, "applicant": PERSON}


@pytest.fixture
def post(job, url):
    """Posts a body as an applicant and answers status, reason and violated fields."""
    token = job.house.token("applicant", subject="bad-1")

    def send(body, path=DRAFT, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        fields = {"content-type": "application/json", "authorization": f"Bearer {token}",
                  "idempotency-key": uuid.uuid4().hex}
        fields |= {k.replace("_", "-"): v for k, v in headers.items()}
        answer = httpx.post(f"{url}/{path}", content=body,
                            headers={k: v for k, v in fields.items() if v is not None})
        parsed = answer.json() if answer.content else {}
        detail = (parsed.get("details") or [{}])[0].get("debug", {})
        return answer, detail, {v.get("field", ""): v["reason"] for v in detail.get("violations", [])}

    return send


def test_every_violated_field_is_named_at_once(post):
    answer, detail, fields = post({"itemCode": "x" * 65, "applicant": {
        "name": "名" * 101, "subjectType": "", "idType": "1111", "phone": ""}})
    assert answer.status_code == 400 and answer.json()["code"] == "invalid_argument"
    assert fields == {
        "item_code": "FORMAT", "applicant.name": "TOO_LONG",
        "applicant.subject_type": "REQUIRED", "applicant.id_type": "TOO_LONG",
        "applicant.id_number": "REQUIRED", "applicant.phone": "REQUIRED"}
    assert detail["messageZh"] and detail["messageEn"]
    assert answer.headers["onedoor-reason"] == detail["reason"] == "INVALID_FIELDS"


def test_wrong_types_unknown_fields_and_enums_are_named_at_once(post):
    answer, _, fields = post(
        {"itemCode": 5, "applicant": [], "nothing": 1}, idempotency_key="t1")
    assert answer.status_code == 400
    assert set(fields) == {"item_code", "applicant", "nothing"}
    answer, _, fields = post({"state": "APPLICATION_STATE_NONSENSE"},
                             "onedoor.intake.v1.IntakeService/ListApplications")
    assert answer.status_code == 400 and list(fields.values()) == ["UNKNOWN_ENUM"]


def test_faults_of_type_and_of_rule_are_named_in_one_round(post):
    answer, detail, fields = post({"itemCode": 5, "nothing": 1, "applicant": {
        "name": "名" * 101, "subjectType": "NONSENSE", "idType": True, "phone": ""}})
    assert answer.status_code == 400
    assert fields == {
        "item_code": "TYPE", "nothing": "UNKNOWN_FIELD", "applicant.name": "TOO_LONG",
        "applicant.subject_type": "TOO_LONG", "applicant.id_type": "TYPE",
        "applicant.id_number": "REQUIRED", "applicant.phone": "REQUIRED"}
    assert all(v["messageZh"] and v["messageEn"].isascii() for v in detail["violations"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{\"itemCode\":\"\\ud800\"}",
                                  b"\xff\xfe", b"{} {}", b"{\"a\":" * 200])
def test_what_is_no_json_message_is_refused(post, body):
    answer, _, _ = post(body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_argument"


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\x05ab", b"\x0b", b"\x0a\x02\xff\xfe"])
def test_what_is_no_protobuf_message_is_refused(post, body):
    answer, _, _ = post(body, content_type="application/proto")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"


def test_sizes(post):
    answer, _, _ = post(b" " * (5 << 20))
    assert answer.status_code in (413, 429)
    bomb = gzip.compress(b" " * (64 << 20))
    answer, _, _ = post(bomb, content_encoding="gzip")
    assert answer.status_code == 429 and answer.json()["code"] == "resource_exhausted"
    answer, _, _ = post(gzip.compress(json.dumps(GOOD).encode()), content_encoding="gzip")
    assert answer.status_code == 200, answer.text
    answer, _, _ = post(b"x", content_encoding="br")
    assert answer.status_code == 501 and "gzip" in answer.json()["message"]


def test_keys(post):
    assert post(GOOD, idempotency_key=None)[1]["reason"] == "IDEMPOTENCY_KEY_MISSING"
    assert post(GOOD, idempotency_key="x" * 65)[1]["reason"] == "IDEMPOTENCY_KEY_MISSING"
    first, _, _ = post(GOOD, idempotency_key="same")
    again, _, _ = post(GOOD, idempotency_key="same")
    assert first.json() == again.json()
    other = GOOD | {"applicant": PERSON | {"name": "李雷"}}
    assert post(other, idempotency_key="same")[1]["reason"] == "IDEMPOTENCY_MISMATCH"


def test_identity_numbers_are_checked_and_never_echoed(post):
    bad = "370200190001010012"
    answer, _, fields = post(GOOD | {"applicant": PERSON | {"idNumber": bad}})
    assert answer.status_code == 400 and "applicant.id_number" in fields
    assert bad not in answer.text


def test_things_that_are_not_there(post):
    answer, detail, _ = post(GOOD | {"itemCode": "no-such-item"})
    assert detail["reason"] == "UNKNOWN_ITEM"
    answer, detail, _ = post({"number": "no-such-number"},
                             "onedoor.intake.v1.IntakeService/GetApplication")
    assert answer.status_code == 404 and detail["reason"] == "NOT_FOUND"


def test_tokens(post, url):
    def reason(token, **headers):
        return post(GOOD, authorization=token, **headers)[0].headers.get("onedoor-reason")

    import base64

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"sub": "x", "roles": ["clerk"], "halls": [HALL], "exp": 4102444800}
    none = f"Bearer {part({'alg': 'none'})}.{part(claims)}."
    assert reason(none) == "TOKEN_INVALID"
    assert reason("Bearer nonsense") == "TOKEN_INVALID"
    assert reason(None, onedoor_portal_key="odp_wrong") == "PORTAL_KEY_UNKNOWN"


def test_roles_halls_and_language(job, post):
    clerk = job.house.token("clerk", subject="u-k06-a", posts=("K06",))
    answer, detail, _ = post(GOOD, authorization=f"Bearer {clerk}")
    assert answer.status_code == 403 and detail["reason"] == "WRONG_ROLE"
    _, detail, _ = post(GOOD, onedoor_hall="110101")
    assert detail["reason"] == "WRONG_HALL"
    english, _, _ = post(GOOD | {"itemCode": ""}, accept_language="en")
    chinese, _, _ = post(GOOD | {"itemCode": ""}, accept_language="zh-CN")
    assert english.json()["message"].isascii()
    assert not chinese.json()["message"].isascii()


def test_a_pass_from_outside_is_worth_nothing(job, url, post):
    answer, _, _ = post(GOOD, authorization=None, onedoor_pass="a.b")
    assert answer.status_code in (401, 403)


def test_a_stream_that_is_refused_says_why_in_the_clear(job):
    with pytest.raises(Refused) as refused:
        next(job.consumer.follow("AlertService/FollowAlerts", {"cursor": "nonsense"}))
    assert refused.value.code == "invalid_argument"
    assert refused.value.refusal["reason"] and refused.value.refusal["messageZh"]
    with pytest.raises(Refused) as refused:
        next(job.official("clerk", "K06").follow("AlertService/FollowAlerts", {}))
    assert refused.value.refusal["reason"] == "WRONG_ROLE"


def test_the_operator_says_how_long_a_body_may_be():
    with new_house(environment={"ONEDOOR_BODY": "6000000"}) as house:
        for method in [DRAFT, "onedoor.gateway.v1.GatewayService/WhoAmI"]:
            for length, reason in [(5_000_000, "INVALID_FIELDS"), (6_000_001, "TOO_LARGE")]:
                body = '{"%s":1}' % ("k" * (length - len('{"":1}')))
                answer = httpx.post(f"{house.url}/{method}", content=body, headers={
                    "content-type": "application/json", "idempotency-key": uuid.uuid4().hex,
                    "authorization": f"Bearer {house.token('applicant', subject='bad-2')}"})
                assert answer.headers["onedoor-reason"] == reason
                assert len(answer.content) < 4_096
