"""The composition as an operator would run it, with what tests need of it.

It answers the same questions as `house.House`, so that the main job and the load of the outside
tests are played against it: where the door is, tokens, the clock, which process runs a service.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests" / "Outside"), str(ROOT / "Compose" / "tools")]

from engine import DOCKER  # noqa: E402
from house import SERVICES  # noqa: E402
from image import BUILT, NAME  # noqa: E402

PORTS = {service: 18081 + number for number, service in enumerate(SERVICES)}
OWNER = 10001
PROGRAM = str(BUILT / "onedoor")


class Composition:
    """Six containers out of Compose/, with keys and volumes of their own."""

    def __init__(self, folder: pathlib.Path, project: str, *, files: tuple = ("compose.demo.yaml",),
                 port: int = 8443, settings: dict | None = None):
        self.folder, self.project, self.port = folder, project, port
        self.program = PROGRAM
        self.url = f"https://localhost:{port}"
        self.keys = folder / "keys"
        # Where the outside tests look for stores, materials and the door's certificate.
        self.data = folder / "data"
        self.files = ("compose.yaml", *files)
        self.settings = {"ONEDOOR_IMAGE": NAME, "ONEDOOR_PUBLISH": f"127.0.0.1:{port}",
                         "ONEDOOR_CLOCK_SPEED": "0"} | (settings or {})

    # -- as the operator's guide has it

    def prepare(self) -> None:
        """The composition's files, .env, keys and issuers, as docs/operations.md tells."""
        shutil.copytree(ROOT / "Compose", self.folder, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("tools", "Dockerfile*", "__pycache__"))
        example = (self.folder / ".env.example").read_text("utf-8")
        settings = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        (self.folder / ".env").write_text(example + settings, "utf-8")
        for name in ("keys", "issuers", "backup"):
            (self.folder / name).mkdir(mode=0o700)
            os.chown(self.folder / name, OWNER, OWNER)
        self.docker("run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL",
                    "-v", f"{self.keys}:/keys", "-v", f"{self.folder}/issuers:/issuers", NAME,
                    "key", "init", "/keys", "--demo-issuer", "/issuers/jwks.json")

    def up(self) -> None:
        """Starts what does not run; returns when docker-compose does."""
        self.compose("up", "-d")
        self.link()

    def link(self) -> None:
        """Shows the stores where the outside tests look for them."""
        self.data.mkdir(exist_ok=True)
        places = {f"{s}.sqlite": self.volume(s) / f"{s}.sqlite" for s in SERVICES}
        places |= {"keys": self.keys, "materials": self.volume("intake") / "materials",
                   "door": self.volume("gateway") / "door"}
        for name, target in places.items():
            if not (self.data / name).is_symlink():
                (self.data / name).symlink_to(target)
        # Whom clients of the door believe; Python's ssl and httpx read this variable.
        os.environ["SSL_CERT_FILE"] = str(self.data / "door" / "certificate.pem")

    def down(self) -> None:
        """Takes it down with its volumes, and its certificate is believed no longer."""
        self.compose("down", "-v", "--remove-orphans", check=False)
        if os.environ.get("SSL_CERT_FILE", "").startswith(str(self.folder)):
            del os.environ["SSL_CERT_FILE"]

    # -- docker

    def docker(self, *arguments: str, check: bool = True) -> str:
        """What a docker command prints."""
        return self._run([DOCKER, *arguments], check)

    def compose(self, *arguments: str, check: bool = True) -> str:
        """What a docker-compose command prints."""
        files = [part for file in self.files for part in ("-f", file)]
        return self._run(["docker-compose", "-p", self.project, *files, *arguments], check)

    def _run(self, command: list[str], check: bool) -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300,
                              cwd=self.folder)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}\n"
                               f"{self.logs()}")
        return done.stdout

    def container(self, service: str) -> str:
        """The id of a service's container, running or not; empty if there is none."""
        return self.docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}",
                           "--filter", f"label=com.docker.compose.service={service}").strip()

    def inspect(self, service: str) -> dict:
        """What the engine knows of a service's container."""
        return json.loads(self.docker("inspect", self.container(service)))[0]

    def health(self, service: str) -> str:
        """starting, healthy or unhealthy."""
        return self.inspect(service)["State"]["Health"]["Status"]

    def wait_healthy(self, services=SERVICES, deadline: float = 90) -> None:
        """Waits until the engine calls each service healthy."""
        end = time.monotonic() + deadline
        while any(self.health(service) != "healthy" for service in services):
            assert time.monotonic() < end, self.logs()
            time.sleep(0.2)

    def volume(self, name: str) -> pathlib.Path:
        """Where a volume lies on this machine."""
        return pathlib.Path(self.docker("volume", "inspect", "-f", "{{.Mountpoint}}",
                                        f"{self.project}_{name}").strip())

    def address(self, service: str, network: str = "inner") -> str:
        """The address of a container in one of the composition's networks."""
        networks = self.inspect(service)["NetworkSettings"]["Networks"]
        return networks[f"{self.project}_{network}"]["IPAddress"]

    def operator(self, *arguments: str, check: bool = True) -> str:
        """Runs a command of the program in the operator's container."""
        return self.compose("run", "--rm", "-T", "operator", *arguments, check=check)

    # -- as house.House

    def logs(self) -> str:
        """The last lines of every container's log."""
        lines = []
        for service in SERVICES:
            done = subprocess.run([DOCKER, "logs", "--tail", "8", self.container(service) or "-"],
                                  capture_output=True, text=True)
            lines.append(f"-- {service}\n{done.stdout}{done.stderr}")
        return "\n".join(lines)

    def log(self, service: str) -> list[dict]:
        """The lines of a service's log."""
        text = self.docker("logs", self.container(service))
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def run(self, *arguments: str) -> str:
        """Runs a command of the program on this machine, as a portal or clerk would."""
        trust = ["--cacert", os.environ["SSL_CERT_FILE"]] if "--gateway" in arguments else []
        done = subprocess.run([self.program, *arguments, *trust], capture_output=True, text=True,
                              timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def token(self, *roles: str, subject: str, posts: tuple = (), name: str = "",
              hall: str = "370212", ttl: int = 36000) -> str:
        """A token of the demonstration's issuer."""
        arguments = ["token", "--data", str(self.data), "--subject", subject, "--hall", hall,
                     "--ttl", str(ttl)]
        for option, values in (("--role", roles), ("--post", posts),
                               ("--name", (name,) if name else ())):
            arguments += [part for value in values for part in (option, value)]
        return self.run(*arguments).strip()

    def advance(self, instant: str) -> None:
        """Moves the hall's clock on, in a container that has it."""
        self.compose("exec", "-T", "gateway", "/usr/local/bin/onedoor", "clock", "advance", instant,
                     "--data", "/clock")

    def pid(self, service: str) -> int:
        """The process of this machine that runs a service now; 0 if none does."""
        return self.inspect(service)["State"]["Pid"]

    def kill(self, service: str) -> int:
        """Kills a service by its process, as a fault would: the engine does not know of it."""
        pid = self.pid(service)
        if pid:
            os.kill(pid, 9)
        return pid
