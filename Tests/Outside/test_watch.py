"""Watching: the shipped configuration, rules and dashboard, judged by promtool, the six services'
own metrics and a real Prometheus that scrapes them by mutual TLS."""

import itertools
import os
import re
import signal
import ssl
import subprocess
import urllib.request

import pytest
import yaml

import watching
from client import Client, Refused
from house import ROOT, SERVICES, house as new_house
from mainjob import CHANGE_ITEM, PERSON, MainJob
from test_tls import SecuredHouse, curl
from watching import WATCH, Prometheus, family, names, promtool

# Families that are there but have no series after the main job, and why.
AFTER_AN_EVENT = {
    # No timer of the main job fails; TimerTests lets one fail.
    "onedoor_timers_failed_total",
    # Only where a container has a limit; MetricsTests reads such files.
    "onedoor_memory_limit_bytes",
}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


# -- what stands in the files

def test_the_rules_are_in_order():
    judged = promtool("check", "rules", "rules.yaml")
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_rules_do_what_their_cases_say():
    judged = promtool("test", "rules", "rules-test.yaml")
    assert judged.returncode == 0, judged.stdout + judged.stderr


def cases() -> list[tuple[str, list[str]]]:
    """The alert of each question that rules-test.yaml asks, and the series that it expects."""
    tests = yaml.safe_load((WATCH / "rules-test.yaml").read_text(encoding="utf-8"))["tests"]
    return [(re.search(r'alertname="(\w+)"', question["expr"])[1],
             [sample["labels"] for sample in question.get("exp_samples", [])])
            for test in tests for question in test["promql_expr_test"]]


@pytest.mark.parametrize("alert", watching.alerts(), ids=lambda alert: alert["alert"])
def test_each_alert_has_cases_and_says_what_to_do(alert):
    expected = [samples for name, samples in cases() if name == alert["alert"]]
    assert any(expected) and not all(expected), "it fires in one case and does not in another"
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    notes = alert["annotations"]
    assert set(notes) == {"summary", "summary_zh", "description", "description_zh", "runbook_url"}
    for key in ("summary", "description"):
        assert re.search("[一-鿿]", notes[f"{key}_zh"]) and not re.search("[一-鿿]", notes[key])
    # What a note names is there when it fires.
    labels = set(re.findall(r'(\w+)="', next(filter(None, expected))[0])) | {"instance"}
    assert set(re.findall(r"\$labels\.(\w+)", str(notes))) <= labels
    page, anchor = notes["runbook_url"].split("#")
    assert (ROOT / page).is_file()
    row = re.search(rf'^\| <a id="{anchor}"></a>(\w+) \| (\w+) \| .{{20,}} \| .{{10,}} \|$',
                    OPERATIONS, re.MULTILINE)
    assert row and row.groups() == (alert["alert"], alert["labels"]["severity"])


def test_every_line_of_the_table_is_an_alert():
    told = re.findall(r'<a id="alert-[\w-]+"></a>(\w+)', OPERATIONS)
    assert told == [alert["alert"] for alert in watching.alerts()]


def test_what_is_recorded_is_used():
    used = str([rule["expr"] for rule in watching.rules()]) + str(watching.queries())
    for name in watching.recorded():
        assert name in used, name


def test_every_expression_of_the_dashboard_parses(tmp_path):
    asked = watching.queries()
    rules = [{"record": f"panel:{number}", "expr": expression}
             for number, expression in enumerate(asked.values())]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}),
                    encoding="utf-8")
    judged = promtool("check", "rules", file)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert f"{len(asked)} rules found" in judged.stdout


def test_the_dashboard_is_laid_out():
    board = watching.dashboard()
    assert board["schemaVersion"] == 39 and board["uid"] == "onedoor"
    assert {v["name"]: v["type"] for v in board["templating"]["list"]} == {
        "datasource": "datasource", "service": "query"}
    everything = board["panels"]
    ids = [panel["id"] for panel in everything]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in everything:
        place = panel["gridPos"]
        assert place["w"] > 0 and place["h"] > 0 and place["x"] + place["w"] <= 24, panel["title"]
        cells = set(itertools.product(range(place["x"], place["x"] + place["w"]),
                                      range(place["y"], place["y"] + place["h"])))
        assert not cells & taken, panel["title"]
        taken |= cells
    rows = [panel["title"] for panel in everything if panel["type"] == "row"]
    assert rows == ["Door", "Services", "Feeds", "Stores", "Alerts and timers", "Processes",
                    "Certificates"]


