"""Services are killed by their process and restarted by the engine, one by one, under load: what
was acknowledged is there exactly once, alerts are neither lost nor doubled."""

import pathlib
import random
import shutil
import tempfile
import time

import pytest

from composition import SERVICES, Composition
from audit import FOLLOWS, one
from ledger import Account
from test_kill import (  # noqa: F401
    AFTER, LEAST_CALLERS, LEAST_CALLS, Run, test_a_repeat_is_answered_as_the_first_time,
    test_alerts_are_neither_lost_nor_doubled, test_every_acknowledged_call_is_there_exactly_once,
    test_the_stores_are_whole_and_the_alerts_as_predicted,
)

KILLED = ["2026-09-15", "2026-09-16", "2026-09-17", "2026-09-18", "2026-09-21", "2026-09-22"]


class ComposedHouse(Composition):
    """A composition that can be stopped as a house can."""

    def stop(self) -> int:
        """Stops all; 0 if each ended in good order."""
        self.compose("stop")
        return max(self.inspect(service)["State"]["ExitCode"] for service in SERVICES)


class ComposedRun(Run):
    """A composition under load."""

    def kill_in_turn(self) -> None:
        """Kills each service once; the engine starts it again."""
        for service, day in zip(self.random.sample(SERVICES, len(SERVICES)), KILLED):
            time.sleep(self.random.uniform(0.8, 1.5))
            killed = self.house.kill(service)
            assert killed
            self.kills[service] += 1
            self.job.wait(lambda: self.house.pid(service) not in (0, killed), f"{service} again", 30)
            # Timers wait some seconds for a neighbour that is down, not for ever (ADR 16): the day
            # ends when all have heard of what happened in it.
            self.house.wait_healthy([service])
            self.wait_heard()
            self.restart_follower()
            self.advance(day)
        self.restarts = {s: self.house.inspect(s)["RestartCount"] for s in SERVICES}

    def wait_heard(self) -> None:
        """Waits until each follower has reached what its upstreams have published by now."""
        data = self.house.data
        heads = {s: one(data, s, "SELECT coalesce(max(position), 0) FROM feed") for s in SERVICES}

        def heard() -> bool:
            return all(one(data, follower, "SELECT coalesce(max(position), 0) FROM feed_cursor "
                           "WHERE upstream = ?", upstream) >= heads[upstream]
                       for follower in SERVICES for upstream in FOLLOWS[follower])
        self.job.wait(heard, "all to have heard of all", 60)

    def restart_in_turn(self) -> None:
        """Restarts each service as an operator would."""
        for service in self.random.sample(SERVICES, len(SERVICES)):
            self.house.compose("restart", service)
            self.house.wait_healthy([service])


@pytest.fixture(scope="module")
def run():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onedoor-compose-", dir="/var/tmp"))
    house = ComposedHouse(folder, "faults", port=8444, settings={
        "ONEDOOR_CALLS_SOURCE": "10000", "ONEDOOR_CALLS_SUBJECT": "10000"})
    run = None
    try:
        house.prepare()
        house.up()
        house.wait_healthy()
        house.link()
        run = ComposedRun(house, folder, random.SystemRandom().randrange(10000))
        print(f"seed {run.seed}")
        run.prepare()
        run.start()
        time.sleep(2)
        begin = time.time()
        run.kill_in_turn()
        run.span = (begin, time.time())
        run.restart_in_turn()
        run.end_load()
        run.settle()
        for day in AFTER:
            run.advance(day)
            run.settle()
        run.account = Account(run.ledger)
        yield run
    finally:
        if run:
            run.close()
        house.down()
        shutil.rmtree(folder, ignore_errors=True)


def test_each_service_was_killed_and_restarted_under_load(run):
    account = run.account
    assert account.faults == []
    assert run.kills == {service: 1 for service in SERVICES}
    # Once by the engine after the kill, and not again and again.
    assert run.restarts == run.kills
    begin, end = (int(moment) for moment in run.span)
    calls = sum(account.seconds[second] for second in range(begin, end)) / (end - begin)
    callers = set().union(*(account.callers[second] for second in range(begin, end)))
    assert calls >= LEAST_CALLS and len(callers) >= LEAST_CALLERS
