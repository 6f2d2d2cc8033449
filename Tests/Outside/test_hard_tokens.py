"""Forged, expired and replayed proofs of who somebody is, and the guessing of keys."""

import base64
import hashlib
import hmac
import json
import time
import uuid

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client import Refused
from hard import ATTACKER, base64url, caller, h1, watched
from house import HALL
from house import house as new_house
from mainjob import CHANGE_ITEM, PERSON

WHO = "onedoor.gateway.v1.GatewayService/WhoAmI"


@pytest.fixture(scope="module")
def house(job):
    return job.house


@pytest.fixture(scope="module")
def issuer(house):
    """The demo issuer's own key, by which a forger's mistakes are made one at a time."""
    return private(house, "tokens")


def private(house, name: str) -> Ed25519PrivateKey:
    """A signing key of the house."""
    text = (house.data / f"keys/private/{name}.key").read_text("ascii")
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))


@pytest.fixture(scope="module")
def ask(house):
    """Asks with a token or other fields who the gateway takes one for: (status, reason, answer)."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=ATTACKER)) as client:
        def send(token=None, **fields):
            head = {"content-type": "application/json"}
            if token is not None:
                head["authorization"] = f"Bearer {token}"
            head |= {name.replace("_", "-"): value for name, value in fields.items()}
            answer = client.post(f"{house.url}/{WHO}", content=b"{}", headers=head)
            return answer.status_code, answer.headers.get("onedoor-reason", ""), answer

        yield send


def claims(**others) -> dict:
    return {"iss": "onedoor", "sub": "forger", "roles": ["clerk"], "halls": [HALL], "posts": ["K06"],
            "exp": int(time.time()) + 600} | others


def signed(header: dict, payload, sign) -> str:
    """A token with whatever header and payload, signed by a function of the bytes."""
    text = base64url(header) + "." + base64url(payload)
    return text + "." + base64url(sign(text.encode()))


GOOD = {"alg": "EdDSA", "typ": "JWT", "kid": "tokens"}


def test_the_genuine_one_is_believed(ask, issuer):
    status, _, answer = ask(signed(GOOD, claims(), issuer.sign))
    assert status == 200 and answer.json()["subject"] == "forger"


@pytest.mark.parametrize("others, reason", [
    ({"exp": 1}, "TOKEN_EXPIRED"),
    ({"exp": int(time.time()) - 1}, "TOKEN_EXPIRED"),
    ({"exp": -1}, "TOKEN_EXPIRED"),
    ({"exp": "never"}, "TOKEN_INVALID"),
    ({"exp": None}, "TOKEN_INVALID"),
    ({"nbf": int(time.time()) + 3600}, "TOKEN_INVALID"),
    ({"nbf": "soon"}, "TOKEN_INVALID"),
    ({"iss": "onedoor "}, "TOKEN_INVALID"),
    ({"iss": "https://other"}, "TOKEN_INVALID"),
    ({"iss": None}, "TOKEN_INVALID"),
    ({"iss": ["onedoor"]}, "TOKEN_INVALID"),
    ({"aud": "https://payroll.example"}, "TOKEN_INVALID"),
    ({"aud": ["a", "b"]}, "TOKEN_INVALID"),
    ({"aud": []}, "TOKEN_INVALID"),
    ({"aud": {"onedoor": 1}}, "TOKEN_INVALID"),
    ({"sub": ""}, "TOKEN_INVALID"),
    ({"sub": None}, "TOKEN_INVALID"),
    ({"sub": 7}, "TOKEN_INVALID"),
    ({"roles": "clerk"}, "TOKEN_INVALID"),
], ids=str)
def test_claims_that_are_wrong_under_the_right_key(ask, issuer, others, reason):
    payload = {name: value for name, value in claims(**others).items() if value is not None}
    status, got, _ = ask(signed(GOOD, payload, issuer.sign))
    assert (status, got) == (401, reason)


@pytest.mark.parametrize("audience", ["onedoor", ["https://payroll.example", "onedoor"]], ids=str)
def test_a_token_for_this_house_is_believed(ask, issuer, audience):
    assert ask(signed(GOOD, claims(aud=audience), issuer.sign))[0] == 200


def test_times_beyond_all_numbers(ask, issuer):
    for number in ["1e400", "-1e400", "NaN", "1e308", "99999999999999999999999999"]:
        payload = json.dumps(claims(exp="X")).replace('"X"', number).encode()
        assert ask(signed(GOOD, payload, issuer.sign))[0] in (200, 401)


def forgeries(issuer):
    public = issuer.public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    pem = public.public_bytes(serialization.Encoding.PEM,
                              serialization.PublicFormat.SubjectPublicKeyInfo)
    stranger = Ed25519PrivateKey.generate()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(stranger.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw))}
    curve, modulus = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)

    def mac(key):
        return lambda text: hmac.new(key, text, hashlib.sha256).digest()

    good = signed(GOOD, claims(), issuer.sign)
    head, body, signature = good.split(".")
    yield from {
        "alg none": base64url(GOOD | {"alg": "none"}) + "." + body + ".",
        "alg None with a signature": signed(GOOD | {"alg": "None"}, claims(), issuer.sign),
        "alg nOnE": base64url(GOOD | {"alg": "nOnE"}) + "." + body + ".",
        "no alg": signed({"kid": "tokens"}, claims(), issuer.sign),
        "alg of another key type": signed(GOOD | {"alg": "ES256"}, claims(), issuer.sign),
        "alg in lower case": signed(GOOD | {"alg": "eddsa"}, claims(), issuer.sign),
        "HS256 with the public key": signed(GOOD | {"alg": "HS256"}, claims(), mac(raw)),
        "HS256 with the public key in PEM": signed(GOOD | {"alg": "HS256"}, claims(), mac(pem)),
        "HS256 named EdDSA": signed(GOOD, claims(), mac(raw)),
        "ES256 under this kid": signed(GOOD | {"alg": "ES256"}, claims(), lambda text: curve.sign(
            text, ec.ECDSA(hashes.SHA256()))),
        "RS256 under this kid": signed(GOOD | {"alg": "RS256"}, claims(), lambda text: modulus.sign(
            text, padding.PKCS1v15(), hashes.SHA256())),
        "a stranger's key": signed(GOOD, claims(), stranger.sign),
        "a stranger's key in jwk": signed(GOOD | {"jwk": jwk}, claims(), stranger.sign),
        "jku": signed(GOOD | {"jku": "http://127.0.0.1:1/jwks"}, claims(), stranger.sign),
        "x5u": signed(GOOD | {"x5u": "http://127.0.0.1:1/cert"}, claims(), stranger.sign),
        "unknown kid": signed(GOOD | {"kid": "other"}, claims(), issuer.sign),
        "no kid": signed({"alg": "EdDSA"}, claims(), issuer.sign),
        "kid as a path": signed(GOOD | {"kid": "../../private/tokens.key"}, claims(), issuer.sign),
        "kid as SQL": signed(GOOD | {"kid": "' OR 1=1 --"}, claims(), issuer.sign),
        "kid with NUL": signed(GOOD | {"kid": "tokens\0"}, claims(), issuer.sign),
        "kid that is a list": signed(GOOD | {"kid": ["tokens"]}, claims(), issuer.sign),
        "critical extension": signed(GOOD | {"crit": ["exp"]}, claims(), issuer.sign),
        "b64 false": signed(GOOD | {"crit": ["b64"], "b64": False}, claims(), issuer.sign),
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "five parts": f"{good}.x.y",
        "signature of zeros": f"{head}.{body}.{base64url(bytes(64))}",
        "signature cut off": good[:-4],
        "signature with more behind it": good + "AAAA",
        "other claims under the signature": f"{head}.{base64url(claims(sub='chief'))}.{signature}",
        "claims that are no object": signed(GOOD, [1], issuer.sign),
        "claims that are no JSON": signed(GOOD, b"\xff\xfe{", issuer.sign),
        "deep claims": signed(GOOD, b'{"a":' * 1_200, issuer.sign),
        "too long": signed(GOOD, claims(name="x" * 9_000), issuer.sign),
        "padding": head + "=." + body + "." + signature,
        "blanks": head + " ." + body + "." + signature,
        "dots": "..",
    }.items()


def test_forged_tokens(house, ask, issuer):
    """Each has one mistake or trick, and all get one answer, which says nothing of why."""
    with watched(house, "forged tokens"):
        for what, token in forgeries(issuer):
            status, reason, answer = ask(token)
            assert (status, reason) == (401, "TOKEN_INVALID"), (what, status, reason)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert not what or token not in answer.text or not token, what


def test_a_token_gives_no_more_than_it_says(ask, issuer):
    status, _, answer = ask(signed(GOOD, claims(roles=["service", "root", "ROLE_CLERK"]), issuer.sign))
    assert status == 200 and answer.json()["roles"] == ["public"]
    status, reason, _ = ask(signed(GOOD, claims(halls=["110101"]), issuer.sign), onedoor_hall="110101")
    assert (status, reason) == (403, "WRONG_HALL")


def test_an_expired_token_is_not_remembered_longer_than_it_lasts(ask, issuer):
    token = signed(GOOD, claims(exp=time.time() + 1.5, sub="short"), issuer.sign)
    assert ask(token)[0] == 200
    end = time.monotonic() + 10
    while ask(token)[0] == 200:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert ask(token)[:2] == (401, "TOKEN_EXPIRED")


def test_passes_from_outside_are_worth_nothing(ask, house, issuer):
    """Neither a made-up pass nor one signed by another service's key lets anybody in."""
    stranger = Ed25519PrivateKey.generate()
    for key in [stranger, private(house, "intake/sign"), issuer]:
        body = b"\x0a\x07gateway\x12\x05chief"
        one = base64.urlsafe_b64encode(body).rstrip(b"=") + b"." + base64.urlsafe_b64encode(
            key.sign(body)).rstrip(b"=")
        status, _, answer = ask(onedoor_pass=one.decode())
        assert status == 200 and answer.json()["roles"] == ["public"]
        inner = httpx.post(f"http://127.0.0.1:{house.port + 2}/onedoor.intake.v1.IntakeService/"
                           "ListApplications", content=b"{}", headers={
                               "content-type": "application/json", "onedoor-pass": one.decode()})
        assert inner.status_code == 403 and inner.headers["onedoor-reason"] == "BYPASS"


