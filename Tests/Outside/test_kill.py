"""`kill -9` of any of the six services at any instant under load: what was acknowledged is there
exactly once, feeds catch up, alerts are neither lost nor doubled."""

import collections
import datetime
import itertools
import json
import pathlib
import random
import subprocess
import sys
import time

import pytest

from audit import behind, check_feed, predicted, subjects
from client import Client
from house import DATA, SERVICES, house as new_house
from ledger import Account, Ledger
from mainjob import MainJob

ROUNDS = 10
PROCESSES, EACH = 3, 8
LEAST_CALLERS, LEAST_CALLS = 20, 100
WINDOW = 10
HERE = pathlib.Path(__file__).parent
DURING = ["2026-09-15", "2026-09-16", "2026-09-17", "2026-09-18", "2026-09-20", "2026-09-21",
          "2026-09-22", "2026-09-23", "2026-09-24"]
AFTER = ["2026-09-30", "2026-10-09", "2026-10-19", "2026-11-20"]


class Run:
    """A house under load, and what is done to it."""

    def __init__(self, house, folder: pathlib.Path, seed: int):
        self.house, self.job, self.folder, self.seed = house, MainJob(house), folder, seed
        self.ledger, self.processes, self.follower = Ledger(folder), [], None
        self.kills, self.follower_kills = collections.Counter(), 0
        self.settings = folder / "settings.json"
        self.random = random.Random(seed)
        self.now = "2026-09-14"

    def prepare(self) -> None:
        """Catalogue, callers and what they are told."""
        self.job.import_catalogue()
        house = self.house

        def bearer(role: str, subject: str, *posts: str) -> dict:
            token = house.token(role, subject=subject, posts=posts)
            return {"authorization": f"Bearer {token}"}

        items = json.loads((DATA / "catalogue" / "items-licensing.json").read_text("utf-8"))
        windows = json.loads((DATA / "catalogue" / "departments.json").read_text("utf-8"))
        self.headers = {
            "": {}, "portal": self.job.portal().headers,
            "clerk": bearer("clerk", "u-k06-a", "K06"),
            "handler": bearer("handler", "u-h024-a", "H024"),
            "reviewer": bearer("reviewer", "u-r024-a", "R024"),
            "chief": bearer("chief", "u-c024-a", "C024"),
            "manager": bearer("hall_manager", "u-m01-a", "M01"),
            "editor": bearer("catalogue_editor", "u-e01-a", "E01"),
            "approver": bearer("catalogue_approver", "u-v01-a", "V01"),
            "operator": bearer("operator", "op"), "consumer": bearer("consumer", "alert-desk"),
        }
        self.items = dict(enumerate(items["items"][:4]))
        self.settings.write_text(json.dumps({
            "url": house.url, "ledger": self.ledger.socket, "seed": self.seed,
            "headers": self.headers, "callers_each": EACH, "follower": "desk",
            "items": self.items,
            "letters": sorted({w["ticketLetter"] for w in windows["windows"]}),
        }), "utf-8")
        self.client("consumer").call("AlertService/RegisterConsumer", {"name": "desk"})

    def client(self, who: str) -> Client:
        return Client(self.house.url, headers=self.headers[who])

    def start(self) -> None:
        """Starts the load and the consumer."""
        for number in range(PROCESSES):
            self.processes.append(self.child("call", str(number)))
        self.follower = self.child("follow")

    def child(self, what: str, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, str(HERE / "load.py"), what, str(self.settings), *arguments],
            stdin=subprocess.PIPE)

    def kill_all_in_turn(self) -> None:
        """Ten rounds; each kills all six, in another order, at no instant in particular."""
        for number in range(ROUNDS):
            for service in self.random.sample(SERVICES, len(SERVICES)):
                time.sleep(self.random.uniform(1.2, 2.3))
                end = time.monotonic() + 20
                while not self.house.kill(service):
                    assert time.monotonic() < end, f"{service} was not started again"
                    time.sleep(0.01)
                self.kills[service] += 1
            if number % 3 == 1:
                self.restart_follower()
            if number < len(DURING):
                self.advance(DURING[number])

    def restart_follower(self) -> None:
        """Kills the consumer; the next one goes on behind what the ledger saw of it."""
        self.follower.kill()
        self.follower.wait()
        time.sleep(0.2)
        cursor = Account(self.ledger).cursor
        self.follower = self.child("follow", *([cursor] if cursor else []))
        self.follower_kills += 1

    def advance(self, day: str) -> None:
        self.now = day
        self.house.advance(f"{day}T09:00:00+08:00")

    def end_load(self) -> None:
        """Lets each caller finish the call that it is at."""
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            assert process.wait(timeout=90) == 0

    def settle(self, deadline: float = 60) -> None:
        """Waits until all followers have read all, and no timer is due."""
        now = datetime.datetime.fromisoformat(f"{self.now}T09:00:00+08:00")
        end, quiet = time.monotonic() + deadline, 0
        while quiet < 3:
            lags = behind(self.house.data, now)
            quiet = 0 if lags else quiet + 1
            assert time.monotonic() < end, f"after {deadline} s: {lags}\n{self.house.logs()}"
            time.sleep(0.1)

    def close(self) -> None:
        for process in [*self.processes, *filter(None, [self.follower])]:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.ledger.close()


