"""TLS at the door and between services: clients, refusals, exchange of keys while calls run."""

import collections
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time

import httpx
import pytest

from house import ROOT, SERVICES, free_ports, house as new_house
from mainjob import MainJob
from test_clients import COMPUTE_DUE, DUE, generated  # noqa: F401


class SecuredHouse:
    """A house whose door speaks TLS and whose services speak mutual TLS, on loopback too."""

    def __init__(self, house):
        self.house = house
        self.tls_port = house.port + 8
        self.url = f"https://localhost:{self.tls_port}"
        self.keys = house.data / "keys"
        self.ca = str(house.data / "door" / "certificate.pem")

    def inner(self, service: str) -> tuple[str, list[str]]:
        """The URL of a service's inner port, and what tells curl where that is and whom to trust."""
        port = self.house.port + 1 + SERVICES.index(service)
        name = f"{service}.onedoor.internal"
        return f"https://{name}:{port}", ["--resolve", f"{name}:{port}:127.0.0.1", "--cacert",
                                          str(self.keys / "public" / "authorities.pem")]

    def log(self, service: str) -> list[dict]:
        """The lines of a service's log."""
        text = (self.house.data / "logs" / f"{service}.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def taken(self, service: str, kind: str, message="keys were taken anew") -> int:
        """How often a service says that it took keys of a kind anew."""
        return sum(line["message"] == message and line.get("kind") == kind
                   for line in self.log(service))

    def hang_up(self, kind: str, services=SERVICES, message="keys were taken anew") -> None:
        """Sends SIGHUP and waits until each service has looked at its keys of a kind."""
        before = {service: self.taken(service, kind, message) for service in services}
        for service in services:
            os.kill(self.house.pid(service), signal.SIGHUP)
        end = time.monotonic() + 20
        while any(self.taken(s, kind, message) == before[s] for s in services):
            assert time.monotonic() < end, self.house.logs()
            time.sleep(0.02)


@pytest.fixture(scope="module")
def secured():
    with new_house(environment={"ONEDOOR_INNER_TLS": "always", "ONEDOOR_CALLS_SOURCE": "100000",
                                "ONEDOOR_CONNECTION_AGE": "1"},
                   tls=True) as it:
        MainJob(it).import_catalogue()
        yield SecuredHouse(it)


def curl(*arguments: str) -> tuple[int, str, str]:
    """Exit status, `HTTP status, version`, and what went wrong."""
    done = subprocess.run(["curl", "-sS", "-m", "20", "-o", "/dev/null", "-w",
                           "%{http_code} %{http_version}", *arguments],
                          capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def s_client(secured, *arguments: str) -> str:
    """What openssl says of a handshake with the door."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{secured.tls_port}", "-CAfile", secured.ca,
         "-verify_return_error", "-servername", "localhost", *arguments],
        input=b"", capture_output=True, timeout=30)
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("http", ["2", "1.1"])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_curl_speaks_both_versions_of_both(secured, http, tls):
    option = "--http2" if http == "2" else "--http1.1"
    status, said, wrong = curl(option, f"--tlsv{tls}", "--tls-max", tls, "--cacert", secured.ca,
                               "--json", json.dumps(DUE), f"{secured.url}/{COMPUTE_DUE}")
    assert (status, said) == (0, f"200 {http}"), wrong


def test_old_versions_and_suites_are_refused(secured):
    assert curl("--tls-max", "1.1", "--cacert", secured.ca, f"{secured.url}/readyz")[0] != 0
    assert "alert protocol version" in s_client(secured, "-tls1_1", "-cipher",
                                                "DEFAULT:@SECLEVEL=0")
    for suite in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"):
        assert "handshake failure" in s_client(secured, "-tls1_2", "-cipher", suite)
    assert curl(f"{secured.url}/readyz")[0] == 60, "a certificate of nobody is believed by none"


def test_openssl_sees_what_was_agreed(secured):
    said = s_client(secured, "-alpn", "h2,http/1.1")
    assert "ALPN protocol: h2" in said and "TLSv1.3" in said and "Verify return code: 0" in said
    assert "ALPN protocol: http/1.1" in s_client(secured, "-alpn", "http/1.1", "-tls1_2")
    # Without ALPN it is HTTP/1.1, as RFC 9113 has it.
    assert "No ALPN negotiated" in s_client(secured)
    context = ssl.create_default_context(cafile=secured.ca)
    connection = http.client.HTTPSConnection("localhost", secured.tls_port, context=context)
    connection.request("GET", "/readyz")
    assert connection.getresponse().status == 200
    connection.close()


def test_httpx_over_http2(secured):
    context = ssl.create_default_context(cafile=secured.ca)
    with httpx.Client(http2=True, verify=context) as client:
        for _ in range(3):
            answer = client.post(f"{secured.url}/{COMPUTE_DUE}", json=DUE)
            assert (answer.status_code, answer.http_version) == (200, "HTTP/2")


def test_connectrpc(secured, generated):  # noqa: F811
    from pyqwest import SyncClient, SyncHTTPTransport

    calendar = generated("onedoor.catalogue.v1.calendar_connect")
    messages = generated("onedoor.catalogue.v1.calendar_pb2")
    common = generated("onedoor.common.v1.common_pb2")
    transport = SyncHTTPTransport(tls_ca_cert=pathlib.Path(secured.ca).read_bytes())
    client = calendar.CalendarServiceClientSync(secured.url, http_client=SyncClient(transport))
    answer = client.compute_due(messages.ComputeDueRequest(
        start="2026-09-14", term=common.Term(amount=20, unit=common.TERM_UNIT_WORKING_DAY)))
    assert answer.due.due_on == "2026-10-16"


def test_buf_curl(secured):
    buf = pathlib.Path(sys.executable).parent / "buf"
    done = subprocess.run(
        [buf, "curl", "--schema", str(ROOT / "Proto"), "--protocol", "connect", "--cacert",
         secured.ca, "-d", json.dumps(DUE), f"{secured.url}/{COMPUTE_DUE}"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["due"]["dueOn"] == "2026-10-16"


def test_our_own_commands(secured):
    said = secured.house.run("call", "CalendarService/ComputeDue", json.dumps(DUE), "--gateway",
                             secured.url, "--cacert", secured.ca)
    assert json.loads(said)["due"]["dueOn"] == "2026-10-16"
    secured.house.run("healthcheck", "intake", "--data", str(secured.house.data))


def make_certificate(folder: pathlib.Path, name: str, mode: int = 0o600) -> tuple[str, str]:
    """A certificate that openssl signs with its own key."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "9", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}.onedoor.internal,DNS:localhost", "-keyout", key, "-out",
         certificate], check=True, capture_output=True)
    key.chmod(mode)
    return str(certificate), str(key)


