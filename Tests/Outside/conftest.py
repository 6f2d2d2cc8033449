"""What the outside tests share: one house with a catalogue, for all that do not break it."""

import pytest

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
