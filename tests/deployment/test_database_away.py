"""The database goes away under load and comes back: clean answers meanwhile, nothing half-written, work goes on."""

import time

import pytest

from tests.deployment.crowd import Crowd
from tests.deployment.serving import Installation, until

pytestmark = [
    pytest.mark.slow,
    # How connections break is the client's side; one version of the server will do.
    pytest.mark.parametrize("cluster", [pytest.param(None, id="embedded-18")], indirect=True),
]

SECONDS_TO_RECOVER = 5


@pytest.mark.parametrize(
    ("mode", "pool"), [("fast", "4"), ("immediate", "4"), ("fast", "0")], ids=["pool", "pool-crash", "no-pool"]
)
def test_requests_fail_cleanly_and_recover_by_themselves(installation: Installation, mode: str, pool: str) -> None:
    with installation.served(DATABASE_POOL=pool) as server:
        crowd = Crowd(server.port, f"away-{mode}-{pool}-{server.port}")
        crowd.enter(8)
        with crowd.at_work():
            until(lambda: crowd.number_written() > 10, 60)
            away_at = time.monotonic()
            installation.cluster.stop(mode)
            time.sleep(2.5)
            installation.cluster.start()
            back_at = time.monotonic()
            time.sleep(SECONDS_TO_RECOVER + 2)
        written = server.written()

    assert crowd.lost == []
    assert crowd.refused == 0
    by_status = {
        status: [turn for turn in crowd.turns if turn.answer.status == status]
        for status in {turn.answer.status for turn in crowd.turns}
    }
    assert set(by_status) == {200, 302, 503}

    for turn in by_status[503]:
        assert turn.answer.headers["retry-after"] == "5"
        assert turn.answer.headers["x-request-id"] in turn.answer.body
        assert "try again in a moment" in turn.answer.body
        assert "Traceback" not in turn.answer.body
        assert turn.ended > away_at
        assert turn.began < back_at + SECONDS_TO_RECOVER
    assert "Traceback" not in written
    after = [turn for turn in crowd.turns if turn.began > back_at and turn.answer.status != 503]
    assert min(turn.ended for turn in after) - back_at < SECONDS_TO_RECOVER

    # What was said to be written is there, once. What was not said may be there if the answer broke with the
    # connection, but then whole, with its entry in the audit log.
    found = crowd.written(installation.cluster)
    said = {turn.mark for turn in by_status[302]}
    unsaid = {turn.mark for turn in by_status[503] if turn.mark}
    assert {mark: found.get(mark) for mark in said} == dict.fromkeys(said, 1)
    assert set(found) <= said | unsaid
    assert set(found.values()) == {1}
    assert crowd.without_entry(installation.cluster) == 0