@pytest.mark.parametrize("service", SERVICES)
def test_an_inner_port_wants_a_certificate_of_the_house(secured, service, tmp_path):
    url, known = secured.inner(service)
    operator = str(secured.keys / "private" / "operator" / "tls.pem")
    assert curl(*known, "--cert", operator, f"{url}/readyz")[1] == "200 2"
    assert curl(*known, f"{url}/readyz")[0] != 0
    certificate, key = make_certificate(tmp_path, "gateway")
    assert curl(*known, "--cert", certificate, "--key", key, f"{url}/readyz")[0] != 0
    assert curl(f"http://127.0.0.1:{url.rsplit(':', 1)[1]}/readyz")[0] != 0
    assert curl("--tls-max", "1.2", *known, "--cert", operator, f"{url}/readyz")[0] != 0


@pytest.mark.parametrize("service", SERVICES)
def test_the_certificate_for_watching_opens_health_and_metrics_alone(secured, service):
    url, known = secured.inner(service)
    watch = [*known, "--cert", str(secured.keys / "private" / "watch" / "tls.pem")]
    for path in ("metrics", "livez", "readyz", "readyz?verbose"):
        assert curl(*watch, f"{url}/{path}")[1] == "200 2"
    for path in ("backup", "hold", "release", "clock", "facts", "places", "verify"):
        assert curl(*watch, "--data", "/x", f"{url}/admin/{path}")[1] == "403 2"
    # The same questions are answered to the operator: one that changes nothing shows it.
    operator = [*known, "--cert", str(secured.keys / "private" / "operator" / "tls.pem")]
    assert curl(*operator, "--data", "", f"{url}/admin/clock")[1] == "200 2"
    assert curl(*watch, "-X", "PUT", "--data", "x", f"{url}/materials/{'0' * 64}")[1] == "403 2"


