"""What is released of the contract cannot be broken unseen: buf judges, we change. And a contract
from elsewhere can be dropped in: protoc, the C compiler and swiftc judge."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from house import ROOT

QUEUEING = "onedoor/queueing/v1/queueing.proto"


@pytest.fixture
def proto(tmp_path):
    """A copy of the contract that a test may change."""
    shutil.copytree(ROOT / "Proto", tmp_path / "Proto", ignore=shutil.ignore_patterns("generator"))
    return tmp_path / "Proto"


def change(proto, before, after):
    file = proto / QUEUEING
    text = file.read_text()
    assert text.count(before) >= 1, f"{before} is not there any more"
    file.write_text(text.replace(before, after, 1))


def breaking(proto):
    buf = pathlib.Path(sys.executable).parent / "buf"
    return subprocess.run([buf, "breaking", "--against", "released.binpb"], cwd=proto,
                          capture_output=True, text=True)


def test_what_stands_breaks_nothing(proto):
    assert breaking(proto).returncode == 0


def test_what_is_added_breaks_nothing(proto):
    change(proto, "message Ticket {", "message Added {}\n\nmessage Ticket {\n  string added = 900;")
    assert breaking(proto).returncode == 0


@pytest.mark.parametrize("before, after, says", [
    ("  string ticket_letter = 2;", "  string ticket_letter = 902;", "ticket_letter"),
    ("  uint32 waiting = 2;", "", '"waiting"'),
    ("  uint32 waiting = 2;", "  string waiting = 2;", "type"),
    ("  uint32 waiting = 2;", "  repeated uint32 waiting = 2;", "cardinality"),
    ("rpc OpenWindow(", "rpc OpenTheWindow(", "OpenWindow"),
    ("  TICKET_STATE_CALLED = 2;", "  TICKET_STATE_SUMMONED = 2;", "TICKET_STATE_CALLED"),
], ids=["number", "removed", "type", "repeated", "method", "value"])
def test_what_breaks_is_caught(proto, before, after, says):
    change(proto, before, after)
    answer = breaking(proto)
    assert answer.returncode == 100, answer.stderr
    assert QUEUEING in answer.stdout and says in answer.stdout


def test_a_contract_from_elsewhere_can_be_dropped_in(tmp_path):
    """The nasty files below a copy of Proto/: what is generated of both compiles as it is."""
    shutil.copytree(ROOT / "Proto", tmp_path / "Proto", ignore=shutil.ignore_patterns(".build"))
    for module in ["Messages", "CMessages", "CProtobufC", "Gateway"]:
        shutil.copytree(ROOT / "Sources" / module, tmp_path / "Sources" / module)
    shutil.copytree(ROOT / "Tests/Foreign/Proto", tmp_path / "Proto", dirs_exist_ok=True)
    built = list((ROOT / "Proto/generator/.build").glob("*/debug/protoc-gen-onedoor"))
    environment = os.environ | ({"PLUGIN": str(built[0])} if built else {})
    subprocess.run([tmp_path / "Proto/generator/generate.sh"], env=environment, check=True)
    sources = tmp_path / "Sources"
    made = [str(path) for path in (sources / "Messages").rglob("*.swift")]
    assert any("NastyDeep" in path for path in made) and any("IntakeV1" in path for path in made)
    for file in (sources / "CMessages/generated/nasty").rglob("*.c"):
        subprocess.run(["cc", "-Werror", "-fsyntax-only", "-I",
                        sources / "CMessages/include", file], check=True)
    features = ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"]
    maps = [sources / "CMessages/include/module.modulemap", sources / "CProtobufC/module.modulemap"]
    subprocess.run(
        ["swiftc", "-typecheck", "-swift-version", "6", "-package-name", ROOT.name.lower(),
         "-module-name", "Messages", "-warnings-as-errors", "-I", ROOT / ".build/debug/Modules",
         "-module-cache-path", tmp_path / "cache",
         "-Xcc", f"-I{sources / 'CMessages/include'}",
         *(part for name in features for part in ("-enable-upcoming-feature", name)),
         *(part for path in maps for part in ("-Xcc", f"-fmodule-map-file={path}")), *made],
        check=True)
