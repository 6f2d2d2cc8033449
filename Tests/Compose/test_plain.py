"""The operator's guide, word for word: the commands of docs/operations.md are taken from the page and
run in a folder of their own, with the real clock, an issuer of one's own, and the real volumes."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client import Client, Refused
from composition import DOCKER, NAME, OWNER, PROGRAM, ROOT, SERVICES, Composition
from guide import block
from mainjob import CHANGE_ITEM, PERSON

HALL = "370212"


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Somebody else's identity provider: it signs tokens, and publishes its key."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                                     "kid": "city-1",
                                     "x": coded(self.key.public_key().public_bytes_raw())}]})

    def token(self, role: str, subject: str, *posts: str) -> str:
        now = int(time.time())
        claims = {"iss": "onedoor", "sub": subject, "name": subject, "roles": [role],
                  "halls": [HALL], "posts": posts, "iat": now, "exp": now + 3600}
        head = {"alg": "EdDSA", "typ": "JWT", "kid": "city-1"}
        signed = ".".join(coded(json.dumps(part).encode()) for part in (head, claims))
        return f"{signed}.{coded(self.key.sign(signed.encode()))}"


class Plain(Composition):
    """The composition without any override, driven by the guide's own words."""

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder, folder.name, files=(), port=8443)
        self.issuer = Issuer()

    def prepare(self) -> None:
        """The bundle's files, as they lie in the operator's folder."""
        shutil.copytree(ROOT / "Compose", self.folder, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("tools", "Dockerfile*", "__pycache__"))
        shutil.copytree(ROOT / "Sources/onedoor/Data", self.folder / "data")
        (self.folder / "bin").mkdir()
        for name, program in (("onedoor", PROGRAM), ("docker", DOCKER)):
            (self.folder / "bin" / name).symlink_to(program)
        (self.folder / "YOUR-ISSUER.jwks.json").write_text(self.issuer.jwks, "utf-8")
        for name, role, post in (("editor", "catalogue_editor", "E01"),
                                 ("approver", "catalogue_approver", "V01")):
            token = self.issuer.token(role, f"u-{post.lower()}-a", post)
            (self.folder / name).write_text(token, "utf-8")

    def type(self, heading: str, number: int = 0, until: str = "") -> str:
        """Types the commands of a block, one after another, up to one that holds a text."""
        said = ""
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        for command in block(heading, number):
            done = subprocess.run(["bash", "-euc", command], cwd=self.folder, text=True,
                                  env=os.environ | {"PATH": path}, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=300)
            # The doctor warns of the calendar when the real year has, or the next one will have, no
            # decree in the repository; what it finds is looked at by a test of its own.
            well = (0, 3, 4) if command.endswith("doctor") else (0,)
            assert done.returncode in well, f"{command}\n{done.stdout}{done.stderr}\n{self.logs()}"
            said = done.stdout
            if until and until in command:
                break
        return said

    def trust(self) -> None:
        os.environ["SSL_CERT_FILE"] = str(self.folder / "certificate.pem")

    def caller(self, role: str, subject: str, *posts: str) -> Client:
        return Client(self.url, self.issuer.token(role, subject, *posts))


@pytest.fixture(scope="module")
def plain():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onedoorplain", dir="/var/tmp"))
    # As docker-compose makes a project's name of a folder's.
    lower = folder.with_name(folder.name.lower().replace("_", ""))
    folder.rename(lower)
    it = Plain(lower)
    before = os.environ.pop("COMPOSE_PROJECT_NAME", None)
    assert before is None and NAME == "localhost/onedoor:0.1.0"
    try:
        it.prepare()
        it.type("### Deploy", until="docker-compose up -d")
        it.wait_healthy()
        it.type("### Deploy")
        it.trust()
        it.type("### Deploy", 1)
        yield it
    finally:
        it.down()
        shutil.rmtree(lower, ignore_errors=True)


def submit(plain: Plain) -> dict:
    """An application of somebody whom the issuer vouches for; waits for the catalogue to arrive."""
    end = time.monotonic() + 20
    while True:
        try:
            return plain.caller("applicant", "citizen-1").call("IntakeService/SubmitApplication", {
                "itemCode": CHANGE_ITEM, "applicant": PERSON})["receipt"]
        except Refused as refused:
            assert refused.reason in ("UNKNOWN_ITEM", "CALENDAR_MISSING"), refused
            assert time.monotonic() < end, refused
            time.sleep(0.1)


