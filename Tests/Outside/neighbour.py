"""Somebody else who calls the gateway all the time, in a process of its own.

In the attacker's process it would wait for the attacker's turns of the interpreter, and these would
look like the gateway's. It says that it is ready after its first call. Until its input ends it makes
a call every so often; then it prints how long each took, what went wrong, and how much memory the
processes it was told of had at most.

    neighbour.py PORT PATH PAUSE [NAME=PID...]

It is several callers in turn, who have connections on all of the gateway's loops.

With HARD_REPORT set it goes before all others where it may, and the time in which its own thread ran
is left out: it would be on a machine of its own, and what is measured is how long the gateway takes.
Here the system has whoever is sending take in what has come for others too, up to 2 ms of a flood.
"""

import json
import os
import select
import socket
import sys
import time

# Four of them may call every 3 ms without being held up by the limit of anonymous callers.
CALLERS = 4


def resident(pid: int) -> int:
    """The resident memory of a process in bytes."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def dial(port: int, number: int) -> socket.socket:
    """A connection of one of its callers, each of whom has an address and so a rate of its own."""
    return socket.create_connection(("127.0.0.1", port), timeout=30,
                                    source_address=(f"127.0.0.{200 + number}", 0))


def ask(sock: socket.socket, request: bytes) -> bytes:
    """One call and its answer."""
    sock.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got or not got.endswith(b"}"):
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError(got)
        got += piece
    return got


def main() -> None:
    """Calls until the input ends."""
    port, path, pause = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    pids = {name: int(pid) for name, pid in (word.split("=") for word in sys.argv[4:])}
    request = (f"POST {path} HTTP/1.1\r\nhost: door\r\ncontent-type: application/json\r\n"
               "content-length: 2\r\n\r\n{}").encode()
    times, errors, peaks = [], [], {}
    own = time.thread_time if "HARD_REPORT" in os.environ else lambda: 0
    if "HARD_REPORT" in os.environ and os.geteuid() == 0:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    socks = [dial(port, number) for number in range(CALLERS)]
    for sock in socks:
        ask(sock, request)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], pause)[0] or len(times) < 3:
        turn = len(times) % CALLERS
        begin, ran = time.perf_counter(), own()
        try:
            got = ask(socks[turn], request)
            if not got.startswith(b"HTTP/1.1 200"):
                errors.append(repr(got[:300]))
        except OSError as error:
            errors.append(repr(error))
            socks[turn] = dial(port, turn)
        times.append(time.perf_counter() - begin - (own() - ran))
        if len(times) % 4 == 0:
            for name, pid in pids.items():
                peaks[name] = max(peaks.get(name, 0), resident(pid))
    json.dump({"times": times, "errors": errors[:3], "peaks": peaks}, sys.stdout)


if __name__ == "__main__":
    main()
