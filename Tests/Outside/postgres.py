"""A PostgreSQL of the test's own: Debian's, in a folder in memory, on a socket there, gone at the end."""

import contextlib
import dataclasses
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

import psycopg
from psycopg import pq

# What a service's database is told, or texts would be compared by the rules of a language.
DATABASE = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"

# The types that a value of the store can have, by PostgreSQL's numbers for them.
INTEGER, BLOB, TEXT = "integer", "blob", "text"
TYPES = {20: INTEGER, 23: INTEGER, 21: INTEGER, 17: BLOB, 25: TEXT}
# A place must be as wide as the store's numbers.
PLACES = {20: INTEGER, 17: BLOB, 25: TEXT}


def programs() -> pathlib.Path:
    """Where Debian has the server's programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[-3]))
    assert found, "no PostgreSQL in /usr/lib/postgresql: `make setup` installs it"
    return found[-1].parent


def _owner() -> dict:
    """As whom the server runs: it refuses root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def server():
    """Runs a server and yields it; nothing of it is left, however the block ends."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    # Short, since the path of a socket has at most 107 bytes.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-", dir=memory))
    owner = _owner()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    options = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **owner}
    process = None
    try:
        made = subprocess.run(
            [programs() / "initdb", "-D", folder / "data", "-U", "onedoor", "-A", "trust",
             "-E", "UTF8", "--no-sync"], capture_output=True, text=True, check=False, **options)
        assert made.returncode == 0, f"initdb: {made.stderr}"
        log = open(folder / "log", "w", encoding="utf-8")
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder),
                    "fsync": "off", "full_page_writes": "off", "shared_buffers": "16MB",
                    "max_connections": "10", "autovacuum": "off"}
        process = subprocess.Popen(
            # If this process is killed, the server goes too.
            ["setpriv", "--pdeathsig", "INT", programs() / "postgres", "-D", folder / "data",
             *(f"--{name}={value}" for name, value in settings.items())],
            stdout=log, stderr=log, start_new_session=True, **options)
        yield Server(folder, process)
    finally:
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(20)
        shutil.rmtree(folder)


@dataclasses.dataclass(frozen=True)
class Described:
    """What PostgreSQL says of a statement that it prepared."""

    places: tuple[int, ...]
    columns: tuple[int, ...]


class Refused(Exception):
    """PostgreSQL's no to a statement."""

    def __init__(self, state: str, message: str):
        super().__init__(f"{state} {message}")
        self.state = state


class Server:
    """A running server."""

    def __init__(self, folder: pathlib.Path, process: subprocess.Popen):
        self.folder = folder
        self.process = process
        self._count = 0

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connects, as soon as the server takes connections."""
        while True:
            try:
                return psycopg.connect(host=str(self.folder), user="onedoor", dbname=database,
                                       autocommit=True)
            except psycopg.OperationalError as error:
                said = (self.folder / "log").read_text(encoding="utf-8")
                # Its socket comes a moment after its process; it says so if it cannot.
                if self.process.poll() is not None:
                    raise AssertionError(f"PostgreSQL ended: {said}") from error
                text = str(error)
                if "No such file" not in text and "starting up" not in text \
                        and "refused" not in text:
                    raise
                os.sched_yield()

    @contextlib.contextmanager
    def database(self, name: str):
        """A new database as a service's must be, and a connection to it."""
        self._count += 1
        name = f"{re.sub('[^a-z0-9]', '_', name)}_{self._count}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} {DATABASE}")
        with self.connect(name) as connection:
            yield connection


def prepare(connection: psycopg.Connection, sql: str) -> Described:
    """Prepares a statement, types untold, and tells what it is like; throws Refused."""
    raw: pq.PGconn = connection.pgconn
    for answer in (lambda: raw.prepare(b"s", sql.encode()), lambda: raw.describe_prepared(b"s")):
        result = answer()
        if result.status != pq.ExecStatus.COMMAND_OK:
            field = pq.DiagnosticField
            raise Refused((result.error_field(field.SQLSTATE) or b"").decode(),
                          (result.error_field(field.MESSAGE_PRIMARY) or b"").decode())
    raw.exec_(b"DEALLOCATE s")
    return Described(tuple(result.param_type(place) for place in range(result.nparams)),
                     tuple(result.ftype(column) for column in range(result.nfields)))


def type_faults(described: Described) -> list[str]:
    """What of a statement's places and columns the store could not bind or read."""
    faults = [f"place {index} has the type {_name(kind)}, which no value has"
              for index, kind in enumerate(described.places, 1) if kind not in PLACES]
    return faults + [f"column {index} has the type {_name(kind)}, which no row has"
                     for index, kind in enumerate(described.columns) if kind not in TYPES]


def _name(kind: int) -> str:
    info = psycopg.adapters.types.get(kind)
    return info.name if info else f"number {kind}"
