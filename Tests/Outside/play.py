#!/usr/bin/env python3
"""Plays the main job in front of the reader and stays up until Ctrl-C.

Started by `make run`. Needs nothing but Python's standard library.
"""

import argparse
import pathlib
import signal
import sys
import threading

from client import Refused
from house import House
from mainjob import CHANGE_ITEM, COMPANY, PERSON, REVIEW_ITEM, MainJob

ROLES = [
    ("applicant", "demo-applicant", ()), ("clerk", "u-k06-a", ("K06",)),
    ("handler", "u-h024-a", ("H024",)), ("reviewer", "u-r024-a", ("R024",)),
    ("chief", "u-c024-a", ("C024",)), ("certificate_desk", "u-z01-a", ("Z01",)),
    ("hall_manager", "u-m01-a", ("M01",)), ("supervisor", "u-s01-a", ("S01",)),
    ("catalogue_editor", "u-e01-a", ("E01",)), ("catalogue_approver", "u-v01-a", ("V01",)),
    ("operator", "op", ()), ("consumer", "alert-desk", ()),
]


def play(job: MainJob) -> None:
    """The six parts of the main job, told as they happen."""
    say, house = job.say, job.house
    say("\n1. Catalogue and calendar come in; a second person publishes them.")
    job.import_catalogue()
    say("\n2. Applications come in through the gateway, on 2026-09-14.")
    whole = job.submit(REVIEW_ITEM, COMPANY, ["M01", "M02"])
    say(f"   online, complete:      {whole['number']}  query code {whole['queryCode']}")
    gappy = job.submit(CHANGE_ITEM, PERSON, ["M01", "M03", "M04"])
    notice = job.correct(gappy["number"], "M02")["notice"]
    say(f"   online, M02 missing:   {gappy['number']}  one notice on {notice['notifiedOn']}")
    window = job.at_the_window(CHANGE_ITEM)
    say(f"   ticket {window['ticket']['number']}, window:   {window['receipt']['number']}")
    say("\n3. The clerks accept.")
    reviewed = job.accept(whole["number"], "K18")
    left = job.accept(window["receipt"]["number"], "K06")
    job.accept(gappy["number"], "K06")
    say(f"   promised by {left['receipt']['promiseDueOn']}, legal limit {left['legal']['dueOn']}")
    tracked = job.track(left["receipt"])
    say(f"   the public reads: {tracked['stateZh']}；{tracked['due']['summaryZh']}")
    say(f"                     {tracked['nextZh']}")
    say("\n4. Two departments in parallel; one is silent; experts review; decision.")
    number = whole["number"]
    case = job.case(number)
    job.opinion(number, "T1", "handler", "H026")
    house.advance("2026-09-18T09:00:00+08:00")
    job.wait(lambda: job.task(number, "T2")["state"] == "TASK_STATE_TACIT", "tacit consent")
    say(f"   consult branch silent past {job.task(number, 'T2')['dueOn']}: tacit consent")
    job.finish_quickly(gappy["number"])
    handler = job.official("handler", "H026")
    procedure = handler.call("ApprovalService/StartSpecialProcedure", {
        "number": number, "kind": "SPECIAL_PROCEDURE_KIND_EXPERT_REVIEW",
        "reason": "需专家评审", "plannedEndOn": "2026-09-22"})["procedure"]
    house.advance("2026-09-22T09:00:00+08:00")
    moved = handler.call("ApprovalService/EndSpecialProcedure", {
        "number": number, "procedureId": procedure["id"], "result": "通过"})["case"]
    say(f"   expert review 09-18 to 09-22: due {case['promiseDueOn']} -> {moved['promiseDueOn']}")
    job.opinion(number, "T3", "reviewer", "R026")
    job.decide(number, "C026")
    handed = job.hand_over(number, "0114")
    say(f"   granted; {handed['certificate']['name']} {handed['certificate']['number']}, delivered")
    job.rate(reviewed["receipt"])
    say("   rated: 非常满意")
    say("\n5. Another case is left lying; a consumer reads the alerts.")
    lying = window["receipt"]["number"]
    for instant in ("2026-09-23T09:00:00+08:00", "2026-09-24T09:00:00+08:00",
                    "2026-10-19T09:00:00+08:00"):
        house.advance(instant)
    job.wait(lambda: any(a["level"] == "ALERT_LEVEL_PURPLE" for a in job.alerts(number=lying)),
             "the purple alert")
    job.opinion(lying, "T1", "handler", "H024")
    job.opinion(lying, "T2", "reviewer", "R024")
    job.decide(lying, "C024")
    job.wait(lambda: any(a["level"] == "ALERT_LEVEL_CLEARED" and a["kind"] == "ALERT_KIND_LEGAL"
                         for a in job.alerts(number=lying)), "the cleared alert")
    for alert in job.alerts(number=lying):
        kind, level = (alert[k].split("_", 2)[2].lower() for k in ("kind", "level"))
        say(f"   {alert['time']}  {level:8} {kind:9} {alert.get('explanationZh', '')}")
    say("\n6. Statistics of the played set.")
    figures = job.statistics("2026-09-01", "2026-10-31")
    for name in ("closed", "onTime", "meanDays", "meanDaysAhead", "speedUp"):
        say(f"   {name:14} {figures.get(name, 0)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--once", action="store_true", help="stop after the job")
    options = parser.parse_args()
    job = MainJob(House(options.program, options.data.resolve(), options.port),
                  say=lambda text: print(text, flush=True))
    house = job.house.start()
    try:
        played = options.data / "played"
        if played.exists():
            print(f"Found the data of the last run in {options.data}.")
        else:
            play(job)
            played.touch()
        farewell(house)
        if not options.once:
            stop = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            stop.wait()
    except (Refused, AssertionError, RuntimeError) as error:
        print(f"{error}\n{house.logs()}", file=sys.stderr)
        return 1
    finally:
        house.stop()
    return 0


def farewell(house: House) -> None:
    """Where the gateway is, tokens for each role, and three lines to try."""
    print(f"\nThe gateway is at {house.url}. Tokens, valid for ten hours, are in "
          f"{house.data}/tokens; the clerk's for example:\n")
    folder = house.data / "tokens"
    folder.mkdir(exist_ok=True)
    for role, subject, posts in ROLES:
        token = house.token(role, subject=subject, posts=posts)
        (folder / role).write_text(token + "\n", encoding="utf-8")
        print(f"{role:18} {token}")
    service = f"{house.url}/onedoor.catalogue.v1"
    print(f"""
Try:
  curl --json '{{"query":"卫生"}}' {service}.CatalogueService/ListItems
  curl --json '{{"start":"2026-09-14","term":{{"amount":20,"unit":"TERM_UNIT_WORKING_DAY"}}}}' \\
    {service}.CalendarService/ComputeDue
  curl --json '{{}}' -H "Authorization: Bearer $(cat {folder}/clerk)" \\
    {house.url}/onedoor.intake.v1.IntakeService/ListApplications

Ctrl-C stops all six. `make run` again finds the data.""", flush=True)


if __name__ == "__main__":
    sys.exit(main())
