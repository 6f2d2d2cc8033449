"""The composition from outside: what is open, what the containers may do, the main job."""

import datetime
import json
import os
import pathlib
import re
import socket
import subprocess
import tarfile

import httpx
import pytest

from client import Client, Refused
from composition import BUILT, DOCKER, NAME, OWNER, PORTS, SERVICES
from test_mainjob import test_the_main_job  # noqa: F401


def instant(text: str) -> datetime.datetime:
    """An instant as docker or a log writes it, to the microsecond."""
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z$", r"\1+00:00", text))


# -- the image


def test_the_image_is_small_and_holds_no_shell():
    with tarfile.open(BUILT / "image.tar") as saved:
        manifest = json.load(saved.extractfile("manifest.json"))
        config = json.load(saved.extractfile(manifest[0]["Config"]))
        files = {}
        for layer in manifest[0]["Layers"]:
            with tarfile.open(fileobj=saved.extractfile(layer)) as tar:
                files |= {member.name: member for member in tar}
    assert sum(member.size for member in files.values()) <= 120_000_000
    programs = {name for name, member in files.items()
                if member.isfile() and member.mode & 0o111 and ".so" not in name}
    assert programs == {"usr/local/bin/onedoor"}
    assert not [name for name, member in files.items() if member.mode & 0o6000 and member.isfile()]
    assert config["config"]["User"] == f"{OWNER}:{OWNER}"
    assert config["config"]["StopSignal"] == "SIGTERM"
    # What a scanner needs to name the libraries.
    with tarfile.open(BUILT / "image.tar") as saved, \
            tarfile.open(fileobj=saved.extractfile(manifest[0]["Layers"][0])) as tar:
        status = tar.extractfile("var/lib/dpkg/status").read().decode()
        pins = json.load(tar.extractfile("usr/share/onedoor/Package.resolved"))["pins"]
    assert {"grdb.swift", "swift-nio", "swift-nio-ssl", "swift-crypto"} <= {
        pin["identity"] for pin in pins}
    named = set(re.findall(r"^Package: (\S+)$", status, re.MULTILINE))
    assert {"libjemalloc2", "libnghttp2-14", "libprotobuf-c1", "libsqlite3-0", "libc6",
            "ca-certificates"} <= named
    assert len(named) == len(re.findall(r"^Version: ", status, re.MULTILINE))


# -- the containers