def track(plain: Plain, receipt: dict) -> dict:
    return Client(plain.url).call("IntakeService/TrackApplication", {
        "number": receipt["number"], "queryCode": receipt["queryCode"]})


def test_an_application_goes_in_by_a_token_of_the_own_issuer(plain):
    receipt = submit(plain)
    assert track(plain, receipt)["number"] == receipt["number"]
    clerk = plain.caller("clerk", "u-k06-a", "K06")
    accepted = clerk.call("IntakeService/AcceptApplication", {"number": receipt["number"]})
    assert accepted["receipt"]["promiseDueOn"]
    forged = Issuer().token("clerk", "u-k06-a", "K06")
    with pytest.raises(Refused) as refused:
        Client(plain.url, forged).call("IntakeService/ListApplications")
    assert refused.value.code == "unauthenticated"


def test_the_doctor_finds_nothing_but_a_calendar_that_ends(plain):
    text = plain.operator("doctor", "--json", check=False)
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert {f["check"] for f in found if f["level"] == "ok"} >= {
        "reach", "certificates", "feeds", "disk", "integrity", "clocks", "durability"}, found
    assert {f["check"] for f in found if f["level"] in ("warning", "fault")} <= {"calendar"}, found


def test_a_backup_is_restored_into_new_volumes(plain):
    receipts = [submit(plain) for _ in range(10)]
    begin = time.monotonic()
    plain.type("### The operator's container")
    backed = time.monotonic()
    later = submit(plain)
    plain.type("### Restore")
    restored = time.monotonic()
    plain.wait_healthy()
    print(f"operator's four commands {backed - begin:.1f} s, down to up {restored - backed:.1f} s, "
          f"healthy {time.monotonic() - restored:.1f} s later")
    plain.type("### Deploy", until="certificate.pem")
    plain.trust()
    for receipt in receipts:
        assert track(plain, receipt)["number"] == receipt["number"]
    with pytest.raises(Refused) as unknown:
        track(plain, later)
    assert unknown.value.reason == "NOT_FOUND"
    plain.operator("verify")
    assert submit(plain)["number"]


def test_the_overrides_start(plain):
    """A certificate of one's own at the door, and plaintext for a proxy on this host."""
    tls = plain.folder / "tls"
    tls.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(tls / "key.pem"), "-out", str(tls / "chain.pem")],
        check=True, capture_output=True)
    for path in (tls, *tls.iterdir()):
        os.chown(path, OWNER, OWNER)
        path.chmod(0o700 if path.is_dir() else 0o600)
    files = plain.files
    plain.files = ("compose.yaml", "compose.tls.yaml", "compose.proxy.yaml")
    try:
        plain.compose("up", "-d")
        plain.wait_healthy()
        done = subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert",
             str(tls / "chain.pem"), f"{plain.url}/readyz"],
            capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stdout) == (0, "200"), done.stderr
        assert httpx.get("http://127.0.0.1:8080/readyz").status_code == 200
    finally:
        plain.files = files
        plain.compose("up", "-d")
        plain.wait_healthy()


def test_the_upgrade_as_it_stands(plain):
    receipt = submit(plain)
    plain.docker("tag", NAME, "localhost/onedoor:0.2.0")
    plain.type("### Upgrade")
    plain.wait_healthy()
    assert {plain.inspect(s)["Config"]["Image"] for s in SERVICES} == {"localhost/onedoor:0.2.0"}
    assert track(plain, receipt)["number"] == receipt["number"]


def test_taking_down_as_it_stands(plain):
    """The last: stop, down, and down with the stores; keys and backups stay."""
    receipt = submit(plain)
    plain.operator("backup", "/backup/last")
    plain.type("### Take down", until="stop")
    for service in SERVICES:
        assert plain.inspect(service)["State"]["ExitCode"] == 0, service
    plain.type("### Take down", until="docker-compose down")
    assert not any(plain.container(service) for service in SERVICES)
    plain.compose("up", "-d")
    plain.wait_healthy()
    assert track(plain, receipt)["number"] == receipt["number"]
    plain.type("### Take down")
    left = plain.docker("volume", "ls", "-q", "--filter", f"name={plain.project}_").split()
    assert left == []
    assert (plain.folder / "backup" / "last" / "backup.json").exists()
    assert (plain.folder / "keys" / "private" / "intake" / "seal.key").exists()