def test_one_proof_and_no_two(ask, issuer):
    good = signed(GOOD, claims(), issuer.sign)
    assert ask(good, onedoor_portal_key="odp_" + "A" * 43)[:2] == (401, "AMBIGUOUS_CALLER")
    assert ask(good, onedoor_subject=good)[:2] == (401, "AMBIGUOUS_CALLER")
    assert ask(authorization=f"Basic {good}")[:2] == (401, "TOKEN_INVALID")
    assert ask(onedoor_subject=good)[:2] == (401, "SUBJECT_INVALID")


def test_two_authorizations_are_not_one_of_them(house, issuer):
    good = signed(GOOD, claims(), issuer.sign).encode()
    lines = h1(house, b"POST /" + WHO.encode() + b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"
               b"content-type: application/json\r\ncontent-length: 2\r\n"
               b"authorization: Bearer x\r\nauthorization: Bearer " + good + b"\r\n\r\n{}")
    assert [line.split()[1] for line in lines] == [b"401"]


def test_guessing_portal_keys(house, ask):
    with watched(house, "guessing portal keys"):
        for number in range(300):
            key = "odp_" + base64url(hashlib.sha256(str(number).encode()).digest())
            status, reason, _ = ask(onedoor_portal_key=key)
            assert (status, reason) in [(401, "PORTAL_KEY_UNKNOWN"), (429, "RATE_LIMITED")]
    for key in ["", "odp_", "odp_" + "A" * 42, "odp_" + "A" * 10_000, "odp_' OR 1=1 --", "\xff" * 47]:
        assert ask(onedoor_portal_key=key.encode("latin-1"))[0] in (200, 401)


