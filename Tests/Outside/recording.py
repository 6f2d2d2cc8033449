"""What the stores of a test run prepared, as `Tests/Recorder` kept it."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

from house import SERVICES
from swift_literals import HOLE, ROOT, Literal, literals

FOLDER = ROOT / ".run" / "statements"
WHOLE = FOLDER / "whole"
# What stands before a statement whose plan is asked.
PLAN = "EXPLAIN QUERY PLAN "
# The tests that open stores, for a recording without all the others.
SUITES = "|".join(["StorageTests", "ServiceTests", "SimulationTests",
                   *(f"{service.capitalize()}Tests" for service in SERVICES)])


@dataclasses.dataclass
class Schema:
    """A service's migrations and the statements that were prepared on stores with them."""

    key: str
    service: str
    migrations: list[dict]
    statements: dict[str, dict] = dataclasses.field(default_factory=dict)
    # Those of which only the plan was asked.
    explained: dict[str, dict] = dataclasses.field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [migration["name"] for migration in self.migrations]


def make_if_needed() -> None:
    """Runs the tests that open stores, if no recording is younger than the sources."""
    # The mark is set when the tests have ended well: half a run, or a filtered one, has none.
    made = WHOLE.stat().st_mtime if WHOLE.exists() else 0
    written = [file.stat().st_mtime for folder in ("Sources", "Tests")
               for file in (ROOT / folder).rglob("*.swift")]
    if made > max(written):
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    for command in (["swift", "build", "--build-tests"],
                    ["swift", "test", "--skip-build", "--filter", SUITES]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                              env=os.environ | {"ONEDOOR_STATEMENTS": str(FOLDER)})
        assert done.returncode == 0, \
            f"nothing is recorded: {' '.join(command)}\n{(done.stdout + done.stderr)[-4000:]}"
    WHOLE.touch()


def read(folder: pathlib.Path = FOLDER) -> dict[str, Schema]:
    """All schemas of a recording, by key; a copy's statements belong to none."""
    lines = [json.loads(line) for file in sorted(folder.glob("*.jsonl"))
             for line in file.read_text(encoding="utf-8").splitlines()]
    schemas = {line["schema"]: Schema(line["schema"], line["service"], line["migrations"])
               for line in lines if line["kind"] == "schema"}
    schemas[""] = Schema("", "", [])
    for line in lines:
        if line["kind"] != "statement":
            continue
        schema = schemas[line["schema"]]
        if not line["sql"].startswith(PLAN):
            schema.statements[line["sql"]] = line
        elif "postgresql" in line:
            # The tests of plans ask for combinations of filters that no other test runs.
            plain = line | {"postgresql": line["postgresql"].removeprefix(PLAN)}
            schema.explained[line["sql"].removeprefix(PLAN)] = plain
    return schemas


def folder_of(service: str) -> pathlib.Path:
    return ROOT / "Sources" / service.capitalize() / "Store"


def migration_names(*folders: pathlib.Path) -> list[str]:
    """The names of the migrations that stand in folders."""
    found = [re.findall(r'Migration\(\s*name: "([^"]+)"', file.read_text(encoding="utf-8"))
             for folder in folders for file in sorted(folder.rglob("*.swift"))]
    return sorted(name for names in found for name in names)


def of_service(schemas: dict[str, Schema], service: str) -> Schema:
    """The recorded schema of a service: all migrations that stand, no others."""
    wanted = migration_names(folder_of(service), ROOT / "Sources" / "Storage")
    found = [schema for schema in schemas.values()
             if schema.service == service and sorted(schema.names) == wanted]
    assert len(found) == 1, \
        f"{service}: {len(found)} recorded schemas have the migrations {wanted}"
    return found[0]


def sources(*folders: str) -> list[Literal]:
    """The statements in the Swift files of folders."""
    return [literal for folder in folders for file in sorted((ROOT / folder).rglob("*.swift"))
            if "enerated" not in str(file) for literal in literals(file)]


class Index:
    """Finds the literals that a recorded text was made from."""

    def __init__(self, found: list[Literal]):
        self._exact: dict[str, list[Literal]] = {}
        for literal in found:
            if HOLE not in literal.text:
                self._exact.setdefault(literal.text, []).append(literal)
        # What says the most of itself comes first.
        self._patterns = [(literal.pattern, literal) for literal in
                          sorted(found, key=lambda it: -len(it.text.replace(HOLE, "")))]

    def find(self, sql: str) -> list[Literal]:
        """Literals that are the text, or have interpolations, or else were added to."""
        if sql in self._exact:
            return self._exact[sql]
        for fits in (re.Pattern.fullmatch, re.Pattern.match):
            found = [literal for pattern, literal in self._patterns if fits(pattern, sql)]
            if found:
                return [literal for literal in found if literal.text == found[0].text]
        return []