@pytest.mark.parametrize("panel", watching.panels(), ids=lambda panel: panel["title"])
def test_each_panel_says_what_it_shows(panel):
    assert len(panel["description"]) > 20 and panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    letters = [target["refId"] for target in panel["targets"]]
    assert letters and len(letters) == len(set(letters))
    for target in panel["targets"]:
        assert target["legendFormat"] and target["datasource"] == panel["datasource"]


# -- a house that is watched

@pytest.fixture(scope="module")
def secured():
    """A house whose inner ports want certificates, in which the main job was played."""
    from test_mainjob import test_the_main_job

    with new_house(environment={"ONEDOOR_INNER_TLS": "always"}) as it:
        job = MainJob(it)
        job.import_catalogue()
        test_the_main_job(job)
        with pytest.raises(Refused, match="TOKEN_INVALID"):
            Client(it.url, "not.a.token").call("GatewayService/WhoAmI")
        secured = SecuredHouse(it)
        secured.job = job
        yield secured


@pytest.fixture(scope="module")
def prometheus(secured, tmp_path_factory):
    """A Prometheus with what is shipped, which looks each second and is 60 times less patient."""
    configuration = watching.configuration(secured.house, "prometheus.yaml", seconds=1)
    with Prometheus(tmp_path_factory.mktemp("watch") / "prometheus", configuration,
                    watching.hastened(60)) as it:
        it.wait(lambda: len(it.targets()) == 6 and all(
            target["health"] == "up" for target in it.targets().values()), "six targets to be up")
        yield it


def metrics(secured, service: str) -> list[str]:
    """The lines of a service's /metrics, read with the certificate for watching."""
    context = ssl.create_default_context(cafile=secured.keys / "public" / "authorities.pem")
    context.load_cert_chain(secured.keys / "private" / "watch" / "tls.pem")
    context.check_hostname = False
    url = f"https://127.0.0.1:{secured.house.port + 1 + SERVICES.index(service)}/metrics"
    with urllib.request.urlopen(url, timeout=10, context=context) as answer:
        return answer.read().decode().splitlines()


@pytest.fixture(scope="module")
def exposed(secured) -> dict[str, dict[str, int]]:
    """The families of each service's /metrics, with the number of their series."""
    # The lag of consumers is counted each 5 s.
    secured.job.wait(lambda: 'consumer="desk"' in str(metrics(secured, "monitoring")), "a lag")
    found = {}
    for service in SERVICES:
        lines = metrics(secured, service)
        families = dict.fromkeys((line.split()[2] for line in lines if line[:6] == "# TYPE"), 0)
        for line in lines:
            if not line.startswith("#"):
                families[family(re.match(r"\w+", line)[0], set(families))] += 1
        found[service] = families
    return found


def test_what_rules_and_dashboard_name_is_there(exposed):
    series = {name for families in exposed.values() for name, count in families.items() if count}
    asked = [rule["expr"] for rule in watching.rules()] + [*watching.queries().values()]
    wanted = {family(name, series) for expression in asked for name in names(expression)}
    assert len(wanted) > 25
    assert wanted - series <= AFTER_AN_EVENT
    # What is on the list is on it for a reason.
    assert AFTER_AN_EVENT <= wanted