def portal(house, key: Ed25519PrivateKey) -> str:
    """A portal's key, whose users are signed for by another."""
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(public)}
    operator = caller(house, house.token("operator", subject="hard-operator"))
    answer = operator.call("GatewayService/RegisterPortal", {
        "name": f"hard-{uuid.uuid4().hex[:8]}", "subjectJwk": json.dumps(jwk)})
    return answer["portalKey"]


def test_what_a_portal_says_of_its_users(house, ask):
    key = Ed25519PrivateKey.generate()
    mine = portal(house, key)
    now = int(time.time())
    user = {"sub": "u1", "name": "李雷", "id_type": "111", "id_number": "x", "assurance": 2,
            "auth_time": now, "exp": now + 200}

    def said(header=None, signer=None, **others):
        whole = {name: value for name, value in (user | others).items() if value is not None}
        token = signed(header or {"alg": "EdDSA"}, whole, (signer or key).sign)
        return ask(onedoor_portal_key=mine, onedoor_subject=token)[:2]

    assert said() == (200, "")
    assert said(signer=Ed25519PrivateKey.generate()) == (401, "SUBJECT_INVALID")
    assert said(header={"alg": "none"}) == (401, "SUBJECT_INVALID")
    assert said(header={"alg": "HS256"}) == (401, "SUBJECT_INVALID")
    assert said(exp=now - 1) == (401, "SUBJECT_EXPIRED")
    assert said(exp=now + 3600) == (401, "SUBJECT_INVALID")
    assert said(auth_time=now + 3600) == (401, "SUBJECT_INVALID")
    assert said(assurance=0) == (401, "SUBJECT_INVALID")
    assert said(assurance=4) == (401, "SUBJECT_INVALID")
    assert said(sub="") == (401, "SUBJECT_INVALID")
    assert said(name=None) == (401, "SUBJECT_INVALID")
    # What one portal was told of its user is worth nothing to another.
    other = portal(house, Ed25519PrivateKey.generate())
    token = signed({"alg": "EdDSA"}, user, key.sign)
    assert ask(onedoor_portal_key=other, onedoor_subject=token)[:2] == (401, "SUBJECT_INVALID")


