"""The running house that several comparisons call, with what they need of it."""

import base64
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

from . import tools, wire

sys.path.insert(0, str(tools.ROOT / "Tests" / "Outside"))

from client import Client, Refused  # noqa: E402
from house import DATA, House, free_ports  # noqa: E402
from mainjob import CHANGE_ITEM, MainJob  # noqa: E402

SUBMIT = "/onedoor.intake.v1.IntakeService/SubmitApplication"
TRACK = "/onedoor.intake.v1.IntakeService/TrackApplication"
COMPUTE_DUE = "/onedoor.catalogue.v1.CalendarService/ComputeDue"
# The binary form of a GetItemRequest with the code of the item of the main job.
GET_ITEM = ("/onedoor.catalogue.v1.CatalogueService/GetItem?connect=v1&encoding=proto&base64=1&"
            "message=" + base64.urlsafe_b64encode(
                b"\x0a" + bytes([len(CHANGE_ITEM)]) + CHANGE_ITEM.encode()).decode().rstrip("="))
# A portal makes at most 10,000 calls a second, so the load comes from several.
PORTALS = 16
BODIES = 20_000


class Stage:
    """A house over a fresh folder on a disk: in memory a commit would cost nothing."""

    def __init__(self, program: pathlib.Path, loops: int, name: str = "house", speed: int = 0):
        self.program, self.loops = program, loops
        self.folder = tools.SCRATCH / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.house = House(str(program), self.folder, free_ports(10), speed=speed)
        self.numbers: list[tuple[str, str]] = []
        self.serial = 0

    def start(self) -> None:
        """Starts the six."""
        self.house.start(environment={
            "ONEDOOR_LOOPS": str(self.loops),
            # Officials call from few subjects here; portals are within their own limits.
            "ONEDOOR_CALLS_SUBJECT": "1000000",
            # Whoever reads the catalogue is anybody, and comes from one address here.
            "ONEDOOR_CALLS_SOURCE": "1000000",
        })

    def stop(self) -> None:
        """Stops the six."""
        self.house.stop()

    @property
    def pids(self) -> dict[str, int]:
        """The services' processes."""
        return tools.children(self.house.process.pid)

    def quiet(self) -> float:
        """Waits until all followers have caught up."""
        return tools.quiet(self.pids.values())

    def cost(self, turn) -> str:
        """A turn of load, and the processor time that each service spent on a call of it."""
        pids = self.pids
        before = {name: tools.busy_seconds([pid]) for name, pid in pids.items()}
        done = turn()["done"]
        self.quiet()
        spent = {name: (tools.busy_seconds([pid]) - before[name]) / done * 1e6
                 for name, pid in pids.items()}
        return "processor time a call, us: " + ", ".join(
            f"{name} {value:.1f}" for name, value in sorted(spent.items()) if value >= 0.5)

    # -- what the comparisons need

    def furnish(self) -> None:
        """Catalogue, calendar and portals come in."""
        tools.say("importing the catalogue")
        MainJob(self.house).import_catalogue()
        operator = Client(self.house.url, self.house.token("operator", subject="op"))
        keys = []
        for number in range(PORTALS):
            keys.append(operator.call("GatewayService/RegisterPortal", {
                "name": f"bench-{number}", "callsPerSecond": 10000})["portalKey"])
            time.sleep(0.02)
        self.key_file = tools.SCRATCH / "portal-keys"
        self.key_file.write_text("\n".join(keys) + "\n", encoding="utf-8")
        self.first_key = keys[0]
        tools.write_records(tools.SCRATCH / "due", [wire.compute_due()])

    @property
    def callers(self) -> list:
        """The load generator's options for header fields."""
        return ["-H", "content-type:application/proto", "-R",
                f"onedoor-portal-key:{self.key_file}"]

    def warm(self, ports: tuple = ()) -> int:
        """Asks for the item until the cache has it; answers its size.

        Before the gateway has heard the catalogue's feed nothing is kept.
        """
        port, inner = ports or (self.house.port, self.house.port + 6)
        before, end = self.cache_hits(inner), time.monotonic() + 60
        while True:
            status, _, body = Client(f"http://127.0.0.1:{port}").send("GET", GET_ITEM, b"", {})
            if status != 200:
                raise RuntimeError(f"GetItem: {status} {body[:200]}")
            if self.cache_hits(inner) > before:
                return len(body)
            if time.monotonic() > end:
                raise RuntimeError("nothing is kept")
            time.sleep(0.05)

    def cache_hits(self, inner: int = 0) -> int:
        """How many calls the gateway has answered from its cache."""
        _, _, text = Client(f"http://127.0.0.1:{inner or self.house.port + 6}").send(
            "GET", "/metrics", b"", {})
        return int(re.search(r"^onedoor_door_cache_hits_total (\d+)", text.decode(), re.M)[1])

    def choose_items(self) -> list[str]:
        """An item for each department that persons can apply for: numbers run by department."""
        portal = Client(self.house.url, headers={"onedoor-portal-key": self.first_key})
        chosen = {}
        for path in sorted((DATA / "catalogue").glob("items-[dl]*.json")):
            for item in json.loads(path.read_text(encoding="utf-8"))["items"]:
                department = item["departmentCode"]
                if department in chosen or "1" not in item.get("subjectTypes", []):
                    continue
                try:
                    portal.call("IntakeService/SubmitApplication", {
                        "itemCode": item["code"],
                        "applicant": {"name": "王小明", "subjectType": "1", "idType": "111",
                                      "idNumber": wire.citizen_number(1), "phone": "13800000000"},
                    })
                    chosen[department] = item["code"]
                except Refused:
                    continue
        if not chosen:
            raise RuntimeError("no item takes a person's application")
        return list(chosen.values())

    def fill(self, seconds: float) -> None:
        """Submits for so long; keeps numbers and query codes, and a copy of intake's store."""
        items = self.choose_items()
        tools.say(f"submitting for {seconds:g} s, {len(items)} departments")
        tools.write_records(
            tools.SCRATCH / "submissions",
            (wire.submission(items[n % len(items)], n) for n in range(BODIES)))
        answers = tools.SCRATCH / "receipts"
        self.submit(seconds, "-w", answers)
        self.numbers = [wire.receipt(record) for record in tools.read_records(answers)]
        tools.write_records(tools.SCRATCH / "tracks",
                            (wire.track(*pair) for pair in self.numbers[-BODIES:]))
        self.quiet()
        self.copy_store()

    def submit(self, seconds: float, *rest, streams=("-c8", "-m32")) -> dict:
        """One round of submissions, each with a key of its own."""
        self.serial += 1
        return tools.load(
            self.house.port, SUBMIT, seconds, *self.callers, "-b", tools.SCRATCH / "submissions",
            "-k", f"b{os.getpid()}-{self.serial}", *rest, streams=streams)

    def copy_store(self) -> None:
        """A copy of intake's file for the C peers, while nobody writes."""
        source = next(path for path in self.folder.rglob("intake*.sqlite"))
        self.copy = tools.SCRATCH / "intake-copy.sqlite"
        for ending in ("", "-wal", "-shm"):
            pathlib.Path(f"{self.copy}{ending}").unlink(missing_ok=True)
        shutil.copy(source, self.copy)
        log = pathlib.Path(f"{source}-wal")
        if log.exists():
            shutil.copy(log, f"{self.copy}-wal")
        with sqlite3.connect(self.copy) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        database.close()

    # -- starting one service alone

    def ready_ms(self, service: str) -> float:
        """How long `onedoor serve` of a service takes until /readyz says yes."""
        port = tools.free_port()
        environment = os.environ | {
            "ONEDOOR_DATA": str(self.folder), "ONEDOOR_DEMO": "true",
            "ONEDOOR_CLOCK": str(self.folder / "clock"),
            f"ONEDOOR_LISTEN_{service.upper()}": f"127.0.0.1:{port}",
            "ONEDOOR_LISTEN_DOOR": f"127.0.0.1:{tools.free_port()}",
        }
        log = tools.SCRATCH / f"ready-{service}.log"
        begin = time.monotonic()
        with log.open("w") as output, tools.process(
            self.program, "serve", service, env=environment, stdout=output,
            stderr=subprocess.STDOUT,
        ) as it:
            while True:
                if self._is_ready(port):
                    return (time.monotonic() - begin) * 1000
                if it.poll() is not None or time.monotonic() - begin > 20:
                    raise RuntimeError(f"{service} was not ready: {log.read_text()[-500:]}")
                time.sleep(0.001)

    @staticmethod
    def _is_ready(port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as sock:
                sock.sendall(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                return sock.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