def test_services_start_when_those_before_them_are_ready(composition):
    started = {s: instant(composition.inspect(s)["State"]["StartedAt"]) for s in SERVICES}
    ready = {s: instant(next(line["time"] for line in composition.log(s)
                             if line["message"] == "ready")) for s in SERVICES}
    for service in SERVICES[1:]:
        assert ready["catalogue"] < started[service], service
    for service in SERVICES[:-1]:
        assert ready[service] < started["gateway"], service


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(composition, service):
    pid = composition.pid(service)
    status = dict(line.split(":\t", 1) for line in
                  pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    assert set(status["Uid"].split()) == set(status["Gid"].split()) == {str(OWNER)}
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    mounts = [line.split() for line in
              pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    options = {fields[4]: fields[5].split(",") for fields in mounts}
    assert "ro" in options["/"] and "rw" in options["/data"]
    assert all("ro" in options[place] for place in options if place.startswith("/run/"))
    # Its own keys and no others'.
    assert f"/run/keys/private/{service}" in options
    assert sum(place.startswith("/run/keys/private/") for place in options) == 1
    host = composition.inspect(service)["HostConfig"]
    assert host["Memory"] == 512 << 20 and host["PidsLimit"] == 128
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"^Max open files +8192 +8192", limits, re.MULTILINE)


def test_only_the_door_is_published(composition):
    published = {service: composition.inspect(service)["NetworkSettings"]["Ports"]
                 for service in SERVICES}
    assert published.pop("gateway") == {
        "8443/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(composition.port)}]}
    assert not any(ports for ports in published.values())
    for port in PORTS.values():
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_from_another_network_there_is_no_way_to_an_inner_port(composition):
    def reach(network: str, place: str) -> str:
        done = subprocess.run(
            [DOCKER, "run", "--rm", "--network", f"{composition.project}_{network}", "-v",
             f"{composition.keys}/public:/run/keys/public:ro", "-v",
             f"{composition.keys}/private/operator:/run/keys/private/operator:ro",
             "-e", "ONEDOOR_KEYS=/run/keys", "-e", f"ONEDOOR_ADDRESS_INTAKE={place}",
             "-e", "ONEDOOR_INNER_TLS=always", NAME, "healthcheck", "intake", "--verbose"],
            capture_output=True, text=True, timeout=60)
        return f"{done.returncode} {done.stdout}{done.stderr}"

    inside = composition.address("intake")
    # The control: with the operator's keys on the inner network both ways lead there.
    assert reach("inner", "intake:18082").startswith("0 ")
    assert reach("inner", f"{inside}:18082").startswith("0 ")
    assert reach("edge", "intake:18082").startswith("69 ")
    assert reach("edge", f"{inside}:18082").startswith("69 ")


def test_inner_services_reach_nothing_outside(composition):
    """The way out of the inner network is closed, as the way in is."""
    def reaches(service: str, network: str) -> bool:
        done = subprocess.run(
            ["nsenter", f"--net=/proc/{composition.pid(service)}/ns/net", "curl", "-sk", "-m", "3",
             f"https://{composition.address('gateway', network)}:8443/readyz"],
            capture_output=True, timeout=30)
        return done.returncode == 0

    assert reaches("intake", "inner")
    assert reaches("gateway", "edge")
    assert not reaches("intake", "edge")


# -- real clients at the door


def test_curl_speaks_to_the_published_door(composition, job):
    done = subprocess.run(
        ["curl", "-sS", "-m", "20", "--http2", "--cacert", os.environ["SSL_CERT_FILE"], "--json", "{}",
         "-w", "%{http_code} %{http_version}", "-o", "/dev/null",
         f"{composition.url}/onedoor.catalogue.v1.CatalogueService/ListItems"],
        capture_output=True, text=True, timeout=30)
    assert done.stdout == "200 2", done.stderr


def test_httpx_speaks_to_the_published_door(composition, job):
    with httpx.Client(http2=True) as client:
        answer = client.post(
            f"{composition.url}/onedoor.catalogue.v1.CalendarService/ComputeDue",
            json={"start": "2026-09-14", "term": {"amount": 20, "unit": "TERM_UNIT_WORKING_DAY"}})
    assert answer.status_code == 200 and answer.http_version == "HTTP/2"
    assert answer.json()["due"]["dueOn"] == "2026-10-16"


# -- past the door


def past_the_door(composition, *certificate: str) -> subprocess.CompletedProcess:
    """Calls intake without the gateway, from the machine that the engine runs on."""
    name, port = "intake.onedoor.internal", PORTS["intake"]
    return subprocess.run(
        ["curl", "-sS", "-m", "10", "--cacert", str(composition.keys / "public/authorities.pem"),
         "--resolve", f"{name}:{port}:{composition.address('intake')}", *certificate, "--json", "{}",
         f"https://{name}:{port}/onedoor.intake.v1.IntakeService/ListApplications"],
        capture_output=True, text=True, timeout=30)


def test_a_call_past_the_door_is_refused_and_becomes_an_alert(composition, job):
    # Whoever has no certificate of the house does not get as far as a call.
    stranger = past_the_door(composition)
    assert stranger.returncode != 0 and not stranger.stdout
    tool = str(composition.keys / "private/operator/tls.pem")
    for _ in range(3):
        refused = past_the_door(composition, "--cert", tool)
        answer = json.loads(refused.stdout)
        assert answer["code"] == "permission_denied"
        assert answer["details"][0]["debug"]["reason"] == "BYPASS"
    alert = job.wait(lambda: [a for a in job.alerts() if a["kind"] == "ALERT_KIND_BYPASS"],
                     "the alert of the bypass", 90)
    assert sum(a["count"] for a in alert) == 3


def test_logs_are_json_lines_on_standard_output(composition, job):
    for service in SERVICES:
        text = composition.docker("logs", composition.container(service))
        lines = [json.loads(line) for line in text.splitlines()]
        assert {line["service"] for line in lines} == {service}
        assert any(line["message"] == "ready" for line in lines)


def test_a_second_up_finds_the_data_and_a_stop_is_a_good_one(composition, job):
    before = job.anybody.call("CatalogueService/ListDepartments")
    composition.compose("stop")
    for service in SERVICES:
        state = composition.inspect(service)["State"]
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False), service
        assert composition.log(service)[-1]["message"] == "stopped"
    with pytest.raises((OSError, Refused)):
        Client(composition.url).call("CatalogueService/ListDepartments")
    composition.up()
    composition.wait_healthy()
    assert job.anybody.call("CatalogueService/ListDepartments") == before
