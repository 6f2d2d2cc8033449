"""A container engine for a while: Debian's dockerd in a network and a mount namespace of its own.

Its bridges, packet filter tables, forwarding and mounts are those of the namespaces and vanish with
them, so the machine is left as it was. The daemon ends with the process that started it. Clients
reach published ports from inside the namespace (`Engine.enter`), the engine itself by its socket
from anywhere.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# Debian's client has BuildKit built in; a newer one found earlier on the path may lack its plug-in.
DOCKER = "/usr/bin/docker"
PATIENCE = 90  # seconds for the daemon to answer; once it took 12 on a busy machine
CGROUPS = pathlib.Path("/sys/fs/cgroup")


class Engine:
    """A running dockerd, with its data in a folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.socket = f"unix://{folder}/docker.sock"
        self.process = None
        self.group = f"onedoor-{os.getpid()}"

    @property
    def environment(self) -> dict:
        """What tells docker and docker-compose which engine is meant."""
        return os.environ | {"DOCKER_HOST": self.socket, "DOCKER_BUILDKIT": "1",
                             "COMPOSE_HTTP_TIMEOUT": "120"}

    def start(self) -> "Engine":
        """Starts the daemon and waits until it answers."""
        daemon = ["dockerd", "--data-root", str(self.folder / "data"),
                  "--exec-root", str(self.folder / "exec"), "-H", self.socket,
                  "-p", str(self.folder / "docker.pid"), "--log-level", "error",
                  # No systemd here; limits below the hard ones, which a container cannot raise.
                  "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", self.group,
                  "--default-ulimit", "nofile=4096:4096"]
        script = 'ip link set lo up && exec "$@"'
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "unshare", "--net", "--mount", "--propagation",
                 "private", "sh", "-c", script, "sh", *daemon],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + PATIENCE
        while self.docker("version", check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                text = (self.folder / "log").read_text(errors="replace")
                self.stop()
                raise RuntimeError(f"the engine did not start:\n{text}")
            time.sleep(0.1)
        return self

    def docker(self, *arguments: str, check: bool = True, **options):
        """Runs a docker command against this engine."""
        options = {"capture_output": True, "text": True} | options
        done = subprocess.run([DOCKER, *arguments], env=self.environment, **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    def enter(self, *command: str) -> list[str]:
        """The command as it is run where the engine's bridges and published ports are."""
        return ["nsenter", f"--net=/proc/{self.process.pid}/ns/net", *command]

    def stop(self) -> None:
        """Ends all containers and the daemon, and removes what they left."""
        if self.process is None:
            return
        if self.process.poll() is None:
            left = self.docker("ps", "-aq", check=False).stdout.split()
            if left:
                self.docker("rm", "-f", "-v", *left, check=False)
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._end_strays()
        self.process = None
        end = time.monotonic() + 10
        # A control group is busy until the last of its processes is gone.
        while (left := list(CGROUPS.glob(f"*/{self.group}"))) and time.monotonic() < end:
            for folder in left:
                inner = (path for path in folder.rglob("*") if path.is_dir())
                for path in [*sorted(inner, reverse=True), folder]:
                    with contextlib.suppress(OSError):
                        path.rmdir()
            time.sleep(0.1)

    def _end_strays(self) -> None:
        """Ends what still runs out of the engine's own folder, after a daemon that died."""
        mark = str(self.folder / "exec").encode()
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if entry.name.isdigit() and mark in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)


@contextlib.contextmanager
def engine():
    """An engine over a fresh folder; both are gone afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onedoor-engine-", dir="/var/tmp"))
    it = Engine(folder)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield it.start()
    finally:
        signal.signal(signal.SIGTERM, before)
        try:
            it.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def any_engine():
    """The engine that the environment names and that answers, or one for a while."""
    if subprocess.run([DOCKER, "version"], capture_output=True).returncode == 0:
        it = Engine(pathlib.Path("/nonexistent"))
        it.socket = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        yield it
        return
    with engine() as it:
        yield it
