"""The ledger of a test under faults: what was asked and what was acknowledged.

It is a process of its own that takes JSON lines on a Unix socket and appends them to a file, so
that it remembers what a killed service, or a killed caller, said last. Only whole lines count.

    python ledger.py SOCKET FILE
"""

import collections
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time


def serve(place: str, file: str) -> None:
    """Takes lines until standard input ends."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen(200)
    lock = threading.Lock()
    with open(file, "ab", buffering=0) as book:
        def take(connection: socket.socket) -> None:
            pending = b""
            while piece := connection.recv(65536):
                whole, line_end, rest = (pending + piece).rpartition(b"\n")
                with lock:
                    book.write(whole + line_end)
                pending = rest

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=take, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        time.sleep(0.2)  # what is still in the sockets


class Pen:
    """Writes to the ledger; each thread has its own."""

    def __init__(self, place: str):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(place)

    def write(self, phase: str, **fields) -> None:
        """One line; when it returns, the death of this process loses nothing of it."""
        line = json.dumps({"phase": phase, **fields}, ensure_ascii=False)
        self.socket.sendall(line.encode() + b"\n")


class Ledger:
    """The process, and its book for reading."""

    def __init__(self, folder: pathlib.Path):
        self.socket, self.file = str(folder / "ledger.socket"), folder / "ledger.jsonl"
        self.process = subprocess.Popen(
            [sys.executable, __file__, self.socket, str(self.file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def close(self) -> None:
        """Ends the process."""
        if self.process.poll() is None:
            self.process.communicate(timeout=10)

    def lines(self):
        """All whole lines as they were written."""
        with open(self.file, encoding="utf-8") as book:
            for line in book:
                if line.endswith("\n"):
                    yield json.loads(line)


class Account:
    """What the ledger says, summed up."""

    def __init__(self, ledger: Ledger):
        self.intents, self.acknowledged, self.refused = {}, {}, []
        self.faults, self.seen, self.cursor = [], [], ""
        self.tries, self.repeats, self.checked = collections.Counter(), 0, 0
        self.seconds, self.callers = collections.Counter(), collections.defaultdict(set)
        self.connections_lost = 0
        for line in ledger.lines():
            getattr(self, "_" + line["phase"])(line)

    def _intent(self, line: dict) -> None:
        assert line["key"] not in self.intents
        self.intents[line["key"]] = line

    def _acknowledged(self, line: dict) -> None:
        assert line["key"] in self.intents and line["key"] not in self.acknowledged
        self.acknowledged[line["key"]] = line
        self.tries[line["tries"]] += 1
        self.repeats += line["tries"] - 1

    def _refused(self, line: dict) -> None:
        self.refused.append(line)

    def _fault(self, line: dict) -> None:
        self.faults.append(line)

    def _checked(self, line: dict) -> None:
        self.checked += 1

    def _tally(self, line: dict) -> None:
        self.seconds[line["second"]] += line["answered"]
        self.connections_lost += line["lost"]
        if line["answered"]:
            self.callers[line["second"]].add(line["caller"])

    def _seen(self, line: dict) -> None:
        self.seen += line["ids"]
        self.cursor = line["cursor"]

    def answers(self, method: str) -> list[tuple[dict, dict]]:
        """Requests and answers of the acknowledged calls of a method."""
        return [(self.intents[key]["request"], line["answer"])
                for key, line in self.acknowledged.items()
                if self.intents[key]["method"] == method]


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
