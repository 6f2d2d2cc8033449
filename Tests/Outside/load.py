"""The load of a test under faults: callers that behave as good clients do.

Each caller keeps one connection. Before a write it tells the ledger what it is about to ask;
where no answer comes, or `unavailable`, it asks again with the same key until it is answered.

    python load.py call SETTINGS.json PROCESS      callers, until standard input ends
    python load.py follow SETTINGS.json [CURSOR]   a consumer that follows the alerts
"""

import http.client
import json
import pathlib
import random
import sys
import threading
import time

from client import PACKAGES, Client, Refused, connect
from ledger import Pen
from mainjob import CHANGE_ITEM, PERSON

PACE = 0.1  # seconds from one turn of a caller to the next
PATIENCE = 60  # seconds until a call counts as lost for good
MATERIALS = [{"materialCode": code} for code in ("M01", "M02", "M03", "M04")]


class Lost(Exception):
    """A call that nobody answered within the patience."""


class Caller(threading.Thread):
    """One caller: a connection, a random mix of calls, and the cases that it looks after."""

    def __init__(self, settings: dict, number: int, stop: threading.Event):
        super().__init__(name=f"caller-{number}")
        self.settings, self.number, self.stop = settings, number, stop
        self.random = random.Random(settings["seed"] * 1000 + number)
        self.connection = None
        self.pen = Pen(settings["ledger"])
        self.keys, self.cursor, self.consumer, self.edits = 0, "", "", 0
        self.cases, self.receipts = [], []
        self.second, self.answered, self.lost = 0, 0, 0

    # -- turns

    def run(self) -> None:
        acts = {
            self.look_after: 30, self.track: 18, self.apply: 2, self.at_window: 1.5,
            self.ticket: 10, self.browse: 12, self.departments: 4, self.hall: 5,
            self.who_am_i: 4, self.refusals: 4, self.list_own: 3, self.alerts: 5,
            self.portal: 0.3, self.edit: 1.5 if self.number in self.settings["items"] else 0,
        }
        acts, weights = list(acts), list(acts.values())
        try:
            self.register()
            while not self.stop.is_set():
                begin = time.monotonic()
                self.random.choices(acts, weights)[0]()
                self.stop.wait(max(0, PACE - (time.monotonic() - begin)))
        except Exception as error:  # told to the test by the ledger
            self.pen.write("fault", caller=self.number, error=f"{type(error).__name__}: {error}")
        self.tally(time.time() + 10)

    def apply(self) -> None:
        receipt = self.write("IntakeService/SubmitApplication", "portal",
                             {"itemCode": CHANGE_ITEM, "applicant": self.applicant()})
        self.opened(receipt, "submitted")

    def at_window(self) -> None:
        receipt = self.write(
            "IntakeService/ReceiveApplication", "clerk",
            {"itemCode": CHANGE_ITEM, "applicant": self.applicant(), "materials": MATERIALS})
        self.opened(receipt, "received")

    def opened(self, answer: dict | None, state: str) -> None:
        if answer:
            receipt = answer["receipt"]
            self.receipts.append(receipt)
            steps = self.random.choice([0, 1, 1, 2, 3, 9])
            self.cases.append({"number": receipt["number"], "state": state, "steps": steps})

    def look_after(self) -> None:
        """Takes the oldest case one step on; most are left lying on the way."""
        if not self.cases:
            return
        case = self.cases.pop(0)
        if case["steps"] <= 0:
            return
        if getattr(self, "when_" + case["state"])(case):
            case["steps"] -= 1
        if case["state"] != "decided":
            self.cases.append(case)

    def when_submitted(self, case: dict) -> bool:
        if self.random.random() < 0.5:
            self.write("IntakeService/ReceiveApplication", "clerk", {"number": case["number"]})
            case["state"] = "received"
            return False
        return self.when_received(case)

    def when_received(self, case: dict) -> bool:
        answer = self.write("IntakeService/AcceptApplication", "clerk",
                            {"number": case["number"]})
        case["state"] = "accepted" if answer else "decided"
        return True

    def when_accepted(self, case: dict) -> bool:
        if self.work(case, "T1", "handler"):
            case["state"] = "handled"
            return True
        return False

    def when_handled(self, case: dict) -> bool:
        if self.work(case, "T2", "reviewer"):
            self.write("ApprovalService/Decide", "chief",
                       {"number": case["number"], "granted": True})
            case["state"] = "decided"
            return True
        return False

    def work(self, case: dict, code: str, who: str) -> bool:
        """Claims a task and agrees; false while approval has not heard of the case."""
        found = self.read("ApprovalService/GetCase", who, {"number": case["number"]},
                          may=("NOT_FOUND",))
        task = next((t for t in (found or {}).get("case", {}).get("tasks", [])
                     if t["taskCode"] == code), None)
        if task is None:
            return False
        self.write("ApprovalService/Claim", who, {"taskId": task["id"]})
        self.write("ApprovalService/RecordOpinion", who, {
            "taskId": task["id"], "answer": "ANSWER_AGREE", "opinion": "符合条件"})
        return True

    def track(self) -> None:
        if self.receipts:
            receipt = self.random.choice(self.receipts)
            self.read("IntakeService/TrackApplication", "", {
                "number": receipt["number"], "queryCode": receipt["queryCode"]})

    def ticket(self) -> None:
        self.write("QueueService/TakeTicket", "",
                   {"ticketLetter": self.random.choice(self.settings["letters"])})

    def browse(self) -> None:
        if self.random.random() < 0.5:
            self.read("CatalogueService/GetItem", "", {"code": CHANGE_ITEM})
        else:
            self.read("CatalogueService/ListItems", "", {"query": "许可", "page": {"size": 5}})

    def departments(self) -> None:
        self.read("CatalogueService/ListDepartments", "", {})

    def hall(self) -> None:
        self.read("QueueService/GetHallState", "", {})

    def who_am_i(self) -> None:
        self.read("GatewayService/WhoAmI", "clerk", {})

    def refusals(self) -> None:
        self.read("GatewayService/ListRefusedAttempts", "operator", {})

    def list_own(self) -> None:
        self.read("IntakeService/ListApplications", "manager", {"page": {"size": 5}})

    def register(self) -> None:
        self.consumer = f"reader-{self.number}"
        self.write("AlertService/RegisterConsumer", "consumer", {"name": self.consumer})

    def alerts(self) -> None:
        page = self.read("AlertService/ReadAlerts", "consumer",
                         {"cursor": self.cursor, "limit": 20})
        self.cursor = page["cursor"]
        self.write("AlertService/CommitCursor", "consumer",
                   {"consumer": self.consumer, "cursor": self.cursor})

    def portal(self) -> None:
        self.keys += 1
        self.write("GatewayService/RegisterPortal", "operator",
                   {"name": f"portal-{self.number}-{self.keys}", "callsPerSecond": 10})

    def edit(self) -> None:
        """Brings out a new version of an item that is this caller's alone."""
        self.edits += 1
        item = self.settings["items"][self.number]
        item["conditions"] = f"第{self.edits}版"
        answer = self.write("CatalogueService/ImportCatalogue", "editor",
                            {"file": {"source": "edit", "items": [item]}})
        self.write("CatalogueService/Publish", "approver", {"importId": answer["importId"]})

    def applicant(self) -> dict:
        return PERSON | {"name": f"测试{self.number}之{self.keys + 1}"}

    # -- calls

    def write(self, method: str, who: str, request: dict) -> dict | None:
        """A write, once in effect however often it is asked; None if it was refused."""
        self.keys += 1
        key = f"k{self.number}-{self.keys}"
        self.pen.write("intent", key=key, method=method, who=who, request=request)
        status, body, tries = self.ask(method, who, request, key)
        answer = json.loads(body)
        if status != 200:
            self.pen.write("refused", key=key, method=method, status=status, answer=answer,
                           tries=tries)
            return None
        self.pen.write("acknowledged", key=key, answer=answer, tries=tries)
        # What came by a second try, and some others: asked once more it is the same answer.
        if tries > 1 or self.random.random() < 0.05:
            again = self.ask(method, who, request, key)
            assert again[:2] == (status, body), f"{key} {method}: {body!r} then {again!r}"
            self.pen.write("checked", key=key)
        return answer

    def read(self, method: str, who: str, request: dict, may: tuple = ()) -> dict | None:
        """A read; None if it was refused for a reason that it may be."""
        status, body, _ = self.ask(method, who, request, "")
        answer = json.loads(body)
        if status == 200:
            return answer
        reason = (answer.get("details") or [{}])[0].get("debug", {}).get("reason", "")
        assert reason in may, f"{method} {request}: {status} {body!r}"
        return None

    def ask(self, method: str, who: str, request: dict, key: str) -> tuple[int, bytes, int]:
        """Asks until there is an answer: status, body, tries."""
        service = method.split("/")[0]
        path = f"/onedoor.{PACKAGES[service]}.v1.{method}"
        fields = {"content-type": "application/json", **self.settings["headers"][who]}
        if key:
            fields["idempotency-key"] = key
        body = json.dumps(request).encode()
        tries, end = 0, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            tries += 1
            try:
                if self.connection is None:
                    self.connection = connect(self.settings["url"], 20)
                self.connection.request("POST", path, body, fields)
                response = self.connection.getresponse()
                answered = response.read()
            except (OSError, http.client.HTTPException):
                self.lost += 1
                self.connection.close()
                self.connection = None
            else:
                # Only what the contract calls unavailable is asked again.
                if response.status not in (503, 504):
                    self.answered += 1
                    self.tally(time.time())
                    return response.status, answered, tries
            time.sleep(min(0.05 * tries, 0.5) * self.random.uniform(0.5, 1))
        raise Lost(f"{method} {key} after {tries} tries")

    def tally(self, now: float) -> None:
        """Tells the ledger, once a second, how many answers came."""
        if int(now) != self.second:
            if self.second:
                self.pen.write("tally", caller=self.number, second=self.second,
                               answered=self.answered, lost=self.lost)
            self.second, self.answered, self.lost = int(now), 0, 0


