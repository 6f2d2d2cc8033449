"""What callers see when a process stops: streams end politely, and nobody has to be killed."""

import json
import os
import signal
import subprocess

import httpx

from house import house as new_house

FOLLOW = "onedoor.monitoring.v1.AlertService/FollowAlerts"


class Follower:
    """One alert stream, read by curl to its end."""

    def __init__(self, house):
        token = house.token("consumer", subject="follower")
        request = house.data / "follow.bin"
        request.write_bytes(b"\0\0\0\0\2{}")
        self.process = subprocess.Popen(
            ["curl", "-sSN", "-m", "60", "--http2-prior-knowledge", "-D", "-", "--data-binary",
             f"@{request}", "-H", "content-type: application/connect+json", "-H",
             f"authorization: Bearer {token}", f"{house.url}/{FOLLOW}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert b" 200" in self.process.stdout.readline()
        while self.process.stdout.readline().strip():
            pass

    def end(self) -> dict:
        """The last envelope's message, once the stream has ended."""
        rest, error = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, error
        last = None
        while rest:
            count = int.from_bytes(rest[1:5], "big")
            last, rest = (rest[0], rest[5:5 + count]), rest[5 + count:]
        assert last and last[0] == 2, last
        return json.loads(last[1])


def test_open_streams_end_with_unavailable():
    with new_house() as house:
        follower = Follower(house)
        before = house.pid("gateway")
        os.kill(before, signal.SIGTERM)
        assert follower.end()["error"]["code"] == "unavailable"
        # The supervisor starts another; a reader goes on there.
        while True:
            try:
                if httpx.get(f"{house.url}/readyz").status_code == 200:
                    break
            except httpx.HTTPError:
                pass
        followers = [Follower(house) for _ in range(3)]
        assert house.stop() == 0
        for follower in followers:
            assert follower.end()["error"]["code"] == "unavailable"
        log = (house.data / "logs" / "up.log").read_text(encoding="utf-8")
        assert "killed" not in log, log
