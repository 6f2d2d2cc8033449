"""The main job, asserted: dates, levels, instants and figures as the handbook has them."""

import threading
import time

import pytest

from client import Refused
from house import house as new_house
from mainjob import CHANGE_ITEM, COMPANY, PERSON, REVIEW_ITEM, MainJob


@pytest.fixture(scope="module")
def job():
    with new_house() as it:
        job = MainJob(it)
        job.import_catalogue()
        yield job


class Follower(threading.Thread):
    """A consumer that follows the stream and commits what it has dealt with."""

    def __init__(self, job: MainJob, name: str):
        super().__init__(daemon=True)
        self.job, self.consumer_name, self.seen, self.stopped = job, name, [], False
        self.error = None

    def run(self):
        try:
            end = time.monotonic() + 30
            while not self.follow(end):
                time.sleep(0.1)
        except Exception as error:  # told to the test that waits
            self.error = error

    def follow(self, end: float) -> bool:
        """Follows until it is stopped; false if another still reads in its name."""
        try:
            for message in self.job.consumer.follow(
                "AlertService/FollowAlerts", {"consumer": self.consumer_name}, timeout=30
            ):
                if self.stopped:
                    return True
                self.seen += message.get("alerts", [])
                self.job.consumer.call("AlertService/CommitCursor", {
                    "consumer": self.consumer_name, "cursor": message["cursor"],
                })
        except Refused as refused:
            # Who hung up just now holds the name until the service has heard of it.
            if refused.reason != "CONSUMER_BUSY" or self.seen or time.monotonic() > end:
                raise
            return False
        raise ConnectionError("the stream ended")


