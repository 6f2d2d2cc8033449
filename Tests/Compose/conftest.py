"""One composition for all tests, brought up as the operator's guide tells."""

import pathlib
import shutil
import subprocess
import tempfile

import pytest

from composition import DOCKER, Composition
from image import BASE, BUILT
from mainjob import MainJob

PROMETHEUS = "localhost/prometheus:debian"


@pytest.fixture(scope="session")
def prometheus():
    """An image of Debian's Prometheus: there is no registry here to get another from."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(shutil.which("prometheus"), folder)
        (pathlib.Path(folder) / "Dockerfile").write_text(
            f"FROM {BASE}\nCOPY prometheus /bin/prometheus\n"
            # As the public image has it: nobody's, and writable by the group.
            "RUN install -d -m 775 -o 65534 -g 65534 /prometheus\nENTRYPOINT [\"/bin/prometheus\"]\n")
        base = max(BUILT.glob("base-*.tar"))
        for command in (["import", str(base), BASE], ["build", "-q", "-t", PROMETHEUS, folder]):
            subprocess.run([DOCKER, *command], check=True, capture_output=True)
    return PROMETHEUS


@pytest.fixture(scope="session")
def composition(prometheus):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="onedoor-compose-", dir="/var/tmp"))
    it = Composition(
        folder, "hall", port=8446, files=("compose.demo.yaml", "compose.watch.yaml"), settings={
            # The load comes from few addresses, as that of a portal does.
            "ONEDOOR_CALLS_SOURCE": "10000", "ONEDOOR_CALLS_SUBJECT": "10000",
            "ONEDOOR_LOG_CALLS": "all",
            "PROMETHEUS_IMAGE": prometheus})
    try:
        it.prepare()
        it.up()
        it.wait_healthy()
        it.link()
        yield it
    finally:
        it.down()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def job(composition):
    """The main job's callers, with a catalogue that is published."""
    job = MainJob(composition)
    job.import_catalogue()
    return job
