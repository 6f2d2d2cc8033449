"""The bundle for places without a network: it is whole, loads, and holds nothing that is not committed."""

import shutil
import subprocess
import sys

import pytest

from composition import BUILT, DOCKER, NAME, ROOT

TOOL = str(ROOT / "Compose" / "tools" / "image.py")


@pytest.fixture(scope="module")
def bundle():
    # An operator who deploys out of the repository has keys there; they must not be handed out.
    keys = ROOT / "Compose" / "keys"
    assert not keys.exists()
    (keys / "private").mkdir(parents=True)
    (keys / "private" / "seal.key").write_text("a secret")
    try:
        done = subprocess.run([sys.executable, TOOL, "bundle"], capture_output=True, text=True,
                              check=True)
    finally:
        shutil.rmtree(keys)
    folder = BUILT / done.stdout.strip().rsplit("/", 1)[1]
    yield folder
    shutil.rmtree(folder)


def test_it_holds_what_an_operator_needs_and_no_secret(bundle):
    names = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    assert names >= {"image.tar.gz", "compose.yaml", "compose.watch.yaml", ".env.example",
                     "watch/prometheus.yaml", "watch/rules.yaml", "watch/grafana/onedoor.json",
                     "docs/operations.md", "data/calendar/work-calendar.json", "SHA256SUMS"}
    assert not [name for name in names if "seal.key" in name or name.endswith(".env")]


def test_its_checksums_hold_and_a_changed_file_is_found(bundle):
    def check() -> int:
        return subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=bundle,
                              capture_output=True).returncode

    assert check() == 0
    lines = (bundle / "SHA256SUMS").read_text().splitlines()
    assert len(lines) == sum(path.is_file() for path in bundle.rglob("*")) - 1
    with open(bundle / "compose.yaml", "a", encoding="utf-8") as file:
        file.write("\n")
    assert check() != 0


def test_its_image_is_the_one_that_was_built(bundle):
    def identity() -> str:
        return subprocess.run([DOCKER, "images", "-q", "--no-trunc", NAME], capture_output=True,
                              text=True).stdout.strip()

    built = identity()
    subprocess.run([DOCKER, "rmi", "--force", NAME], capture_output=True, check=True)
    subprocess.run([DOCKER, "load", "-i", str(bundle / "image.tar.gz")], capture_output=True,
                   check=True)
    assert identity() == built != ""


def test_the_sizes_are_told():
    done = subprocess.run([sys.executable, TOOL, "sizes"], capture_output=True, text=True, check=True)
    assert "/usr/local/bin/onedoor" in done.stdout and "in all" in done.stdout
