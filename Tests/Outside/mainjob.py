"""The main job: from the portal's call to the consumer's overdue alert.

Each step is a function that returns what it learned, so that `play.py` shows the same job that
the tests assert.
"""

import json
import time

from client import Client, Refused
from house import DATA, House

CHANGE_ITEM = "11370212MB0193797D4000124001002"  # 公共场所卫生许可(变更): 20 wd, promise 8 wd
REVIEW_ITEM = "11370212MB0201259H4000126001001"  # 环评报告表审批: two departments, expert review
PERSON = {"name": "王小明", "subjectType": "1", "idType": "111",
          "idNumber": "370200190001010011", "phone": "13800000000"}
COMPANY = {"name": "崂山示例有限公司", "subjectType": "2", "idType": "001",
           "idNumber": "91370212MA3C000114", "phone": "0532-88990000"}


def silent(*_):
    """Says nothing."""


class MainJob:
    """Plays the main job against a running house."""

    def __init__(self, house: House, say=silent):
        self.house, self.say = house, say
        self.callers = {}
        self.positions = {}

    # -- callers

    def official(self, role: str, post: str, holder: str = "a") -> Client:
        """The holder of a post."""
        key = (role, post, holder)
        if key not in self.callers:
            subject = f"u-{post.lower()}-{holder}"
            token = self.house.token(role, subject=subject, posts=(post,))
            self.callers[key] = Client(self.house.url, token)
        return self.callers[key]

    @property
    def anybody(self) -> Client:
        """Somebody without a token."""
        return Client(self.house.url)

    @property
    def consumer(self) -> Client:
        """A service that reads alerts."""
        if "consumer" not in self.callers:
            token = self.house.token("consumer", subject="alert-desk")
            self.callers["consumer"] = Client(self.house.url, token)
        return self.callers["consumer"]

    def portal(self) -> Client:
        """A portal with its key, registered once."""
        if "portal" not in self.callers:
            operator = Client(self.house.url, self.house.token("operator", subject="op"))
            answer = operator.call(
                "GatewayService/RegisterPortal",
                {"name": "qingdao-portal", "callsPerSecond": 10000},
            )
            self.callers["portal"] = Client(
                self.house.url, headers={"onedoor-portal-key": answer["portalKey"]}
            )
        return self.callers["portal"]

    # -- 1

    def import_catalogue(self) -> dict:
        """Catalogue and calendar come in by one person and are published by another."""
        editor = self.house.token("catalogue_editor", subject="u-e01-a", posts=("E01",))
        approver = self.house.token("catalogue_approver", subject="u-v01-a", posts=("V01",))
        for what, path in (("calendar", DATA / "calendar" / "work-calendar.json"),
                           ("catalogue", DATA / "catalogue")):
            self.say(self.house.run(
                what, "import", *([str(path)] if path.is_file() else map(str, sorted(
                    path.glob("*.json")))),
                "--gateway", self.house.url, "--token", editor, "--publish-token", approver,
            ).strip())
        return self.wait(lambda: self.catalogue_arrived(), "the catalogue to arrive everywhere")

    def catalogue_arrived(self):
        """Whether every follower has the last item: a draft for it can be made."""
        try:
            self.portal().call("IntakeService/CreateDraft",
                               {"itemCode": CHANGE_ITEM, "applicant": PERSON})
            self.portal().call("IntakeService/CreateDraft",
                               {"itemCode": REVIEW_ITEM, "applicant": COMPANY})
            return True
        except Refused as refused:
            if refused.reason in ("UNKNOWN_ITEM", "CALENDAR_MISSING", "NOT_FOUND"):
                return None
            raise

    def wait(self, probe, what: str, deadline: float = 20):
        """Asks again until there is an answer: feeds need a moment to arrive."""
        end = time.monotonic() + deadline
        while True:
            answer = probe()
            if answer:
                return answer
            if time.monotonic() > end:
                raise AssertionError(f"waited {deadline} s for {what}")
            time.sleep(0.02)

    # -- 2 and 3

    def submit(self, item: str, applicant: dict, materials: list[str]) -> dict:
        """The portal uploads files and submits; answers the receipt."""
        portal = self.portal()
        attached = []
        for code in materials:
            data = b"%PDF-1.4\n" + f"{code} of {applicant['name']} for {item}\n".encode() * 1000
            digest = portal.upload(data, "application/pdf")
            attached.append({"materialCode": code, "sha256": digest, "fileName": f"{code}.pdf",
                             "mediaType": "application/pdf"})
        draft = portal.call("IntakeService/CreateDraft",
                            {"itemCode": item, "applicant": applicant})["application"]
        for material in attached:
            portal.call("IntakeService/AttachMaterial",
                        {"number": draft["number"], "material": material})
        return portal.call("IntakeService/SubmitApplication",
                           {"draftId": draft["number"]})["receipt"]

    def correct(self, number: str, code: str) -> dict:
        """The clerk's one complete notice, and the applicant's answer."""
        clerk = self.official("clerk", "K06")
        clerk.call("IntakeService/ReceiveApplication", {"number": number})
        notice = clerk.call("IntakeService/RequestCorrection", {
            "number": number,
            "gaps": [{"materialCode": code, "demand": "请补交原许可证"}],
        })["notice"]
        digest = self.portal().upload(b"%PDF-1.4\n" + b"the missing paper " * 100, "application/pdf")
        supplied = self.portal().call("IntakeService/SupplyCorrection", {
            "number": number,
            "materials": [{"materialCode": code, "sha256": digest, "fileName": "x.pdf",
                           "mediaType": "application/pdf"}],
        })
        return {"notice": notice, "supplied": supplied}

    def at_the_window(self, item: str) -> dict:
        """Somebody comes by ticket; answers the receipt and the ticket."""
        clerk = self.official("clerk", "K06")
        ticket = self.anybody.call("QueueService/TakeTicket", {
            "itemCode": item, "idNumber": PERSON["idNumber"],
        })["ticket"]
        clerk.call("QueueService/OpenWindow", {"windowCode": "W06"})
        called = clerk.call("QueueService/CallNext", {"windowCode": "W06"})["ticket"]
        clerk.call("QueueService/StartService", {"ticketId": called["id"]})
        receipt = clerk.call("IntakeService/ReceiveApplication", {
            "itemCode": item, "applicant": PERSON, "ticketId": ticket["id"],
            "materials": [{"materialCode": code} for code in ("M01", "M02", "M03", "M04")],
        })["receipt"]
        clerk.call("QueueService/FinishService", {"ticketId": called["id"]})
        return {"receipt": receipt, "ticket": ticket, "called": called}

    def accept(self, number: str, post: str) -> dict:
        """The clerk accepts."""
        return self.official("clerk", post).call(
            "IntakeService/AcceptApplication", {"number": number}
        )

    def track(self, receipt: dict) -> dict:
        """Anybody with number and query code."""
        return self.anybody.call("IntakeService/TrackApplication", {
            "number": receipt["number"], "queryCode": receipt["queryCode"],
        })

    # -- 4

    def case(self, number: str) -> dict:
        """The case, once approval has opened it."""
        def probe():
            try:
                return self.official("chief", "C026").call(
                    "ApprovalService/GetCase", {"number": number})["case"]
            except Refused as refused:
                if refused.reason != "NOT_FOUND":
                    raise
                return None
        return self.wait(probe, f"case {number} to be opened")

    def task(self, number: str, code: str) -> dict:
        """A task of a case."""
        return next(t for t in self.case(number)["tasks"] if t["taskCode"] == code)

    def opinion(self, number: str, code: str, role: str, post: str) -> dict:
        """The holder of a post claims a task and agrees."""
        task = self.task(number, code)
        official = self.official(role, post)
        official.call("ApprovalService/Claim", {"taskId": task["id"]})
        return official.call("ApprovalService/RecordOpinion", {
            "taskId": task["id"], "answer": "ANSWER_AGREE", "opinion": "符合条件",
        })["task"]

    def decide(self, number: str, post: str) -> dict:
        """The chief representative grants."""
        return self.official("chief", post).call(
            "ApprovalService/Decide", {"number": number, "granted": True}
        )["case"]

    def hand_over(self, number: str, id_suffix: str) -> dict:
        """Certificate and delivery."""
        desk = self.official("certificate_desk", "Z01")
        certificate = desk.call("ApprovalService/IssueCertificate", {"number": number})
        delivery = desk.call("ApprovalService/DeliverResult", {
            "number": number, "method": "DELIVERY_METHOD_WINDOW",
            "collectorIdSuffix": id_suffix,
        })
        return {"certificate": certificate["certificate"], "delivery": delivery["delivery"]}

    def rate(self, receipt: dict) -> dict:
        """The applicant rates, once queueing knows of the decision."""
        def probe():
            try:
                return self.anybody.call("RatingService/Rate", {
                    "caseNumber": receipt["number"], "queryCode": receipt["queryCode"],
                    "satisfaction": "SATISFACTION_VERY_SATISFIED",
                })
            except Refused as refused:
                if refused.reason not in ("NOT_FOUND", "NOT_YET"):
                    raise
                return None
        return self.wait(probe, "the case to be ratable")

    # -- 5 and 6

    def alerts(self, cursor: str = "", *, number: str = "") -> list[dict]:
        """All alerts behind a cursor, of one case if named."""
        found = []
        while True:
            page = self.consumer.call("AlertService/ReadAlerts", {"cursor": cursor})
            found += page.get("alerts", [])
            cursor = page["cursor"]
            if not page.get("more"):
                return [a for a in found if not number or a["subject"] == number]

    def statistics(self, start: str, end: str) -> dict:
        """The figures of a period."""
        return self.official("hall_manager", "M01").call(
            "MonitoringService/GetStatistics", {"from": start, "to": end}
        )


def pretty(value) -> str:
    """JSON for a reader."""
    return json.dumps(value, ensure_ascii=False, indent=2)