def test_what_is_there_is_documented_and_the_reverse(exposed):
    section = OPERATIONS.split("\n## Metrics\n")[1].split("\n## ")[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {re.sub(r"\{.*", "", name)
                  for cell in first for name in re.findall(r"`([^`]+)`", cell)}
    families = {name for each in exposed.values() for name in each}
    unexplained = {name for name in families if not name.startswith("process_")} - documented
    assert not unexplained
    assert documented - families - AFTER_AN_EVENT == {"process_*"}
    # Families of one service alone stand in a table of their own.
    for service, prefix in (("gateway", "onedoor_door_"), ("monitoring", "onedoor_alert_")):
        assert {s for s, each in exposed.items() if any(n.startswith(prefix) for n in each)} == {
            service}


def test_the_shipped_configurations_are_in_order(secured, tmp_path):
    for file in ("prometheus.yaml", "prometheus-loopback.yaml"):
        configuration = watching.configuration(secured.house, file)
        path = tmp_path / file
        path.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        (tmp_path / "rules.yaml").write_bytes((WATCH / "rules.yaml").read_bytes())
        judged = promtool("check", "config", path)
        assert judged.returncode == 0, judged.stdout + judged.stderr
        assert configuration["global"] == {"scrape_interval": "15s", "scrape_timeout": "10s",
                                           "evaluation_interval": "15s"}


def test_prometheus_names_each_series_by_its_service(prometheus):
    targets = prometheus.targets()
    assert set(targets) == set(SERVICES)
    for service, target in targets.items():
        assert target["labels"]["job"] == "onedoor"
        assert target["scrapeUrl"].startswith("https://")
    found = prometheus.query("onedoor_build_info")
    assert sorted(labels["service"] for labels, _ in found) == sorted(SERVICES)
    assert all("exported_service" not in labels for labels, _ in found)


def test_prometheus_counts_what_was_done(secured, prometheus):
    counted = 'sum(onedoor_calls_answered_total{service="catalogue",method="ComputeDue"})'

    def compute(times: int) -> None:
        before = sum(number for _, number in prometheus.query(counted))
        for _ in range(times):
            secured.job.anybody.call("CalendarService/ComputeDue", {
                "start": "2026-09-14", "term": {"amount": 20, "unit": "TERM_UNIT_WORKING_DAY"}})
        prometheus.wait(lambda: prometheus.query(f"{counted} == {before + times}"),
                        f"{times} calls to be counted")

    # A counter that was not there yet has no rate when it comes.
    compute(1)
    compute(25)
    asked = watching.queries()

    def value(panel: str, **labels) -> float:
        (found,) = prometheus.wait(
            lambda: [number for has, number in prometheus.query(asked[panel])
                     if labels.items() <= has.items()], panel)
        return found

    # They were within the last minute, and hardly any of them took a second.
    prometheus.wait(lambda: value("Calls let in A", to="catalogue") > 0, "a rate")
    assert 0 < value("Calls answered A", service="catalogue")
    assert 0 < value("Time of a call, all services A") <= value("Time of a call, all services B") < 1
    assert all(value("Ready A", service=service) == 1 for service in SERVICES)
    assert value("Versions A") == 6
    lags = prometheus.query(asked["Lag A"])
    assert len(lags) > 8
    assert value("Stopped A", service="monitoring") == 0
    assert value("Certificates end in A", service="intake", kind="inner certificate") > 60 * 86400
    assert value("Demonstration A", service="gateway") == 1


def test_every_panel_shows_something(prometheus):
    silent = {"Timers failed A", "Memory B"}
    for panel, expression in watching.queries().items():
        shown = prometheus.wait(lambda: prometheus.query(expression) or panel in silent, panel)
        assert shown, panel


def test_a_house_that_is_well_fires_nothing(secured, prometheus):
    told = prometheus.ask("alerts")["alerts"]
    # The main job's consumer was stopped before the last alerts, which is what that alert is for.
    which = {alert["labels"]["alertname"] for alert in told}
    assert which <= {"OnedoorConsumerLags", "OnedoorNobodyCalls"}, told


def test_a_consumer_that_does_not_read_is_told_of(secured, prometheus):
    lag = 'onedoor_alert_consumer_lag_alerts{consumer="idle"}'
    secured.job.consumer.call("AlertService/RegisterConsumer", {"name": "idle"})
    prometheus.wait(lambda: prometheus.query(f"{lag} > 0"), "the lag of a new consumer")
    alert = prometheus.wait(lambda: [each for each in prometheus.alerts("OnedoorConsumerLags")
                                     if each["labels"]["consumer"] == "idle"], "its alert")[0]
    assert alert["annotations"]["summary"] == "The consumer idle does not read its alerts"
    cursor, more = "", True
    while more:
        page = secured.job.consumer.call("AlertService/ReadAlerts", {"cursor": cursor})
        cursor, more = page["cursor"], page.get("more")
    secured.job.consumer.call("AlertService/CommitCursor", {"consumer": "idle", "cursor": cursor})
    prometheus.wait(lambda: prometheus.query(f"{lag} == 0"), "the lag to be gone")


def test_a_call_past_the_door_is_told_of(secured, prometheus):
    assert not prometheus.alerts("OnedoorBypassAttempt")
    url, known = secured.inner("approval")
    operator = str(secured.keys / "private" / "operator" / "tls.pem")
    status, said, wrong = curl(*known, "--cert", operator, "--json", "{}",
                               f"{url}/onedoor.approval.v1.ApprovalService/ListTasks")
    assert (status, said) == (0, "403 2"), wrong
    (alert,) = prometheus.wait(
        lambda: [each for each in prometheus.alerts("OnedoorBypassAttempt")
                 if each["state"] == "firing"], "the alert of the bypass")
    assert alert["labels"]["service"] == "approval"
    assert alert["annotations"]["summary_zh"] == "有人绕过网关调用 approval"


def test_a_commit_that_the_disk_fails_is_told_of(secured, prometheus, tmp_path):
    assert not prometheus.alerts("OnedoorCommitInDoubt")
    fault = subprocess.Popen(
        ["strace", "-f", "-e", "inject=fdatasync,fsync:error=EIO", "-p",
         str(secured.house.pid("queueing"))],
        stdout=subprocess.DEVNULL, stderr=(log := open(tmp_path / "strace", "w+")))
    try:
        prometheus.wait(lambda: "attached" in (tmp_path / "strace").read_text(), "the fault")
        with pytest.raises(Refused) as refused:
            secured.job.anybody.call("QueueService/TakeTicket", {
                "itemCode": CHANGE_ITEM, "idNumber": PERSON["idNumber"]})
        assert refused.value.reason == "OUTCOME_UNKNOWN"
    finally:
        fault.terminate()
        fault.wait(timeout=30)
        log.close()
    for name in ("OnedoorCommitInDoubt", "OnedoorOutcomeUnknown"):
        (alert,) = prometheus.wait(
            lambda name=name: [each for each in prometheus.alerts(name)
                               if each["state"] == "firing"], name)
        assert alert["labels"]["service"] == "queueing"
        assert alert["labels"]["severity"] == "critical"


def test_guessed_tokens_are_counted_by_their_reason(secured, prometheus):
    counted = 'reason:onedoor_door_refused:sum{reason="TOKEN_INVALID"}'
    ((_, before),) = prometheus.query(counted)
    guesser = Client(secured.house.url, "not.a.token")
    for _ in range(7):
        with pytest.raises(Refused, match="TOKEN_INVALID"):
            guesser.call("GatewayService/WhoAmI")
    prometheus.wait(lambda: prometheus.query(f"{counted} == {before + 7}"), "seven refusals")
    prometheus.wait(lambda: prometheus.query("door:onedoor_attempts:rate5m > 0"), "their rate")


def test_a_service_that_is_killed_is_told_of(secured, prometheus):
    house = secured.house
    assert not prometheus.alerts("OnedoorServiceDown")
    # Its keeper is held, or it would be there again at once.
    os.kill(house.process.pid, signal.SIGSTOP)
    try:
        assert house.kill("queueing")
        (alert,) = prometheus.wait(
            lambda: [each for each in prometheus.alerts("OnedoorServiceDown")
                     if each["state"] == "firing"], "the alert of the dead service")
        assert alert["labels"]["service"] == "queueing"
        assert alert["labels"]["severity"] == "critical"
        assert alert["annotations"]["summary"] == "queueing does not answer"
        assert alert["annotations"]["summary_zh"] == "queueing 无应答"
        down = [labels["service"] for labels, value in prometheus.query(
            watching.queries()["Ready A"]) if value == 0]
        assert down == ["queueing"]
    finally:
        os.kill(house.process.pid, signal.SIGCONT)
    prometheus.wait(lambda: not prometheus.alerts("OnedoorServiceDown"), "the service again")
    prometheus.wait(lambda: prometheus.query(
        'changes(process_start_time_seconds{service="queueing"}[5m]) == 1'), "its one restart")


def test_plaintext_on_loopback_is_scraped_too(job, tmp_path):
    configuration = watching.configuration(job.house, "prometheus-loopback.yaml", seconds=1)
    with Prometheus(tmp_path / "prometheus", configuration, watching.hastened(60)) as it:
        it.wait(lambda: sorted(labels["service"] for labels, value in it.query(
            'up{job="onedoor"}') if value == 1) == sorted(SERVICES), "six targets to be up")
