"""Starts the six services as an operator would and gives tests what they need of them."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "Sources" / "onedoor" / "Data"
SERVICES = ["catalogue", "intake", "approval", "queueing", "monitoring", "gateway"]
HALL = "370212"


def debug_program() -> str:
    """The debug build of the program, which `make test` has made."""
    return os.environ.get("ONEDOOR_PROGRAM", str(ROOT / ".build" / "debug" / "onedoor"))


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, away from those that the system gives out."""
    for base in range(20000 + os.getpid() % 4000 * 2, 32000, count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + count):
                    sock = stack.enter_context(socket.socket())
                    sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise RuntimeError("no free ports")


class House:
    """Six running services over a data folder."""

    def __init__(self, program: str, data: pathlib.Path, port: int, *, speed: int = 0,
                 tls: bool = False):
        self.program, self.data, self.port, self.speed = program, pathlib.Path(data), port, speed
        self.tls = tls
        self.process = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, environment: dict | None = None, deadline: float = 60) -> "House":
        """Starts `onedoor up --demo` and waits until it says that all six are ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.output = open(self.data / "up.log", "a+", encoding="utf-8")
        begin = self.output.seek(0, os.SEEK_END)
        # A service refuses a configuration with a name that it does not know.
        surroundings = {k: v for k, v in os.environ.items() if k != "ONEDOOR_PROGRAM"}
        self.process = subprocess.Popen(
            [self.program, "up", "--demo", "--data", str(self.data), "--port", str(self.port),
             "--inner-port", str(self.port + 1), "--speed", str(self.speed),
             *(["--tls-port", str(self.port + 8)] if self.tls else [])],
            stdout=self.output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=surroundings | (environment or {}),
        )
        end = time.monotonic() + deadline
        while True:
            text = (self.data / "up.log").read_text(encoding="utf-8")[begin:]
            if "ready" in text and self.url.split("//")[1] in text:
                return self
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"the house did not start:\n{text}\n{self.logs()}")
            time.sleep(0.05)

    def logs(self) -> str:
        """The last lines of every service's log."""
        lines = []
        for path in sorted(self.data.rglob("*.log")):
            tail = path.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
            lines += [f"-- {path.name}", *tail]
        return "\n".join(lines)

    def stop(self) -> int | None:
        """Stops all six in good order; answers the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process = None
        self.output.close()
        return status

    def run(self, *arguments: str, check: bool = True) -> str:
        """Runs a command of the program and answers what it printed."""
        done = subprocess.run(
            [self.program, *arguments], capture_output=True, text=True, timeout=60
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def token(self, *roles: str, subject: str, posts: tuple = (), name: str = "", hall: str = HALL,
              ttl: int = 36000) -> str:
        """A token signed by the demo's own issuer."""
        arguments = ["token", "--data", str(self.data), "--subject", subject, "--hall", hall,
                     "--ttl", str(ttl)]
        for role in roles:
            arguments += ["--role", role]
        for post in posts:
            arguments += ["--post", post]
        if name:
            arguments += ["--name", name]
        return self.run(*arguments).strip()

    def advance(self, instant: str) -> None:
        """Moves the hall's clock on, for example to `2026-09-21T00:00:00+08:00`."""
        self.run("clock", "advance", instant, "--data", str(self.data))

    def pid(self, service: str) -> int:
        """The process that runs a service now; 0 if none does."""
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            if parent == self.process.pid and command[1:3] == [b"serve", service.encode()]:
                return int(entry.name)
        return 0

    def kill(self, service: str) -> int:
        """Kills a service without a farewell; answers its process id."""
        pid = self.pid(service)
        if pid:
            os.kill(pid, signal.SIGKILL)
        return pid


@contextlib.contextmanager
def house(environment: dict | None = None, **options):
    """A house over a fresh folder, gone afterwards."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onedoor-", dir=base))
    it = House(debug_program(), folder, free_ports(10), **options)
    try:
        yield it.start(environment=environment)
    finally:
        it.stop()
        shutil.rmtree(folder, ignore_errors=True)
