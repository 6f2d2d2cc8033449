"""The same work beside ten thousand and beside a million: firing alerts, lists, start, memory.

One case goes through the house by calls. Its rows are then copied under other numbers, into the
closed stores, by statements over the services' own tables: filling by calls would take an hour.
The copies have due days a year away, but for those that are fired.
"""

import pathlib
import shutil
import sqlite3
import time

from . import tools, wire
from .report import Figure
from .stage import CHANGE_ITEM, Client, MainJob, Stage
from .tools import SCRATCH

SMALL = 10_000
# How many cases have alerts on each of the days on which some are fired.
FIRED = 3_000
NIGHTS = ["2026-09-18", "2026-09-20", "2026-09-21", "2026-09-23", "2026-09-24"]
PERSON = {"name": "王小明", "subjectType": "1", "idType": "111",
          "idNumber": "370200190001010011", "phone": "13800000000"}
SERVICES = ("intake", "approval", "monitoring")
LISTS = {
    "ListTasks": ("approval.v1.ApprovalService", "hall_manager",
                  [b"", wire.text(3, "024"), wire.integer(4, 1)]),
    "ListApplications": ("intake.v1.IntakeService", "hall_manager",
                         [b"", wire.text(4, "024"), wire.integer(2, 9),
                          wire.text(3, CHANGE_ITEM)]),
    "ListClocks": ("monitoring.v1.MonitoringService", "hall_manager",
                   [b"", wire.integer(2, 1), wire.text(3, "024"), wire.integer(5, 1),
                    wire.integer(2, 1) + wire.text(3, "024") + wire.integer(5, 2)]),
}


def store(stage: Stage, service: str) -> pathlib.Path:
    """The file of a service's store."""
    return next(path for path in stage.folder.rglob(f"{service}*.sqlite"))


class Copies:
    """Copies one case of a store under other numbers."""

    def __init__(self, stage: Stage, service: str, number: str, count: int):
        self.database = sqlite3.connect(store(stage, service), isolation_level=None)
        self.number, self.count = number, count
        # What is thrown away after a fault needs no safety.
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.execute("PRAGMA cache_size = -400000")
        self.database.execute("CREATE TEMP TABLE k (k INTEGER PRIMARY KEY)")
        self.database.execute("BEGIN")
        self.database.execute(
            "INSERT INTO k WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n "
            f"WHERE k < {count}) SELECT k FROM n")

    def copy(self, table: str, where: str, **changed: str) -> None:
        """Copies the rows of a table; `changed` are expressions over them and `k`."""
        names = [row[1] for row in self.database.execute(f"PRAGMA table_info({table})")]
        new = "substr('{0}', 1, 12) || printf('%010d', k + 1000000000) || '0'".format(self.number)
        values = [changed.get(name, f"replace(t.{name}, '{self.number}', {new})"
                              if name in ("number", "case_number", "subject") else f"t.{name}")
                  for name in names]
        self.database.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
            f"FROM k CROSS JOIN {table} AS t WHERE {where.format(number=self.number)}")

    def close(self) -> None:
        """Writes all."""
        self.database.execute("COMMIT")
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.database.close()


