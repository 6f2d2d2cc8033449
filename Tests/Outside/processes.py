"""The six services as processes of their own that nobody starts again, over a house's folder."""

import contextlib
import os
import signal
import subprocess
import time

import httpx

from house import SERVICES, House, debug_program


class Six:
    """Each service can be killed, frozen and started by itself."""

    def __init__(self, house: House):
        """Takes the place of a house that was stopped: the same data, the same ports."""
        self.house = house
        self.processes: dict[str, subprocess.Popen] = {}

    def port(self, service: str) -> int:
        """The inner port of a service."""
        return self.house.port + 1 + SERVICES.index(service)

    def start(self, service: str, deadline: float = 60) -> None:
        """Starts a service and waits until it is ready."""
        environment = {k: v for k, v in os.environ.items() if k != "ONEDOOR_PROGRAM"} | {
            "ONEDOOR_DATA": str(self.house.data), "ONEDOOR_DEMO": "true",
            "ONEDOOR_CLOCK": str(self.house.data / "clock"),
            "ONEDOOR_LISTEN_DOOR": f"127.0.0.1:{self.house.port}",
            "ONEDOOR_CALLS_SOURCE": "100000",
        } | {f"ONEDOOR_LISTEN_{name.upper()}": f"127.0.0.1:{self.port(name)}"
             for name in SERVICES}
        with open(self.house.data / f"six-{service}.log", "a", encoding="utf-8") as log:
            self.processes[service] = subprocess.Popen(
                [debug_program(), "serve", service], env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        end = time.monotonic() + deadline
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self.port(service)}/readyz").status_code == 200:
                    return
            if self.processes[service].poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{service} did not start:\n{self.house.logs()}")
            time.sleep(0.02)

    def kill(self, service: str) -> None:
        """Kills a service without a farewell."""
        self.processes[service].kill()
        self.processes[service].wait()

    def freeze(self, service: str) -> None:
        """Lets a service do nothing, with all its connections open."""
        self.processes[service].send_signal(signal.SIGSTOP)

    def thaw(self, service: str) -> None:
        """Lets it go on."""
        self.processes[service].send_signal(signal.SIGCONT)

    def __enter__(self):
        for service in SERVICES:
            self.start(service)
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            process.wait(timeout=60)


def samples(port: int) -> dict[str, float]:
    """The metrics of a service: each sample by its name with labels."""
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}