def follow(settings: dict, cursor: str) -> None:
    """A consumer that writes down what it deals with, then commits; killed and started again,
    it first commits what it dealt with last, so that nothing comes twice."""
    pen = Pen(settings["ledger"])
    client = Client(settings["url"], headers=settings["headers"]["consumer"])
    name, dealt = settings["follower"], cursor
    while True:
        try:
            if dealt:
                client.call("AlertService/CommitCursor", {"consumer": name, "cursor": dealt})
            count = 0
            for message in client.follow("AlertService/FollowAlerts", {"consumer": name}):
                if alerts := message.get("alerts"):
                    dealt = message["cursor"]
                    pen.write("seen", ids=[a["id"] for a in alerts], cursor=dealt)
                    count += 1
                    if count % 100 == 0:
                        client.call("AlertService/CommitCursor",
                                    {"consumer": name, "cursor": dealt})
        except (OSError, http.client.HTTPException, Refused) as error:
            if isinstance(error, Refused) and error.code not in ("unavailable",
                                                                 "deadline_exceeded") \
                    and error.reason != "CONSUMER_BUSY":
                pen.write("fault", caller="follower", error=str(error))
            time.sleep(0.2)


def main() -> None:
    settings = json.loads(pathlib.Path(sys.argv[2]).read_text("utf-8"))
    if sys.argv[1] == "follow":
        follow(settings, sys.argv[3] if len(sys.argv) > 3 else "")
        return
    settings["items"] = {int(k): v for k, v in settings["items"].items()}
    stop, each = threading.Event(), settings["callers_each"]
    callers = [Caller(settings, int(sys.argv[3]) * each + i, stop) for i in range(each)]
    for caller in callers:
        caller.start()
    sys.stdin.read()
    stop.set()
    for caller in callers:
        caller.join()


if __name__ == "__main__":
    main()