@pytest.fixture(scope="module")
def run():
    with new_house(environment={"ONEDOOR_CALLS_SOURCE": "10000",
                                "ONEDOOR_CALLS_SUBJECT": "10000"}) as house:
        run = Run(house, house.data, random.SystemRandom().randrange(10000))
        print(f"seed {run.seed}")
        try:
            run.prepare()
            run.start()
            time.sleep(2)
            begin = time.time()
            run.kill_all_in_turn()
            run.span = (begin, time.time())
            time.sleep(1)
            run.end_load()
            run.settle()
            for day in AFTER:
                run.advance(day)
                run.settle()
            run.account = Account(run.ledger)
            yield run
        finally:
            run.close()


def test_each_service_was_killed_ten_times_under_load(run):
    account = run.account
    assert account.faults == []
    assert run.kills == {service: ROUNDS for service in SERVICES}
    begin, end = (int(instant) for instant in run.span)
    assert end - begin > WINDOW
    for start in range(begin + 1, end - WINDOW, WINDOW // 2):
        window = range(start, start + WINDOW)
        calls = sum(account.seconds[second] for second in window) / WINDOW
        callers = set().union(*(account.callers[second] for second in window))
        assert calls >= LEAST_CALLS and len(callers) >= LEAST_CALLERS, (start - begin, calls)


def test_every_acknowledged_call_is_there_exactly_once(run):
    account = run.account
    # All that was asked was answered, and refused only where time had accepted in silence.
    assert len(account.acknowledged) + len(account.refused) == len(account.intents)
    deemed = deemed_numbers(run)
    for refusal in account.refused:
        assert refusal["answer"]["details"][0]["debug"]["reason"] == "WRONG_STATE", refusal
        assert account.intents[refusal["key"]]["request"]["number"] in deemed, refusal
    receipts = opened(account)
    numbers = [receipt["number"] for receipt in receipts]
    assert len(numbers) == len(set(numbers)) > 50
    listed = [a for a in everything(run.client("manager"), "IntakeService/ListApplications",
                                    "applications") if "number" in a]
    assert collections.Counter(a["number"] for a in listed) == collections.Counter(numbers)
    anybody = run.client("")
    for receipt in receipts:
        tracked = anybody.call("IntakeService/TrackApplication", {
            "number": receipt["number"], "queryCode": receipt["queryCode"]})
        assert tracked["number"] == receipt["number"]
    run.cases = {number: run.client("chief").call("ApprovalService/GetCase", {"number": number})
                 ["case"] for number in numbers}
    for request, answer in account.answers("IntakeService/AcceptApplication"):
        case = run.cases[request["number"]]
        assert case["acceptedOn"] == answer["receipt"]["acceptedOn"]
    decided = account.answers("ApprovalService/Decide")
    assert decided
    for request, answer in decided:
        case = run.cases[request["number"]]
        assert case["state"] == "CASE_STATE_GRANTED"
        assert case["decision"] == answer["case"]["decision"]
    tasks = {task["id"]: task for case in run.cases.values() for task in case["tasks"]}
    for request, answer in account.answers("ApprovalService/RecordOpinion"):
        assert tasks[request["taskId"]] == answer["task"]
    tickets = [answer["ticket"] for _, answer in account.answers("QueueService/TakeTicket")]
    assert len(tickets) > 100
    assert len({ticket["id"] for ticket in tickets}) == len(tickets)
    per_day = [(t["ticketLetter"], t["takenAt"][:10], t["number"]) for t in tickets]
    assert len(set(per_day)) == len(tickets)
    for _, answer in account.answers("GatewayService/RegisterPortal"):
        Client(run.house.url, headers={"onedoor-portal-key": answer["portalKey"]}).call(
            "GatewayService/WhoAmI")
    published = collections.Counter(
        account.intents[key]["key"].split("-")[0] for key in account.acknowledged
        if account.intents[key]["method"] == "CatalogueService/Publish")
    assert published
    for number, item in run.items.items():
        answer = anybody.call("CatalogueService/GetItem", {"code": item["code"]})
        assert int(answer["item"]["version"]) == 1 + published[f"k{number}"]


def test_a_repeat_is_answered_as_the_first_time(run):
    sample = run.random.sample(sorted(run.account.acknowledged), 200)
    for key in sample:
        intent = run.account.intents[key]
        answer = run.client(intent["who"]).call(intent["method"], intent["request"], key=key)
        assert answer == run.account.acknowledged[key]["answer"], intent
    assert run.account.repeats > 0 and run.account.checked > 0


def test_alerts_are_neither_lost_nor_doubled(run):
    alerts = run.job.alerts()
    ids = [alert["id"] for alert in alerts]
    assert len(ids) == len(set(ids))
    run.job.wait(lambda: len(Account(run.ledger).seen) >= len(ids), "the consumer", 60)
    seen = Account(run.ledger).seen
    assert len(seen) == len(set(seen)) and set(seen) == set(ids)
    run.alerts = alerts
    assert run.follower_kills >= 3


def test_the_stores_are_whole_and_the_alerts_as_predicted(run):
    """The last: it stops the house, and reads the stores when nobody writes."""
    assert run.house.stop() == 0
    feeds = {service: check_feed(run.house.data, service) for service in SERVICES}
    account = run.account
    taken = subjects(feeds["queueing"], "TicketTaken")
    assert len(taken) == len(account.answers("QueueService/TakeTicket"))
    accepted = subjects(feeds["intake"], "ApplicationAccepted")
    assert set(accepted) == set(run.cases) == set(subjects(feeds["approval"], "CaseOpened"))
    decided = subjects(feeds["approval"], "CaseDecided")
    assert set(decided) == {request["number"]
                            for request, _ in account.answers("ApprovalService/Decide")}
    must, may = {}, set()
    for receipt in opened(account):
        number = receipt["number"]
        received = datetime.datetime.fromisoformat(receipt["receivedAt"])
        more = predicted(run.cases[number], received, accepted[number], decided.get(number))
        must |= more[0]
        may |= more[1]
    now = datetime.datetime.fromisoformat(f"{run.now}T09:00:00+08:00")
    must = {i: at for i, at in must.items() if at[0] <= min(at[1], now)}
    raised = {a["id"]: a for a in run.alerts if a["level"] != "ALERT_LEVEL_CLEARED"}
    lost = sorted(set(must) - set(raised) - may)
    extra = sorted(set(raised) - set(must) - may)
    assert lost == [] and extra == [], (len(lost), lost[:5], len(extra), extra[:5])
    for alert_id in set(must) & set(raised):
        assert datetime.datetime.fromisoformat(raised[alert_id]["time"]) == must[alert_id][0]
    # What ended is cleared once, what runs is not.
    cleared = list(itertools.chain.from_iterable(
        a["clearedIds"] for a in run.alerts if a["level"] == "ALERT_LEVEL_CLEARED"))
    assert len(cleared) == len(set(cleared))
    ended = {i for i, (_, end) in must.items() if end < now}
    assert ended & set(raised) <= set(cleared) <= ended | may
    say(run, len(raised), len(cleared))


def opened(account: Account) -> list[dict]:
    """The receipts of all applications, of either way in."""
    online = account.answers("IntakeService/SubmitApplication")
    window = [(request, answer) for request, answer
              in account.answers("IntakeService/ReceiveApplication") if "number" not in request]
    return [answer["receipt"] for _, answer in online + window]


def deemed_numbers(run: Run) -> set[str]:
    """The applications that time accepted in silence."""
    return {a["number"] for a in everything(run.client("manager"),
                                            "IntakeService/ListApplications", "applications")
            if a.get("deemedAccepted")}


def everything(client: Client, method: str, what: str) -> list[dict]:
    """All pages of a list."""
    found, token = [], ""
    while True:
        page = client.call(method, {"page": {"size": 500, "token": token}})
        found += page.get(what, [])
        token = page.get("nextPageToken", "")
        if not token:
            return found


def say(run: Run, raised: int, cleared: int) -> None:
    """One line of figures."""
    account, (begin, end) = run.account, (int(instant) for instant in run.span)
    calls = sum(account.seconds[second] for second in range(begin, end)) / (end - begin)
    print(f"\nkill -9: {sum(run.kills.values())} kills, {min(run.kills.values())} or more of each "
          f"service, in {end - begin} s; {PROCESSES * EACH} callers, {calls:.0f} calls/s; "
          f"{len(account.acknowledged)} writes acknowledged, {account.repeats} repeats, "
          f"{account.connections_lost} connections lost; {len(opened(account))} applications, "
          f"{raised} alerts, {cleared} cleared; consumer killed {run.follower_kills} times")