def test_a_replayed_write_takes_effect_once(house):
    """Who records a call and sends it again gets the first answer, in whoever's name it was."""
    first = caller(house, house.token("applicant", subject="replayed"))
    request = {"itemCode": CHANGE_ITEM, "applicant": PERSON}
    one = first.call("IntakeService/CreateDraft", request, key="replay")
    assert first.call("IntakeService/CreateDraft", request, key="replay") == one
    other = caller(house, house.token("applicant", subject="replayer"))
    assert other.call("IntakeService/CreateDraft", request, key="replay") != one
    with pytest.raises(Refused) as refused:
        first.call("IntakeService/CreateDraft", request | {"itemCode": "other"}, key="replay")
    assert refused.value.reason == "IDEMPOTENCY_MISMATCH"


def test_the_issuers_keys_may_be_replaced_while_it_runs():
    """A new file is believed within seconds, one that cannot be used is not, and metrics tell."""
    with new_house() as house:
        file, new = house.data / "keys/jwks.json", Ed25519PrivateKey.generate()
        public = new.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        old = file.read_text("utf-8")
        key = {"kty": "OKP", "crv": "Ed25519", "kid": "new", "x": base64url(public)}
        mine = signed(GOOD | {"kid": "new"}, claims(), new.sign)
        theirs = house.token("clerk", subject="old")

        def status(token):
            return httpx.post(f"{house.url}/{WHO}", content=b"{}", headers={
                "content-type": "application/json", "authorization": f"Bearer {token}"}).status_code

        def becomes(token, wanted):
            end = time.monotonic() + 10
            while status(token) != wanted:
                assert time.monotonic() < end
                time.sleep(0.1)

        def replace(text):
            (house.data / "jwks.tmp").write_text(text, "utf-8")
            (house.data / "jwks.tmp").rename(file)

        assert (status(mine), status(theirs)) == (401, 200)
        replace(json.dumps({"keys": json.loads(old)["keys"] + [key]}))
        becomes(mine, 200)
        assert status(theirs) == 200
        replace("{")
        replace(json.dumps({"keys": [key]}))
        becomes(theirs, 401)
        replace("nonsense")
        log = house.data / "logs/gateway.log"
        end = time.monotonic() + 10
        while "keys cannot be used, the old ones stay" not in log.read_text("utf-8"):
            assert time.monotonic() < end
            time.sleep(0.1)
        assert status(mine) == 200
        metrics = httpx.get(f"http://127.0.0.1:{house.port + 6}/metrics").text
        assert 'onedoor_door_refused_total{reason="TOKEN_INVALID"}' in metrics
        assert 'onedoor_door_callers_total{kind="token"}' in metrics