def test_a_call_with_the_certificate_for_watching_is_one_past_the_door(secured):
    url, known = secured.inner("catalogue")
    watch = secured.keys / "private" / "watch" / "tls.pem"
    done = subprocess.run(
        ["curl", "-sS", "-m", "20", "-w", "\n%{http_code}", *known, "--cert", str(watch), "--json",
         json.dumps(DUE), f"{url}/{COMPUTE_DUE}"], capture_output=True, text=True, timeout=30)
    body, status = done.stdout.rsplit("\n", 1)
    assert status == "403" and "BYPASS" in body, done


def test_one_service_cannot_pass_for_another(secured):
    url, known = secured.inner("intake")
    operator = str(secured.keys / "private" / "operator" / "tls.pem")
    name = url.split("//")[1].split(":")[0]
    false = [a.replace(name, "approval.onedoor.internal") for a in known]
    status, _, wrong = curl(*false, "--cert", operator,
                            f"{url.replace(name, 'approval.onedoor.internal')}/readyz")
    assert status == 60 and "subject name" in wrong


@pytest.mark.parametrize("environment, message", [
    ({"ONEDOOR_LISTEN_DOOR": "0.0.0.0:1"}, "listen.door 0.0.0.0:1 is outside loopback"),
    ({"ONEDOOR_LISTEN_GATEWAY": "0.0.0.0:1"}, "missing"),
])
def test_plaintext_outside_loopback_is_refused_at_start(secured, tmp_path, environment, message):
    keys = tmp_path / "keys"
    secured.house.run("key", "init", str(keys))
    (keys / "private" / "gateway" / "tls.pem").unlink()
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ONEDOOR_")}
    done = subprocess.run(
        [secured.house.program, "serve", "gateway"], capture_output=True, text=True, timeout=30,
        env=plain | {"ONEDOOR_DATA": str(tmp_path), "ONEDOOR_KEYS": str(keys)} | environment)
    assert done.returncode == 78 and message in done.stderr, done.stderr


def test_outside_loopback_a_service_speaks_tls_with_its_own_folder_alone(secured, tmp_path):
    program, keys = secured.house.program, tmp_path / "all"
    secured.house.run("key", "init", str(keys))
    own = tmp_path / "own"
    for folder in ("public", "private/catalogue"):
        shutil.copytree(keys / folder, own / folder)
    port = free_ports(1)
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ONEDOOR_")}
    environment = plain | {"ONEDOOR_DATA": str(tmp_path / "data"), "ONEDOOR_KEYS": str(own),
                           "ONEDOOR_LISTEN_CATALOGUE": f"0.0.0.0:{port}"}

    def answers(*arguments: str, more=()) -> bool:
        """Whether the service is ready for curl, asked until it listens."""
        with subprocess.Popen([program, "serve", "catalogue"], stdout=subprocess.PIPE, text=True,
                              env=environment | dict(more)) as service:
            try:
                lines = [json.loads(service.stdout.readline())["message"] for _ in range(1)]
                while lines[-1] != "ready":
                    lines.append(json.loads(service.stdout.readline())["message"])
                self_check = subprocess.run([program, "healthcheck", "catalogue"], timeout=30,
                                            env=environment | dict(more), check=False)
                assert self_check.returncode == 0
                assert ("the inner port is in plaintext" in lines) == bool(more)
                return curl(*arguments)[1].startswith("200")
            finally:
                service.terminate()

    name = f"catalogue.onedoor.internal:{port}"
    known = ["--resolve", f"{name}:127.0.0.1", "--cacert", str(own / "public/authorities.pem")]
    certificate = str(keys / "private" / "operator" / "tls.pem")
    assert answers(*known, "--cert", certificate, f"https://{name}/readyz")
    assert not answers(*known, f"https://{name}/readyz")
    assert not answers(f"http://127.0.0.1:{port}/readyz")
    assert answers(f"http://127.0.0.1:{port}/readyz", more=[("ONEDOOR_INNER_TLS", "never")])


