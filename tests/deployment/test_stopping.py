"""A server that is told to stop answers whoever has connected, and one that takes over leaves nobody standing."""

import socket

import pytest

from tests.deployment.crowd import Crowd
from tests.deployment.serving import Installation, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("cluster", [pytest.param(None, id="embedded-18")], indirect=True),
]


def check(crowd: Crowd, installation: Installation) -> None:
    """Every answer is whole and right, and what was written is what was said to be written, once."""
    assert crowd.lost == []
    assert {turn.answer.status for turn in crowd.turns} == {200, 302}
    said = {turn.mark: 1 for turn in crowd.turns if turn.answer.status == 302}
    assert len(said) > 10
    assert crowd.written(installation.cluster) == said
    assert crowd.without_entry(installation.cluster) == 0


def test_a_server_that_is_told_to_stop_under_load_loses_no_request(installation: Installation) -> None:
    with installation.served() as server:
        crowd = Crowd(server.port, f"stop{server.port}")
        crowd.enter(16)
        with crowd.at_work():
            until(lambda: crowd.number_written() > 20, 120)
            status = server.stop()
            written = server.written()

    assert status == 0
    assert crowd.refused == 16
    assert "Traceback" not in written
    check(crowd, installation)


def test_an_upgrade_on_a_socket_that_stays_open_refuses_nobody_and_loses_nothing(installation: Installation) -> None:
    """As systemd hands its socket to a service: it queues who comes while one server goes and the next is there."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        listening.set_inheritable(True)
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        crowd = Crowd(port, f"upgrade{port}")
        with installation.served(descriptor=descriptor) as old:
            crowd.enter(12)
            with crowd.at_work():
                until(lambda: crowd.number_written() > 10, 120)
                with installation.served(descriptor=descriptor) as new:
                    before = len(crowd.turns)
                    assert old.stop() == 0
                    until(lambda: len(crowd.turns) > before + 60, 120)
                    crowd.finish()
                    assert new.process.poll() is None

    assert crowd.refused == 0
    check(crowd, installation)


def test_workers_that_are_replaced_after_some_requests_lose_none(installation: Installation) -> None:
    with installation.served(WEB_MAX_REQUESTS="40") as server:
        crowd = Crowd(server.port, f"replace{server.port}")
        crowd.enter(8)
        with crowd.at_work():
            until(lambda: len(crowd.turns) > 300, 240)

    assert server.written().count("Booting worker") > 4
    assert crowd.refused == 0
    check(crowd, installation)
