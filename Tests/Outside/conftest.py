"""What the outside tests share: houses with a catalogue, for all that do not break them."""

import pytest

from backups import FREE, HOLD
from house import house as new_house
from mainjob import MainJob


@pytest.fixture(scope="session")
def job():
    """A running house whose catalogue and calendar are published."""
    with new_house() as it:
        job = MainJob(it)
        job.import_catalogue()
        yield job


@pytest.fixture(scope="session")
def url(job):
    return job.house.url


@pytest.fixture(scope="session")
def clerk_token(job):
    return job.house.token("clerk", subject="u-k06-a", posts=("K06",))


@pytest.fixture(scope="module")
def still():
    """A house with a catalogue, that nobody calls but the tests here."""
    with new_house(environment=FREE | {"ONEDOOR_BACKUP_HOLD": str(HOLD)}) as house:
        job = MainJob(house)
        job.import_catalogue()
        yield job
