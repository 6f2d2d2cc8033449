"""Prometheus in the composition scrapes the six by mutual TLS and raises what the rules say."""

import time

import httpx
import pytest

from composition import SERVICES

PLACE = "http://127.0.0.1:9090"


def ask(expression: str) -> dict[str, float]:
    """The value of an expression by service."""
    answer = httpx.get(f"{PLACE}/api/v1/query", params={"query": expression}).json()
    assert answer["status"] == "success", answer
    return {row["metric"].get("service", ""): float(row["value"][1])
            for row in answer["data"]["result"]}


def wait(probe, what: str, deadline: float = 60):
    """Asks again until the answer is true."""
    end = time.monotonic() + deadline
    while not (answer := probe()):
        assert time.monotonic() < end, f"waited {deadline} s for {what}"
        time.sleep(0.3)
    return answer


@pytest.fixture(scope="module")
def watched(composition):
    def answers():
        try:
            return httpx.get(f"{PLACE}/-/ready").status_code == 200
        except httpx.TransportError:
            return False
    composition.link()
    wait(answers, "Prometheus")
    return composition


def test_all_six_are_scraped(watched):
    up = wait(lambda: (found := ask("up")) and set(found) >= set(SERVICES)
              and all(found[s] == 1 for s in SERVICES) and found, "six targets")
    assert {s: up[s] for s in SERVICES} == dict.fromkeys(SERVICES, 1)
    assert {s: v for s, v in ask("onedoor_ready").items() if s} == dict.fromkeys(SERVICES, 1)


def test_the_rules_are_loaded_and_evaluated(watched):
    def rules():
        groups = httpx.get(f"{PLACE}/api/v1/rules").json()["data"]["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if found and all(rule["lastEvaluation"] > "2000" for rule in found) else None
    found = wait(rules, "the rules to be evaluated", 90)
    assert not [(rule["name"], rule["lastError"]) for rule in found if rule.get("lastError")]


def test_a_service_that_is_gone_shows(watched):
    watched.compose("stop", "queueing")
    try:
        wait(lambda: ask("up").get("queueing") == 0, "queueing to be down")
        assert ask("up")["intake"] == 1
    finally:
        watched.compose("start", "queueing")
    watched.wait_healthy(["queueing"])
    wait(lambda: ask("up").get("queueing") == 1, "queueing to be up again")