def fill(stage: Stage, number: str, count: int) -> None:
    """So many applications, tasks and open clocks in all, the first one included."""
    # By how many days a copy is later; those that are fired are as the first.
    later = f"(CASE WHEN k <= {FIRED} THEN 0 ELSE 365 + k % 200 END)"
    it = Copies(stage, "intake", number, count)
    it.copy("application", "t.number = '{number}'", id="NULL", draft_id="NULL")
    it.close()
    it = Copies(stage, "approval", number, count)
    it.copy("approval_case", "t.number = '{number}'")
    it.copy("task", "t.case_number = '{number}'", id="t.id || k", due_on=f"t.due_on + {later}")
    it.close()
    # Three clocks of a case are open: promise, legal limit, step.
    it = Copies(stage, "monitoring", number, count // 3)
    it.copy("watched_case", "t.number = '{number}'")
    it.copy("task", "t.case_number = '{number}'", id="t.id || k")
    days = {name: f"t.{name} + {later}" for name in ("start_on", "due_on", "yellow_on", "late_on")}
    it.copy("clock", "t.case_number = '{number}' AND t.is_open = 1", id="t.id + 1000 * k",
            task_id="CASE t.task_id WHEN '' THEN '' ELSE t.task_id || k END",
            next_at=f"t.next_at + 86400000 * {later}", **days)
    instants = {name: f"t.{name} + 86400000 * {later}" for name in ("due_at", "fire_at")}
    it.copy("timer", "t.kind = 'level' AND t.subject IN (SELECT id FROM clock WHERE is_open = 1 "
            "AND case_number = '{number}')", id="NULL",
            subject="CAST(CAST(t.subject AS INTEGER) + 1000 * k AS TEXT)", **instants)
    it.close()


class Scale:
    """A house beside so many cases, and what was measured of it."""

    def __init__(self, run, count: int):
        self.stage = Stage(run.program(), run.loops, name=f"scale-{count}")
        self.count, self.rounds = count, run.rounds
        self.stage.start()
        self.stage.furnish()
        portal = Client(self.stage.house.url,
                        headers={"onedoor-portal-key": self.stage.first_key})
        number = portal.call("IntakeService/SubmitApplication",
                             {"itemCode": CHANGE_ITEM, "applicant": PERSON})["receipt"]["number"]
        job = MainJob(self.stage.house)
        job.callers["portal"] = portal
        job.accept(number, "K06")
        self.stage.quiet()
        self.stage.stop()
        begin = time.monotonic()
        fill(self.stage, number, count)
        tools.say(f"{count:,} filled in {time.monotonic() - begin:.0f} s")
        self.ready = {service: tools.median([self.stage.ready_ms(service)
                                             for _ in range(self.rounds)])
                      for service in SERVICES}
        self.stage.start()

    def lists(self) -> dict[str, float]:
        """The p50 of each list, the slowest of its filters, in milliseconds."""
        token = self.stage.house.token("hall_manager", subject="bench")
        found = {}
        for name, (service, _, bodies) in LISTS.items():
            times = []
            for body in bodies:
                path = SCRATCH / "list"
                tools.write_records(path, [body])
                # Below the limit of one subject; a body of nothing is a message too.
                answer = tools.load(
                    self.stage.house.port, f"/onedoor.{service}/{name}", 5, "-n", 40, "-b", path,
                    "-H", "content-type:application/proto", "-H",
                    f"authorization:Bearer {token}", "-w", SCRATCH / "pages",
                    streams=("-c1", "-m1"))
                if min(map(len, tools.read_records(SCRATCH / "pages"))) < 1_000:
                    raise RuntimeError(f"a page of {name} was nearly empty")
                times.append(answer["p50_ms"])
                time.sleep(0.4)
            found[name] = max(times)
        return found

    def fire(self) -> tuple[float, float]:
        """Processor time of monitoring for an alert in microseconds, and its memory in MB."""
        pid = self.stage.pids["monitoring"]
        first = before = self.alerts()
        busy = tools.busy_seconds([pid])
        for night in NIGHTS:
            self.stage.house.advance(f"{night}T00:00:00+08:00")
            end = time.monotonic() + 60
            while tools.quiet([pid], 1) >= 1 and time.monotonic() < end:
                pass
            fired = self.alerts() - before
            before += fired
            if fired < FIRED:
                raise RuntimeError(f"{fired} alerts were told of {night}")
        cost = (tools.busy_seconds([pid]) - busy) / (before - first) * 1e6
        return cost, tools.resident_mb(pid)

    def alerts(self) -> int:
        """How many alerts there are: the feed has nothing else here."""
        with sqlite3.connect(f"file:{store(self.stage, 'monitoring')}?mode=ro", uri=True) as it:
            return it.execute("SELECT count(*) FROM alert").fetchone()[0]

    def close(self) -> None:
        """Stops the house and removes its data."""
        self.stage.stop()
        shutil.rmtree(self.stage.folder, ignore_errors=True)


def scale(run) -> list[Figure]:
    """8. Ten thousand against a million (`--scale`)."""
    measured = {}
    for count in (SMALL, run.scale):
        it = Scale(run, count)
        try:
            lists = it.lists()
            cost, memory = it.fire()
            measured[count] = {"lists": lists, "cost": cost, "memory": memory, "ready": it.ready}
            tools.say(f"{count:,}: {measured[count]}")
        finally:
            it.close()
    small, large = measured[SMALL], measured[run.scale]
    of = f"beside {run.scale:,}"
    figures = [
        Figure("scale_fire", f"an alert fired {of} open clocks", "us", [large["cost"]], 1.2,
               at_least=False, peer=[small["cost"]], peer_name=f"the same beside {SMALL:,}",
               note=f"processor time of monitoring; RssAnon behind it {large['memory']:.1f} MB, "
                    f"beside {SMALL:,} {small['memory']:.1f} MB"),
        Figure("scale_ready", f"start to ready {of}, the slowest", "ms",
               [max(large["ready"].values())], 1_000, at_least=False,
               note=", ".join(f"{name} {value:.0f}" for name, value in large["ready"].items())),
    ]
    return figures + [
        Figure(f"scale_{name}", f"{name} {of}, p50 of the slowest filter", "ms", [value], 5,
               at_least=False, note=f"beside {SMALL:,} {small['lists'][name]:.2f} ms")
        for name, value in large["lists"].items()
    ]
