import datetime

import pytest

from demo.plan import DemoPlan


@pytest.fixture(scope="session")
def plan() -> DemoPlan:
    """A small district on a school day in March."""
    return DemoPlan(students=150, seed=1, as_of=datetime.date(2026, 3, 3), time_zone="America/New_York")