def test_the_main_job(job):
    # 1: the catalogue is there.
    departments = job.anybody.call("CatalogueService/ListDepartments")["departments"]
    assert len(departments) == 33
    items, token = [], ""
    while True:
        page = job.anybody.call("CatalogueService/ListItems",
                                {"page": {"size": 50, "token": token}})
        items += page["items"]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert len(items) == 104 and len({i["code"] for i in items}) == 104
    retired = job.anybody.call("CatalogueService/ListRetired", {"page": {"size": 500}})["items"]
    assert len(retired) == 104
    found = job.anybody.call("CatalogueService/ListItems", {"query": "卫生"})["items"]
    assert CHANGE_ITEM in [i["code"] for i in found]

    # 2: three applications come in, on 2026-09-14.
    whole = job.submit(REVIEW_ITEM, COMPANY, ["M01", "M02"])
    gappy = job.submit(CHANGE_ITEM, PERSON, ["M01", "M03", "M04"])
    corrected = job.correct(gappy["number"], "M02")
    assert [g["materialCode"] for g in corrected["notice"]["gaps"]] == ["M02"]
    assert corrected["supplied"]["complete"] is True
    with pytest.raises(Exception) as second:
        job.official("clerk", "K06").call("IntakeService/RequestCorrection", {
            "number": gappy["number"], "gaps": [{"demand": "又一个"}]})
    assert second.value.reason == "CORRECTION_ALREADY_REQUESTED"
    window = job.at_the_window(CHANGE_ITEM)
    assert window["ticket"]["id"] == window["called"]["id"]

    # 3: accepted, with number, query code and promised date.
    reviewed = job.accept(whole["number"], "K18")
    left = job.accept(window["receipt"]["number"], "K06")
    lying = left["receipt"]
    corrected_too = job.accept(gappy["number"], "K06")["receipt"]
    assert lying["number"] == window["receipt"]["number"]
    assert lying["acceptedOn"] == "2026-09-14"
    assert lying["promiseDueOn"] == "2026-09-23"
    assert left["legal"]["dueOn"] == "2026-10-16"
    tracked = job.track(lying)
    assert tracked["due"]["dueOn"] == "2026-09-23"
    assert tracked["due"].get("summaryZh") and tracked["nextZh"] and tracked["consultPhone"]
    with pytest.raises(Exception) as wrong:
        job.track({"number": lying["number"], "queryCode": "000000"})
    assert wrong.value.reason == "NOT_FOUND"

    # 4: two departments in parallel; the consult branch stays silent.
    number = whole["number"]
    case = job.case(number)
    assert {t["departmentCode"] for t in case["tasks"]} == {"026", "014"}
    first_due = case["promiseDueOn"]
    job.opinion(number, "T1", "handler", "H026")
    consult = job.task(number, "T2")
    assert consult["dueOn"] == "2026-09-17"

    # 5: the consumer registers and follows while the days pass.
    job.consumer.call("AlertService/RegisterConsumer", {"name": "desk"})
    follower = Follower(job, "desk")
    follower.start()

    job.house.advance("2026-09-18T09:00:00+08:00")
    silent = job.wait(
        lambda: (t := job.task(number, "T2"))["state"] == "TASK_STATE_TACIT" and t,
        "the silent branch to be tacit")
    assert silent["answer"] == "ANSWER_AGREE"
    # The case that was corrected is decided on its fourth working day.
    job.finish_quickly(corrected_too["number"])

    handler = job.official("handler", "H026")
    started = handler.call("ApprovalService/StartSpecialProcedure", {
        "number": number, "kind": "SPECIAL_PROCEDURE_KIND_EXPERT_REVIEW",
        "reason": "需专家评审", "plannedEndOn": "2026-09-22"})
    job.house.advance("2026-09-22T09:00:00+08:00")
    ended = handler.call("ApprovalService/EndSpecialProcedure", {
        "number": number, "procedureId": started["procedure"]["id"], "result": "通过"})
    assert ended["case"]["promiseDueOn"] > first_due
    job.opinion(number, "T3", "reviewer", "R026")
    decided = job.decide(number, "C026")
    assert decided["state"] == "CASE_STATE_GRANTED"
    handed = job.hand_over(number, "0114")
    assert handed["delivery"]["deliveredAt"]
    job.wait(lambda: job.track(reviewed["receipt"])["state"] == "APPLICATION_STATE_DELIVERED",
             "the query code to show delivery")
    job.rate(reviewed["receipt"])

    # The consumer is killed and started again, here and further on.
    follower.stopped = True
    second = Follower(job, "desk")
    for instant in ("2026-09-23T09:00:00+08:00", "2026-09-24T09:00:00+08:00"):
        job.house.advance(instant)
    job.wait(lambda: len(job.alerts(number=lying["number"])) >= 3, "the red alert", 30)

    # It ends with the next message, of which there is one each 5 s at least.
    job.wait(lambda: not follower.is_alive(), "the first consumer to end", 30)
    second.start()
    job.house.advance("2026-10-19T09:00:00+08:00")
    job.wait(lambda: len(job.alerts(number=lying["number"])) >= 4, "the purple alert", 30)

    job.opinion(lying["number"], "T1", "handler", "H024")
    job.opinion(lying["number"], "T2", "reviewer", "R024")
    job.decide(lying["number"], "C024")
    told = job.wait(
        lambda: any(a["level"] == "ALERT_LEVEL_CLEARED"
                    and a["kind"] in ("ALERT_KIND_PROMISE", "ALERT_KIND_LEGAL")
                    for a in job.alerts(number=lying["number"]))
        and job.alerts(number=lying["number"]), "the cleared alert", 30)

    clocks = [a for a in told if a["kind"] in ("ALERT_KIND_PROMISE", "ALERT_KIND_LEGAL")]
    raised = [(a["level"].removeprefix("ALERT_LEVEL_").lower(), a["time"], a["dueAt"])
              for a in clocks if a["level"] != "ALERT_LEVEL_CLEARED"]
    # 00:00 and 24:00 in Beijing are 16:00Z of the day before.
    assert raised == [
        ("yellow", "2026-09-20T16:00:00Z", "2026-09-23T16:00:00Z"),
        ("orange", "2026-09-22T16:00:00Z", "2026-09-23T16:00:00Z"),
        ("red", "2026-09-23T16:00:00Z", "2026-09-23T16:00:00Z"),
        ("purple", "2026-10-18T16:00:00Z", "2026-10-16T16:00:00Z"),
    ]
    cleared = {i for a in clocks if a["level"] == "ALERT_LEVEL_CLEARED" for i in a["clearedIds"]}
    assert cleared == {a["id"] for a in clocks if a["level"] != "ALERT_LEVEL_CLEARED"}

    # The consumer missed and doubled nothing.
    every = job.alerts()
    job.wait(lambda: len(follower.seen) + len(second.seen) >= len(every) or second.error,
             "the consumer", 30)
    assert follower.error is None and second.error is None and second.is_alive()
    seen = [a["id"] for a in follower.seen + second.seen]
    assert len(seen) == len(set(seen))
    assert set(seen) == {a["id"] for a in every}

    # 6: the figures of the played set.
    figures = job.statistics("2026-09-01", "2026-10-31")
    assert int(figures["closed"]) == 3
    assert int(figures["onTime"]) == 2 and int(figures["late"]) == 1
    assert int(figures["ahead"]) == 2
    # Two cases have a legal limit in working days, 20 each, and took 4 and 21 of them.
    assert int(figures["legalDays"]) == 40
    assert figures["speedUp"] == pytest.approx((40 - 25) / 40)
    assert figures["meanDaysAhead"] == pytest.approx((40 - 25) / 2)
    # The third took 6 working days, of which 2 were the experts'.
    assert figures["meanDays"] == pytest.approx((4 + 21 + 4) / 3)


def test_every_answer_says_that_the_clock_is_a_demo_clock(job):
    job.anybody.call("CatalogueService/ListDepartments")
    me = job.official("clerk", "K06")
    answer = me.call("GatewayService/WhoAmI")
    assert me.answered["onedoor-clock"] == "demo"
    assert answer["demoClock"] is True
    assert answer["roles"] == ["clerk"] and answer["posts"] == ["K06"]
