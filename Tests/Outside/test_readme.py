"""What documents say: each block of the READMEs is run, lists are compared with the sources."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from house import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
READMES = ["README.md", "README.zh-CN.md"]
ROLES = {"applicant": (), "clerk": ("K06",), "operator": ()}


def blocks(name: str) -> list[tuple[str, str]]:
    """The fenced blocks of a README that name a language: language and text."""
    return BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))


def of_language(language: str) -> list[str]:
    """The texts of a language, in the order in which a reader types them."""
    return [text for name, text in blocks(READMES[0]) if name == language]


@pytest.fixture(scope="module")
def surroundings(job, tmp_path_factory) -> dict:
    """The environment of a reader, whose house and folders are those of the tests."""
    tokens = tmp_path_factory.mktemp("tokens")
    for role, posts in ROLES.items():
        token = job.house.token(role, subject=f"readme-{role}", posts=posts)
        (tokens / role).write_text(token + "\n", encoding="utf-8")
    python = pathlib.Path(sys.executable).parent
    return os.environ | {
        "GATEWAY": job.house.url, "TOKENS": str(tokens), "PROGRAM": job.house.program,
        "PYTHONPATH": str(tmp_path_factory.mktemp("generated")),
        "PATH": f"{python}:{os.environ['PATH']}",
    }


def run(command: list[str], surroundings: dict) -> str:
    """Runs a command in the repository and answers what it printed."""
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def shell(script: str, surroundings: dict) -> str:
    """Runs a script in a shell that stops at the first failure."""
    return run(["bash", "-euo", "pipefail", "-c", script], surroundings)


def messages(text: str) -> list[dict]:
    """JSON objects that stand one behind the other."""
    found, rest = [], text.strip()
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    return found


def test_both_readmes_show_the_same_commands():
    ours, theirs = (blocks(name) for name in READMES)
    assert ours == theirs
    assert {language for language, _ in ours} == {"console", "sh", "python"}


def test_the_commands_that_are_not_run_here_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([\w-]+)", "\n".join(of_language("console")), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_what_the_documents_link_to_exists():
    for page in [*(ROOT / name for name in READMES), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_reason_of_the_sources_is_explained():
    page = (ROOT / "docs" / "guides" / "errors.md").read_text(encoding="utf-8")
    known = set(re.findall(r"\b[A-Z][A-Z_]+\b", page))
    for path in (ROOT / "Sources").rglob("Refusal*.swift"):
        for reason in re.findall(r'"([A-Z][A-Z_]+)"', path.read_text(encoding="utf-8")):
            assert reason in known, f"{path.name}: {reason}"


def test_every_key_of_the_configuration_is_in_the_table():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    keys = ROOT / "Sources" / "Host" / "Run" / "Configuration" / "ConfigurationKey.swift"
    names = re.findall(r'Self\(\s*"([^"]+)",', keys.read_text(encoding="utf-8"))
    assert len(names) > 20
    for name in names:
        assert f"| `{name}` |".replace("\\(service)", "<service>") in page, name


def test_curl_lists_reckons_and_asks_as_a_clerk(surroundings):
    items, due, applications = messages(shell(of_language("sh")[0], surroundings))
    assert any("卫生" in item["name"] for item in items["items"])
    assert due["due"]["dueOn"] == "2026-10-16"
    assert "code" not in applications


def test_a_refusal_names_every_fault(surroundings):
    (refused,) = messages(shell(of_language("sh")[1], surroundings))
    assert refused["code"] == "invalid_argument"
    assert refused["message"].startswith("The request violates")
    assert len(refused["details"][0]["debug"]["violations"]) == 5


def test_the_program_is_a_client_too(surroundings):
    whoami, *reckoned = shell(of_language("sh")[2], surroundings).splitlines()
    assert json.loads(whoami)["demoClock"] is True
    assert reckoned[:2] == ["2026-10-16", "2026-09-28"]


def test_httpx_submits_and_tracks(surroundings):
    receipt, tracked = run([sys.executable, "-c", of_language("python")[0]],
                           surroundings).splitlines()
    number, due = receipt.split()
    assert len(number) == 23 and due > "2026-09-14"
    assert tracked.strip()


def test_curl_asks_by_get(surroundings):
    (answer,) = messages(shell(of_language("sh")[3], surroundings))
    assert answer["item"]["item"]["code"] == "11370212MB0193797D4000124001002"


def test_connect_for_python_explains_a_due_day(surroundings):
    shell(of_language("sh")[4], surroundings)
    first, *days = run([sys.executable, "-c", of_language("python")[1]],
                       surroundings).splitlines()
    assert first.startswith("2026-10-16 ")
    assert days[-1].startswith("2026-10-16 20 ")
