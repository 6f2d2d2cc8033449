"""Services killed under calls that go over trunks from the gateway."""

import collections
import itertools
import threading
import time

from audit import check_feed, subjects
from client import Client, Refused
from house import house as new_house
from mainjob import CHANGE_ITEM, PERSON, MainJob

CALLERS = 12


def request(key: str) -> dict:
    """An application of somebody whom no other one is for."""
    return {"itemCode": CHANGE_ITEM, "applicant": PERSON | {"name": key}}


class Callers:
    """Callers who submit applications, each call with its key until it is answered by 200."""

    def __init__(self, job: MainJob):
        self.portal, self.stop = job.portal(), threading.Event()
        self.lock, self.heard, self.answers, self.faults = threading.Lock(), [], {}, []
        self.threads = [threading.Thread(target=self.run, args=[n]) for n in range(CALLERS)]

    def run(self, number: int) -> None:
        try:
            client = Client(self.portal.url, headers=self.portal.headers)
            for turn in itertools.count():
                if self.stop.is_set():
                    return
                self.submit(client, f"trunk-{number}-{turn}")
        except Exception as error:  # noqa: BLE001  told by the test
            self.faults.append(f"{type(error).__name__}: {error}")

    def submit(self, client: Client, key: str) -> None:
        """Asks with one key until the answer is 200."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                answer = client.call("IntakeService/SubmitApplication", request(key), key=key)
            except Refused as refused:
                heard = (refused.status, refused.code, refused.reason)
            else:
                heard = (200, "", "")
            with self.lock:
                self.heard.append(heard)
                if heard[0] == 200:
                    self.answers[key] = answer
                    return
            time.sleep(0.05)
        raise TimeoutError(f"{key} was not answered by 200")

    def __enter__(self) -> "Callers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def so_far(self) -> int:
        with self.lock:
            return len(self.answers)


def test_a_service_killed_under_calls_leaves_nobody_without_an_answer():
    """Calls share a stream, and all of them end with it: each is told so, none happens twice."""
    with new_house() as house:
        job = MainJob(house)
        job.import_catalogue()
        with Callers(job) as callers:
            for _ in range(5):
                before = callers.so_far()
                # Again under calls after each start.
                job.wait(lambda b=before: callers.so_far() > b + 3 * CALLERS, "calls", 60)
                assert house.kill("intake")
            before = callers.so_far()
            job.wait(lambda: callers.so_far() > before + 3 * CALLERS, "calls after the last", 60)
        assert not callers.faults, callers.faults
        # Without a connection lost in between: it is not the gateway that was killed.
        heard = collections.Counter(callers.heard)
        may = {(200, "", ""), (503, "unavailable", "SERVICE_UNREACHABLE"),
               (503, "unavailable", "OUTCOME_UNKNOWN")}
        assert set(heard) <= may, heard
        assert sum(count for what, count in heard.items() if what[0] != 200) > 0, heard
        # Each key took effect once: as many applications as keys, with the receipts told.
        for key, answer in callers.answers.items():
            again = job.portal().call("IntakeService/SubmitApplication", request(key), key=key)
            assert again == answer, key
        numbers = [answer["receipt"]["number"] for answer in callers.answers.values()]
        entries = subjects(check_feed(house.data, "intake"), "ApplicationSubmitted")
        assert len(set(numbers)) == len(numbers) and set(numbers) == set(entries)
        print(f"kill -9: {dict(heard)}, {len(numbers)} applications")
