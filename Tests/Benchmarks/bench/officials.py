"""The two comparisons of officials' writes: AcceptApplication and RecordOpinion.

Each call needs an application or a task of its own, so a turn is so many calls and not so many
seconds, and what a turn takes was prepared before.
"""

import shutil
import sqlite3

from . import stage as staging
from . import tools, wire
from .report import Figure
from .tools import SCRATCH

ACCEPT = "/onedoor.intake.v1.IntakeService/AcceptApplication"
OPINION = "/onedoor.approval.v1.ApprovalService/RecordOpinion"
CLERKS = 16
# 公共场所卫生许可(变更): one handling task first, of the post H024.
ITEM, HANDLER = "11370212MB0193797D4000124001002", "H024"
MOST = 3_000
A_COMMIT = 100

# What Sources/Intake/Store/Applications.swift and Sources/Approval/Store set.
ACCEPTED = ("number,item_version,department_code,state,ticket_id,received_at,receipt_start,"
            "receipt_due,notified_on,answer_by,completed_on,accepted_on,accepted_by,deemed,"
            "promise_due,legal_due,provisional,decided_on,certificate_number,reason,stamp,revision")
TASK_DONE = ("state,due_on,held_until,claimed_by,on_behalf_of,answer,opinion,done_at,revision,"
             "stamp")
CASE_MOVED = ("state,stage_code,legal_due_on,promise_due_on,legal_held_until,"
              "promise_held_until,provisional,revision")


def tokens(stage, role: str, subjects, posts=()) -> list:
    """The load generator's options for officials."""
    path = SCRATCH / f"tokens-{role}"
    path.write_text("".join(
        f"Bearer {stage.house.token(role, subject=subject, posts=posts)}\n"
        for subject in subjects), encoding="utf-8")
    return ["-H", "content-type:application/proto", "-R", f"authorization:{path}"]


class Turns:
    """Turns of one call each with bodies that are used once."""

    def __init__(self, stage, run, path: str, bodies: list[bytes], callers: list):
        self.stage, self.path, self.callers = stage, path, callers
        self.bodies, self.taken = bodies, 0
        self.calls = min(MOST, len(bodies) // (run.rounds + 1) // A_COMMIT * A_COMMIT)
        if self.calls == 0:
            raise RuntimeError(f"too little prepared for {path}")

    def turn(self) -> dict:
        """The next calls, and the wait until the followers have caught up."""
        body = tools.write_records(
            SCRATCH / "official", self.bodies[self.taken:self.taken + self.calls])
        self.taken += self.calls
        self.stage.serial += 1
        answer = tools.load(self.stage.house.port, self.path, 60, *self.callers, "-b", body,
                            "-n", self.calls, "-k", f"o{self.stage.serial}",
                            streams=("-c8", "-m32"))
        if answer["done"] != self.calls:
            raise RuntimeError(f"{self.path}: {answer}")
        self.stage.quiet()
        return answer


def copy_of(stage, service: str):
    """A copy of a service's store, with its log brought in."""
    source = next(path for path in stage.folder.rglob(f"{service}*.sqlite"))
    copy = SCRATCH / f"{service}-officials.sqlite"
    for ending in ("", "-wal", "-shm"):
        (copy.parent / f"{copy.name}{ending}").unlink(missing_ok=True)
        log = source.parent / f"{source.name}{ending}"
        if ending != "-shm" and log.exists():
            shutil.copy(log, f"{copy}{ending}")
    with sqlite3.connect(copy) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()
    return copy


def newest(table: str, count: int, where: str = "1") -> str:
    """A query of the newest rows of a table, the oldest of them first."""
    return (f"SELECT * FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {where}"
            f" ORDER BY rowid DESC LIMIT {count}) ORDER BY rowid")


def counts(path, tables) -> dict[str, int]:
    """How many rows these tables have."""
    with sqlite3.connect(path) as database:
        found = {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                 for table in tables}
    database.close()
    return found


def compared(run, name: str, label: str, turns: Turns, service: str, updates, inserts) -> Figure:
    """Turns of ours and of the same rows in C; what is inserted is counted from one turn."""
    stage = turns.stage
    before = counts(copy_of(stage, service), inserts)
    cost = stage.cost(turns.turn)
    copy = copy_of(stage, service)
    after = counts(copy, inserts)
    calls = turns.calls
    steps = [f"update|{table}|{newest(table, calls, where)}|{keys}|{columns}"
             for table, where, keys, columns in updates]
    for table in inserts:
        rows = (after[table] - before[table]) // calls
        if rows:
            steps.append(f"insert|{table}|{newest(table, rows * calls)}")

    def peer() -> dict:
        for path in SCRATCH.glob("rows.sqlite*"):
            path.unlink()
        return tools.run_json(SCRATCH / "rows", copy, SCRATCH / "rows.sqlite", calls, A_COMMIT,
                              *steps)

    mine, others = tools.interleaved(run.rounds, turns.turn, peer)
    return Figure(name, label, "calls/s", [turn["per_second"] for turn in mine], 0.3,
                  peer=[turn["per_second"] for turn in others],
                  peer_name=f"bare C, the same {others[0]['rows']} rows, {A_COMMIT} a commit, FULL",
                  note=f"{calls} calls a turn, 256 callers; {cost}")


def accept(run) -> list[Figure]:
    """7. A clerk's acceptance against the same rows written in C."""
    stage = run.filled_stage()
    callers = tokens(stage, "clerk", (f"u-bench-{number}" for number in range(CLERKS)))
    bodies = [wire.text(1, number) for number, _ in stage.numbers]
    turns = Turns(stage, run, ACCEPT, bodies, callers)
    return [compared(
        run, "accept", "durable AcceptApplication", turns, "intake",
        [("application", "accepted_on IS NOT NULL", "hall,id", ACCEPTED)],
        ["feed", "idempotency"])]


def opinion(run) -> list[Figure]:
    """8. A handler's opinion against the same rows written in C."""
    stage = run.filled_stage()
    wanted = min(MOST, 1_500 * (run.rounds + 1)) * 2
    tools.write_records(SCRATCH / "submissions",
                        (wire.submission(ITEM, n) for n in range(staging.BODIES)))
    answers = SCRATCH / "receipts"
    stage.submit(60, "-w", answers, "-n", wanted)
    stage.quiet()
    clerks = tokens(stage, "clerk", (f"u-bench-{number}" for number in range(CLERKS)))
    bodies = [wire.text(1, wire.receipt(record)[0]) for record in tools.read_records(answers)]
    accepting = Turns(stage, run, ACCEPT, bodies, clerks)
    accepting.calls = len(bodies)
    accepting.turn()
    copy = copy_of(stage, "approval")
    with sqlite3.connect(copy) as database:
        ids = [row[0] for row in database.execute(
            "SELECT id FROM task WHERE post_code = ? AND state = 1 ORDER BY id", (HANDLER,))]
    database.close()
    bodies = [wire.text(1, one) + wire.integer(2, 1) + wire.text(3, "同意") for one in ids]
    callers = tokens(stage, "handler", [f"u-{HANDLER.lower()}-a"], posts=(HANDLER,))
    turns = Turns(stage, run, OPINION, bodies, callers)
    return [compared(
        run, "opinion", "durable RecordOpinion", turns, "approval",
        [("task", "state = 3", "hall,id", TASK_DONE),
         ("approval_case", "revision > 1", "hall,number", CASE_MOVED)],
        ["task", "timeline", "timer", "feed", "idempotency"])]
