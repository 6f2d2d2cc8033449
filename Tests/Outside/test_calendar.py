"""The work calendar and the identity codes against others' implementations."""

import datetime
import json
import random
import subprocess

import chinese_calendar
import pytest
from stdnum.cn import ric, uscc

from house import DATA, debug_program


def onedoor(*arguments: str) -> str:
    return subprocess.run([debug_program(), *arguments], capture_output=True, text=True,
                          timeout=60, check=True).stdout.strip()


def test_every_day_from_2007_to_2026_agrees(job):
    day, end = datetime.date(2007, 1, 1), datetime.date(2026, 12, 31)
    differences = []
    while day <= end:
        last = min(day + datetime.timedelta(days=365), end)
        answer = job.anybody.call("CalendarService/ExplainDay",
                                  {"from": day.isoformat(), "to": last.isoformat()})
        for told in answer["days"]:
            date = datetime.date.fromisoformat(told["day"])
            if told.get("working", False) != chinese_calendar.is_workday(date):
                differences.append(told)
            assert not told.get("provisional", False)
        day = last + datetime.timedelta(days=1)
    assert differences == []


@pytest.mark.parametrize("arguments, printed", [
    (["2026-09-14", "20wd"], "2026-10-16"),
    (["2026-09-14", "8wd"], "2026-09-23"),
    (["2026-09-14", "8wd", "--suspend", "2026-09-14..2026-09-16"], "2026-09-24"),
    (["2026-09-14", "20wd", "--suspend", "2026-10-20..2026-10-27"], "2026-10-16"),
    (["2026-03-02", "60d"], "2026-05-06"),
    (["2026-12-25", "20wd"], None),
])
def test_calendar_due(arguments, printed):
    answer = onedoor("calendar", "due", *arguments)
    if printed is None:
        assert answer.endswith(" provisional")
    else:
        assert answer == printed


def test_calendar_due_explains_day_by_day():
    answer = onedoor("calendar", "due", "2026-09-14", "20wd", "--explain")
    assert "2026-09-25" in answer and "2026-10-10" in answer and "2026-10-16" in answer


def test_calendar_explain():
    assert "国庆" in onedoor("calendar", "explain", "2026-10-01")


def credit_code(rng: random.Random) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91" + "370212" + "".join(rng.choice(alphabet) for _ in range(9))
    return body + uscc.calc_check_digit(body)


def citizen_number(rng: random.Random) -> str:
    day = datetime.date(1930, 1, 1) + datetime.timedelta(days=rng.randrange(33000))
    body = f"370212{day:%Y%m%d}{rng.randrange(1000):03d}"
    return body + ric.calc_check_digit(body)


@pytest.mark.parametrize("seed", range(20))
def test_identity_codes_agree_with_stdnum(job, seed):
    """Digits and dates must agree. Regions and years that stdnum alone refuses are left out."""
    rng = random.Random(seed)
    from client import Client, Refused

    client = Client(job.house.url, job.house.token("applicant", subject=f"codes-{seed}"))
    for make, id_type, kind in ((citizen_number, "111", "1"), (credit_code, "001", "2")):
        number = make(rng)
        place = rng.randrange(6, 18)
        if rng.random() < 0.5:
            digit = str((int(number[place], 36) + 1) % 10)
            number = number[:place] + digit + number[place + 1:]
        judge = ric if id_type == "111" else uscc
        expected = judge.is_valid(number)
        from mainjob import CHANGE_ITEM

        try:
            client.call("IntakeService/CreateDraft", {
                "itemCode": CHANGE_ITEM,
                "applicant": {"name": "x", "subjectType": kind, "idType": id_type,
                              "idNumber": number, "phone": "1"}})
            accepted = True
        except Refused as refused:
            fields = {v["field"] for v in refused.refusal.get("violations", [])}
            accepted = "applicant.id_number" not in fields
        assert accepted == expected, number


def test_the_catalogue_has_33_departments_and_104_cut_items():
    retired = json.loads((DATA / "catalogue" / "items-retired.json").read_text("utf-8"))
    assert len({i["name"] for i in retired["retiredItems"]}) == 104