class Load:
    """Calls through the door from several threads, over kept and over new connections."""

    def __init__(self, secured, paths=(COMPUTE_DUE,)):
        self.secured, self.paths = secured, paths
        self.results = collections.Counter()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i % 2 == 0,)) for i in range(4)]

    def run(self, keeps: bool) -> None:
        context = ssl.create_default_context(cafile=self.secured.ca)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = httpx.Client(http2=True, verify=context, timeout=20)
        while not self.stopping.is_set():
            try:
                answer = client.post(f"{self.secured.url}/{self.paths[0]}", json=DUE)
                self.results[answer.status_code] += 1
            except httpx.HTTPError as error:
                self.results[repr(error)] += 1
            if not keeps:
                client.close()
                client = httpx.Client(http2=True, verify=context, timeout=20)
        client.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def more(self, count: int = 20) -> None:
        """Waits until so many more calls were answered."""
        wanted = sum(self.results.values()) + count
        end = time.monotonic() + 30
        while sum(self.results.values()) < wanted:
            assert time.monotonic() < end, self.results
            time.sleep(0.01)


def shown(secured) -> bytes:
    """The certificate that the door shows now."""
    return ssl.get_server_certificate(("localhost", secured.tls_port)).encode()


def test_the_door_takes_another_certificate_while_calls_run(secured, tmp_path):
    door = secured.house.data / "door"
    before = {name: (door / name).read_bytes() for name in ("certificate.pem", "key.pem")}
    certificate, key = make_certificate(tmp_path, "door")
    first = shown(secured)

    def put(source: pathlib.Path, name: str) -> None:
        draft = door / f"{name}.draft"
        draft.write_bytes(source.read_bytes())
        draft.chmod(0o600)
        draft.replace(door / name)

    with Load(secured) as load:
        load.more()
        put(pathlib.Path(key), "key.pem")
        refused = "keys cannot be used, the old ones stay"
        secured.hang_up("door certificate", ["gateway"], refused)
        assert shown(secured) == first
        load.more()
        put(pathlib.Path(certificate), "certificate.pem")
        secured.hang_up("door certificate", ["gateway"])
        assert shown(secured) == pathlib.Path(certificate).read_bytes()
        load.more()
        for name, content in before.items():
            (tmp_path / name).write_bytes(content)
            put(tmp_path / name, name)
        secured.hang_up("door certificate", ["gateway"])
        assert shown(secured) == first
        load.more()
    assert set(load.results) == {200}, load.results


def test_keys_and_authority_are_exchanged_without_a_lost_call(secured):
    keys, house = str(secured.keys), secured.house

    def rotate(step: str, *more: str, check: bool = True) -> str:
        return house.run("key", "rotate", step, keys, *more, check=check)

    with Load(secured) as load:
        load.more()
        assert "gateway.2" in rotate("prepare")
        secured.hang_up("signing keys")
        load.more()
        rotate("activate", check=False)
        assert (secured.keys / "private" / "gateway" / "next.key").exists(), "too early"
        assert "gateway.2" in rotate("activate", "--early")
        secured.hang_up("signing keys")
        load.more()
        assert "gateway\n" in rotate("retire", "--early")
        secured.hang_up("signing keys")
        load.more()
        rotate("prepare", "--what", "authority")
        secured.hang_up("inner certificate")
        load.more()
        rotate("activate", "--what", "authority", "--early")
        secured.hang_up("inner certificate")
        load.more()
        rotate("retire", "--what", "authority", "--early")
        secured.hang_up("inner certificate")
        assert house.run("key", "renew", keys) == ""
        renewed = house.run("key", "renew", keys, "--within", "400").splitlines()
        assert len(renewed) == len(SERVICES) + 2
        secured.hang_up("inner certificate")
        # Connections live for a second here, so all of them are made anew by what is new.
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            load.more()
    assert set(load.results) == {200}, load.results
    # A service that starts now knows the new keys alone, and all find each other again.
    house.kill("catalogue")
    context = ssl.create_default_context(cafile=secured.ca)
    end = time.monotonic() + 30
    with httpx.Client(http2=True, verify=context) as client:
        while client.post(f"{secured.url}/{COMPUTE_DUE}", json=DUE).status_code != 200:
            assert time.monotonic() < end, house.logs()
            time.sleep(0.1)
    url, known = secured.inner("catalogue")
    operator = str(secured.keys / "private" / "operator" / "tls.pem")
    assert curl(*known, "--cert", operator, f"{url}/readyz")[1].startswith("200")
