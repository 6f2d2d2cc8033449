"""Alerts: from the instant at which one is due to the last of 200 followers who has it."""

import datetime
import json
import pathlib
import queue
import shutil
import struct
import subprocess
import threading
import time

from . import tools, wire
from .report import Figure
from .stage import CHANGE_ITEM, Client, Stage
from .tools import SCRATCH

FOLLOW = "/onedoor.monitoring.v1.AlertService/FollowAlerts"
FOLLOWERS, SLOW = 200, 20
# Their alerts lie before the followers' cursors and are far more than a stalled stream takes.
BACKLOG = 1_000
# How many cases come in on a working day.
COHORT = 2
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


class Followers:
    """The process that follows, and when the last of its followers had each alert."""

    def __init__(self, stage: Stage, tokens: pathlib.Path, cursor: str, *, slow: int, codec: str):
        bodies, slow_bodies = SCRATCH / "follow", SCRATCH / "follow-slow"
        tools.write_records(bodies, [envelope({"cursor": cursor}, codec)])
        tools.write_records(slow_bodies, [envelope({}, codec)])
        self.process = subprocess.Popen(
            [str(SCRATCH / "followers"), "-p", str(stage.house.port), "-u", FOLLOW,
             "-c", str(FOLLOWERS), "-s", str(slow), "-b", str(bodies), "-B", str(slow_bodies),
             "-H", f"content-type:application/connect+{codec}", "-R", f"authorization:{tokens}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        if self.lines.get(timeout=20) != "ready":
            raise RuntimeError("the followers were not let in")

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def take(self, patience: float) -> list[float]:
        """When the last follower had what came, until nothing came for so many seconds."""
        found = []
        while True:
            try:
                line = self.lines.get(timeout=patience)
            except queue.Empty:
                return found
            found.append(float(line.split()[2]))

    def stop(self) -> None:
        """Ends it."""
        self.process.stdin.close()
        self.process.wait(timeout=10)


def envelope(request: dict, codec: str) -> bytes:
    """A FollowAlertsRequest in its envelope."""
    body = (json.dumps(request).encode() if codec == "json"
            else wire.text(1, request["cursor"]) if request else b"")
    return struct.pack(">BI", 0, len(body)) + body


class Watch:
    """A hall in which some cases come every working day and nobody answers them in time."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.consumer = Client(stage.house.url, stage.house.token("consumer", subject="bench"))
        self.portal = Client(stage.house.url,
                             headers={"onedoor-portal-key": stage.first_key})
        # Its terms are known: promise 8, legal limit 20 working days.
        self.items = [CHANGE_ITEM]
        tools.write_records(SCRATCH / "submissions",
                            (wire.submission(self.items[n % len(self.items)], n)
                             for n in range(BACKLOG)))
        self.day = datetime.date(2026, 9, 14)
        self.cursor = ""
        # Followers of one subject would share one limit of calls.
        self.tokens = SCRATCH / "follower-tokens"
        self.tokens.write_text("".join(
            f"Bearer {stage.house.token('consumer', subject=f'bench-{n}')}\n" for n in range(20)))

    def submit(self, count: int) -> None:
        """So many applications come in."""
        self.stage.serial += 1
        tools.load(
            self.stage.house.port, "/onedoor.intake.v1.IntakeService/SubmitApplication", 20,
            *self.stage.callers, "-n", count, "-b", SCRATCH / "submissions",
            "-k", f"a{self.stage.serial}", streams=("-c4", "-m16"))

    def next_day(self) -> None:
        """Goes to a second before the next working day, whose midnight then comes by itself."""
        answer = self.portal.call("CalendarService/ComputeDue", {
            "start": str(self.day), "term": {"amount": 1, "unit": "TERM_UNIT_WORKING_DAY"}})
        self.day = datetime.date.fromisoformat(answer["due"]["dueOn"])
        midnight = datetime.datetime.combine(self.day, datetime.time(), BEIJING)
        eve = midnight - datetime.timedelta(seconds=1)
        self.stage.house.advance(eve.isoformat(timespec="seconds"))

    def leave(self, day: datetime.date) -> None:
        """Goes to a later day."""
        self.day = day
        self.stage.house.advance(f"{day}T09:00:00+08:00")
        time.sleep(2)
        self.stage.quiet()

    def behind(self) -> float:
        """How far the hall's time is behind the real one, in milliseconds."""
        words = struct.unpack("<4q", (self.stage.folder / "clock").read_bytes())
        return -words[1]

    def read(self) -> list[dict]:
        """The alerts since the last reading."""
        found = []
        while True:
            page = self.consumer.call("AlertService/ReadAlerts",
                                      {"cursor": self.cursor, "limit": 500})
            found += page.get("alerts", [])
            self.cursor = page["cursor"]
            if not page.get("more"):
                return found

    def arm(self, nights: int, *, slow: int = 0, codec: str = "proto") -> list[float]:
        """How late the last follower had each alert of so many nights, in milliseconds."""
        self.read()
        followers = Followers(self.stage, self.tokens, self.cursor, slow=slow, codec=codec)
        late = []
        try:
            for _ in range(nights):
                self.next_day()
                had = followers.take(1.8)
                alerts = self.read()
                if len(alerts) != len(had):
                    raise RuntimeError(f"{len(had)} of {len(alerts)} alerts came to all")
                late += [last - (instant(alert) + self.behind())
                         for alert, last in zip(alerts, had) if self.is_of_tonight(alert)]
                self.submit(COHORT)
        finally:
            followers.stop()
        return late

    def is_of_tonight(self, alert: dict) -> bool:
        """Whether a timer told it at the midnight that was waited for."""
        midnight = datetime.datetime.combine(self.day, datetime.time(), BEIJING)
        return (instant(alert) == midnight.timestamp() * 1000
                and alert["level"] != "ALERT_LEVEL_CLEARED")


def instant(alert: dict) -> float:
    """When an alert was due, in milliseconds since 1970."""
    return datetime.datetime.fromisoformat(alert["time"]).timestamp() * 1000


def percentile(values: list[float], share: float) -> float:
    """The value that so many are not above."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def alerts(run) -> list[Figure]:
    """7. The due instant to the last of 200 followers, alone and with 20 who take nothing."""
    stage = Stage(run.program(), run.loops, name="alerts", speed=1)
    nights = max(4, 2 * run.rounds)
    try:
        stage.start()
        stage.furnish()
        watch = Watch(stage)
        tools.say(f"{BACKLOG} cases that nobody answers")
        watch.submit(BACKLOG)
        stage.quiet()
        # All that the law says of these cases is told at once, and not measured.
        watch.leave(datetime.date(2026, 11, 2))
        for _ in range(6):
            watch.next_day()
            time.sleep(1.5)
            watch.submit(COHORT)
        arms = {}
        for name, options in {"proto": {}, "json": {"codec": "json"}, "slow": {"slow": SLOW}}.items():
            before = {part: tools.busy_seconds([pid]) for part, pid in stage.pids.items()}
            arms[name] = watch.arm(nights, **options)
            spent = {part: tools.busy_seconds([pid]) - before[part]
                     for part, pid in stage.pids.items()}
            tools.say(f"{name}: {len(arms[name])} alerts, p50 {percentile(arms[name], .5):.1f} ms, "
                      f"p99 {percentile(arms[name], .99):.1f} ms; processor time, s: "
                      f"monitoring {spent['monitoring']:.2f}, gateway {spent['gateway']:.2f}")
        memory = {part: tools.resident_mb(stage.pids[part]) for part in ("gateway", "monitoring")}
    finally:
        stage.stop()
        shutil.rmtree(stage.folder, ignore_errors=True)

    def figure(arm: str, what: str, note: str = "") -> Figure:
        late = arms[arm]
        return Figure(f"alerts_{arm}", what, "ms", [percentile(late, .99)], 50, at_least=False,
                      note=f"{len(late)} alerts of {nights} nights, p50 "
                           f"{percentile(late, .5):.1f} ms{note}")

    return [
        figure("proto", f"alert, due to the last of {FOLLOWERS} followers, p99"),
        figure("json", "the same, followers who read JSON"),
        figure("slow", f"the same beside {SLOW} followers who take nothing",
               f"; RssAnon behind it, MB: gateway {memory['gateway']:.0f}, monitoring "
               f"{memory['monitoring']:.0f}"),
    ]
